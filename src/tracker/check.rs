//! The checks an event passes before it is taken.

use std::{mem, ops::RangeInclusive, sync::Arc};

use bytestring::ByteString;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    fact::{Fact, Reason},
    model::NewEvent,
    payload::Payload,
};
use crate::{
    error::{Error, Result},
    input::{ID_CHARS, check_json_text, check_name, check_time},
    stats::SessionId,
    tenant::TenantId,
};

const NAME_CHARS: RangeInclusive<usize> = 1..=50;
pub(crate) const PRODUCT_CHARS: RangeInclusive<usize> = 1..=30;

/// An event as a product sent it. Its texts may be parts of the body that it came in, which is kept
/// for as long as the event.
#[derive(Clone, Debug, Default)]
pub struct RawEvent {
    pub id: Option<ByteString>,
    pub name: ByteString,
    pub product: ByteString,
    pub session_id: Option<ByteString>,
    pub data: Payload,
    /// The instant, or the text that is none.
    pub occurred_at: Option<Result<DateTime<Utc>, String>>,
    /// What it means, where whoever took `data` apart has found out.
    pub(crate) meaning: Option<Result<Fact, Reason>>,
}

/// An event that is not taken.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub id: Option<ByteString>,
    pub product: ByteString,
    /// Field, value and what is expected.
    pub reason: Arc<str>,
}

impl RawEvent {
    /// Checks the event.
    ///
    /// # Errors
    /// What is known of an event that is not taken.
    pub fn check(mut self, tenant: &TenantId, now: DateTime<Utc>) -> Result<NewEvent, Refusal> {
        self.take(tenant, now)
    }

    /// The same of one that stays where it is: nothing is left of it.
    #[inline]
    pub(super) fn take(
        &mut self,
        tenant: &TenantId,
        now: DateTime<Utc>,
    ) -> Result<NewEvent, Refusal> {
        let (fact, occurred_at) = self.read(now).map_err(|reason| Refusal {
            id: self.id.take(),
            product: mem::take(&mut self.product),
            reason: reason.to_string().into(),
        })?;
        Ok(NewEvent {
            tenant: tenant.clone(),
            id: self.id.take().unwrap_or_else(|| Uuid::now_v7().to_string().into()),
            name: mem::take(&mut self.name),
            product: mem::take(&mut self.product),
            session_id: self.session_id.take().map(SessionId::from),
            data: mem::take(&mut self.data),
            fact,
            occurred_at,
            received_at: now,
        })
    }

    /// What it means, and when it happened.
    fn read(&mut self, now: DateTime<Utc>) -> Result<(Fact, DateTime<Utc>)> {
        for (field, id) in [("id", &self.id), ("sessionId", &self.session_id)] {
            id.as_deref().map_or(Ok(()), |id| check_name(field, id, ID_CHARS))?;
        }
        check_name("name", &self.name, NAME_CHARS)?;
        check_name("product", &self.product, PRODUCT_CHARS)?;
        let occurred_at = self.read_occurred_at(now)?;
        if !self.data.is_plain() {
            check_json_text("data", self.data.as_str())?;
        }
        let meaning = self.meaning.take();
        let fact = meaning.unwrap_or_else(|| Fact::read(&self.name, &self.data));
        let fact = fact.map_err(Error::Refused)?;
        if fact.needs_session() && self.session_id.is_none() {
            let reason = format!("`sessionId` is missing, expected for `{}`", self.name);
            return Err(Error::Refused(reason));
        }
        Ok((fact, occurred_at))
    }

    /// The time of occurrence: as sent, else of arrival.
    fn read_occurred_at(&self, now: DateTime<Utc>) -> Result<DateTime<Utc>> {
        match &self.occurred_at {
            None => Ok(now),
            Some(Ok(instant)) => check_time("occurredAt", *instant, now).map(|()| *instant),
            Some(Err(text)) => {
                let expected = "an RFC 3339 instant such as 2025-12-25T08:00:00Z";
                Err(Error::bad_text("occurredAt", text, expected))
            }
        }
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
            (RawEvent { name: long(51).into(), ..raw() }, "`name` is \"xxx"),
            (RawEvent { name: ByteString::new(), ..raw() }, "`name` is \"\", expected 1 to 50"),
            (RawEvent { id: Some(long(65).into()), ..raw() }, "`id` is \"xxx"),
            (RawEvent { product: long(31).into(), ..raw() }, "`product` is \"xxx"),
            (RawEvent { data: json!(long(65_536)).into(), ..raw() }, "`data` is 65538 bytes"),
            (
                RawEvent { data: json!({"a": ["\0"]}).into(), ..raw() },
                "`data` is {\"a\":[\"\\u0000\"]}",
            ),
            (
                RawEvent { occurred_at: Some(Err("soon".into())), ..raw() },
                "`occurredAt` is \"soon\"",
            ),
            (
                RawEvent { occurred_at: Some(Ok(now() + chrono::TimeDelta::minutes(6))), ..raw() },
                "`occurredAt` is 2026-01-01T00:06:00",
            ),
            (RawEvent { name: "session.start".into(), ..raw() }, "`sessionId` is missing"),
        ];
        for (event, reason) in cases {
            let refusal = event.check(&TenantId::new("t"), now()).unwrap_err();
            assert!(refusal.reason.starts_with(reason), "{refusal:?}");
        }
    }

    #[test]
    fn an_event_without_time_or_id_gets_both() {
        let event = raw().check(&TenantId::new("t"), now()).unwrap();
        assert_eq!(event.occurred_at, now());
        assert_eq!(event.id.len(), 36);
    }
}
