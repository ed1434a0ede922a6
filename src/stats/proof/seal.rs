//! Seals: days that are over for long enough and were compared with their events.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use entity::{InTenant, sealed_day};
use metrics::counter;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Statement, Value};

use super::{
    digest::Proof,
    quarters,
    verify::{DayState, VerifiedDay, verify_day},
};
use crate::{
    db::{Lease, bulk},
    error::Result,
    rollup::{self, Quarters},
    stats::{cube, is_settled},
    tenant::{Tenant, TenantId},
};

/// Days of a tenant that are compared in one run; the next goes on.
const DAYS: usize = 31;

/// Seals the days that are due, oldest first, and marks those that differ.
pub(crate) async fn seal_days(
    lease: &Lease,
    tenant: &Tenant,
    after: TimeDelta,
    now: DateTime<Utc>,
) -> Result<()> {
    let db = lease.db();
    for day in list_due(&db.of(&tenant.id), tenant, now - after).await? {
        // Compared in a snapshot, since the days of others go on changing; written on its own.
        let snapshot = db.of(&tenant.id).snapshot().await?;
        let verified = verify_day(&snapshot, tenant, day, now).await?;
        snapshot.commit().await?;
        let transaction = lease.write().await?;
        rollup::hold_day(&*transaction, &tenant.id, day).await?;
        match verified.state {
            DayState::Open => {}
            DayState::Differs => report(&*transaction, tenant, &verified).await?,
            DayState::Equal | DayState::Removed => {
                // Whatever has been rebuilt since is another day.
                let is_same = quarters::total(&*transaction, tenant, day).await? == verified.proof;
                if is_same && is_settled(&*transaction, tenant, day).await? {
                    seal(&*transaction, tenant, &verified, now).await?;
                }
            }
        }
        transaction.commit().await?;
    }
    Ok(())
}

/// Whether a day that was found equal in this transaction is sealed, now if it is due.
pub(crate) async fn is_sealed(
    transaction: &impl ConnectionTrait,
    tenant: &Tenant,
    verified: &VerifiedDay,
    after: TimeDelta,
    now: DateTime<Utc>,
) -> Result<bool> {
    if verified.sealed_at.is_some() {
        return Ok(true);
    }
    if tenant.day(verified.date).end > now - after {
        return Ok(false);
    }
    seal(transaction, tenant, verified, now).await?;
    Ok(true)
}

/// Tells whoever reads the log that a day differs from its events, and marks it, so that it is rebuilt.
pub(crate) async fn report(
    transaction: &impl ConnectionTrait,
    tenant: &Tenant,
    verified: &VerifiedDay,
) -> Result<()> {
    let (day, differences) = (verified.date, verified.differences.count);
    let first = verified.differences.listed.first().map_or("", |difference| difference.what);
    tracing::error!(
        %day, tenant = %tenant.id, differences, first,
        "what is kept of a day differs from its events"
    );
    counter!("rollup_differing_days_total", "tenant" => tenant.id.to_string()).increment(1);
    rollup::mark_changed(transaction, &tenant.id, &[(day, Quarters::ALL)].into()).await
}

async fn seal(
    transaction: &impl ConnectionTrait,
    tenant: &Tenant,
    verified: &VerifiedDay,
    now: DateTime<Utc>,
) -> Result<()> {
    let Proof { events, digest } = verified.proof;
    let seal = sealed_day::Model {
        tenant_id: tenant.id.to_string(),
        stat_date: verified.date,
        sealed_at: now,
        events,
        digest,
    };
    let seals = vec![seal];
    bulk::upsert::<sealed_day::Entity, _, sealed_day::ActiveModel>(transaction, seals).await?;
    // If it changes once more, an hour of it is summed again: that is rare enough.
    cube::thin_out(transaction, tenant, verified.date).await
}

pub(super) async fn find(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    day: NaiveDate,
) -> Result<Option<sealed_day::Model>> {
    let seal = sealed_day::Entity::in_tenant(tenant)
        .filter(sealed_day::Column::StatDate.eq(day))
        .one(db)
        .await?;
    Ok(seal)
}

/// Takes the seal off a day that is about to be rebuilt; returns whether there was one.
pub(super) async fn take(
    transaction: &impl ConnectionTrait,
    tenant: &TenantId,
    day: NaiveDate,
) -> Result<bool> {
    let taken = sealed_day::Entity::delete_many()
        .filter(sealed_day::Entity::of_tenant(tenant))
        .filter(sealed_day::Column::StatDate.eq(day))
        .exec(transaction)
        .await?;
    Ok(taken.rows_affected > 0)
}

/// The days that were over at an instant, are not sealed and have no mark.
async fn list_due(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    at: DateTime<Utc>,
) -> Result<Vec<NaiveDate>> {
    let Some(last) = tenant.day_of(at).checked_sub_days(Days::new(1)) else {
        return Ok(Vec::new());
    };
    let is_in = |table: &str| {
        format!(
            "EXISTS (SELECT 1 FROM {table} AS other WHERE other.tenant_id = $1 \
             AND other.stat_date = known.stat_date)"
        )
    };
    let of = |table: &str| {
        format!("SELECT stat_date FROM {table} WHERE tenant_id = $1 AND stat_date <= $2")
    };
    let sql = format!(
        "SELECT stat_date FROM ({} UNION {}) AS known WHERE NOT {} AND NOT {} \
         ORDER BY stat_date LIMIT {DAYS}",
        of("analytics_quarter_proofs"),
        of("analytics_daily_stats"),
        is_in("analytics_sealed_days"),
        is_in("analytics_changed_days"),
    );
    let values: Vec<Value> = vec![tenant.id.as_str().into(), last.into()];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let rows = db.query_all_raw(statement).await?;
    rows.iter().map(|row| Ok(row.try_get("", "stat_date")?)).collect()
}
