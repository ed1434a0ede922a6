//! SQL of the work queue.

use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    InTenant,
    quality_audit::{Column, Entity, Model, Status},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, QueryFilter, QueryOrder, QuerySelect, Statement, Value,
};

use crate::{
    error::Result,
    quality::queue::{AGES, Order, Waiting},
    tenant::TenantId,
};

/// The audit that a reviewer may take next.
pub(in crate::quality) async fn find_next(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    reviewer: &str,
    order: Order,
    now: DateTime<Utc>,
) -> Result<Option<Model>> {
    let is_free = Condition::any()
        .add(Column::ClaimedUntil.is_null())
        .add(Column::ClaimedUntil.lte(now))
        .add(Column::ClaimedBy.eq(reviewer));
    let is_of_another =
        Condition::any().add(Column::AgentId.is_null()).add(Column::AgentId.ne(reviewer));
    let waiting = Entity::in_tenant(tenant)
        .filter(Column::Status.eq(Status::PendingReview))
        .filter(is_free)
        .filter(is_of_another);
    let ordered = match order {
        Order::OldestFirst => waiting,
        Order::LowestScoreFirst => waiting.order_by_asc(Column::Score),
    };
    let ordered = ordered.order_by_asc(Column::AuditedAt).order_by_asc(Column::Id);
    Ok(ordered.limit(1).one(db).await?)
}

/// Counts what waits by how long it has.
pub(in crate::quality) async fn count_waiting(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    now: DateTime<Utc>,
) -> Result<Waiting> {
    let mut values: Vec<Value> = vec![tenant.as_str().into(), now.into()];
    let younger = AGES.map(|hours| {
        values.push((now - TimeDelta::hours(hours)).into());
        format!("COUNT(CASE WHEN audited_at > ${} THEN 1 END)", values.len())
    });
    let sql = format!(
        "SELECT COUNT(*), COUNT(CASE WHEN claimed_until > $2 THEN 1 END), MIN(audited_at), {} \
         FROM analytics_quality_audits WHERE tenant_id = $1 AND status = 'pending_review'",
        younger.join(", ")
    );
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let Some(row) = db.query_one_raw(statement).await? else { return Ok(Waiting::default()) };
    let mut waiting = Waiting {
        total: row.try_get_by_index(0)?,
        claimed: row.try_get_by_index(1)?,
        oldest_at: row.try_get_by_index(2)?,
        ages: Default::default(),
    };
    let mut before = 0;
    for index in 0..AGES.len() {
        let younger: i64 = row.try_get_by_index(3 + index)?;
        waiting.ages[index] = younger - before;
        before = younger;
    }
    waiting.ages[AGES.len()] = waiting.total - before;
    Ok(waiting)
}
