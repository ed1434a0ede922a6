//! CSV records over lines, each with the number of the line it starts on.
//!
//! Fed line by line, so that an unclosed quote costs the row it stands in and not the rest of the file:
//! the lines it swallowed are read again as rows of their own.

use std::{
    collections::VecDeque,
    io::{self, BufRead},
};

use csv_core::{ReadRecordResult, Reader, ReaderBuilder, Terminator};

use crate::import::lines::{Line, Lines, MAX_ROW_BYTES};

/// One row of the file, whole or broken.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Record {
    Whole { line: u64, cells: Vec<String> },
    Broken { line: u64, text: String, reason: &'static str },
}

/// Splits lines into records; blank lines between records are passed over.
pub(super) struct Records<R> {
    lines: Lines<R>,
    replay: VecDeque<Line>,
    parser: Reader,
    cells: CellBuffer,
}

impl<R: BufRead> Records<R> {
    pub(super) fn new(reader: R, delimiter: u8) -> Self {
        // A lone `\n` ends a record; the `\r` before it is cut from the last cell below. With the
        // parser's own CRLF mode a lone `\r` would end records too, and line numbers would be lost.
        let parser =
            ReaderBuilder::new().delimiter(delimiter).terminator(Terminator::Any(b'\n')).build();
        Self {
            lines: Lines::new(reader),
            replay: VecDeque::new(),
            parser,
            cells: CellBuffer::new(),
        }
    }

    /// Reads the next record; `None` at the end.
    pub(super) fn next_record(&mut self) -> io::Result<Option<Record>> {
        let mut taken: Vec<Line> = Vec::new();
        let mut taken_bytes = 0;
        self.parser.reset();
        self.cells.clear();
        loop {
            let Some(line) = self.next_line()? else {
                return Ok((!taken.is_empty()).then(|| self.give_back(taken, UNCLOSED)));
            };
            if taken.is_empty() && line.is_blank() {
                continue;
            }
            taken_bytes += line.bytes.len();
            let is_cut = line.is_cut;
            taken.push(line);
            if is_cut || taken_bytes > MAX_ROW_BYTES {
                let reason = if taken.len() == 1 { TOO_LONG } else { UNCLOSED };
                return Ok(Some(self.give_back(taken, reason)));
            }
            if self.cells.feed(&mut self.parser, &taken[taken.len() - 1]) {
                return Ok(Some(self.finish(&taken)));
            }
        }
    }

    fn next_line(&mut self) -> io::Result<Option<Line>> {
        match self.replay.pop_front() {
            Some(line) => Ok(Some(line)),
            None => self.lines.next_line(),
        }
    }

    fn finish(&self, taken: &[Line]) -> Record {
        let line = taken[0].number;
        match self.cells.texts() {
            Some(cells) => Record::Whole { line, cells },
            None => Record::Broken { line, text: lossy(taken), reason: "row is not UTF-8" },
        }
    }

    /// Blames the first line, and queues the others to be read again.
    fn give_back(&mut self, mut taken: Vec<Line>, reason: &'static str) -> Record {
        for line in taken.drain(1..).rev() {
            self.replay.push_front(line);
        }
        Record::Broken { line: taken[0].number, text: lossy(&taken), reason }
    }
}

const UNCLOSED: &str = "quote is never closed: expected a `\"` that ends the cell";
const TOO_LONG: &str = "row is longer than 1,048,576 bytes";

/// As much of a broken row as helps to find it.
pub(super) fn lossy(lines: &[Line]) -> String {
    let bytes = lines.iter().flat_map(|line| line.bytes.iter().copied()).take(2_000);
    let text = String::from_utf8_lossy(&bytes.collect::<Vec<_>>()).into_owned();
    text.trim_end_matches(['\r', '\n']).to_owned()
}

/// The cells of the record being read: their bytes, and where each one ends.
struct CellBuffer {
    bytes: Vec<u8>,
    filled: usize,
    ends: Vec<usize>,
    count: usize,
}

