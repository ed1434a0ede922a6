//! Removes rows in batches: events that lie in no part of their own, ids, and reservations.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};

use crate::{
    billing,
    db::{Db, bulk},
    error::Result,
    stats::{self, EventRows, proof::DayState},
    tenant::{Tenant, TenantId, TimeRange},
};

/// Rows of one transaction, about.
pub(super) const BATCH: u64 = 5_000;

/// Whether a day is sealed, or can be here and now, and equals what its events give. A day that differs
/// is marked, so that it is rebuilt, and told to whoever reads the log.
pub(super) async fn settled(
    transaction: &impl ConnectionTrait,
    tenant: &Tenant,
    day: NaiveDate,
    seal_after: TimeDelta,
    now: DateTime<Utc>,
) -> Result<bool> {
    let verified = stats::verify_day(transaction, tenant, day, now).await?;
    match verified.state {
        DayState::Open => Ok(false),
        DayState::Equal | DayState::Removed => {
            stats::is_sealed(transaction, tenant, &verified, seal_after, now).await
        }
        DayState::Differs => {
            stats::report_differing(transaction, tenant, &verified).await?;
            Ok(false)
        }
    }
}

/// Removes a tenant's events that happened and were received before an instant, in at most so many
/// batches; returns how many they were.
pub(super) async fn events(
    db: &Db,
    tenant: &Tenant,
    (before, now): (DateTime<Utc>, DateTime<Utc>),
    seal_after: TimeDelta,
    batches: u64,
) -> Result<u64> {
    // Whole parts go by themselves; what is in the part for all other days goes here.
    let table = match db.backend() {
        DbBackend::Postgres => "analytics_events_default",
        _ => "analytics_events",
    };
    let mut removed = 0;
    let mut from = DateTime::UNIX_EPOCH;
    for _ in 0..batches {
        let old = EventRows {
            table,
            range: TimeRange { start: from, end: before },
            received_before: before,
        };
        let Some(first) = find_nth(db.pool(), &tenant.id, &old, 0).await? else { break };
        let day = tenant.day_of(first);
        let end = tenant.day(day).end;
        let transaction = db.write().await?;
        bulk::hold(&*transaction, "partitions").await?;
        if !settled(&*transaction, tenant, day, seal_after, now).await? {
            transaction.commit().await?;
            from = end;
            continue;
        }
        let rows = EventRows { range: TimeRange { start: first, end: end.min(before) }, ..old };
        let rows = up_to_batch(&*transaction, &tenant.id, rows).await?;
        stats::archive(&*transaction, tenant, day, &rows).await?;
        removed += delete(&*transaction, &tenant.id, &rows).await?;
        transaction.commit().await?;
        from = rows.range.end;
    }
    Ok(removed)
}

/// Shortens a stretch so that it holds a batch, or all events of its first instant.
async fn up_to_batch<'a>(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    mut rows: EventRows<'a>,
) -> Result<EventRows<'a>> {
    if let Some(end) = find_nth(db, tenant, &rows, BATCH).await? {
        rows.range.end = end.max(rows.range.start + TimeDelta::microseconds(1));
    }
    Ok(rows)
}

/// When the event happened that has `n` before it.
async fn find_nth(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    rows: &EventRows<'_>,
    n: u64,
) -> Result<Option<DateTime<Utc>>> {
    let sql = format!(
        "SELECT occurred_at FROM {} WHERE {} ORDER BY occurred_at LIMIT 1 OFFSET {n}",
        rows.table,
        EventRows::CONDITION
    );
    let found = db.query_one_raw(statement(db, &sql, rows.values(tenant))).await?;
    Ok(found.map(|row| row.try_get_by_index(0)).transpose()?)
}

async fn delete(db: &impl ConnectionTrait, tenant: &TenantId, rows: &EventRows<'_>) -> Result<u64> {
    let sql = format!("DELETE FROM {} WHERE {}", rows.table, EventRows::CONDITION);
    Ok(db.execute_raw(statement(db, &sql, rows.values(tenant))).await?.rows_affected())
}

/// Removes ids stored before an instant; returns how many they were.
pub(super) async fn event_ids(db: &Db, before: DateTime<Utc>, batches: u64) -> Result<u64> {
    // Rows lie in the order in which they were stored, and PostgreSQL knows which pages are old.
    let sql = match db.backend() {
        DbBackend::Postgres => format!(
            "DELETE FROM analytics_event_ids WHERE ctid = ANY(ARRAY( \
             SELECT ctid FROM analytics_event_ids WHERE stored_at < $1 LIMIT {BATCH}))"
        ),
        _ => format!(
            "DELETE FROM analytics_event_ids WHERE stored_at < $1 AND rowid IN \
             (SELECT rowid FROM analytics_event_ids ORDER BY rowid LIMIT {BATCH})"
        ),
    };
    let mut removed = 0;
    for _ in 0..batches {
        let transaction = db.write().await?;
        let delete = statement(&*transaction, &sql, vec![before.into()]);
        let batch = transaction.execute_raw(delete).await?.rows_affected();
        transaction.commit().await?;
        removed += batch;
        if batch == 0 {
            break;
        }
    }
    Ok(removed)
}

/// Removes reservations that expired and ended before an instant; returns how many they were.
pub(super) async fn reservations(db: &Db, before: DateTime<Utc>, batches: u64) -> Result<u64> {
    let mut removed = 0;
    for _ in 0..batches {
        let transaction = db.write().await?;
        let batch = billing::purge_reservations(&*transaction, before, BATCH).await?;
        transaction.commit().await?;
        removed += batch;
        if batch < BATCH {
            break;
        }
    }
    Ok(removed)
}

fn statement(db: &impl ConnectionTrait, sql: &str, values: Vec<Value>) -> Statement {
    Statement::from_sql_and_values(db.get_database_backend(), sql, values)
}
