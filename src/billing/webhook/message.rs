//! What is sent of a mark: its id, its body, and the headers that sign both.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use entity::quota_crossing::Model;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use serde::Serialize;
use uuid::Uuid;

use super::{signature::signatures, unmade};
use crate::{error::Result, tenant::Tenant};

const TYPE: &str = "quota.crossed";
/// What ids are made under.
const IDS: Uuid = Uuid::from_u128(0x5a1c_9d0e_7b34_4f62_8e15_c3a2_60f7_d948);

/// One message, whose body is signed as it stands.
pub(super) struct Message {
    pub(super) id: String,
    pub(super) body: Vec<u8>,
}

#[derive(Serialize)]
struct Body<'a> {
    r#type: &'a str,
    timestamp: String,
    data: Mark<'a>,
}

#[derive(Serialize)]
struct Mark<'a> {
    id: &'a str,
    tenant: &'a str,
    percent: i32,
    tokens_used: i64,
    tokens_total: i64,
    period_start: NaiveDate,
    reset_date: NaiveDate,
}

/// The id of the message of a mark, the same at every attempt.
pub(in crate::billing) fn message_id(crossing: &Model) -> String {
    let Model { tenant_id, starts_at, ends_at, percent, .. } = crossing;
    let (start, end) = (starts_at.timestamp_micros(), ends_at.timestamp_micros());
    let name = format!("{percent} {start} {end} {tenant_id}");
    format!("msg_{}", Uuid::new_v5(&IDS, name.as_bytes()).simple())
}

impl Message {
    pub(super) fn of(tenant: &Tenant, crossing: &Model) -> Result<Self> {
        let id = message_id(crossing);
        let body = Body {
            r#type: TYPE,
            timestamp: crossing.crossed_at.to_rfc3339_opts(SecondsFormat::AutoSi, true),
            data: Mark {
                id: &id,
                tenant: &tenant.id,
                percent: crossing.percent,
                tokens_used: crossing.tokens_used,
                tokens_total: crossing.tokens_total,
                period_start: tenant.day_of(crossing.starts_at),
                reset_date: tenant.day_of(crossing.ends_at),
            },
        };
        let body = serde_json::to_vec(&body).map_err(unmade)?;
        Ok(Self { id, body })
    }

    /// The headers of an attempt.
    pub(super) fn headers(&self, keys: &[Vec<u8>], at: DateTime<Utc>) -> Result<HeaderMap> {
        let timestamp = at.timestamp();
        let signatures = signatures(keys, &self.id, timestamp, &self.body)?;
        let text = |value: &str| HeaderValue::from_str(value).map_err(unmade);
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert("webhook-id", text(&self.id)?);
        headers.insert("webhook-timestamp", HeaderValue::from(timestamp));
        headers.insert("webhook-signature", text(&signatures)?);
        Ok(headers)
    }
}
