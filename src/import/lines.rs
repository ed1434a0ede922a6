//! Lines with their numbers, in bounded memory: a line that is too long is cut and marked, not held.

use std::io::{self, BufRead, Read};

/// Longest line, and longest row of several lines. The server takes 64 KiB of data an event.
pub(super) const MAX_ROW_BYTES: usize = 1 << 20;
const BOM: &[u8] = b"\xef\xbb\xbf";

/// One line with its end, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) number: u64,
    pub(super) bytes: Vec<u8>,
    /// Only the first [`MAX_ROW_BYTES`] are here.
    pub(super) is_cut: bool,
}

impl Line {
    pub(super) fn is_blank(&self) -> bool {
        self.bytes.trim_ascii().is_empty()
    }

    /// The line as text without its end. `None` when it is not UTF-8.
    pub(super) fn text(&self) -> Option<&str> {
        str::from_utf8(&self.bytes).ok().map(|text| text.trim_end_matches(['\r', '\n']))
    }
}

/// Reads lines one by one; a byte order mark before the first is dropped.
pub(super) struct Lines<R> {
    reader: R,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, number: 0 }
    }

    /// Reads the next line; `None` at the end.
    pub(super) fn next_line(&mut self) -> io::Result<Option<Line>> {
        let mut bytes = Vec::new();
        self.reader.by_ref().take(MAX_ROW_BYTES as u64).read_until(b'\n', &mut bytes)?;
        if bytes.is_empty() {
            return Ok(None);
        }
        self.number += 1;
        let is_cut = bytes.len() == MAX_ROW_BYTES && !bytes.ends_with(b"\n") && self.skip_rest()?;
        if self.number == 1 && bytes.starts_with(BOM) {
            bytes.drain(..BOM.len());
        }
        Ok(Some(Line { number: self.number, bytes, is_cut }))
    }

    /// Drops what is left of a line, and tells whether that was more than its end.
    fn skip_rest(&mut self) -> io::Result<bool> {
        let mut dropped = 0;
        loop {
            let buffer = self.reader.fill_buf()?;
            let end = buffer.iter().position(|&byte| byte == b'\n');
            let used = end.map_or(buffer.len(), |at| at + 1);
            let is_over = end.is_some() || buffer.is_empty();
            dropped += end.unwrap_or(used);
            self.reader.consume(used);
            if is_over {
                return Ok(dropped > 0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Vec<Line> {
        let mut lines = Lines::new(text);
        std::iter::from_fn(|| lines.next_line().unwrap()).collect()
    }

    #[test]
    fn lines_are_counted_with_blank_ones_and_every_end() {
        let lines = read(b"\xef\xbb\xbfa\r\n\nb\nc");
        let texts: Vec<_> = lines.iter().map(|line| (line.number, line.text().unwrap())).collect();
        assert_eq!(texts, [(1, "a"), (2, ""), (3, "b"), (4, "c")]);
        assert!(lines[1].is_blank());
    }

    #[test]
    fn a_line_over_the_limit_is_cut_and_the_next_is_whole() {
        for (extra, is_cut) in [(0, false), (1, true), (100_000, true)] {
            let mut text = vec![b'x'; MAX_ROW_BYTES + extra];
            text.extend_from_slice(b"\nnext\n");
            let lines = read(&text);
            assert_eq!((lines[0].is_cut, lines[0].bytes.len()), (is_cut, MAX_ROW_BYTES), "{extra}");
            assert_eq!((lines[1].number, lines[1].text().unwrap()), (2, "next"), "{extra}");
            assert_eq!(lines.len(), 2);
        }
    }

    #[test]
    fn bytes_that_are_not_utf8_have_no_text() {
        assert_eq!(read(b"\xff\n")[0].text(), None);
    }
}
