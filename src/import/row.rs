//! A row of a file: what it makes, and how to show it again when it is refused.

use std::sync::Arc;

use serde_json::{Value as Json, json};

/// Where an event or token record came from.
#[derive(Debug, PartialEq)]
pub(super) struct Row {
    pub(super) file: Arc<str>,
    pub(super) line: u64,
    pub(super) content: Content,
}

#[derive(Debug, PartialEq)]
pub(super) enum Content {
    Text(String),
    Cells { names: Arc<[String]>, cells: Vec<String> },
}

/// What a row makes: inputs of `trackEvents` and `recordTokenUsages`.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Made {
    pub(super) events: Vec<Json>,
    pub(super) usage: Vec<Json>,
}

/// One event or token record on its way to the server.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) row: Arc<Row>,
    pub(super) input: Json,
}

/// A row, or one event of it, that was not stored.
#[derive(Debug, Clone)]
pub(super) struct Reject {
    pub(super) row: Arc<Row>,
    pub(super) reason: String,
}

impl Reject {
    /// The line of the rejects file: `file`, `line`, `reason`, and `row` as it was read.
    pub(super) fn to_json(&self) -> Json {
        let Row { file, line, content } = &*self.row;
        json!({ "file": **file, "line": line, "reason": self.reason, "row": content.to_json() })
    }
}

impl Content {
    /// A JSON line as its value, a CSV row as an object by column; anything else as text.
    fn to_json(&self) -> Json {
        match self {
            Self::Text(text) => {
                serde_json::from_str(text).unwrap_or_else(|_| Json::String(text.clone()))
            }
            Self::Cells { names, cells } if names.len() == cells.len() => {
                names.iter().cloned().zip(cells.iter().cloned().map(Json::String)).collect()
            }
            Self::Cells { cells, .. } => json!(cells),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reject_shows_the_row_as_it_was_read() {
        let names: Arc<[String]> = ["a".to_owned(), "b".to_owned()].into();
        let cells = |cells: &[&str]| Content::Cells {
            names: names.clone(),
            cells: cells.iter().map(|&cell| cell.to_owned()).collect(),
        };
        let cases = [
            (Content::Text("{\"name\":1}".to_owned()), json!({ "name": 1 })),
            (Content::Text("{\"name\"".to_owned()), json!("{\"name\"")),
            (cells(&["1", "2"]), json!({ "a": "1", "b": "2" })),
            (cells(&["1"]), json!(["1"])),
        ];
        for (content, expected) in cases {
            let row = Arc::new(Row { file: "f.csv".into(), line: 3, content });
            let reject = Reject { row, reason: "why".to_owned() }.to_json();
            let expected = json!({ "file": "f.csv", "line": 3, "reason": "why", "row": expected });
            assert_eq!(reject, expected);
        }
    }
}
