//! The fields of an event's `data`, read strictly and only when asked for.

use std::borrow::Cow;

use compact_str::CompactString;
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::{Value, value::RawValue};

use super::{
    fact::Reason,
    payload::Payload,
    plain::{self, Members, Plain},
};

/// The object under `data`, its values still text.
pub(crate) struct Fields<'a>(Members<'a>);

impl<'a> From<Members<'a>> for Fields<'a> {
    fn from(members: Members<'a>) -> Self {
        Self(members)
    }
}

impl<'a> Fields<'a> {
    /// An event with a meaning has an object, or nothing, under `data`.
    pub(super) fn of(data: &'a Payload) -> Result<Self, Reason> {
        let text = data.as_str();
        if text == "null" {
            return Ok(Self(Members::new()));
        }
        if data.is_plain()
            && let Some(Plain { members: Some(members) }) = plain::read(text)
        {
            return Ok(Self(members));
        }
        serde_json::from_str(text).map_err(|_| {
            let value = serde_json::from_str(text).unwrap_or(Value::Null);
            wrong("data", &value, "a JSON object")
        })
    }

    /// The field as it stands. Of two with one name the last counts, as everywhere.
    fn raw(&self, name: &str) -> Option<&'a str> {
        self.0.iter().rfind(|(key, _)| key == name).map(|(_, text)| *text)
    }

    /// The field, unless it is absent or null.
    fn field(&self, name: &str) -> Option<Value> {
        serde_json::from_str(self.raw(name)?).ok().filter(|value: &Value| !value.is_null())
    }

    pub(super) fn text(&self, name: &str, max: usize) -> Result<Option<CompactString>, Reason> {
        if let Some(text) = self.raw(name).and_then(unescaped)
            && (1..=max).contains(&text.len())
        {
            return Ok(Some(text.into()));
        }
        match self.field(name) {
            None => Ok(None),
            Some(Value::String(text)) if text.chars().count() <= max => {
                Ok(Some(text.into()).filter(|text: &CompactString| !text.is_empty()))
            }
            // Python products send numeric ids as numbers.
            Some(Value::Number(number)) if number.is_i64() => Ok(Some(number.to_string().into())),
            Some(other) => Err(wrong(
                &format!("data.{name}"),
                &other,
                &format!("text of at most {max} characters"),
            )),
        }
    }

    pub(super) fn required(&self, name: &str, max: usize) -> Result<CompactString, Reason> {
        self.text(name, max)?.ok_or_else(|| format!("`data.{name}` is missing, expected text"))
    }

    /// A number within bounds, times `scale`, rounded.
    #[expect(clippy::cast_possible_truncation, reason = "checked against the bounds first")]
    #[expect(clippy::cast_precision_loss, reason = "bounds are far below 2^53")]
    pub(super) fn number(
        &self,
        name: &str,
        scale: f64,
        max: i64,
        expected: &str,
    ) -> Result<Option<i64>, Reason> {
        let Some(value) = self.field(name) else { return Ok(None) };
        let scaled = value.as_f64().map(|number| (number * scale).round());
        match scaled.filter(|scaled| (0.0..=max as f64).contains(scaled)) {
            Some(scaled) => Ok(Some(scaled as i64)),
            None => Err(wrong(&format!("data.{name}"), &value, expected)),
        }
    }

    pub(super) fn integer(&self, name: &str, low: i64, high: i64) -> Result<Option<i64>, Reason> {
        let Some(value) = self.field(name) else { return Ok(None) };
        let number = value.as_i64().filter(|number| (low..=high).contains(number));
        let expected = || format!("an integer from {low} to {high}");
        number.map(Some).ok_or_else(|| wrong(&format!("data.{name}"), &value, &expected()))
    }

    pub(super) fn boolean(&self, name: &str) -> Result<Option<bool>, Reason> {
        match self.field(name) {
            None => Ok(None),
            Some(Value::Bool(value)) => Ok(Some(value)),
            Some(other) => Err(wrong(&format!("data.{name}"), &other, "true or false")),
        }
    }
}

/// The text of a string without escapes, as most are.
fn unescaped(json: &str) -> Option<&str> {
    let text = json.strip_prefix('"')?.strip_suffix('"')?;
    (!text.contains('\\')).then_some(text)
}

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(InOrder)
    }
}

/// Collects the entries of an object as they come.
struct InOrder;

impl<'de> Visitor<'de> for InOrder {
    type Value = Fields<'de>;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
        let mut entries = Members::new();
        while let Some((Key(key), value)) = map.next_entry::<_, &RawValue>()? {
            entries.push((key, value.get()));
        }
        Ok(Fields(entries))
    }
}

/// A key, borrowed where it has no escapes.
struct Key<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Key<'de>;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("a key")
            }

            fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(key)))
            }

            fn visit_str<E>(self, key: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(key.to_owned())))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

/// The reason for refusing a field: its value and what is expected.
pub(super) fn wrong(field: &str, value: &Value, expected: &str) -> Reason {
    crate::error::Error::bad_input(field, value, expected).to_string()
}
