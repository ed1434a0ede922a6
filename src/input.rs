//! The checks that inputs of all domains share: lengths, characters, JSON and clocks.
//!
//! Both databases refuse the same: PostgreSQL keeps no NUL, neither in text nor in JSON.

use std::ops::RangeInclusive;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::Value;

use crate::error::{Error, Result};

/// How far ahead of the service's clock something may have happened; beyond, its clock is wrong.
pub const MAX_AHEAD: TimeDelta = TimeDelta::minutes(5);
/// Largest JSON of one input, serialised.
pub const MAX_JSON_BYTES: usize = 64 * 1024;
/// Characters of an id that a client gives.
pub const ID_CHARS: RangeInclusive<usize> = 1..=64;

/// Checks an id or a name: its length in characters, and that none of them is a control character.
///
/// # Errors
/// [`Error::BadInput`] that names the field.
pub fn check_name(field: &str, text: &str, chars: RangeInclusive<usize>) -> Result<()> {
    check(field, text, &chars, char::is_control, "without control characters")
}

/// Checks free text: its length in characters, and that none of them is NUL.
///
/// # Errors
/// [`Error::BadInput`] that names the field.
pub fn check_text(field: &str, text: &str, chars: RangeInclusive<usize>) -> Result<()> {
    check(field, text, &chars, |c| c == '\0', "without NUL")
}

fn check(
    field: &str,
    text: &str,
    chars: &RangeInclusive<usize>,
    refused: impl Fn(char) -> bool,
    without: &str,
) -> Result<()> {
    let len = text.chars().count();
    if chars.contains(&len) && !text.contains(&refused) {
        return Ok(());
    }
    let (least, most) = (chars.start(), chars.end());
    let expected = format!("{least} to {most} characters {without} (it has {len})");
    Err(Error::bad_text(field, text, &expected))
}

/// Checks text that narrows a question: a NUL would make PostgreSQL fail, not find nothing.
///
/// # Errors
/// [`Error::BadInput`] that names the field.
pub fn check_filter(field: &str, text: Option<&str>) -> Result<()> {
    text.map_or(Ok(()), |text| check(field, text, &(0..=usize::MAX), |c| c == '\0', "without NUL"))
}

/// Checks free JSON: its size, and that no string in it holds NUL.
///
/// # Errors
/// [`Error::BadInput`] that names the field.
pub fn check_json(field: &str, value: &Value) -> Result<()> {
    check_json_text(field, &value.to_string())
}

/// The same for JSON in text.
///
/// # Errors
/// [`Error::BadInput`] that names the field.
pub fn check_json_text(field: &str, text: &str) -> Result<()> {
    if text.len() > MAX_JSON_BYTES {
        let expected = format!("at most {MAX_JSON_BYTES} bytes of JSON");
        return Err(Error::bad_input(field, format!("{} bytes", text.len()), &expected));
    }
    // Most texts have no escape that could be one of NUL, and are not taken apart.
    if text.contains("\\u0000") && serde_json::from_str(text).is_ok_and(|value| holds_nul(&value)) {
        return Err(Error::bad_input(field, text, "JSON without the character U+0000"));
    }
    Ok(())
}

fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(holds_nul),
        Value::Object(map) => map.iter().any(|(key, value)| key.contains('\0') || holds_nul(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Checks when something happened: not before 1970, and at most [`MAX_AHEAD`] of `now`.
///
/// # Errors
/// [`Error::BadInput`] that names the field.
pub fn check_time(field: &str, at: DateTime<Utc>, now: DateTime<Utc>) -> Result<()> {
    let latest = now + MAX_AHEAD;
    if (DateTime::UNIX_EPOCH..=latest).contains(&at) {
        return Ok(());
    }
    let latest = latest.to_rfc3339_opts(SecondsFormat::Secs, true);
    let expected = format!("between 1970 and five minutes ahead of now ({latest})");
    Err(Error::bad_input(field, at.to_rfc3339_opts(SecondsFormat::AutoSi, true), &expected))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_have_a_length_and_no_control_characters() {
        for (text, valid) in
            [("a", true), ("", false), ("a\n", false), ("文文文", true), ("abcd", false)]
        {
            assert_eq!(check_name("name", text, 1..=3).is_ok(), valid, "{text:?}");
        }
    }

    #[test]
    fn free_text_may_have_lines() {
        assert!(check_text("comment", "a\nb", 0..=10).is_ok());
        let error = check_text("comment", "a\0", 0..=10).unwrap_err().to_string();
        assert_eq!(
            error,
            "`comment` is \"a\\0\", expected 0 to 10 characters without NUL (it has 2)"
        );
    }

    #[test]
    fn json_has_a_size_and_no_nul_at_any_depth() {
        assert!(check_json("data", &json!({ "a": "\\u0000" })).is_ok());
        assert!(check_json("data", &json!({ "a": ["\0"] })).is_err());
        assert!(check_json("data", &json!({ "\0": 1 })).is_err());
        let error = check_json("data", &json!("x".repeat(65_536))).unwrap_err().to_string();
        assert_eq!(error, "`data` is 65538 bytes, expected at most 65536 bytes of JSON");
    }

    #[test]
    fn times_lie_between_1970_and_five_minutes_ahead() {
        let now: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
        for (at, valid) in [
            (now + TimeDelta::minutes(5), true),
            (now + TimeDelta::minutes(6), false),
            (DateTime::UNIX_EPOCH, true),
            (DateTime::UNIX_EPOCH - TimeDelta::seconds(1), false),
        ] {
            assert_eq!(check_time("at", at, now).is_ok(), valid, "{at}");
        }
    }
}
