//! `analytics_billing_models`: one row a day and model, rebuilt whole with the day's own.

use sea_orm::entity::prelude::*;

/// The token totals of one model on one day.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "analytics_billing_models")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub stat_date: Date,
    /// Empty for calls that do not name theirs.
    #[sea_orm(primary_key, auto_increment = false)]
    pub model: String,
    pub total_tokens: i64,
    pub total_api_calls: i64,
    pub input_tokens: i64,
    pub cached_input_tokens: i64,
    pub output_tokens: i64,
    pub reasoning_tokens: i64,
    pub unsplit_tokens: i64,
    /// Sum over the priced calls, in billionths of the currency unit.
    pub estimated_cost_nanos: i64,
    pub unpriced_calls: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
