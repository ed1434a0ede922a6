//! What a text in a file becomes: the `type` of an expression.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Number, Value as Json};

use crate::import::mapping::{expression::Expression, time::TimeFormat, view::RowView};

/// A type with all that reading it needs.
#[derive(Debug)]
pub(super) enum Kind {
    Text,
    Integer,
    Number,
    Boolean,
    Json,
    Time(Box<TimeRule>),
}

/// A time, moved by an offset when there is one.
#[derive(Debug)]
pub(super) struct TimeRule {
    pub(super) format: TimeFormat,
    /// Milliseconds, with or without a fraction.
    pub(super) offset_ms: Option<Expression>,
}

/// What the field that an expression fills demands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Text,
    Integer,
    Number,
    Boolean,
    Json,
    Time,
    Anything,
}

impl Wanted {
    /// The type of an expression that names none.
    pub(super) fn type_name(self) -> &'static str {
        match self {
            Self::Text | Self::Anything => "string",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Json => "json",
            Self::Time => "time",
        }
    }

    /// Whether a bare string is a value here; elsewhere only its cells can make it one.
    pub(super) fn is_text(self) -> bool {
        matches!(self, Self::Text | Self::Anything)
    }

    /// Whether a value of this type fits; an integer is a number too.
    pub(super) fn allows(self, type_name: &str) -> bool {
        self == Self::Anything
            || type_name == self.type_name()
            || self == Self::Number && type_name == "integer"
    }

    /// Whether a constant can stand here.
    pub(super) fn takes(self, constant: &Json) -> bool {
        match self {
            Self::Text => constant.is_string(),
            Self::Time => {
                constant.as_str().is_some_and(|text| TimeFormat::Rfc3339.read(text).is_some())
            }
            Self::Integer => constant.is_i64() || constant.is_u64(),
            Self::Number => constant.is_number(),
            Self::Boolean => constant.is_boolean(),
            Self::Json | Self::Anything => true,
        }
    }
}

impl Kind {
    /// Turns `text` into its JSON.
    ///
    /// # Errors
    /// What was expected, or the reason why the offset of a time has no value.
    pub(super) fn convert(&self, text: &str, row: &RowView<'_>) -> Result<Json, Failure> {
        let trimmed = text.trim();
        let expected = |kind: &str| Failure::Expected(kind.to_owned());
        match self {
            Self::Text => Ok(text.into()),
            Self::Integer => {
                trimmed.parse::<i64>().map(Json::from).map_err(|_| expected("an integer"))
            }
            Self::Number => number(trimmed).ok_or_else(|| expected("a number")),
            Self::Boolean => boolean(trimmed).ok_or_else(|| expected("true, false, 1 or 0")),
            Self::Json => serde_json::from_str(trimmed).map_err(|_| expected("JSON")),
            Self::Time(rule) => rule.convert(trimmed, row),
        }
    }
}

/// Why a text has no value.
#[derive(Debug)]
pub(super) enum Failure {
    Expected(String),
    Reason(String),
}

impl TimeRule {
    fn convert(&self, text: &str, row: &RowView<'_>) -> Result<Json, Failure> {
        let expected = || Failure::Expected(self.format.shown());
        let at = self.format.read(text).ok_or_else(expected)?;
        let shift = self.offset_ms.as_ref().map(|offset| offset.evaluate(row)).transpose();
        let shift = shift.map_err(Failure::Reason)?.flatten();
        let at = match shift.as_ref().and_then(Json::as_f64) {
            Some(offset_ms) => shifted(at, offset_ms).ok_or_else(|| {
                Failure::Reason(format!("offset_ms is {offset_ms}: out of range"))
            })?,
            None => at,
        };
        Ok(at.to_rfc3339_opts(SecondsFormat::AutoSi, true).into())
    }
}

/// Whole microseconds, the finest that the stores keep.
fn shifted(at: DateTime<Utc>, offset_ms: f64) -> Option<DateTime<Utc>> {
    let micros = (offset_ms * 1_000.0).round();
    // Beyond 2^53 a float skips integers; this is 285 years.
    let is_exact = micros.abs() < 9_007_199_254_740_992.0;
    let micros: i64 = is_exact.then(|| format!("{micros:.0}").parse().ok()).flatten()?;
    at.checked_add_signed(TimeDelta::microseconds(micros))
}

pub(super) fn number(text: &str) -> Option<Json> {
    if let Ok(whole) = text.parse::<i64>() {
        return Some(whole.into());
    }
    Number::from_f64(text.parse().ok()?).map(Json::Number)
}

fn boolean(text: &str) -> Option<Json> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" => Some(true.into()),
        "false" | "0" => Some(false.into()),
        _ => None,
    }
}
