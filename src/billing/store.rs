//! SQL of calls and of their daily sums.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use entity::{InTenant, billing_daily, token_usage};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, ExprTrait as _, OnConflict},
};

use super::model::DayTotals;
use crate::{
    db::bulk::{self, whole},
    error::Result,
    tenant::{Tenant, TenantId, TimeRange},
};

/// Stores the calls whose id is new, and returns these ids. Of equal ids the first is stored; of two
/// transactions at once the second waits.
pub(super) async fn insert_calls(
    transaction: &impl ConnectionTrait,
    calls: &[token_usage::Model],
) -> Result<HashSet<String>> {
    let rows = calls.iter().cloned().map(whole::<_, token_usage::ActiveModel>);
    bulk::insert_new(transaction, rows, token_usage::Column::RequestId).await
}

/// The stored calls with these ids.
pub(super) async fn list_calls(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    ids: impl Iterator<Item = &str>,
) -> Result<HashMap<String, token_usage::Model>> {
    let calls = token_usage::Entity::in_tenant(tenant)
        .filter(token_usage::Column::RequestId.is_in(ids))
        .all(db)
        .await?;
    Ok(calls.into_iter().map(|call| (call.request_id.clone(), call)).collect())
}

/// Sums the calls of a stretch of time.
pub(super) async fn sum_calls(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    range: TimeRange,
) -> Result<DayTotals> {
    use token_usage::Column::{EstimatedCostNanos, RequestId, TokensUsed, UsedAt};
    let sums: Option<(Option<i64>, i64, Option<i64>, i64)> = token_usage::Entity::in_tenant(tenant)
        .filter(UsedAt.gte(range.start))
        .filter(UsedAt.lt(range.end))
        .select_only()
        .expr(exact_sum(TokensUsed))
        .expr(RequestId.count())
        .expr(exact_sum(EstimatedCostNanos))
        .expr(EstimatedCostNanos.count())
        .into_tuple()
        .one(db)
        .await?;
    let (tokens, calls, cost_nanos, priced_calls) = sums.unwrap_or_default();
    Ok(DayTotals {
        tokens: tokens.unwrap_or(0),
        calls,
        cost_nanos: cost_nanos.unwrap_or(0),
        unpriced_calls: calls - priced_calls,
    })
}

/// A sum in 64 bits: PostgreSQL sums BIGINT to NUMERIC, and either database refuses what does not
/// fit instead of wrapping it.
fn exact_sum(column: token_usage::Column) -> Expr {
    Expr::col(column).sum().cast_as("BIGINT")
}

/// The rows of the days from `from` to `to`, both included, whatever their basis.
pub(super) async fn list_daily(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<billing_daily::Model>> {
    let days = billing_daily::Entity::in_tenant(tenant)
        .filter(billing_daily::Column::StatDate.between(from, to));
    Ok(days.all(db).await?)
}

/// Writes a day's row over the one that may be there.
pub(super) async fn replace_daily(
    transaction: &impl ConnectionTrait,
    tenant: &Tenant,
    date: NaiveDate,
    totals: DayTotals,
    now: DateTime<Utc>,
) -> Result<()> {
    use billing_daily::Column::{
        Basis, CreatedAt, EstimatedCostNanos, StatDate, TenantId, TotalApiCalls, TotalTokens,
        UnpricedCalls,
    };
    let row = billing_daily::ActiveModel {
        tenant_id: Set(tenant.id.to_string()),
        stat_date: Set(date),
        basis: Set(tenant.time_zone.name().to_owned()),
        total_tokens: Set(totals.tokens),
        total_api_calls: Set(totals.calls),
        estimated_cost_nanos: Set(totals.cost_nanos),
        unpriced_calls: Set(totals.unpriced_calls),
        created_at: Set(now),
    };
    let figures = [Basis, TotalTokens, TotalApiCalls, EstimatedCostNanos, UnpricedCalls, CreatedAt];
    billing_daily::Entity::insert(row)
        .on_conflict(OnConflict::columns([TenantId, StatDate]).update_columns(figures).to_owned())
        .exec_without_returning(transaction)
        .await?;
    Ok(())
}

pub(super) async fn delete_daily(
    transaction: &impl ConnectionTrait,
    tenant: &TenantId,
    date: NaiveDate,
) -> Result<()> {
    billing_daily::Entity::delete_many()
        .filter(billing_daily::Entity::of_tenant(tenant))
        .filter(billing_daily::Column::StatDate.eq(date))
        .exec(transaction)
        .await?;
    Ok(())
}
