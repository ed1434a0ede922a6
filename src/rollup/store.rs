//! SQL of the marks.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use entity::{InTenant, changed_day};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect,
};
use uuid::Uuid;

use crate::{error::Result, tenant::TenantId};

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
