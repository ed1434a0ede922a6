//! `analytics_billing_daily`: one row a day, rebuilt whole from token usage.

use sea_orm::entity::prelude::*;

/// The token totals of one day.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "analytics_billing_daily")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub stat_date: Date,
    /// Time zone the row was computed with; a row of another basis is stale.
    pub basis: String,
    pub total_tokens: i64,
    pub total_api_calls: i64,
    pub input_tokens: i64,
    pub cached_input_tokens: i64,
    pub output_tokens: i64,
    pub reasoning_tokens: i64,
    /// Those of calls that were not told in parts: with the four parts they are all. A row that does not
    /// add up is of a version that knew no parts.
    pub unsplit_tokens: i64,
    /// Sum over the priced calls, in billionths of the currency unit.
    pub estimated_cost_nanos: i64,
    pub unpriced_calls: i64,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
