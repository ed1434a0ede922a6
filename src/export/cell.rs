//! One value of a row, as JSON and as the text of a cell.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde::{Serialize, Serializer};

/// A value.
#[derive(Clone, Debug)]
pub(super) enum Cell<'a> {
    Null,
    Text(Cow<'a, str>),
    Number(f64),
    Whole(i64),
    Boolean(bool),
    Instant(DateTime<Utc>),
    Date(NaiveDate),
    Json(&'a serde_json::Value),
}

impl Cell<'_> {
    /// The text of a cell. A spreadsheet would run text that begins like a formula: an apostrophe
    /// before it keeps it text.
    pub(super) fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Null => "".into(),
            Self::Text(text) => harmless(text),
            Self::Number(number) => number.to_string().into(),
            Self::Whole(number) => number.to_string().into(),
            Self::Boolean(holds) => if *holds { "true" } else { "false" }.into(),
            Self::Instant(instant) => shown(*instant).into(),
            Self::Date(date) => date.to_string().into(),
            Self::Json(value) => harmless(&value.to_string()).into_owned().into(),
        }
    }
}

fn harmless(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        return format!("'{text}").into();
    }
    text.into()
}

/// As the scalar `DateTime` shows it.
fn shown(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

impl Serialize for Cell<'_> {
    fn serialize<S: Serializer>(&self, json: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => json.serialize_none(),
            Self::Text(text) => json.serialize_str(text),
            Self::Number(number) => json.serialize_f64(*number),
            Self::Whole(number) => json.serialize_i64(*number),
            Self::Boolean(holds) => json.serialize_bool(*holds),
            Self::Instant(instant) => json.serialize_str(&shown(*instant)),
            Self::Date(date) => json.collect_str(date),
            Self::Json(value) => value.serialize(json),
        }
    }
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text.into())
    }
}

impl<'a> From<&'a String> for Cell<'a> {
    fn from(text: &'a String) -> Self {
        text.as_str().into()
    }
}

impl From<String> for Cell<'_> {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<f64> for Cell<'_> {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<bool> for Cell<'_> {
    fn from(holds: bool) -> Self {
        Self::Boolean(holds)
    }
}

impl From<DateTime<Utc>> for Cell<'_> {
    fn from(instant: DateTime<Utc>) -> Self {
        Self::Instant(instant)
    }
}

impl<'a> From<&'a serde_json::Value> for Cell<'a> {
    fn from(value: &'a serde_json::Value) -> Self {
        Self::Json(value)
    }
}

impl<'a, T: Into<Cell<'a>>> From<Option<T>> for Cell<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn text_is_no_formula_and_a_number_stays_one() {
        for (text, cell) in [
            ("=1+1", "'=1+1"),
            ("+49", "'+49"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("\r=1", "'\r=1"),
            ("a=1", "a=1"),
            ("'", "'"),
            ("", ""),
        ] {
            assert_eq!(Cell::from(text).text(), cell);
        }
        assert_eq!(Cell::from(-1.5).text(), "-1.5");
        assert_eq!(Cell::from(&json!(-1)).text(), "'-1");
        assert_eq!(Cell::from(&json!("=1")).text(), "\"=1\"");
    }

    #[test]
    fn json_keeps_every_value_as_it_is() {
        let instant = DateTime::from_timestamp_micros(1_700_000_000_000_001);
        let cells = [Cell::from("=1"), None::<bool>.into(), instant.into(), 1.0.into()];
        let expected = r#"["=1",null,"2023-11-14T22:13:20.000001Z",1.0]"#;
        assert_eq!(serde_json::to_string(&cells).unwrap(), expected);
    }
}
