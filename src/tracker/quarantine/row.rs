//! Rows of the quarantine, made of what was refused.

use chrono::{DateTime, Utc};
use entity::quarantine::{Model, Origin};
use serde::Deserialize;
use uuid::Uuid;

use super::payload::{payload, reason};
use crate::{
    error::Error,
    tracker::{
        buffer::{Reject, wire},
        model::NewEvent,
    },
};

/// One thing to be quarantined.
#[derive(Clone, Debug)]
pub struct Quarantined(pub(super) Model);

impl Quarantined {
    /// An event that the database refused. The row's id is derived from id and body: the same event,
    /// refused again, is the same row.
    pub fn refused(event: &NewEvent, error: &Error, now: DateTime<Utc>) -> Self {
        let name = [&**event.id.as_bytes(), &event.body_digest()].concat();
        let (payload, payload_cut) = payload(&wire::encode(event));
        Self(Model {
            tenant_id: event.tenant.to_string(),
            quarantine_id: Uuid::new_v5(&Uuid::NAMESPACE_OID, &name),
            product: event.product.to_string(),
            event_id: Some(event.id.to_string()),
            payload,
            payload_cut,
            reason: reason(&format!("the database refused it: {}", cause(error))),
            origin: Origin::Database,
            received_at: event.received_at,
            created_at: now,
        })
    }

    /// Something in the buffer that is no event: number `index` of the rejects of `batch`. Two equal
    /// ones are two rows; a second run of the batch makes the same two.
    pub fn reject(reject: &Reject, batch: Uuid, index: usize, now: DateTime<Utc>) -> Self {
        let (text, payload_cut) = payload(&reject.text);
        Self(Model {
            tenant_id: reject.tenant.to_string(),
            quarantine_id: Uuid::new_v5(&batch, format!("reject {index}").as_bytes()),
            product: reject.product.replace('\0', ""),
            event_id: event_id(&text),
            payload: text,
            payload_cut,
            reason: reason(&reject.reason),
            origin: Origin::Buffer,
            received_at: now,
            created_at: now,
        })
    }
}

/// What the database said.
fn cause(error: &Error) -> String {
    use std::error::Error as _;
    error.source().map_or_else(|| error.to_string(), ToString::to_string)
}

/// The id in the payload of an event that fails other checks.
fn event_id(payload: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Named {
        event_id: String,
    }
    let id = serde_json::from_str::<Named>(payload).ok()?.event_id;
    let usable = !id.contains('\0') && id.chars().count() <= 64;
    usable.then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tenant::TenantId;

    fn reject(text: &str) -> Reject {
        let (tenant, product) = (TenantId::new("t"), "p".to_owned());
        Reject { tenant, product, reason: "wrong".into(), text: text.into() }
    }

    #[test]
    fn a_reject_keeps_its_id_on_every_run_and_differs_from_its_twin() {
        let row =
            |batch, index| Quarantined::reject(&reject("x"), batch, index, DateTime::UNIX_EPOCH).0;
        let id = |batch, index| row(batch, index).quarantine_id;
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert_eq!(id(one, 0), id(one, 0));
        assert_ne!(id(one, 0), id(one, 1));
        assert_ne!(id(one, 0), id(other, 0));
    }

    #[test]
    fn the_id_of_an_event_that_fails_a_check_is_shown() {
        for (text, expected) in [
            (r#"{"event_id":"e1","product":7}"#, Some("e1")),
            (r#"{"event_id":"e\u00001"}"#, None),
            (r#"{"event_id":7}"#, None),
            ("garbage", None),
        ] {
            let row = Quarantined::reject(&reject(text), Uuid::nil(), 0, DateTime::UNIX_EPOCH);
            assert_eq!(row.0.event_id.as_deref(), expected, "{text}");
        }
    }
}
