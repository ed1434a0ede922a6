//! Events for unit tests.

use chrono::DateTime;
use serde_json::Value;

use super::{fact::Fact, model::NewEvent, payload::Payload};
use crate::tenant::TenantId;

/// An event of tenant `t` and product `p` that happened in 1970.
pub(crate) fn event(name: &str, data: Value) -> NewEvent {
    let data = Payload::from(data);
    NewEvent {
        tenant: TenantId::new("t"),
        id: "1".into(),
        name: name.into(),
        product: "p".into(),
        session_id: None,
        fact: Fact::read(name, &data).expect("a valid event"),
        data,
        occurred_at: DateTime::UNIX_EPOCH,
        received_at: DateTime::UNIX_EPOCH,
    }
}
