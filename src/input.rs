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
/// Digits of the smallest integer beyond 64 bits.
const VAST_DIGITS: usize = 20;
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
    // Most texts are short and printable, and need no look at each of their characters.
    if chars.contains(&text.len()) && text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Ok(());
    }
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
    match text {
        Some(text) if text.contains('\0') => Err(Error::bad_text(field, text, "text without NUL")),
        _ => Ok(()),
    }
}

/// Checks free JSON: its size, that no string in it holds NUL, and that no number lies beyond 64
/// bits, where digits would be lost without a word.
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
    // Only a number with an exponent, or with twenty digits, can be one.
    if may_be_vast(text.as_bytes())
        && let Ok(value) = serde_json::from_str(text)
        && let Some(number) = vast_number(&value)
    {
        let expected = "JSON with numbers of at most 64 bits; text keeps longer ones";
        return Err(Error::bad_input(field, format!("JSON with {number}"), expected));
    }
    Ok(())
}

/// Whether a text has an exponent, or enough digits in a row.
fn may_be_vast(text: &[u8]) -> bool {
    let is_exponent = |pair: &[u8]| pair[0].is_ascii_digit() && matches!(pair[1], b'e' | b'E');
    let digits_around = |at: usize| {
        let (before, after) = text.split_at(at);
        let digits = before.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
        digits + after.iter().take_while(|byte| byte.is_ascii_digit()).count()
    };
    text.windows(2).any(is_exponent)
        || (0..text.len())
            .step_by(VAST_DIGITS)
            .any(|at| text[at].is_ascii_digit() && digits_around(at) >= VAST_DIGITS)
}

/// The first number that neither a signed nor an unsigned integer of 64 bits reaches.
fn vast_number(value: &Value) -> Option<&serde_json::Number> {
    const BEYOND: f64 = 18_446_744_073_709_551_616.0;
    match value {
        Value::Number(number) => {
            let is_integer = number.is_i64() || number.is_u64();
            let is_vast = || number.as_f64().is_none_or(|float| float.abs() >= BEYOND);
            (!is_integer && is_vast()).then_some(number)
        }
        Value::Array(items) => items.iter().find_map(vast_number),
        Value::Object(map) => map.values().find_map(vast_number),
        Value::Null | Value::Bool(_) | Value::String(_) => None,
    }
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
    fn json_has_no_number_beyond_64_bits() {
        for text in ["18446744073709551615", "-9223372036854775808", "[1.5e19]", "\"1e30\"", "1e-9"]
        {
            assert!(check_json_text("data", text).is_ok(), "{text}");
        }
        for text in ["1180591620717411303425", "{\"a\":[-1e30]}", "18446744073709551616", "2.0E19"]
        {
            let error = check_json_text("data", text).unwrap_err().to_string();
            assert!(error.contains("numbers of at most 64 bits"), "{error}");
        }
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
