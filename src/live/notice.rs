//! What replicas tell each other.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::event;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{tenant::TenantId, tracker::NewEvent};

/// A change of one tenant: its floor may look different. The new events are there if someone, on
/// whatever replica, listens to events.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Notice {
    pub tenant: String,
    pub events: Vec<Arc<Streamed>>,
    /// How many events of the tenant this process had heard of before these.
    #[serde(skip)]
    pub events_before: u64,
}

impl Notice {
    pub fn new(tenant: String, events: Vec<Arc<Streamed>>) -> Self {
        Self { tenant, events, events_before: 0 }
    }
}

/// An event as the stream shows it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Streamed {
    pub id: String,
    pub name: String,
    pub product: String,
    pub session_id: Option<String>,
    /// JSON text: taken apart only for whoever reads it.
    pub data: Box<RawValue>,
    pub occurred_at: DateTime<Utc>,
    pub received_at: DateTime<Utc>,
}

impl From<&NewEvent> for Streamed {
    fn from(event: &NewEvent) -> Self {
        Self {
            id: event.id.to_string(),
            name: event.name.to_string(),
            product: event.product.to_string(),
            session_id: event.session_id.as_deref().map(str::to_owned),
            data: text(event.data.as_str()),
            occurred_at: event.occurred_at,
            received_at: event.received_at,
        }
    }
}

/// A payload is JSON already.
fn text(payload: &str) -> Box<RawValue> {
    RawValue::from_string(payload.to_owned()).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

impl Streamed {
    /// The event in the shape of a row, as the schema's object wraps it.
    pub(super) fn to_row(&self, tenant: &TenantId) -> event::Model {
        let event = self.clone();
        event::Model {
            tenant_id: tenant.to_string(),
            event_id: event.id,
            event_name: event.name,
            event_data: serde_json::from_str(event.data.get()).unwrap_or_default(),
            session_id: event.session_id,
            product: event.product,
            occurred_at: event.occurred_at,
            received_at: event.received_at,
            created_at: event.received_at,
            response_ms: None,
            rating: None,
            agent_id: None,
            channel: None,
            visitor_id: None,
        }
    }
}
