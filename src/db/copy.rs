//! Rows in the binary format of COPY, as the manual of PostgreSQL describes it.

use chrono::{DateTime, Utc};

const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// Version of the binary form of `jsonb`: the text follows.
const JSONB_VERSION: u8 = 1;
/// Microseconds from 1970 to 2000, where PostgreSQL begins to count.
const EPOCH_MICROS: i64 = 946_684_800_000_000;

/// How much is collected before it is sent: little enough to be still in the cache then.
const CHUNK_BYTES: usize = 128 << 10;
/// Room for the row that goes beyond.
const ROOM_BYTES: usize = 8 << 10;

/// Rows on their way into a table.
#[derive(Debug)]
pub struct CopyRows {
    bytes: Vec<u8>,
    columns: i16,
}

impl CopyRows {
    /// No rows yet, of so many columns.
    pub fn new(columns: i16) -> Self {
        let mut bytes = Vec::with_capacity(CHUNK_BYTES + ROOM_BYTES);
        bytes.extend_from_slice(HEADER);
        Self { bytes, columns }
    }

    /// What is to be sent before more rows are added.
    pub(super) fn full_chunk(&self) -> Option<&[u8]> {
        (self.bytes.len() >= CHUNK_BYTES).then_some(&self.bytes)
    }

    /// Forgets what was sent.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
    }

    /// Begins the next row; its columns follow in order.
    pub fn row(&mut self) -> &mut Self {
        self.bytes.extend_from_slice(&self.columns.to_be_bytes());
        self
    }

    pub fn text(&mut self, text: &str) -> &mut Self {
        self.raw(text.as_bytes())
    }

    pub fn text_or_null(&mut self, text: Option<&str>) -> &mut Self {
        match text {
            Some(text) => self.text(text),
            None => self.null(),
        }
    }

    pub fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        self.len(bytes.len());
        self.bytes.extend_from_slice(bytes);
        self
    }

    /// JSON text for a column of type `jsonb`.
    pub fn json(&mut self, text: &str) -> &mut Self {
        self.len(text.len() + 1);
        self.bytes.push(JSONB_VERSION);
        self.bytes.extend_from_slice(text.as_bytes());
        self
    }

    pub fn instant(&mut self, instant: DateTime<Utc>) -> &mut Self {
        self.raw(&(instant.timestamp_micros() - EPOCH_MICROS).to_be_bytes())
    }

    pub fn bigint_or_null(&mut self, number: Option<i64>) -> &mut Self {
        match number {
            Some(number) => self.raw(&number.to_be_bytes()),
            None => self.null(),
        }
    }

    pub fn smallint_or_null(&mut self, number: Option<i16>) -> &mut Self {
        match number {
            Some(number) => self.raw(&number.to_be_bytes()),
            None => self.null(),
        }
    }

    pub fn null(&mut self) -> &mut Self {
        self.bytes.extend_from_slice(&(-1_i32).to_be_bytes());
        self
    }

    /// What is left to be sent, with the trailer.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.bytes.extend_from_slice(&(-1_i16).to_be_bytes());
        self.bytes
    }

    /// A value's length; inputs are bounded far below two gigabytes.
    fn len(&mut self, len: usize) {
        let len = i32::try_from(len).unwrap_or(i32::MAX);
        self.bytes.extend_from_slice(&len.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_its_columns_with_their_lengths() {
        let mut rows = CopyRows::new(3);
        rows.row().text("ab").null().smallint_or_null(Some(7));
        assert_eq!(rows.full_chunk(), None);
        let bytes = rows.finish();
        let row = [0, 3, 0, 0, 0, 2, b'a', b'b', 255, 255, 255, 255, 0, 0, 0, 2, 0, 7];
        assert_eq!(bytes[HEADER.len()..], [&row[..], &[255, 255]].concat());
    }

    #[test]
    fn what_is_sent_in_chunks_is_the_same() {
        let text = "x".repeat(1_000);
        let mut all = CopyRows::new(1);
        let (mut rows, mut sent) = (CopyRows::new(1), Vec::new());
        for _ in 0..200 {
            all.row().text(&text);
            rows.row().text(&text);
            if let Some(chunk) = rows.full_chunk() {
                sent.push(chunk.to_vec());
                rows.clear();
            }
        }
        assert_eq!(sent.len(), 1);
        sent.push(rows.finish());
        assert_eq!(sent.concat(), all.finish());
    }
}
