//! Events on their way, before they are rows.

use async_graphql::Enum;
use bytestring::ByteString;
use chrono::{DateTime, Utc};
use entity::event;
use xxhash_rust::xxh3::xxh3_128;

use super::{fact::Fact, payload::Payload};
use crate::{stats::SessionId, tenant::TenantId};

/// A checked event that waits to be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct NewEvent {
    pub tenant: TenantId,
    /// Unique within the tenant; the same id is stored once.
    pub id: ByteString,
    pub name: ByteString,
    pub product: ByteString,
    pub session_id: Option<SessionId>,
    pub data: Payload,
    /// What it means, read out of `data` once.
    pub fact: Fact,
    pub occurred_at: DateTime<Utc>,
    pub received_at: DateTime<Utc>,
}

impl NewEvent {
    /// What it takes in memory, roughly.
    pub fn bytes(&self) -> usize {
        const FIXED: usize = size_of::<NewEvent>() + 64;
        FIXED + self.id.len() + self.name.len() + self.product.len() + self.data.as_str().len()
    }

    /// Digest of what is the same on a retry; it is no secret and no proof: whoever made two bodies
    /// with one digest would hide a conflict from itself. The time of occurrence is left out: a
    /// client that does not send one gets the time of arrival, which differs on every try. Another
    /// digest is not yet another body: keys may stand in another order
    /// ([`is_same_body`](Self::is_same_body)).
    pub fn body_digest(&self) -> [u8; 16] {
        self.body_digest_in(&mut Vec::new())
    }

    /// The same for one of many: the body is laid out where the one before it was.
    pub(super) fn body_digest_in(&self, body: &mut Vec<u8>) -> [u8; 16] {
        body.clear();
        for part in [&*self.name, &*self.product, self.session_id.as_deref().unwrap_or("")] {
            body.extend_from_slice(&(part.len() as u64).to_le_bytes());
            body.extend_from_slice(part.as_bytes());
        }
        body.extend_from_slice(self.data.as_str().as_bytes());
        xxh3_128(body).to_be_bytes()
    }

    /// Whether a stored event says the same, whatever the order of its keys.
    pub fn is_same_body(&self, stored: &event::Model) -> bool {
        self.name == stored.event_name
            && self.product == stored.product
            && self.session_id.as_deref() == stored.session_id.as_deref()
            && self.data.to_value() == stored.event_data
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
    /// Answered once a replica of Redis has the event too; where none confirms in time, or without
    /// Redis, once it is committed to the database.
    Replicated,
    /// Answered once the event is committed to the database; only then is DUPLICATE known for
    /// certain.
    Stored,
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::tracker::testing;

    fn digests(bodies: &[Value]) -> std::collections::HashSet<[u8; 16]> {
        bodies.iter().map(|body| testing::event("n", body.clone()).body_digest()).collect()
    }

    #[test]
    fn the_digest_ignores_time() {
        let first = testing::event("n", json!({"a": 1}));
        let mut second = first.clone();
        second.occurred_at += chrono::TimeDelta::hours(1);
        assert_eq!(first.body_digest(), second.body_digest());
    }

    #[test]
    fn the_digest_tells_bodies_apart() {
        let bodies = [json!({"a": "1"}), json!({"a": 1}), json!(["a", 1]), json!([["a"], 1])];
        assert_eq!(digests(&bodies).len(), bodies.len());
    }
}
