//! The GraphQL of an import: requests for items, and what their answers say.

use serde_json::{Value as Json, json};

use crate::import::{error::ImportError, row::Item};

const TRACK_EVENTS: &str = "mutation ImportEvents($events: [TrackEventInput!]!) { \
     trackEvents(input: $events, durability: STORED) { status reason } }";
const RECORD_USAGE: &str = "mutation ImportUsage($usage: [TokenUsageInput!]!) { \
     recordTokenUsages(input: $usage) { recorded reason } }";

/// All that an import sends.
pub const DOCUMENTS: [&str; 2] = [TRACK_EVENTS, RECORD_USAGE];

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
    /// The document and the variables that send `items`.
    pub(super) fn request(self, items: &[Item]) -> (&'static str, Json) {
        let inputs: Vec<_> = items.iter().map(|item| item.input.clone()).collect();
        match self {
            Self::Events => (TRACK_EVENTS, json!({ "events": inputs })),
            Self::Usage => (RECORD_USAGE, json!({ "usage": inputs })),
        }
    }

    /// Reads the fate of each of `items` from the answer's `data`.
    pub(super) fn read(self, items: &[Item], data: &Json) -> Result<Vec<Fate>, ImportError> {
        let (results, fate): (_, fn(&Json) -> Option<Fate>) = match self {
            Self::Events => (&data["trackEvents"], event_fate),
            Self::Usage => (&data["recordTokenUsages"], usage_fate),
        };
        let results = results.as_array().filter(|results| results.len() == items.len());
        let fates: Option<Vec<_>> = results.and_then(|results| results.iter().map(fate).collect());
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
    match (result["recorded"].as_bool()?, result["reason"].as_str()) {
        (true, _) => Some(Fate::Recorded),
        (false, None) => Some(Fate::Known),
        (false, Some(reason)) => Some(Fate::Rejected(reason.to_owned())),
    }
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
    fn each_item_learns_its_fate() {
        let data = json!({ "trackEvents": [
            { "status": "ACCEPTED" }, { "status": "DUPLICATE" },
            { "status": "CONFLICT", "reason": "other" }, { "status": "REJECTED", "reason": "late" },
        ] });
        let fates = Kind::Events.read(&given_items(4), &data).unwrap();
        let (conflict, rejected) = (Fate::Conflict("other".into()), Fate::Rejected("late".into()));
        assert_eq!(fates, [Fate::Accepted, Fate::Duplicate, conflict, rejected]);
        let data = json!({ "recordTokenUsages": [
            { "recorded": true }, { "recorded": false }, { "recorded": false, "reason": "late" },
        ] });
        let fates = Kind::Usage.read(&given_items(3), &data).unwrap();
        assert_eq!(fates, [Fate::Recorded, Fate::Known, Fate::Rejected("late".into())]);
    }

    #[test]
    fn an_answer_that_leaves_an_item_out_is_an_error() {
        let cases = [
            (Kind::Events, json!({ "trackEvents": [{ "status": "ACCEPTED" }] })),
            (Kind::Events, json!({ "trackEvents": [{ "status": "LOST" }, { "status": "LOST" }] })),
            (Kind::Usage, json!({ "recordTokenUsages": [{ "recorded": true }] })),
            (Kind::Usage, json!(null)),
        ];
        for (kind, data) in cases {
            let message = kind.read(&given_items(2), &data).unwrap_err().to_string();
            assert!(message.ends_with("expected one result for each of 2 inputs"), "{message}");
        }
    }
}
