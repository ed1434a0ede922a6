//! Batches on SQLite, where one writer is alone: the ORM's statements over many rows.

use std::collections::HashSet;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use entity::{InTenant, event, event_id};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::{EventSink, Ids, KnownId};
use crate::{
    db::{Transaction, bulk},
    error::Result,
    rollup::Marks,
    stats::{self, FloorChanges, Folded, SeenSessions},
    tenant::{Tenant, TenantId},
    tracker::model::NewEvent,
};

const CHUNK_BYTES: usize = 1024 * 1024;

#[async_trait]
impl EventSink for Transaction {
    async fn insert_ids(
        &self,
        tenant: &TenantId,
        events: &[&NewEvent],
        _: Ids,
        now: DateTime<Utc>,
    ) -> Result<Vec<KnownId>> {
        let mut known = Vec::new();
        for chunk in events.chunks(bulk::CHUNK) {
            let rows = chunk.iter().map(|event| id_row(event, now));
            let new = bulk::insert_new(self, rows, event_id::Column::EventId).await?;
            if new.len() < chunk.len() {
                known.extend(list_known(self, tenant, chunk, &new).await?);
            }
        }
        Ok(known)
    }

    async fn insert_events(&self, events: &[&NewEvent], now: DateTime<Utc>) -> Result<()> {
        let mut rest = events;
        while !rest.is_empty() {
            let (chunk, others) = rest.split_at(len_of_chunk(rest));
            rest = others;
            let rows = chunk.iter().map(|event| row(event, now));
            event::Entity::insert_many(rows).exec_without_returning(self).await?;
        }
        Ok(())
    }

    async fn fold_sessions<'a>(
        &self,
        tenant: &Tenant,
        events: &[&'a NewEvent],
        _: &SeenSessions,
        marks: &mut Marks<'_>,
        changes: &mut FloorChanges,
    ) -> Result<Folded<'a>> {
        stats::fold_sessions(self, tenant, events, marks, changes).await?;
        Ok(Folded::default())
    }
}

/// How many events go into one statement: large ones take long to take apart, and other tasks of
/// the thread wait meanwhile.
fn len_of_chunk(events: &[&NewEvent]) -> usize {
    let mut bytes = 0;
    let fitting = events.iter().take(bulk::CHUNK).take_while(|event| {
        bytes += event.bytes();
        bytes <= CHUNK_BYTES
    });
    fitting.count().max(1)
}

fn id_row(event: &NewEvent, now: DateTime<Utc>) -> event_id::ActiveModel {
    event_id::ActiveModel {
        tenant_id: Set(event.tenant.to_string()),
        event_id: Set(event.id.to_string()),
        body_digest: Set(Uuid::from_bytes(event.body_digest())),
        occurred_at: Set(event.occurred_at),
        stored_at: Set(now),
    }
}

/// The ids among `events` that were there before.
async fn list_known(
    transaction: &Transaction,
    tenant: &TenantId,
    events: &[&NewEvent],
    new: &HashSet<String>,
) -> Result<Vec<KnownId>> {
    let ids = events.iter().map(|event| &*event.id).filter(|id| !new.contains(*id));
    let known: Vec<(String, Uuid, DateTime<Utc>)> = event_id::Entity::in_tenant(tenant)
        .filter(event_id::Column::EventId.is_in(ids))
        .select_only()
        .columns([
            event_id::Column::EventId,
            event_id::Column::BodyDigest,
            event_id::Column::OccurredAt,
        ])
        .into_tuple()
        .all(transaction)
        .await?;
    let known = known.into_iter().map(|(event_id, body_digest, occurred_at)| KnownId {
        event_id,
        body_digest,
        occurred_at,
        fresh: false,
    });
    Ok(known.collect())
}

fn row(event: &NewEvent, now: DateTime<Utc>) -> event::ActiveModel {
    let facts = event.fact.columns();
    event::ActiveModel {
        tenant_id: Set(event.tenant.to_string()),
        event_id: Set(event.id.to_string()),
        event_name: Set(event.name.to_string()),
        event_data: Set(event.data.to_value()),
        session_id: Set(event.session_id.as_deref().map(str::to_owned)),
        product: Set(event.product.to_string()),
        occurred_at: Set(event.occurred_at),
        received_at: Set(event.received_at),
        created_at: Set(now),
        response_ms: Set(facts.response_ms),
        rating: Set(facts.rating),
        agent_id: Set(facts.agent_id.map(str::to_owned)),
        channel: Set(facts.channel.map(str::to_owned)),
        visitor_id: Set(facts.visitor_id.map(str::to_owned)),
    }
}
