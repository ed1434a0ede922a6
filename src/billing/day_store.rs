//! SQL of sums: of calls, and of the days that the roll-up keeps.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use entity::{InTenant, billing_daily, billing_model, token_usage};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QuerySelect,
    sea_query::{Expr, ExprTrait as _, OnConflict},
};

use super::totals::{DayTotals, Parts};
use crate::{
    db::bulk::whole,
    error::Result,
    tenant::{Tenant, TenantId, TimeRange},
};

/// Sums of rows of the ledger of one model.
#[derive(Debug, FromQueryResult)]
struct Sums {
    model: Option<String>,
    tokens: i64,
    /// Null when no row has any.
    input: Option<i64>,
    cached_input: Option<i64>,
    output: Option<i64>,
    reasoning: Option<i64>,
    calls: i64,
    cost: Option<i64>,
    unpriced: i64,
}

impl From<&Sums> for DayTotals {
    fn from(sums: &Sums) -> Self {
        Self {
            tokens: sums.tokens,
            parts: Parts {
                input: sums.input.unwrap_or(0),
                cached_input: sums.cached_input.unwrap_or(0),
                output: sums.output.unwrap_or(0),
                reasoning: sums.reasoning.unwrap_or(0),
            },
            calls: sums.calls,
            cost_nanos: sums.cost.unwrap_or(0),
            unpriced_calls: sums.unpriced,
        }
    }
}

/// Sums the calls of a stretch of time, with their corrections.
pub(super) async fn sum_calls(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    range: TimeRange,
) -> Result<DayTotals> {
    DayTotals::sum(sum_calls_by_model(db, tenant, range).await?.values())
}

/// The same by model, empty for calls that do not name theirs.
pub(super) async fn sum_calls_by_model(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    range: TimeRange,
) -> Result<BTreeMap<String, DayTotals>> {
    use token_usage::Column::{
        CachedInputTokens, EstimatedCostNanos, InputTokens, Model, OutputTokens, ReasoningTokens,
        Revision, TokensUsed, UnpricedChange, UsedAt,
    };
    let is_call = || Revision.eq(0);
    let calls = Expr::case(is_call(), 1).finally(0);
    let unpriced = Expr::case(is_call().and(EstimatedCostNanos.is_null()), 1)
        .finally(Expr::col(UnpricedChange));
    let sums = token_usage::Entity::in_tenant(tenant)
        .filter(UsedAt.gte(range.start))
        .filter(UsedAt.lt(range.end))
        .select_only()
        .column(Model)
        .expr_as(exact_sum(Expr::col(TokensUsed)), "tokens")
        .expr_as(exact_sum(Expr::col(InputTokens)), "input")
        .expr_as(exact_sum(Expr::col(CachedInputTokens)), "cached_input")
        .expr_as(exact_sum(Expr::col(OutputTokens)), "output")
        .expr_as(exact_sum(Expr::col(ReasoningTokens)), "reasoning")
        .expr_as(exact_sum(calls), "calls")
        .expr_as(exact_sum(Expr::col(EstimatedCostNanos)), "cost")
        .expr_as(exact_sum(unpriced), "unpriced")
        .group_by(Model)
        .into_model::<Sums>()
        .all(db)
        .await?;
    let mut by_model: BTreeMap<String, DayTotals> = BTreeMap::new();
    for of in &sums {
        // Null and empty are one.
        let totals = by_model.entry(of.model.clone().unwrap_or_default()).or_default();
        *totals = DayTotals::sum(&[*totals, of.into()])?;
    }
    Ok(by_model)
}

/// A sum in 64 bits: PostgreSQL sums BIGINT to NUMERIC, and either database refuses what does not
/// fit instead of wrapping it.
pub(super) fn exact_sum(of: impl Into<Expr>) -> Expr {
    of.into().sum().cast_as("BIGINT")
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

/// The rows by model of the days from `from` to `to`, both included.
pub(super) async fn list_models(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<billing_model::Model>> {
    let models = billing_model::Entity::in_tenant(tenant)
        .filter(billing_model::Column::StatDate.between(from, to));
    Ok(models.all(db).await?)
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
        Basis, CachedInputTokens, CreatedAt, EstimatedCostNanos, InputTokens, OutputTokens,
        ReasoningTokens, StatDate, TenantId, TotalApiCalls, TotalTokens, UnpricedCalls,
        UnsplitTokens,
    };
    let row = billing_daily::ActiveModel {
        tenant_id: Set(tenant.id.to_string()),
        stat_date: Set(date),
        basis: Set(tenant.time_zone.name().to_owned()),
        total_tokens: Set(totals.tokens),
        total_api_calls: Set(totals.calls),
        input_tokens: Set(totals.parts.input),
        cached_input_tokens: Set(totals.parts.cached_input),
        output_tokens: Set(totals.parts.output),
        reasoning_tokens: Set(totals.parts.reasoning),
        unsplit_tokens: Set(totals.unsplit_tokens()),
        estimated_cost_nanos: Set(totals.cost_nanos),
        unpriced_calls: Set(totals.unpriced_calls),
        created_at: Set(now),
    };
    let figures = [
        Basis,
        TotalTokens,
        TotalApiCalls,
        InputTokens,
        CachedInputTokens,
        OutputTokens,
        ReasoningTokens,
        UnsplitTokens,
        EstimatedCostNanos,
        UnpricedCalls,
        CreatedAt,
    ];
    billing_daily::Entity::insert(row)
        .on_conflict(OnConflict::columns([TenantId, StatDate]).update_columns(figures).to_owned())
        .exec_without_returning(transaction)
        .await?;
    Ok(())
}

/// Puts the sums of a day by model in the place of those that may be there.
pub(super) async fn replace_models(
    transaction: &impl ConnectionTrait,
    tenant: &TenantId,
    date: NaiveDate,
    totals: &BTreeMap<String, DayTotals>,
) -> Result<()> {
    billing_model::Entity::delete_many()
        .filter(billing_model::Entity::of_tenant(tenant))
        .filter(billing_model::Column::StatDate.eq(date))
        .exec(transaction)
        .await?;
    if totals.is_empty() {
        return Ok(());
    }
    let row = |(model, totals): (&String, &DayTotals)| billing_model::Model {
        tenant_id: tenant.to_string(),
        stat_date: date,
        model: model.clone(),
        total_tokens: totals.tokens,
        total_api_calls: totals.calls,
        input_tokens: totals.parts.input,
        cached_input_tokens: totals.parts.cached_input,
        output_tokens: totals.parts.output,
        reasoning_tokens: totals.parts.reasoning,
        unsplit_tokens: totals.unsplit_tokens(),
        estimated_cost_nanos: totals.cost_nanos,
        unpriced_calls: totals.unpriced_calls,
    };
    let rows = totals.iter().map(row).map(whole::<_, billing_model::ActiveModel>);
    billing_model::Entity::insert_many(rows).exec_without_returning(transaction).await?;
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
