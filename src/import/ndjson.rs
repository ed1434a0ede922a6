//! One JSON object a line, the input of `trackEvents` as it stands.
//!
//! Shapes are checked here, since one value of a wrong type would fail the whole request; what a value
//! may say (lengths, times) is for the server, which answers for each event apart.

use chrono::DateTime;
use serde_json::{Map, Value as Json};

use crate::import::ids;

/// The field, and its older name in `snake_case`.
const FIELDS: [(&str, Option<&str>); 6] = [
    ("id", None),
    ("name", Some("event_name")),
    ("product", None),
    ("sessionId", Some("session_id")),
    ("data", Some("event_data")),
    ("occurredAt", Some("occurred_at")),
];

/// Reads an event; without an id it gets the one of its row.
///
/// # Errors
/// The reason to reject the line, naming the key, the value and what is expected.
pub(super) fn read_event(line: &str, row_id: &str) -> Result<Json, String> {
    let mut object = parse(line)?;
    let mut event = Map::new();
    for (field, alias) in FIELDS {
        let value = object.remove(field);
        let aliased = alias.and_then(|alias| object.remove(alias));
        if let (Some(alias), Some(_), Some(_)) = (alias, &value, &aliased) {
            return Err(format!("`{field}` and `{alias}` are both given: expected one of them"));
        }
        if let Some(value) = value.or(aliased).filter(|value| !value.is_null()) {
            check(field, &value)?;
            event.insert(field.to_owned(), value);
        }
    }
    if let Some(key) = object.keys().next() {
        let known = FIELDS.map(|(field, _)| field).join(", ");
        return Err(format!("key `{key}` is unknown: expected {known}"));
    }
    for field in ["name", "product"] {
        if !event.contains_key(field) {
            return Err(format!("`{field}` is missing: expected a string"));
        }
    }
    event.entry("id").or_insert_with(|| Json::String(ids::event_id(row_id, 0)));
    Ok(Json::Object(event))
}

fn parse(line: &str) -> Result<Map<String, Json>, String> {
    match serde_json::from_str(line) {
        Ok(Json::Object(object)) => Ok(object),
        Ok(other) => Err(format!("line is {}: expected a JSON object", shown(&other))),
        Err(error) => Err(format!("line is not JSON ({error}): a CSV file needs --mapping")),
    }
}

fn check(field: &str, value: &Json) -> Result<(), String> {
    let (is_right, expected) = match field {
        "data" => (true, ""),
        "occurredAt" => (
            value.as_str().is_some_and(|text| DateTime::parse_from_rfc3339(text).is_ok()),
            "an RFC 3339 instant like 2025-12-25T08:00:00Z",
        ),
        _ => (value.is_string(), "a string"),
    };
    if is_right {
        return Ok(());
    }
    Err(format!("`{field}` is {}: expected {expected}", shown(value)))
}

/// A value in a message, cut to what helps.
pub(super) fn shown(value: &Json) -> String {
    let text = value.to_string();
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn events_pass_as_they_are_and_get_an_id_when_they_have_none() {
        let whole = r#"{"id":"e1","name":"n","product":"p","sessionId":"s","data":{"a":[1]},"occurredAt":"2025-01-01T08:00:00+08:00"}"#;
        let seed = r#"{"event_name":"n","product":"p","session_id":null,"event_data":7,"occurred_at":"2025-01-01T00:00:00Z"}"#;
        let cases = [
            (whole, serde_json::from_str(whole).unwrap()),
            (
                seed,
                json!({ "name": "n", "product": "p", "data": 7, "occurredAt": "2025-01-01T00:00:00Z", "id": "r-0" }),
            ),
        ];
        for (line, expected) in cases {
            assert_eq!(read_event(line, "r"), Ok(expected), "{line}");
        }
    }

    #[test]
    fn a_bad_line_says_which_key_and_what_is_expected() {
        let cases = [
            ("[1]", "line is [1]: expected a JSON object"),
            (r#"{"name":"n"}"#, "`product` is missing: expected a string"),
            (r#"{"product":"p"}"#, "`name` is missing: expected a string"),
            (r#"{"name":5,"product":"p"}"#, "`name` is 5: expected a string"),
            (
                r#"{"name":"n","product":"p","sesionId":"s"}"#,
                "key `sesionId` is unknown: expected id, name, product, sessionId, data, occurredAt",
            ),
            (
                r#"{"name":"n","event_name":"n","product":"p"}"#,
                "`name` and `event_name` are both given: expected one of them",
            ),
            (
                r#"{"name":"n","product":"p","occurredAt":"yesterday"}"#,
                "`occurredAt` is \"yesterday\": expected an RFC 3339 instant like 2025-12-25T08:00:00Z",
            ),
        ];
        for (line, reason) in cases {
            assert_eq!(read_event(line, "r").unwrap_err(), reason);
        }
        let reason = read_event("TIMESTAMP,Tokens", "r").unwrap_err();
        assert!(reason.ends_with("a CSV file needs --mapping"), "{reason}");
    }
}