impl CellBuffer {
    fn new() -> Self {
        Self { bytes: vec![0; 1024], filled: 0, ends: vec![0; 32], count: 0 }
    }

    fn clear(&mut self) {
        (self.filled, self.count) = (0, 0);
    }

    /// Feeds a line, and tells whether the record ended with it.
    fn feed(&mut self, parser: &mut Reader, line: &Line) -> bool {
        let mut input = line.bytes.as_slice();
        let mut is_end_missing = !input.ends_with(b"\n");
        loop {
            if input.is_empty() && is_end_missing {
                (input, is_end_missing) = (b"\n", false);
            }
            if input.is_empty() {
                return false;
            }
            let output = &mut self.bytes[self.filled..];
            let ends = &mut self.ends[self.count..];
            let (result, read, written, ended) = parser.read_record(input, output, ends);
            input = &input[read..];
            self.filled += written;
            self.count += ended;
            match result {
                ReadRecordResult::OutputFull => self.bytes.resize(self.bytes.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::Record => return true,
                ReadRecordResult::InputEmpty | ReadRecordResult::End => {}
            }
        }
    }

    /// The cells as text. `None` when one is not UTF-8.
    fn texts(&self) -> Option<Vec<String>> {
        let mut start = 0;
        let mut cells = Vec::with_capacity(self.count);
        for &end in &self.ends[..self.count] {
            cells.push(str::from_utf8(&self.bytes[start..end]).ok()?.to_owned());
            start = end;
        }
        if let Some(last) = cells.last_mut()
            && last.ends_with('\r')
        {
            last.pop();
        }
        Some(cells)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(u64, Vec<String>)> {
        let mut records = Records::new(text.as_bytes(), b',');
        let next = || records.next_record().unwrap();
        std::iter::from_fn(next)
            .map(|record| match record {
                Record::Whole { line, cells } => (line, cells),
                Record::Broken { line, text, reason } => (line, vec![format!("{reason}! {text}")]),
            })
            .collect()
    }

    #[test]
    fn records_know_the_line_they_start_on() {
        let cases = [
            ("a,b\nc,d\n", "1:a|b 2:c|d"),
            ("a,b\r\nc,d\r\n", "1:a|b 2:c|d"),
            ("a\r\n\r\n\nb", "1:a 4:b"),
            ("\"x\ny\",1\r\nb,2", "1:x\ny|1 3:b|2"),
            ("\"a\"\"b\",\"c\"\r\n", "1:a\"b|c"),
            ("5\"disk,b\n,\n", "1:5\"disk|b 2:|"),
            ("a,\"b\"", "1:a|b"),
            ("", ""),
        ];
        for (text, expected) in cases {
            let rows = read(text).into_iter();
            let rows: Vec<_> =
                rows.map(|(line, cells)| format!("{line}:{}", cells.join("|"))).collect();
            assert_eq!(rows.join(" "), expected, "{text:?}");
        }
    }

    #[test]
    fn an_unclosed_quote_costs_its_own_row_only() {
        let rows = read("a,b\n\"c,d\ne,f\ng,h\n");
        assert_eq!(rows[1], (2, vec![format!("{UNCLOSED}! \"c,d")]));
        assert_eq!(rows[2].0, 3);
        assert_eq!(rows[3], (4, vec!["g".to_owned(), "h".to_owned()]));
    }

    #[test]
    fn an_endless_cell_is_given_up_at_the_limit() {
        let text = format!("\"open\n{}last,row\n", "filler,filler\n".repeat(100_000));
        let rows = read(&text);
        assert_eq!((rows.len(), rows[0].0), (100_002, 1));
        assert!(rows[0].1[0].starts_with(UNCLOSED));
    }

    #[test]
    fn a_cell_of_any_length_below_the_limit_is_kept() {
        let long = "x".repeat(500_000);
        let many = vec!["y"; 5_000].join(",");
        let rows = read(&format!("{long}\n{many}\n"));
        assert_eq!((rows[0].1[0].len(), rows[1].1.len()), (500_000, 5_000));
    }
}
