//! SQL of the proofs of quarters of an hour.

use chrono::{DateTime, NaiveDate, Utc};
use entity::{InTenant, archived_proof, quarter_proof};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect,
};

use super::digest::{Proof, Proofs, Stored};
use crate::{
    db::bulk,
    error::Result,
    stats::{
        EventRows,
        cube::{Bucket, Level},
        store::basis,
    },
    tenant::{Tenant, TenantId, TimeRange},
};

/// Replaces the proofs of stretches of a day by what its events give, and what was removed of them.
pub(in crate::stats) async fn rebuild(
    transaction: &impl ConnectionTrait,
    tenant: &Tenant,
    day: NaiveDate,
    ranges: &[TimeRange],
) -> Result<()> {
    let quarters = Level::Quarter.cut(tenant, day);
    for range in ranges {
        remove(transaction, tenant, day, *range).await?;
        let proofs = recompute(transaction, tenant, *range, &quarters).await?.all();
        let rows = proofs.into_iter().map(|(quarter, proof)| quarter_proof::ActiveModel {
            tenant_id: Set(tenant.id.to_string()),
            stat_date: Set(day),
            quarter_at: Set(quarter),
            basis: Set(basis(tenant)),
            events: Set(proof.events),
            digest: Set(proof.digest),
        });
        let rows: Vec<_> = rows.collect();
        if !rows.is_empty() {
            quarter_proof::Entity::insert_many(rows).exec_without_returning(transaction).await?;
        }
    }
    Ok(())
}

/// The proofs of a day as they are kept.
pub(super) async fn list(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    day: NaiveDate,
) -> Result<Proofs> {
    let rows = quarter_proof::Entity::in_tenant(&tenant.id)
        .filter(quarter_proof::Column::StatDate.eq(day))
        .all(db)
        .await?;
    let proof = |row: quarter_proof::Model| {
        (row.quarter_at, Proof { events: row.events, digest: row.digest })
    };
    Ok(rows.into_iter().map(proof).collect())
}

/// The proof of a whole day, as it is kept.
pub(super) async fn total(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    day: NaiveDate,
) -> Result<Proof> {
    let mut total = Proof::default();
    for quarter in list(db, tenant, day).await?.into_values() {
        total.add(quarter);
    }
    Ok(total)
}

/// The first day that has a proof.
pub(super) async fn find_first_day(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
) -> Result<Option<NaiveDate>> {
    let first = quarter_proof::Entity::in_tenant(tenant)
        .select_only()
        .column(quarter_proof::Column::StatDate)
        .order_by_asc(quarter_proof::Column::StatDate)
        .limit(1);
    Ok(first.into_tuple().one(db).await?)
}

/// The days from `from` to `to`, both included, with a proof of another basis.
pub(in crate::stats) async fn list_stale(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<NaiveDate>> {
    let days = quarter_proof::Entity::in_tenant(&tenant.id)
        .filter(quarter_proof::Column::StatDate.between(from, to))
        .filter(quarter_proof::Column::Basis.ne(basis(tenant)))
        .select_only()
        .column(quarter_proof::Column::StatDate)
        .distinct();
    Ok(days.into_tuple().all(db).await?)
}

/// Whether a day has a proof of another basis.
pub(in crate::stats) async fn is_stale(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    day: NaiveDate,
) -> Result<bool> {
    Ok(!list_stale(db, tenant, day, day).await?.is_empty())
}

async fn remove(
    transaction: &impl ConnectionTrait,
    tenant: &Tenant,
    day: NaiveDate,
    range: TimeRange,
) -> Result<()> {
    let mut delete = quarter_proof::Entity::delete_many()
        .filter(quarter_proof::Entity::of_tenant(&tenant.id))
        .filter(quarter_proof::Column::StatDate.eq(day));
    // In another zone the quarters of the day may have lain elsewhere: of a whole day, all go.
    if range != tenant.day(day) {
        delete = delete.filter(within(quarter_proof::Column::QuarterAt, range));
    }
    delete.exec(transaction).await?;
    Ok(())
}

fn within(column: impl ColumnTrait, range: TimeRange) -> Condition {
    Condition::all().add(column.gte(range.start)).add(column.lt(range.end))
}

/// What the events of some quarters give.
#[derive(Debug, Default)]
pub(super) struct Recomputed {
    stored: Proofs,
    pub(super) removed: Proofs,
}

impl Recomputed {
    /// Events that are there, and those that were removed.
    pub(super) fn all(self) -> Proofs {
        let mut all = self.stored;
        for (hour, proof) in self.removed {
            all.entry(hour).or_default().add(proof);
        }
        all
    }
}

pub(super) async fn recompute(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    range: TimeRange,
    quarters: &[Bucket],
) -> Result<Recomputed> {
    let stored = Stored { tenant, range, removed: None }.proofs(db, quarters).await?;
    let mut removed = Proofs::new();
    for (at, proof) in list_archived(db, tenant, range).await? {
        let place = quarters.partition_point(|quarter| quarter.range.start <= at).max(1) - 1;
        if let Some(quarter) = quarters.get(place) {
            removed.entry(quarter.range.start).or_default().add(proof);
        }
    }
    Ok(Recomputed { stored, removed })
}

async fn list_archived(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    range: TimeRange,
) -> Result<Vec<(DateTime<Utc>, Proof)>> {
    let rows = archived_proof::Entity::in_tenant(&tenant.id)
        .filter(within(archived_proof::Column::HourAt, range))
        .all(db)
        .await?;
    let proof = |row: archived_proof::Model| {
        (row.hour_at, Proof { events: row.events, digest: row.digest })
    };
    Ok(rows.into_iter().map(proof).collect())
}

/// Keeps the proof of events of a day. Remove the events in the same transaction.
pub(in crate::stats) async fn archive(
    transaction: &impl ConnectionTrait,
    tenant: &Tenant,
    day: NaiveDate,
    rows: &EventRows<'_>,
) -> Result<()> {
    let hours = Level::Hour.cut(tenant, day);
    let stored = Stored { tenant, range: rows.range, removed: Some(rows) };
    let mut proofs = stored.proofs(transaction, &hours).await?;
    for (hour, known) in list_archived(transaction, tenant, tenant.day(day)).await? {
        if let Some(proof) = proofs.get_mut(&hour) {
            proof.add(known);
        }
    }
    let rows = proofs.into_iter().map(|(hour_at, proof)| archived_proof::Model {
        tenant_id: tenant.id.to_string(),
        hour_at,
        events: proof.events,
        digest: proof.digest,
    });
    let rows = rows.collect();
    bulk::upsert::<archived_proof::Entity, _, archived_proof::ActiveModel>(transaction, rows).await
}
