//! Events on their way, before they are rows.

use async_graphql::Enum;
use chrono::{DateTime, Utc};
use serde_json::Value;

use super::receipt::Ticket;
use crate::tenant::TenantId;

/// A checked event that waits to be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct NewEvent {
    pub tenant: TenantId,
    /// Unique within the tenant; the same id is stored once.
    pub id: String,
    pub name: String,
    pub product: String,
    pub session_id: Option<String>,
    pub data: Value,
    pub occurred_at: DateTime<Utc>,
    pub received_at: DateTime<Utc>,
    /// Who waits for the outcome; lost when the event leaves the process.
    pub ticket: Option<Ticket>,
}

impl NewEvent {
    /// Digest of what must be the same on a retry. The time of occurrence is left out: a client
    /// that does not send one gets the time of arrival, which differs on every try.
    pub fn body_digest(&self) -> Vec<u8> {
        let mut hasher = blake3::Hasher::new();
        for part in [&self.name, &self.product, self.session_id.as_deref().unwrap_or("")] {
            hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
        }
        hash_json(&mut hasher, &self.data);
        hasher.finalize().as_bytes()[..16].to_vec()
    }
}

/// Feeds a JSON value in a form that does not depend on the order of keys.
fn hash_json(hasher: &mut blake3::Hasher, value: &Value) {
    match value {
        Value::Object(map) => {
            hasher.update(b"{");
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            for (key, value) in entries {
                hasher.update(&(key.len() as u64).to_le_bytes()).update(key.as_bytes());
                hash_json(hasher, value);
            }
            hasher.update(b"}");
        }
        Value::Array(items) => {
            hasher.update(b"[");
            for item in items {
                hash_json(hasher, item);
            }
            hasher.update(b"]");
        }
        scalar => {
            let text = scalar.to_string();
            hasher.update(&(text.len() as u64).to_le_bytes()).update(text.as_bytes());
        }
    }
}

/// What the database said of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Its id was new.
    Stored,
    /// Its id is known, with the same body.
    Duplicate,
    /// Its id is known, with another body; the first stays.
    Conflict,
    /// The database would not take it.
    Refused,
}

/// How safe an event must be before the caller is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
pub enum Durability {
    /// Answered once the event is in the durable buffer; without Redis that is the database.
    #[default]
    Buffered,
    /// Answered once the event is committed to the database; only then is DUPLICATE known for
    /// certain.
    Stored,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(data: Value) -> NewEvent {
        NewEvent {
            tenant: TenantId::new("t"),
            id: "1".into(),
            name: "n".into(),
            product: "p".into(),
            session_id: None,
            data,
            occurred_at: DateTime::UNIX_EPOCH,
            received_at: DateTime::UNIX_EPOCH,
            ticket: None,
        }
    }

    #[test]
    fn the_digest_ignores_time_and_the_order_of_keys() {
        let first = event(json!({"a": 1, "b": [true, null]}));
        let mut second = event(json!({"b": [true, null], "a": 1}));
        second.occurred_at += chrono::TimeDelta::hours(1);
        assert_eq!(first.body_digest(), second.body_digest());
    }

    #[test]
    fn the_digest_tells_bodies_apart() {
        let bodies = [json!({"a": "1"}), json!({"a": 1}), json!(["a", 1]), json!([["a"], 1])];
        let digests: std::collections::HashSet<_> =
            bodies.iter().map(|body| event(body.clone()).body_digest()).collect();
        assert_eq!(digests.len(), bodies.len());
    }
}
