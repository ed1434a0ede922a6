//! CSV by RFC 4180, and NDJSON: one JSON object a line.

use std::str::FromStr;

use serde::{Serialize, Serializer};

use super::cell::Cell;
use crate::error::{Error, Result};

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Csv,
    Ndjson,
}

impl FromStr for Format {
    type Err = ();

    fn from_str(extension: &str) -> Result<Self, ()> {
        match extension {
            "csv" => Ok(Self::Csv),
            "ndjson" => Ok(Self::Ndjson),
            _ => Err(()),
        }
    }
}

impl Format {
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Ndjson => "application/x-ndjson",
        }
    }

    /// What stands before all rows.
    pub(super) fn head(self, columns: &[&str]) -> Result<Vec<u8>> {
        match self {
            Self::Csv => csv(std::iter::once(columns.to_vec())),
            Self::Ndjson => Ok(Vec::new()),
        }
    }

    /// Rows, each with a cell for every column.
    pub(super) fn rows<'a, const N: usize>(
        self,
        columns: &[&str; N],
        rows: impl Iterator<Item = [Cell<'a>; N]>,
    ) -> Result<Vec<u8>> {
        match self {
            Self::Csv => csv(rows.map(|row| row.each_ref().map(|cell| cell.text().into_owned()))),
            Self::Ndjson => ndjson(columns, rows),
        }
    }
}

fn csv<R>(rows: impl Iterator<Item = R>) -> Result<Vec<u8>>
where
    R: IntoIterator,
    R::Item: AsRef<[u8]>,
{
    let broken = |cause: &dyn std::fmt::Display| Error::Internal(format!("no CSV: {cause}"));
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        writer.write_record(row).map_err(|cause| broken(&cause))?;
    }
    writer.into_inner().map_err(|cause| broken(&cause))
}

fn ndjson<'a, const N: usize>(
    columns: &[&str; N],
    rows: impl Iterator<Item = [Cell<'a>; N]>,
) -> Result<Vec<u8>> {
    let mut lines = Vec::new();
    for row in rows {
        let object = Object(columns, &row);
        serde_json::to_writer(&mut lines, &object)
            .map_err(|cause| Error::Internal(format!("no JSON: {cause}")))?;
        lines.push(b'\n');
    }
    Ok(lines)
}

/// A row under the names of its columns, in their order.
struct Object<'a>(&'a [&'a str], &'a [Cell<'a>]);

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, json: S) -> Result<S::Ok, S::Error> {
        json.collect_map(self.0.iter().zip(self.1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(format: Format) -> String {
        let columns = ["a", "b"];
        let rows = [["1,2".into(), "say \"x\"\r\n".into()], [Cell::Null, 1.5.into()]];
        let mut text = format.head(&columns).unwrap();
        text.extend(format.rows(&columns, rows.into_iter()).unwrap());
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn csv_is_that_of_rfc_4180() {
        let expected = "a,b\r\n\"1,2\",\"say \"\"x\"\"\r\n\"\r\n,1.5\r\n";
        assert_eq!(written(Format::Csv), expected);
    }

    #[test]
    fn ndjson_is_an_object_a_line() {
        let expected =
            concat!(r#"{"a":"1,2","b":"say \"x\"\r\n"}"#, "\n", r#"{"a":null,"b":1.5}"#, "\n");
        assert_eq!(written(Format::Ndjson), expected);
    }
}
