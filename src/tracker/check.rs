//! The checks an event passes before it is taken.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::{fact::Fact, model::NewEvent};
use crate::{error::Error, tenant::TenantId};

/// How far ahead of the service's clock an event's time may lie.
pub const MAX_AHEAD: TimeDelta = TimeDelta::minutes(5);
/// Largest `data`, serialised.
pub const MAX_DATA_BYTES: usize = 64 * 1024;
const MAX_ID: usize = 64;
const MAX_NAME: usize = 50;
const MAX_PRODUCT: usize = 30;

/// An event as a product sent it.
#[derive(Clone, Debug, Default)]
pub struct RawEvent {
    pub id: Option<String>,
    pub name: String,
    pub product: String,
    pub session_id: Option<String>,
    pub data: Option<Value>,
    /// The instant, or the text that is none.
    pub occurred_at: Option<Result<DateTime<Utc>, String>>,
}

impl RawEvent {
    /// Checks the event.
    ///
    /// # Errors
    /// The reason: field, value and what is expected.
    pub fn check(self, tenant: &TenantId, now: DateTime<Utc>) -> Result<NewEvent, Arc<str>> {
        self.checked(tenant, now).map_err(Arc::from)
    }

    fn checked(self, tenant: &TenantId, now: DateTime<Utc>) -> Result<NewEvent, String> {
        if let Some(id) = &self.id {
            check_text("id", id, MAX_ID)?;
        }
        check_text("name", &self.name, MAX_NAME)?;
        check_text("product", &self.product, MAX_PRODUCT)?;
        if let Some(session_id) = &self.session_id {
            check_text("sessionId", session_id, MAX_ID)?;
        }
        let occurred_at = check_time(self.occurred_at, now)?;
        let data = self.data.unwrap_or(Value::Null);
        check_data(&data)?;
        let fact = Fact::read(&self.name, &data)?;
        if fact.needs_session() && self.session_id.is_none() {
            return Err(format!("`sessionId` is missing, expected for `{}`", self.name));
        }
        Ok(NewEvent {
            tenant: tenant.clone(),
            id: self.id.unwrap_or_else(|| Uuid::now_v7().to_string()),
            name: self.name,
            product: self.product,
            session_id: self.session_id,
            data,
            occurred_at,
            received_at: now,
            ticket: None,
        })
    }
}

fn check_text(field: &str, text: &str, max: usize) -> Result<(), String> {
    let len = text.chars().count();
    if len == 0 || len > max {
        let expected = format!("1 to {max} characters (it has {len})");
        return Err(Error::bad_text(field, text, &expected).to_string());
    }
    if text.contains(char::is_control) {
        return Err(Error::bad_text(field, text, "text without control characters").to_string());
    }
    Ok(())
}

fn check_time(
    occurred_at: Option<Result<DateTime<Utc>, String>>,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>, String> {
    let instant = match occurred_at {
        None => return Ok(now),
        Some(Ok(instant)) => instant,
        Some(Err(text)) => {
            let expected = "an RFC 3339 instant such as 2025-12-25T08:00:00Z";
            return Err(Error::bad_text("occurredAt", &text, expected).to_string());
        }
    };
    let latest = now + MAX_AHEAD;
    if instant > latest || instant < DateTime::UNIX_EPOCH {
        let expected = format!(
            "between 1970 and five minutes ahead of now ({})",
            latest.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
        );
        return Err(Error::bad_input("occurredAt", instant.to_rfc3339(), &expected).to_string());
    }
    Ok(instant)
}

fn check_data(data: &Value) -> Result<(), String> {
    let text = data.to_string();
    if text.len() > MAX_DATA_BYTES {
        let expected = format!("at most {MAX_DATA_BYTES} bytes of JSON");
        return Err(
            Error::bad_input("data", format!("{} bytes", text.len()), &expected).to_string()
        );
    }
    // PostgreSQL's jsonb cannot hold it; both databases refuse the same events.
    if text.contains("\\u0000") && holds_nul(data) {
        return Err("`data` holds the character U+0000, expected text without it".to_owned());
    }
    Ok(())
}

fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(holds_nul),
        Value::Object(map) => map.iter().any(|(key, value)| key.contains('\0') || holds_nul(value)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-01-01T00:00:00Z".parse().unwrap()
    }

    fn raw() -> RawEvent {
        RawEvent { name: "page.view".into(), product: "shop".into(), ..RawEvent::default() }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let long = |len: usize| "x".repeat(len);
        let cases = [
            (RawEvent { name: long(51), ..raw() }, "`name` is \"xxx"),
            (RawEvent { name: String::new(), ..raw() }, "`name` is \"\", expected 1 to 50"),
            (RawEvent { id: Some(long(65)), ..raw() }, "`id` is \"xxx"),
            (RawEvent { product: long(31), ..raw() }, "`product` is \"xxx"),
            (RawEvent { data: Some(json!(long(65_536))), ..raw() }, "`data` is 65538 bytes"),
            (RawEvent { data: Some(json!({"a": ["\0"]})), ..raw() }, "`data` holds the character"),
            (
                RawEvent { occurred_at: Some(Err("soon".into())), ..raw() },
                "`occurredAt` is \"soon\"",
            ),
            (
                RawEvent { occurred_at: Some(Ok(now() + TimeDelta::minutes(6))), ..raw() },
                "`occurredAt` is 2026-01-01T00:06:00",
            ),
            (RawEvent { name: "session.start".into(), ..raw() }, "`sessionId` is missing"),
        ];
        for (event, reason) in cases {
            let error = event.check(&TenantId::new("t"), now()).unwrap_err();
            assert!(error.starts_with(reason), "{error}");
        }
    }

    #[test]
    fn an_event_without_time_or_id_gets_both() {
        let event = raw().check(&TenantId::new("t"), now()).unwrap();
        assert_eq!(event.occurred_at, now());
        assert_eq!(event.id.len(), 36);
    }
}
