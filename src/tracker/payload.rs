//! The free JSON of an event, kept as text on its whole way from the request to the database.
//!
//! Text is cheap to pass on: nothing of it is taken apart but the fields that feed figures.

use bytestring::ByteString;
use serde_json::Value;

use super::{fields::Fields, plain};

/// JSON text; `null` when nothing was sent.
#[derive(Clone, Debug)]
pub struct Payload {
    text: ByteString,
    is_plain: bool,
}

impl Payload {
    /// Takes text that is known to be JSON, as it stands; none where it is not plain.
    pub fn if_plain(text: ByteString) -> Option<Self> {
        let is_plain = plain::read(&text).is_some();
        is_plain.then_some(Self { text, is_plain })
    }

    /// The same of a part of a text, with the fields that it has; none of what is no object.
    pub(crate) fn part_of<'a>(
        whole: &ByteString,
        text: &'a str,
    ) -> Option<(Self, Option<Fields<'a>>)> {
        let fields = plain::read(text)?.members.map(Fields::from);
        Some((Self { text: whole.slice_ref(text), is_plain: true }, fields))
    }

    /// Whether nothing is left to be checked.
    pub(super) fn is_plain(&self) -> bool {
        self.is_plain
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub fn to_value(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }
}

impl PartialEq for Payload {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Payload {}

impl Default for Payload {
    fn default() -> Self {
        Self { text: ByteString::from_static("null"), is_plain: true }
    }
}

impl From<&Value> for Payload {
    fn from(value: &Value) -> Self {
        Self { text: value.to_string().into(), is_plain: false }
    }
}

impl From<Value> for Payload {
    fn from(value: Value) -> Self {
        Self::from(&value)
    }
}
