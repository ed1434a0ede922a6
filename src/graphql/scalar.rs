//! The scalars of the schema: instants, dates, 64-bit integers, exact decimals and free JSON.

use std::borrow::Cow;

use async_graphql::{
    InputType, InputValueError, InputValueResult, Number, Scalar, ScalarType, Value,
    registry::Registry,
};
use chrono::{NaiveDate, SecondsFormat, Utc};

use crate::clock::to_micros;

/// An instant as RFC 3339 in UTC, e.g. `2025-12-25T08:00:00Z`, kept to the microsecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DateTime(pub chrono::DateTime<Utc>);

const DATE_TIME: &str = "an RFC 3339 instant such as 2025-12-25T08:00:00Z";

/// An instant as RFC 3339 in UTC, e.g. `2025-12-25T08:00:00Z`, kept to the microsecond.
#[Scalar(name = "DateTime", specified_by_url = "https://datatracker.ietf.org/doc/html/rfc3339")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => {
                parse_instant(text).map(Self).ok_or_else(|| wrong(&value, DATE_TIME))
            }
            _ => Err(wrong(&value, DATE_TIME)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

/// Reads an RFC 3339 instant, cut to microseconds.
pub fn parse_instant(text: &str) -> Option<chrono::DateTime<Utc>> {
    let instant = chrono::DateTime::parse_from_rfc3339(text).ok()?;
    Some(to_micros(instant.with_timezone(&Utc)))
}

/// An instant inside a list of events: text that is no instant is kept as it came, so that it
/// rejects its own event and not the whole call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateTimeInput(pub Result<chrono::DateTime<Utc>, String>);

impl InputType for DateTimeInput {
    type RawValueType = Self;

    fn type_name() -> Cow<'static, str> {
        <DateTime as InputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <DateTime as InputType>::create_type_info(registry)
    }

    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        match value.unwrap_or_default() {
            Value::String(text) => Ok(Self(parse_instant(&text).ok_or(text))),
            other => Err(wrong(&other, DATE_TIME)),
        }
    }

    fn to_value(&self) -> Value {
        match &self.0 {
            Ok(instant) => ScalarType::to_value(&DateTime(*instant)),
            Err(text) => Value::String(text.clone()),
        }
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}

/// A calendar date in the tenant's time zone, e.g. `2025-12-25`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date(pub NaiveDate);

pub(crate) const DATE: &str = "a date such as 2025-12-25";

/// A calendar date in the tenant's time zone, e.g. `2025-12-25`.
#[Scalar(name = "Date")]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => parse_date(text).map(Self).ok_or_else(|| wrong(&value, DATE)),
            _ => Err(wrong(&value, DATE)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// Reads a calendar date.
pub(crate) fn parse_date(text: &str) -> Option<NaiveDate> {
    Some(text).filter(|text| text.len() == 10)?.parse().ok()
}

/// A 64-bit integer as a JSON number. A value outside ±(2^53 − 1) is an error, never a rounded
/// number, because JavaScript would round it silently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Long(pub i64);

impl Long {
    /// Largest integer that every JSON reader keeps exactly.
    pub const MAX: i64 = (1 << 53) - 1;
}

/// A 64-bit integer as a JSON number. A value outside ±(2^53 − 1) is an error, never a rounded
/// number, because JavaScript would round it silently.
#[Scalar(name = "Long")]
impl ScalarType for Long {
    fn parse(value: Value) -> InputValueResult<Self> {
        const EXPECTED: &str = "an integer between -(2^53 - 1) and 2^53 - 1";
        let number = match &value {
            Value::Number(number) => number.as_i64(),
            _ => None,
        };
        let exact = number.filter(|number| (-Self::MAX..=Self::MAX).contains(number));
        exact.map(Self).ok_or_else(|| wrong(&value, EXPECTED))
    }

    fn to_value(&self) -> Value {
        Value::Number(Number::from(self.0))
    }
}

/// An exact decimal as a string, e.g. `"4800.00"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decimal(pub rust_decimal::Decimal);

/// An exact decimal as a string, e.g. `"4800.00"`.
#[Scalar(name = "Decimal")]
impl ScalarType for Decimal {
    fn parse(value: Value) -> InputValueResult<Self> {
        const EXPECTED: &str = "a decimal as a string such as \"4800.00\"";
        match &value {
            Value::String(text) => text.parse().map(Self).map_err(|_| wrong(&value, EXPECTED)),
            _ => Err(wrong(&value, EXPECTED)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// Any JSON value.
#[derive(Clone, Debug, PartialEq)]
pub struct Json(pub serde_json::Value);

/// Any JSON value.
#[Scalar(name = "JSON")]
impl ScalarType for Json {
    fn parse(value: Value) -> InputValueResult<Self> {
        Ok(Self(value.into_json()?))
    }

    fn to_value(&self) -> Value {
        Value::from_json(self.0.clone()).unwrap_or_default()
    }
}

/// Says what came and what was expected; the engine adds the type, the handler the code.
fn wrong<T: InputType>(value: &Value, expected: &str) -> InputValueError<T> {
    let mut shown = value.to_string();
    if let Some((end, _)) = shown.char_indices().nth(80) {
        shown.truncate(end);
        shown.push('…');
    }
    InputValueError::custom(format!("{shown} is not valid, expected {expected}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longs_beyond_two_to_the_53_are_refused() {
        for (number, valid) in [(Long::MAX, true), (Long::MAX + 1, false), (-Long::MAX, true)] {
            let parsed = <Long as ScalarType>::parse(Value::Number(Number::from(number)));
            assert_eq!(parsed.is_ok(), valid, "{number}");
        }
    }

    #[test]
    fn instants_are_cut_to_microseconds_and_shown_in_utc() {
        let instant = parse_instant("2025-12-25T16:00:00.123456789+08:00").unwrap();
        let shown = ScalarType::to_value(&DateTime(instant));
        assert_eq!(shown, Value::String("2025-12-25T08:00:00.123456Z".into()));
    }

    #[test]
    fn text_that_is_no_instant_is_kept_for_its_event() {
        let parsed = <DateTimeInput as InputType>::parse(Some(Value::String("soon".into())));
        assert_eq!(parsed.ok(), Some(DateTimeInput(Err("soon".into()))));
    }
}
