//! Events as they stand in Redis: the seed's column names, so that products may push them too.

use chrono::{DateTime, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};
use uuid::Uuid;

use super::Reject;
use crate::{
    clock::to_micros,
    tenant::TenantId,
    tracker::{
        books::product_of,
        check::{RawEvent, Refusal},
        model::NewEvent,
        payload::Payload,
        quarantine,
    },
};

/// One element of the list, as a product or this service wrote it. Only name and product must be
/// there.
#[derive(Debug, Deserialize)]
struct WireEvent<'a> {
    #[serde(default)]
    event_id: Option<String>,
    event_name: String,
    #[serde(default, borrow)]
    event_data: Option<&'a RawValue>,
    #[serde(default)]
    session_id: Option<String>,
    product: String,
    #[serde(default)]
    tenant_id: Option<String>,
    /// The seed's products call the time of occurrence `created_at`.
    #[serde(default, alias = "created_at")]
    occurred_at: Option<String>,
    #[serde(default)]
    received_at: Option<String>,
}

/// One element as this service writes it.
#[derive(Serialize)]
struct Written<'a> {
    event_id: &'a str,
    event_name: &'a str,
    event_data: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_id: Option<&'a str>,
    product: &'a str,
    tenant_id: &'a str,
    occurred_at: String,
    received_at: String,
}

pub(in crate::tracker) fn encode(event: &NewEvent) -> String {
    let written = Written {
        event_id: &event.id,
        event_name: &event.name,
        event_data: serde_json::from_str(event.data.as_str()).ok(),
        session_id: event.session_id.as_deref(),
        product: &event.product,
        tenant_id: &event.tenant,
        occurred_at: event.occurred_at.to_rfc3339(),
        received_at: event.received_at.to_rfc3339(),
    };
    serde_json::to_string(&written).unwrap_or_default()
}

/// Why an element is no event, and whose it seems to be.
pub(in crate::tracker) struct Unread {
    product: String,
    pub(in crate::tracker) reason: String,
}

/// Reads one element, which is not checked yet.
pub(in crate::tracker) fn read(text: &str, owner: &TenantId) -> Result<RawEvent, Unread> {
    read_wire(text, owner).and_then(raw)
}

fn read_wire<'a>(text: &'a str, owner: &TenantId) -> Result<WireEvent<'a>, Unread> {
    let wire: WireEvent = serde_json::from_str(text).map_err(|cause| Unread {
        product: String::new(),
        reason: format!("not an event in JSON: {cause}"),
    })?;
    match wire.tenant_id.as_deref().filter(|tenant| *tenant != owner.as_str()) {
        None => Ok(wire),
        Some(other) => {
            let reason = format!("`tenant_id` is {other:?}, expected {owner:?}");
            Err(Unread { product: wire.product, reason })
        }
    }
}

fn raw(wire: WireEvent<'_>) -> Result<RawEvent, Unread> {
    let data = wire.event_data.map_or_else(|| Ok(Payload::default()), payload);
    let data = data.map_err(|cause| Unread {
        product: wire.product.clone(),
        reason: format!("`event_data` is no JSON that can be stored: {cause}"),
    })?;
    Ok(RawEvent {
        id: wire.event_id.map(Into::into),
        name: wire.event_name.into(),
        product: wire.product.into(),
        session_id: wire.session_id.map(Into::into),
        data,
        occurred_at: wire.occurred_at.map(|text| instant(&text).ok_or(text)),
        meaning: None,
    })
}

/// Keeps JSON as it stands where that says the same to every reader.
fn payload(raw: &RawValue) -> serde_json::Result<Payload> {
    match Payload::if_plain(raw.get().into()) {
        Some(plain) => Ok(plain),
        None => serde_json::from_str::<Value>(raw.get()).map(Into::into),
    }
}

