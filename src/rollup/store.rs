//! SQL of the marks.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use entity::{InTenant, agent_day, changed_day};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect,
};
use uuid::Uuid;

use crate::{db::bulk, error::Result, tenant::TenantId};

/// Bounds that both databases can hold.
pub(crate) const FIRST_DAY: NaiveDate = NaiveDate::from_ymd_opt(1, 1, 1).expect("a valid date");
pub(crate) const LAST_DAY: NaiveDate = NaiveDate::from_ymd_opt(9999, 12, 31).expect("a valid date");

/// Marks days as changed, in the caller's transaction.
pub async fn mark_changed(
    transaction: &impl ConnectionTrait,
    tenant: &TenantId,
    days: &BTreeSet<NaiveDate>,
) -> Result<()> {
    if days.is_empty() {
        return Ok(());
    }
    let mark_id = Uuid::now_v7();
    let marks = days.iter().map(|day| changed_day::ActiveModel {
        tenant_id: Set(tenant.to_string()),
        stat_date: Set(*day),
        mark_id: Set(mark_id),
    });
    changed_day::Entity::insert_many(marks).exec_without_returning(transaction).await?;
    Ok(())
}

/// The marked days from `from` to `to`, both included.
pub async fn list_changed(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<BTreeSet<NaiveDate>> {
    let days: Vec<NaiveDate> = changed_day::Entity::in_tenant(tenant)
        .filter(changed_day::Column::StatDate.between(from, to))
        .select_only()
        .column(changed_day::Column::StatDate)
        .distinct()
        .into_tuple()
        .all(db)
        .await?;
    Ok(days.into_iter().collect())
}

/// All marked days of a tenant, oldest first.
pub(super) async fn list_all_changed(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
) -> Result<BTreeSet<NaiveDate>> {
    list_changed(db, tenant, FIRST_DAY, LAST_DAY).await
}

/// Keeps every other rebuild of a day back until the transaction ends. Without it, of two rebuilds at
/// once the one that read earlier could write last.
pub(crate) async fn hold_day(
    transaction: &impl ConnectionTrait,
    tenant: &TenantId,
    day: NaiveDate,
) -> Result<()> {
    bulk::hold(transaction, &format!("day {day} of {tenant}")).await
}

/// Takes away the marks of a day that the transaction can see, holding the day. A mark that another
/// writer commits later stays, and so do its events for the next run.
///
/// What is kept of the day's agents goes too: without a mark it would be taken for true.
pub(crate) async fn take_marks(
    transaction: &impl ConnectionTrait,
    tenant: &TenantId,
    day: NaiveDate,
) -> Result<()> {
    hold_day(transaction, tenant, day).await?;
    agent_day::Entity::delete_many()
        .filter(agent_day::Entity::of_tenant(tenant))
        .filter(agent_day::Column::StatDate.eq(day))
        .exec(transaction)
        .await?;
    changed_day::Entity::delete_many()
        .filter(changed_day::Entity::of_tenant(tenant))
        .filter(changed_day::Column::StatDate.eq(day))
        .exec(transaction)
        .await?;
    Ok(())
}
