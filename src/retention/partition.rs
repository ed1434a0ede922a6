//! The parts of `analytics_events` on PostgreSQL: one a day of UTC, and one for all other days.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Days, NaiveDate, Utc};
use sea_orm::{ConnectionTrait, DbBackend, Statement};

use super::{purge::settled, service::midnight};
use crate::{
    config::Config,
    db::{Db, bulk},
    error::Result,
    stats::{self, EventRows},
    tenant::{Tenant, TimeRange},
};

const PREFIX: &str = "analytics_events_";
/// Everyone who writes waits for whoever waits for these locks: give up soon, and come again.
const LOCK_TIMEOUT: &str = "SET LOCAL lock_timeout = '2s'";

/// The same of the whole table, while a part of it is held. Who writes into that part has the table and
/// waits for the part: it is the drop that gives way, before PostgreSQL ends one of the two.
const LAST_LOCK_TIMEOUT: &str = "SET LOCAL lock_timeout = '500ms'";

/// What became of an attempt to drop a part.
pub(super) enum Dropped {
    Whole,
    /// Why it was not dropped.
    Kept(&'static str),
}

/// The days that have a part of their own.
pub(super) async fn list(db: &impl ConnectionTrait) -> Result<BTreeSet<NaiveDate>> {
    let sql = "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid \
         WHERE i.inhparent = 'analytics_events'::regclass";
    let rows = db.query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await?;
    let mut days = BTreeSet::new();
    for row in rows {
        let name: String = row.try_get_by_index(0)?;
        let day = name.strip_prefix(PREFIX);
        days.extend(day.and_then(|day| NaiveDate::parse_from_str(day, "%Y%m%d").ok()));
    }
    Ok(days)
}

/// Makes the part of a day, and moves into it what came for this day before.
pub(super) async fn create(db: &Db, day: NaiveDate) -> Result<()> {
    let transaction = db.write().await?;
    bulk::hold(&*transaction, "partitions").await?;
    if list(&*transaction).await?.contains(&day) {
        return transaction.commit().await;
    }
    let (name, range) = (name(day), range(day));
    let (start, end) = (range.start.to_rfc3339(), range.end.to_rfc3339());
    let sql = format!(
        "{LOCK_TIMEOUT}; \
         LOCK TABLE analytics_events_default IN ACCESS EXCLUSIVE MODE; \
         CREATE TABLE {name} (LIKE analytics_events INCLUDING DEFAULTS INCLUDING CONSTRAINTS); \
         WITH moved AS (DELETE FROM analytics_events_default \
             WHERE occurred_at >= '{start}' AND occurred_at < '{end}' RETURNING *) \
         INSERT INTO {name} SELECT * FROM moved; \
         ALTER TABLE analytics_events ATTACH PARTITION {name} FOR VALUES FROM ('{start}') TO ('{end}')"
    );
    transaction.execute_unprepared(&sql).await?;
    transaction.commit().await
}

/// Drops the part of a day whole, once the sums of its events are kept elsewhere. What was received
/// since `received_before` stays, in the part for all other days.
pub(super) async fn drop_day(
    db: &Db,
    config: &Config,
    day: NaiveDate,
    (received_before, now): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Dropped> {
    let name = name(day);
    let transaction = db.write().await?;
    bulk::hold(&*transaction, "partitions").await?;
    if !list(&*transaction).await?.contains(&day) {
        return Ok(Dropped::Whole);
    }
    // Nobody adds to it meanwhile; whoever reads it may go on for as long as it is compared and summed.
    let lock = format!("{LOCK_TIMEOUT}; LOCK TABLE {name} IN SHARE ROW EXCLUSIVE MODE");
    transaction.execute_unprepared(&lock).await?;
    for (tenant, days) in tenants(&*transaction, config, &name, day).await? {
        for local in days {
            if !settled(&*transaction, &tenant, local, config.rollup.seal_after(), now).await? {
                transaction.commit().await?;
                return Ok(Dropped::Kept("not all of its days are sealed yet"));
            }
            let rows = EventRows { table: &name, range: tenant.day(local), received_before };
            stats::archive(&*transaction, &tenant, local, &rows).await?;
        }
    }
    let sql = format!(
        "{LAST_LOCK_TIMEOUT}; \
         LOCK TABLE ONLY analytics_events IN ACCESS EXCLUSIVE MODE; \
         ALTER TABLE analytics_events DETACH PARTITION {name}; \
         INSERT INTO analytics_events SELECT * FROM {name} WHERE received_at >= '{}'; \
         DROP TABLE {name}",
        received_before.to_rfc3339()
    );
    transaction.execute_unprepared(&sql).await?;
    transaction.commit().await?;
    Ok(Dropped::Whole)
}

/// The tenants that have events in a part, each with its own days that the part touches. A tenant
/// that is no longer configured has daily rows, and nobody who could ask for more.
async fn tenants(
    db: &impl ConnectionTrait,
    config: &Config,
    name: &str,
    day: NaiveDate,
) -> Result<Vec<(std::sync::Arc<Tenant>, BTreeSet<NaiveDate>)>> {
    let sql = format!("SELECT DISTINCT tenant_id FROM {name}");
    let rows = db.query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await?;
    let mut tenants = BTreeMap::new();
    for row in rows {
        let id: String = row.try_get_by_index(0)?;
        if let Ok(tenant) = config.tenant(&id) {
            let TimeRange { start, end } = range(day);
            let last = tenant.day_of(end - chrono::TimeDelta::microseconds(1));
            let days = tenant.day_of(start).iter_days().take_while(|day| *day <= last).collect();
            tenants.insert(id, (tenant, days));
        }
    }
    Ok(tenants.into_values().collect())
}

fn name(day: NaiveDate) -> String {
    format!("{PREFIX}{}", day.format("%Y%m%d"))
}

fn range(day: NaiveDate) -> TimeRange {
    let end = day.checked_add_days(Days::new(1)).unwrap_or(day);
    TimeRange { start: midnight(day), end: midnight(end) }
}
