//! From a file to batches: the blocking half of an import, on a thread of its own.

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::import::{
    batch::Batch,
    error::ImportError,
    lines::{Line, Lines},
    mapping::{Header, Mapping, RowView},
    ndjson,
    records::{Record, Records, lossy},
    row::{Content, Made, Row},
    source::Source,
};

/// What a source holds.
#[derive(Debug, Clone)]
pub(super) enum Format {
    Ndjson,
    Csv(Arc<Mapping>),
}

/// Checks what can be known before anything is sent: that a CSV file has the columns of its mapping.
pub(super) fn check(source: &Source, format: &Format) -> Result<(), ImportError> {
    if let Format::Csv(mapping) = format {
        let mut records = Records::new(source.reader()?, mapping.delimiter);
        mapping.check(&source.name, &read_header(source, mapping, &mut records)?)?;
    }
    Ok(())
}

/// Reads `source` into `batches`; ends early when nobody takes them any more.
pub(super) fn read(
    source: &Source,
    format: &Format,
    batches: mpsc::Sender<Batch>,
) -> Result<(), ImportError> {
    let mut output = Output { file: source.name.as_str().into(), batch: Batch::default(), batches };
    match format {
        Format::Ndjson => read_ndjson(source, &mut output)?,
        Format::Csv(mapping) => read_csv(source, mapping, &mut output)?,
    }
    let Output { batch, batches, .. } = output;
    // The receiver is gone only after an error, which it reports itself.
    let _ = batches.blocking_send(batch);
    Ok(())
}

fn read_ndjson(source: &Source, output: &mut Output) -> Result<(), ImportError> {
    let mut lines = Lines::new(source.reader()?);
    while let Some(line) = lines.next_line().map_err(|error| source.failed(error))? {
        if line.is_blank() {
            continue;
        }
        let number = line.number;
        let made = read_line(&line, &source.ids.row(number));
        if !output.put(number, Content::Text(shown_text(line)), made) {
            break;
        }
    }
    Ok(())
}

fn read_line(line: &Line, row_id: &str) -> Result<Made, String> {
    if line.is_cut {
        return Err("line is longer than 1,048,576 bytes".to_owned());
    }
    let text = line.text().ok_or("line is not UTF-8")?;
    Ok(Made { events: vec![ndjson::read_event(text, row_id)?], usage: Vec::new() })
}

fn shown_text(line: Line) -> String {
    match line.text() {
        Some(text) if !line.is_cut => text.to_owned(),
        _ => lossy(&[line]),
    }
}

fn read_csv(source: &Source, mapping: &Mapping, output: &mut Output) -> Result<(), ImportError> {
    let mut records = Records::new(source.reader()?, mapping.delimiter);
    let header = read_header(source, mapping, &mut records)?;
    while let Some(record) = records.next_record().map_err(|error| source.failed(error))? {
        let (line, content, made) = match record {
            Record::Broken { line, text, reason } => {
                (line, Content::Text(text), Err(reason.to_owned()))
            }
            Record::Whole { line, cells } => {
                let row_id = source.ids.row(line);
                let view = RowView { header: &header, cells: &cells, row_id: &row_id, line };
                let made = mapping.make(&view);
                (line, Content::Cells { names: header.names.clone(), cells }, made)
            }
        };
        if !output.put(line, content, made) {
            break;
        }
    }
    Ok(())
}

fn read_header(
    source: &Source,
    mapping: &Mapping,
    records: &mut Records<impl std::io::BufRead>,
) -> Result<Header, ImportError> {
    if let Some(columns) = &mapping.columns {
        return Ok(Header::new(columns));
    }
    match records.next_record().map_err(|error| source.failed(error))? {
        Some(Record::Whole { cells, .. }) => Ok(Header::new(&cells)),
        _ => Err(ImportError::NoHeader { file: source.name.clone() }),
    }
}

/// The batch being filled, and where full ones go.
struct Output {
    file: Arc<str>,
    batch: Batch,
    batches: mpsc::Sender<Batch>,
}

impl Output {
    /// Adds a row; `false` when nobody takes batches any more.
    fn put(&mut self, line: u64, content: Content, made: Result<Made, String>) -> bool {
        let row = Arc::new(Row { file: self.file.clone(), line, content });
        match self.batch.add(row, made) {
            Some(full) => self.batches.blocking_send(full).is_ok(),
            None => true,
        }
    }
}
