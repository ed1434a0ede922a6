//! SQL of the marks.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use entity::{InTenant, agent_day, changed_day};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect,
};
use uuid::Uuid;

use super::Quarters;
use crate::{db::bulk, error::Result, tenant::TenantId};

/// Bounds that both databases can hold.
pub(crate) const FIRST_DAY: NaiveDate = NaiveDate::from_ymd_opt(1, 1, 1).expect("a valid date");
pub(crate) const LAST_DAY: NaiveDate = NaiveDate::from_ymd_opt(9999, 12, 31).expect("a valid date");

/// Marks quarters of days as changed, in the caller's transaction.
pub async fn mark_changed(
    transaction: &impl ConnectionTrait,
    tenant: &TenantId,
    days: &BTreeMap<NaiveDate, Quarters>,
) -> Result<()> {
    if days.is_empty() {
        return Ok(());
    }
    let mark_id = Uuid::now_v7();
    let marks = days.iter().map(|(day, quarters)| changed_day::ActiveModel {
        tenant_id: Set(tenant.to_string()),
        stat_date: Set(*day),
        mark_id: Set(mark_id),
        quarters: Set(quarters.to_column()),
    });
    changed_day::Entity::insert_many(marks).exec_without_returning(transaction).await?;
    Ok(())
}

/// The marked days from `from` to `to`, both included, each with the quarters that changed.
pub async fn list_changed(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<BTreeMap<NaiveDate, Quarters>> {
    let marks: Vec<(NaiveDate, Vec<u8>)> = changed_day::Entity::in_tenant(tenant)
        .filter(changed_day::Column::StatDate.between(from, to))
        .select_only()
        .column(changed_day::Column::StatDate)
        .column(changed_day::Column::Quarters)
        .distinct()
        .into_tuple()
        .all(db)
        .await?;
    Ok(joined(marks))
}

fn joined(marks: Vec<(NaiveDate, Vec<u8>)>) -> BTreeMap<NaiveDate, Quarters> {
    let mut days: BTreeMap<NaiveDate, Quarters> = BTreeMap::new();
    for (day, bits) in marks {
        let held = days.entry(day).or_default();
        *held = held.and(Quarters::from_column(&bits));
    }
    days
}

/// All marked days of a tenant, oldest first.
pub(super) async fn list_all_changed(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
) -> Result<BTreeSet<NaiveDate>> {
    Ok(list_changed(db, tenant, FIRST_DAY, LAST_DAY).await?.into_keys().collect())
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

/// Takes away the marks of a day that the transaction can see, holding the day; returns the quarters that
/// they say have changed. A mark that another writer commits later stays, and so do its events for
/// the next run.
///
/// What is kept of the day's agents goes too: without a mark it would be taken for true.
pub(crate) async fn take_marks(
    transaction: &impl ConnectionTrait,
    tenant: &TenantId,
    day: NaiveDate,
) -> Result<Quarters> {
    hold_day(transaction, tenant, day).await?;
    agent_day::Entity::delete_many()
        .filter(agent_day::Entity::of_tenant(tenant))
        .filter(agent_day::Column::StatDate.eq(day))
        .exec(transaction)
        .await?;
    let taken = changed_day::Entity::delete_many()
        .filter(changed_day::Entity::of_tenant(tenant))
        .filter(changed_day::Column::StatDate.eq(day))
        .exec_with_returning(transaction)
        .await?;
    let marks = taken.into_iter().map(|mark| (mark.stat_date, mark.quarters)).collect();
    Ok(joined(marks).remove(&day).unwrap_or_default())
}
