//! Eight producers, what they send, and what they were told.
//!
//! What is sent follows from the seed alone; when, and over which replica, does not.

mod conversation;
mod gate;
mod producer;
mod record;
mod script;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

pub(crate) use self::{
    gate::Gate,
    producer::Producers,
    record::{Record, Sent},
    script::{Batch, Expected, Item, RIVALS, script},
};

/// One event as a product makes it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Event {
    /// Index into the tests' tenants.
    pub tenant: usize,
    pub id: String,
    pub name: &'static str,
    pub product: &'static str,
    pub session_id: Option<String>,
    pub data: Value,
    pub at: DateTime<Utc>,
}

impl Event {
    /// The event as `TrackEventInput`.
    pub(crate) fn input(&self) -> Value {
        json!({
            "id": self.id,
            "name": self.name,
            "product": self.product,
            "sessionId": self.session_id,
            "occurredAt": self.at.to_rfc3339(),
            "data": self.data,
        })
    }
}
