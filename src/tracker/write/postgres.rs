//! Batches on PostgreSQL: arrays for the ids, binary COPY for the events, one statement for the
//! sessions; the text of no statement depends on the number of rows.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sea_orm::sqlx;
use uuid::Uuid;

use super::{EventSink, Ids, KnownId};
use crate::{
    db::{CopyRows, PgTransaction, column},
    error::Result,
    rollup::Marks,
    stats::{self, FloorChanges, Folded, SeenSessions},
    tenant::{Tenant, TenantId},
    tracker::model::NewEvent,
};

const COPY_IDS: &str = "\
    COPY analytics_event_ids (tenant_id, event_id, body_digest, occurred_at, stored_at) \
    FROM STDIN (FORMAT BINARY)";
const ID_COLUMNS: i16 = 5;

const INSERT_IDS: &str = "\
    INSERT INTO analytics_event_ids (tenant_id, event_id, body_digest, occurred_at, stored_at) \
    SELECT $1, event_id, body_digest, occurred_at, $5 \
    FROM UNNEST($2::text[], $3::uuid[], $4::timestamptz[]) AS new (event_id, body_digest, occurred_at) \
    ON CONFLICT DO NOTHING";

/// A row carries the transaction that inserted it, which tells what was inserted just now.
const KNOWN_IDS: &str = "\
    SELECT event_id, body_digest, occurred_at, xmin = pg_current_xact_id()::xid AS fresh \
    FROM analytics_event_ids WHERE tenant_id = $1 AND event_id = ANY($2::text[])";

const COPY_EVENTS: &str = "\
    COPY analytics_events (tenant_id, event_id, event_name, event_data, session_id, product, \
    occurred_at, received_at, created_at, response_ms, rating, agent_id, channel, visitor_id) \
    FROM STDIN (FORMAT BINARY)";
const EVENT_COLUMNS: i16 = 14;

#[async_trait]
impl EventSink for PgTransaction {
    async fn insert_ids(
        &self,
        tenant: &TenantId,
        events: &[&NewEvent],
        ids: Ids,
        now: DateTime<Utc>,
    ) -> Result<Vec<KnownId>> {
        if ids == Ids::BelievedNew {
            let mut body = Vec::new();
            let write = |rows: &mut CopyRows, event: &&NewEvent| {
                copy_id(rows, event, &mut body, now);
            };
            self.copy_in(COPY_IDS, ID_COLUMNS, events, write).await?;
            return Ok(Vec::new());
        }
        let ids: Vec<&str> = events.iter().map(|event| &*event.id).collect();
        let digests: Vec<Uuid> =
            events.iter().map(|event| Uuid::from_bytes(event.body_digest())).collect();
        let instants: Vec<DateTime<Utc>> = events.iter().map(|event| event.occurred_at).collect();
        let insert = sqlx::query(INSERT_IDS)
            .bind(tenant.as_str())
            .bind(&ids)
            .bind(digests)
            .bind(instants)
            .bind(now);
        if self.execute_query(insert).await? == events.len() as u64 {
            return Ok(Vec::new());
        }
        let known = sqlx::query(KNOWN_IDS).bind(tenant.as_str()).bind(&ids);
        let rows = self.fetch_all(known).await?;
        let known = rows.iter().map(|row| {
            Ok(KnownId {
                event_id: column(row, 0)?,
                body_digest: column(row, 1)?,
                occurred_at: column(row, 2)?,
                fresh: column(row, 3)?,
            })
        });
        known.collect()
    }

    async fn insert_events(&self, events: &[&NewEvent], now: DateTime<Utc>) -> Result<()> {
        let write = |rows: &mut CopyRows, event: &&NewEvent| copy_event(rows, event, now);
        self.copy_in(COPY_EVENTS, EVENT_COLUMNS, events, write).await?;
        Ok(())
    }

    async fn fold_sessions<'a>(
        &self,
        tenant: &Tenant,
        events: &[&'a NewEvent],
        seen: &SeenSessions,
        marks: &mut Marks<'_>,
        changes: &mut FloorChanges,
    ) -> Result<Folded<'a>> {
        stats::merge_sessions(self, tenant, events, seen, marks, changes).await
    }
}

/// The columns in the order of [`COPY_IDS`]; the body is laid out in `body`.
fn copy_id(rows: &mut CopyRows, event: &NewEvent, body: &mut Vec<u8>, now: DateTime<Utc>) {
    rows.row()
        .text(&event.tenant)
        .text(&event.id)
        .raw(&event.body_digest_in(body))
        .instant(event.occurred_at)
        .instant(now);
}

/// The columns in the order of [`COPY_EVENTS`].
fn copy_event(rows: &mut CopyRows, event: &NewEvent, now: DateTime<Utc>) {
    let facts = event.fact.columns();
    rows.row()
        .text(&event.tenant)
        .text(&event.id)
        .text(&event.name)
        .json(event.data.as_str())
        .text_or_null(event.session_id.as_deref())
        .text(&event.product)
        .instant(event.occurred_at)
        .instant(event.received_at)
        .instant(now)
        .bigint_or_null(facts.response_ms)
        .smallint_or_null(facts.rating)
        .text_or_null(facts.agent_id)
        .text_or_null(facts.channel)
        .text_or_null(facts.visitor_id);
}
