//! The digest of stored events: the sum of the hashes of their rows, whatever the order they are in.
//!
//! PostgreSQL hashes where the rows are, SQLite's are hashed here: a digest is only ever compared with
//! one of the same store.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement, Value};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::{
    error::Result,
    stats::{
        EventRows,
        cube::{Bucket, Slots},
    },
    tenant::{Tenant, TimeRange},
};

/// Rows of SQLite that are in memory at once.
const PAGE: usize = 5_000;

/// How many events, and the sum of their hashes modulo 2^64.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    pub events: i64,
    pub digest: i64,
}

impl Proof {
    pub(super) fn add(&mut self, other: Self) {
        self.events += other.events;
        self.digest = self.digest.wrapping_add(other.digest);
    }
}

/// Proofs by the first instant of an hour.
pub(super) type Proofs = BTreeMap<DateTime<Utc>, Proof>;

/// Stored events of a tenant, all of a stretch of time or those of it that are to be removed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stored<'a> {
    pub(super) tenant: &'a Tenant,
    pub(super) range: TimeRange,
    pub(super) removed: Option<&'a EventRows<'a>>,
}

impl Stored<'_> {
    /// Counts and hashes them as they stand, by these hours.
    pub(super) async fn proofs(
        &self,
        db: &impl ConnectionTrait,
        hours: &[Bucket],
    ) -> Result<Proofs> {
        match db.get_database_backend() {
            DbBackend::Postgres => self.hash_there(db, hours).await,
            _ => self.hash_here(db, hours).await,
        }
    }

    async fn hash_there(&self, db: &impl ConnectionTrait, hours: &[Bucket]) -> Result<Proofs> {
        let (table, condition, mut values) = self.selected();
        let slot = Slots::Quarters.sql(DbBackend::Postgres, |value| {
            values.push(value);
            format!("${}", values.len())
        });
        let sql = format!(
            "SELECT slot, COUNT(*) AS events, {SUM} AS digest FROM ( \
                SELECT {slot} AS slot, {HASH} AS hash \
                FROM (SELECT *, occurred_at AS at FROM {table} WHERE {condition}) AS events \
             ) AS hashed GROUP BY slot"
        );
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
        let mut proofs = Proofs::new();
        for row in db.query_all_raw(statement).await? {
            let proof =
                Proof { events: row.try_get("", "events")?, digest: row.try_get("", "digest")? };
            if let Some(place) = Slots::Quarters.place(row.try_get("", "slot")?, hours) {
                proofs.entry(hours[place].range.start).or_default().add(proof);
            }
        }
        Ok(proofs)
    }

    async fn hash_here(&self, db: &impl ConnectionTrait, hours: &[Bucket]) -> Result<Proofs> {
        let (table, condition, values) = self.selected();
        let (at, id) = (format!("${}", values.len() + 1), format!("${}", values.len() + 2));
        let sql = format!(
            "SELECT event_id, event_name, CAST(event_data AS TEXT) AS data, session_id, product, \
             occurred_at, CAST(occurred_at AS TEXT) AS at_text FROM {table} WHERE {condition} \
             AND (occurred_at, event_id) > ({at}, {id}) ORDER BY occurred_at, event_id LIMIT {PAGE}"
        );
        let mut proofs = Proofs::new();
        let mut last = (String::new(), String::new());
        loop {
            let mut values = values.clone();
            values.extend([last.0.clone().into(), last.1.clone().into()]);
            let statement = Statement::from_sql_and_values(DbBackend::Sqlite, &sql, values);
            let rows = db.query_all_raw(statement).await?;
            for row in &rows {
                let at: DateTime<Utc> = row.try_get("", "occurred_at")?;
                let place = hours.partition_point(|hour| hour.range.start <= at).max(1) - 1;
                let proof = Proof { events: 1, digest: hash(row)?.cast_signed() };
                if let Some(hour) = hours.get(place) {
                    proofs.entry(hour.range.start).or_default().add(proof);
                }
            }
            let Some(row) = rows.last().filter(|_| rows.len() == PAGE) else { return Ok(proofs) };
            last = (row.try_get("", "at_text")?, row.try_get("", "event_id")?);
        }
    }

    /// The table, a condition on its rows, and the values of it.
    fn selected(&self) -> (&str, String, Vec<Value>) {
        if let Some(removed) = self.removed {
            let values = removed.values(&self.tenant.id);
            return (removed.table, EventRows::CONDITION.to_owned(), values);
        }
        let TimeRange { start, end } = self.range;
        let condition = "tenant_id = $1 AND occurred_at >= $2 AND occurred_at < $3".to_owned();
        let values = vec![self.tenant.id.as_str().into(), start.into(), end.into()];
        ("analytics_events", condition, values)
    }
}

/// The hash of a row: each column is hashed with what the ones before it gave, so that no text moves
/// from one to the next.
const HASH: &str = "hashtextextended(product, hashtextextended(COALESCE('s' || session_id, ''), \
    hashtextextended(event_data::text, hashtextextended(event_name, hashtextextended(event_id, \
    hashint8extended(CAST(EXTRACT(EPOCH FROM occurred_at) * 1000000 AS bigint), 0))))))";

/// The sum of hashes modulo 2^64, as a signed number, as additions that wrap give it.
const SUM: &str = "CAST(MOD(MOD(SUM(hash) + 9223372036854775808, 18446744073709551616) \
    + 18446744073709551616, 18446744073709551616) - 9223372036854775808 AS bigint)";

fn hash(row: &QueryResult) -> Result<u64> {
    let mut hash = 0;
    for column in ["at_text", "event_id", "event_name", "data", "product"] {
        let text: String = row.try_get("", column)?;
        hash = xxh3_64_with_seed(text.as_bytes(), hash);
    }
    let session_id: Option<String> = row.try_get("", "session_id")?;
    Ok(match session_id {
        Some(id) => xxh3_64_with_seed(id.as_bytes(), hash),
        None => xxh3_64_with_seed(&[], !hash),
    })
}