/// Reads one element. An event without an id gets one made of the batch and its place, so that a
/// second run of the batch makes the same.
pub(super) fn decode(
    element: &[u8],
    owner: &TenantId,
    batch: Uuid,
    index: usize,
    now: DateTime<Utc>,
) -> Result<NewEvent, Reject> {
    let reject_text = |text: &str, product: &str, reason: String| Reject {
        tenant: owner.clone(),
        product: product_of(product).to_owned(),
        reason,
        text: quarantine::clip(text).to_owned(),
    };
    let text = std::str::from_utf8(element).map_err(|cause| {
        reject_text(&escaped(element), "", format!("not text in UTF-8: {cause}"))
    })?;
    let reject = |product: &str, reason| reject_text(text, product, reason);
    let wire = read_wire(text, owner).map_err(|unread| reject(&unread.product, unread.reason))?;
    let received_at = wire.received_at.as_deref().and_then(instant).unwrap_or(now);
    let mut raw = raw(wire).map_err(|unread| reject(&unread.product, unread.reason))?;
    raw.id.get_or_insert_with(|| {
        Uuid::new_v5(&batch, index.to_string().as_bytes()).to_string().into()
    });
    // The bound on times ahead holds from the arrival, so that a wait does not loosen it.
    let refused = |refusal: Refusal| reject(&refusal.product, refusal.reason.to_string());
    raw.check(owner, received_at).map_err(refused)
}

/// The product under which an element is in the books, be it an event or not.
pub(super) fn product(element: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Named {
        product: String,
    }
    let named = serde_json::from_str::<Named>(&String::from_utf8_lossy(element));
    named.map_or_else(|_| String::new(), |named| product_of(&named.product).to_owned())
}

/// Text with the bytes that are none as `\xNN`: that is no JSON, so that it can be looked at, but is
/// never taken for an event.
fn escaped(element: &[u8]) -> String {
    let mut text = String::with_capacity(element.len());
    for chunk in element.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")));
    }
    text
}

/// Reads an instant; Python's `isoformat()` without a zone means UTC.
fn instant(text: &str) -> Option<DateTime<Utc>> {
    let zoned = DateTime::parse_from_rfc3339(text).ok().map(|zoned| zoned.to_utc());
    let plain = || text.parse::<NaiveDateTime>().ok().map(|plain| plain.and_utc());
    zoned.or_else(plain).map(to_micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode_at_2026(text: impl AsRef<[u8]>) -> Result<NewEvent, Reject> {
        let now = "2026-01-01T00:00:00Z".parse().unwrap();
        decode(text.as_ref(), &TenantId::new("default"), Uuid::nil(), 3, now)
    }

    #[test]
    fn an_event_comes_back_as_it_went() {
        let text =
            r#"{"event_id":"e1","event_name":"page.view","event_data":{"a":1},"product":"p"}"#;
        let event = decode_at_2026(text).unwrap();
        assert_eq!(decode_at_2026(encode(&event)).unwrap(), event);
    }

    #[test]
    fn the_seed_s_form_is_taken_and_gets_the_same_id_each_time() {
        let text = r#"{"event_name":"page.view","event_data":{},"session_id":null,
            "product":"ai_chatbot","tenant_id":null,"created_at":"2025-12-25T08:00:00.5"}"#;
        let event = decode_at_2026(text).unwrap();
        assert_eq!(event.id, decode_at_2026(text).unwrap().id);
        assert_eq!(event.occurred_at.to_rfc3339(), "2025-12-25T08:00:00.500+00:00");
    }

    #[test]
    fn bytes_that_are_no_text_are_shown_and_never_taken_for_an_event() {
        let element = b"{\"event_name\":\"x\",\"product\":\"p\",\"event_data\":\"\xff\"}";
        let reject = decode_at_2026(element).unwrap_err();
        assert!(reject.reason.starts_with("not text in UTF-8: "), "{}", reject.reason);
        assert!(reject.text.ends_with(r#""event_data":"\xff"}"#), "{}", reject.text);
        assert!(decode_at_2026(reject.text).is_err(), "a replay takes it");
    }

    #[test]
    fn what_is_no_event_is_rejected_with_a_reason() {
        for (text, reason) in [
            ("garbage", "not an event in JSON"),
            (r#"{"event_name":"","product":"p"}"#, "`name` is \"\""),
            (r#"{"event_name":"x","product":"p","tenant_id":"other"}"#, "`tenant_id` is \"other\""),
            (
                r#"{"event_name":"x","product":"p","event_data":"\ud800"}"#,
                "`event_data` is no JSON that can be stored: ",
            ),
            (
                r#"{"event_name":"x","product":"p","event_data":1e400}"#,
                "`event_data` is no JSON that can be stored: ",
            ),
        ] {
            let reject = decode_at_2026(text).unwrap_err();
            assert!(reject.reason.starts_with(reason), "{}", reject.reason);
        }
    }
}
