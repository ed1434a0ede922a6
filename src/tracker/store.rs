//! SQL of events and of the ledger.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use entity::{InTenant, event, ingest_ledger};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult as _, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait,
    sea_query::{Asterisk, Expr, ExprTrait, Order, Query},
};
use uuid::Uuid;

use super::{
    books::Books,
    query::{EventQuery, SessionEvents},
};
use crate::{
    db::bulk,
    error::Result,
    tenant::{TenantId, TimeRange},
};

/// A stored event.
pub(super) async fn find_event(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    occurred_at: DateTime<Utc>,
    id: &str,
) -> Result<Option<event::Model>> {
    let found = event::Entity::in_tenant(tenant)
        .filter(event::Column::OccurredAt.eq(occurred_at))
        .filter(event::Column::EventId.eq(id));
    Ok(found.one(db).await?)
}

/// The newest events first, at most `limit`.
pub(super) async fn list_events(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    query: EventQuery,
    limit: u64,
) -> Result<Vec<event::Model>> {
    use event::Column::{EventId, EventName, OccurredAt, Product, SessionId};
    let TimeRange { start, end } = query.range_left();
    let after = query
        .after
        .map(|cursor| Condition::any().add(OccurredAt.lt(cursor.at)).add(EventId.lt(cursor.id)));
    let events = event::Entity::in_tenant(tenant)
        .filter(OccurredAt.gte(start))
        .filter(OccurredAt.lt(end))
        .apply_if(query.name, |select, name| select.filter(EventName.eq(name)))
        .apply_if(query.product, |select, product| select.filter(Product.eq(product)))
        .apply_if(query.session_id, |select, id| select.filter(SessionId.eq(id)))
        .apply_if(after, QueryFilter::filter)
        .order_by_desc(OccurredAt)
        .order_by_desc(EventId)
        .limit(limit);
    Ok(events.all(db).await?)
}

/// The oldest events of each session, oldest first; one session after the other.
///
/// They are counted off instead of limited: a limit tempts PostgreSQL to go through the events of all
/// sessions in their order.
pub(super) async fn list_events_of_sessions(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    query: SessionEvents,
) -> Result<Vec<event::Model>> {
    use event::Column::{EventId, OccurredAt, SessionId};
    const PLACE: &str =
        "ROW_NUMBER() OVER (PARTITION BY session_id ORDER BY occurred_at, event_id)";
    let TimeRange { start, end } = query.range_left();
    let after = query
        .after
        .map(|cursor| Condition::any().add(OccurredAt.gt(cursor.at)).add(EventId.gt(cursor.id)));
    let placed = event::Entity::in_tenant(tenant)
        .filter(bulk::among(db, SessionId, query.session_ids))
        .filter(OccurredAt.gte(start))
        .filter(OccurredAt.lt(end))
        .apply_if(after, QueryFilter::filter)
        .expr_as(Expr::cust(PLACE), "place")
        .into_query();
    let first = Query::select()
        .column(Asterisk)
        .from_subquery(placed, "placed")
        .and_where(Expr::col("place").lte(query.len))
        .order_by("session_id", Order::Asc)
        .order_by("place", Order::Asc)
        .to_owned();
    let first = db.get_database_backend().build(&first);
    Ok(event::Model::find_by_statement(first).all(db).await?)
}

/// Whether a batch has been written before.
pub(super) async fn is_recorded(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    batch: Uuid,
) -> Result<bool> {
    let row = ingest_ledger::Entity::in_tenant(tenant)
        .filter(ingest_ledger::Column::BatchId.eq(batch))
        .one(db)
        .await?;
    Ok(row.is_some())
}

/// Writes what became of a batch, by product.
pub(super) async fn insert_ledger(
    transaction: &impl ConnectionTrait,
    tenant: &TenantId,
    batch: Uuid,
    books: impl IntoIterator<Item = (String, Books)>,
    now: DateTime<Utc>,
) -> Result<()> {
    let rows = books.into_iter().map(|(product, books)| ingest_ledger::ActiveModel {
        tenant_id: Set(tenant.to_string()),
        batch_id: Set(batch),
        product: Set(product),
        stored: Set(books.stored),
        duplicate: Set(books.duplicate),
        conflict: Set(books.conflict),
        rejected: Set(books.rejected),
        recorded_at: Set(now),
    });
    ingest_ledger::Entity::insert_many(rows).exec_without_returning(transaction).await?;
    Ok(())
}

/// Sums the ledger of a tenant, by product.
pub(super) async fn sum_ledger(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
) -> Result<BTreeMap<String, Books>> {
    use ingest_ledger::Column::{Conflict, Duplicate, Product, Rejected, Stored};
    let sum = |column: ingest_ledger::Column| Expr::col(column).sum().cast_as("bigint").if_null(0);
    let rows: Vec<(String, i64, i64, i64, i64)> = ingest_ledger::Entity::in_tenant(tenant)
        .select_only()
        .column(Product)
        .column_as(sum(Stored), "stored")
        .column_as(sum(Duplicate), "duplicate")
        .column_as(sum(Conflict), "conflict")
        .column_as(sum(Rejected), "rejected")
        .group_by(Product)
        .into_tuple()
        .all(db)
        .await?;
    let books = rows.into_iter().map(|(product, stored, duplicate, conflict, rejected)| {
        (product, Books { stored, duplicate, conflict, rejected })
    });
    Ok(books.collect())
}

/// Whether the ledger of a tenant holds an event that was stored. Rows of refusals alone are few:
/// one a product, once they are merged.
pub(super) async fn has_stored(db: &impl ConnectionTrait, tenant: &TenantId) -> Result<bool> {
    let row: Option<i64> = ingest_ledger::Entity::in_tenant(tenant)
        .filter(ingest_ledger::Column::Stored.gt(0))
        .select_only()
        .column(ingest_ledger::Column::Stored)
        .limit(1)
        .into_tuple()
        .one(db)
        .await?;
    Ok(row.is_some())
}

/// Merges the rows of batches older than `before` into one a product. Call in a transaction.
pub(super) async fn compact_ledger(
    transaction: &impl ConnectionTrait,
    tenant: &TenantId,
    before: DateTime<Utc>,
) -> Result<()> {
    let old = ingest_ledger::Entity::delete_many()
        .filter(ingest_ledger::Entity::of_tenant(tenant))
        .filter(ingest_ledger::Column::RecordedAt.lt(before))
        .exec_with_returning(transaction)
        .await?;
    let mut merged: HashMap<String, Books> = HashMap::new();
    for row in old {
        let (stored, duplicate, conflict, rejected) =
            (row.stored, row.duplicate, row.conflict, row.rejected);
        let books = Books { stored, duplicate, conflict, rejected };
        merged.entry(row.product).or_default().merge(&books);
    }
    if merged.is_empty() {
        return Ok(());
    }
    // The row of an earlier run is among the deleted: its time is the oldest.
    insert_ledger(transaction, tenant, Uuid::nil(), merged, DateTime::UNIX_EPOCH).await
}
