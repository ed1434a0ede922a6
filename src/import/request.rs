//! The GraphQL of an import: requests for items, and what their answers say.

use std::fmt::Write;

use serde_json::{Map, Value as Json, json};

use crate::import::{batch::MAX_EVENTS, error::ImportError, row::Item};

/// Token records a request; servers commonly take 100 root fields and aliases, or fewer.
const MAX_USAGE: usize = 50;
const TRACK_EVENTS: &str = "mutation ImportEvents($events: [TrackEventInput!]!) { \
     trackEvents(input: $events, durability: STORED) { status reason } }";

/// What items are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Events,
    Usage,
}

/// What became of an item.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Accepted,
    Duplicate,
    Conflict(String),
    Rejected(String),
    Recorded,
    Known,
}

impl Kind {
    /// Items that one request may carry.
    pub(super) fn max_items(self) -> usize {
        match self {
            Self::Events => MAX_EVENTS,
            Self::Usage => MAX_USAGE,
        }
    }

    /// The document and the variables that send `items`.
    pub(super) fn request(self, items: &[Item]) -> (String, Json) {
        match self {
            Self::Events => {
                let events: Vec<_> = items.iter().map(|item| item.input.clone()).collect();
                (TRACK_EVENTS.to_owned(), json!({ "events": events }))
            }
            Self::Usage => record_usage(items),
        }
    }

    /// Reads the fate of each of `items` from the answer's `data`.
    pub(super) fn read(self, items: &[Item], data: &Json) -> Result<Vec<Fate>, ImportError> {
        let fates: Option<Vec<_>> = match self {
            Self::Events => data["trackEvents"]
                .as_array()
                .filter(|results| results.len() == items.len())
                .and_then(|results| results.iter().map(event_fate).collect()),
            Self::Usage => {
                (0..items.len()).map(|index| usage_fate(&data[format!("r{index}")])).collect()
            }
        };
        fates.ok_or_else(|| ImportError::Answer {
            found: crate::import::ndjson::shown(data),
            expected: format!("one result for each of {} inputs", items.len()),
        })
    }

    /// Names an item in the reason of a reject.
    pub(super) fn label(self, item: &Item) -> String {
        let (what, key) = match self {
            Self::Events => ("event", "name"),
            Self::Usage => ("token record", "requestId"),
        };
        format!("{what} `{}`", item.input[key].as_str().unwrap_or_default())
    }
}

fn record_usage(items: &[Item]) -> (String, Json) {
    let (mut declared, mut fields) = (String::new(), String::new());
    let mut variables = Map::new();
    for (index, item) in items.iter().enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        // Writing to a string cannot fail.
        let _ = write!(declared, "{comma}$i{index}: TokenUsageInput!");
        let _ = write!(fields, " r{index}: recordTokenUsage(input: $i{index}) {{ recorded }}");
        variables.insert(format!("i{index}"), item.input.clone());
    }
    (format!("mutation ImportUsage({declared}) {{{fields} }}"), Json::Object(variables))
}

fn event_fate(result: &Json) -> Option<Fate> {
    let reason = || result["reason"].as_str().unwrap_or("no reason given").to_owned();
    match result["status"].as_str()? {
        "ACCEPTED" => Some(Fate::Accepted),
        "DUPLICATE" => Some(Fate::Duplicate),
        "CONFLICT" => Some(Fate::Conflict(reason())),
        "REJECTED" => Some(Fate::Rejected(reason())),
        _ => None,
    }
}

fn usage_fate(result: &Json) -> Option<Fate> {
    result["recorded"].as_bool().map(|is_new| if is_new { Fate::Recorded } else { Fate::Known })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::row::{Content, Row};

    fn given_items(count: usize) -> Vec<Item> {
        let row = Row { file: "f".into(), line: 1, content: Content::Text(String::new()) };
        let row = std::sync::Arc::new(row);
        (0..count).map(|index| Item { row: row.clone(), input: json!({ "name": index }) }).collect()
    }

    #[test]
    fn token_records_are_sent_as_aliased_fields() {
        let (query, variables) = Kind::Usage.request(&given_items(2));
        assert_eq!(
            query,
            "mutation ImportUsage($i0: TokenUsageInput!, $i1: TokenUsageInput!) { \
             r0: recordTokenUsage(input: $i0) { recorded } \
             r1: recordTokenUsage(input: $i1) { recorded } }"
        );
        assert_eq!(variables, json!({ "i0": { "name": 0 }, "i1": { "name": 1 } }));
    }

    #[test]
    fn each_item_learns_its_fate() {
        let data = json!({ "trackEvents": [
            { "status": "ACCEPTED" }, { "status": "DUPLICATE" },
            { "status": "CONFLICT", "reason": "other" }, { "status": "REJECTED", "reason": "late" },
        ] });
        let fates = Kind::Events.read(&given_items(4), &data).unwrap();
        let (conflict, rejected) = (Fate::Conflict("other".into()), Fate::Rejected("late".into()));
        assert_eq!(fates, [Fate::Accepted, Fate::Duplicate, conflict, rejected]);
        let data = json!({ "r0": { "recorded": true }, "r1": { "recorded": false } });
        let fates = Kind::Usage.read(&given_items(2), &data).unwrap();
        assert_eq!(fates, [Fate::Recorded, Fate::Known]);
    }

    #[test]
    fn an_answer_that_leaves_an_item_out_is_an_error() {
        let cases = [
            (Kind::Events, json!({ "trackEvents": [{ "status": "ACCEPTED" }] })),
            (Kind::Events, json!({ "trackEvents": [{ "status": "LOST" }, { "status": "LOST" }] })),
            (Kind::Usage, json!({ "r0": { "recorded": true } })),
            (Kind::Usage, json!(null)),
        ];
        for (kind, data) in cases {
            let message = kind.read(&given_items(2), &data).unwrap_err().to_string();
            assert!(message.ends_with("expected one result for each of 2 inputs"), "{message}");
        }
    }
}
