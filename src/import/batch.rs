//! Rows gathered into batches that fit into a request.

use std::{
    io::{self, Write},
    sync::Arc,
};

use crate::import::row::{Item, Made, Reject, Row};

/// Items that a call of `trackEvents` or `recordTokenUsages` takes.
pub(super) const MAX_ITEMS: usize = 1_000;
/// JSON of a batch's events, well below the body that the server takes.
const MAX_BATCH_BYTES: usize = 512 << 10;

/// Some rows in a stretch, and all that they make.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) rows: u64,
    /// Rows that made nothing, since no `when` held.
    pub(super) idle_rows: u64,
    pub(super) last_line: u64,
    pub(super) events: Vec<Item>,
    pub(super) usage: Vec<Item>,
    pub(super) rejects: Vec<Reject>,
    bytes: usize,
}

impl Batch {
    /// Adds a row, and hands out what was gathered before when the row no longer fits.
    pub(super) fn add(&mut self, row: Arc<Row>, made: Result<Made, String>) -> Option<Batch> {
        let mut next = Batch { rows: 1, last_line: row.line, ..Batch::default() };
        match made {
            Err(reason) => next.rejects.push(Reject { row, reason }),
            Ok(made) => {
                next.idle_rows = u64::from(made == Made::default());
                next.bytes = json_bytes(&made);
                let item = |input| Item { row: row.clone(), input };
                next.events.extend(made.events.into_iter().map(item));
                next.usage.extend(made.usage.into_iter().map(item));
            }
        }
        if self.has_room_for(&next) {
            self.join(next);
            return None;
        }
        Some(std::mem::replace(self, next))
    }

    fn has_room_for(&self, next: &Self) -> bool {
        let is_full = self.events.len() + next.events.len() > MAX_ITEMS
            || self.usage.len() + next.usage.len() > MAX_ITEMS
            || self.bytes + next.bytes > MAX_BATCH_BYTES
            || self.rows >= MAX_ITEMS as u64;
        self.rows == 0 || !is_full
    }

    fn join(&mut self, next: Self) {
        self.rows += next.rows;
        self.idle_rows += next.idle_rows;
        self.last_line = next.last_line;
        self.events.extend(next.events);
        self.usage.extend(next.usage);
        self.rejects.extend(next.rejects);
        self.bytes += next.bytes;
    }
}

fn json_bytes(made: &Made) -> usize {
    let mut counter = Counter(0);
    for input in made.events.iter().chain(&made.usage) {
        // Neither a value nor a counter can fail.
        let _ = serde_json::to_writer(&mut counter, input);
    }
    counter.0
}

struct Counter(usize);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::import::row::Content;

    fn batches(rows: usize, events_each: usize, data_bytes: usize) -> Vec<(usize, usize)> {
        let mut batch = Batch::default();
        let mut done = Vec::new();
        for line in 1..=rows {
            let content = Content::Text(String::new());
            let row = Arc::new(Row { file: "f".into(), line: line as u64, content });
            let event = json!({ "data": "x".repeat(data_bytes) });
            let made = Made { events: vec![event; events_each], usage: Vec::new() };
            done.extend(batch.add(row, Ok(made)));
        }
        done.push(batch);
        done.iter()
            .map(|batch| (usize::try_from(batch.rows).unwrap(), batch.events.len()))
            .collect()
    }

    #[test]
    fn a_batch_closes_before_it_would_outgrow_a_request() {
        assert_eq!(batches(3, 2, 0), [(3, 6)]);
        assert_eq!(batches(334, 3, 0), [(333, 999), (1, 3)]);
        assert_eq!(batches(1_001, 1, 0), [(1_000, 1_000), (1, 1)]);
        assert_eq!(batches(1_001, 0, 0), [(1_000, 0), (1, 0)]);
        assert_eq!(batches(3, 1, 300 << 10), [(1, 1), (1, 1), (1, 1)]);
        assert_eq!(batches(2, 1_200, 0), [(1, 1_200), (1, 1_200)]);
    }
}
