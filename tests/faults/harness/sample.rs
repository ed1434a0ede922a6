//! Single events for tests that need no conversation.

use serde_json::{Value, json};
use uuid::Uuid;

use super::now;

/// An event that feeds a figure, about as large as products' events are.
pub(crate) fn message() -> Value {
    json!({
        "id": Uuid::now_v7().to_string(),
        "name": "message.ai",
        "product": "ai_chatbot",
        "occurredAt": now().to_rfc3339(),
        "data": { "response_time": 1_200, "model": "m", "note": "x".repeat(200) },
    })
}

pub(crate) fn messages(count: usize) -> Vec<Value> {
    (0..count).map(|_| message()).collect()
}

/// The id under which an event was sent.
pub(crate) fn id_of(event: &Value) -> &str {
    event["id"].as_str().expect("an id")
}
