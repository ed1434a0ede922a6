//! The free JSON of an event, kept as text on its whole way from the request to the database.
//!
//! Text is cheap to pass on: nothing of it is taken apart but the fields that feed figures.

use serde_json::Value;

/// JSON text; `null` when nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload(Box<str>);

impl Payload {
    /// Takes text that is known to be JSON and to mean the same to every reader.
    pub fn from_text(text: &str) -> Self {
        Self(text.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn to_value(&self) -> Value {
        serde_json::from_str(&self.0).unwrap_or_default()
    }
}

impl Default for Payload {
    fn default() -> Self {
        Self::from_text("null")
    }
}

impl From<&Value> for Payload {
    fn from(value: &Value) -> Self {
        Self(value.to_string().into())
    }
}

impl From<Value> for Payload {
    fn from(value: Value) -> Self {
        Self::from(&value)
    }
}
