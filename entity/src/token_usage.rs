//! `analytics_token_usage`: a ledger of calls of language models. Rows are added, never changed.

use sea_orm::entity::prelude::*;

/// One call, or a correction of one: the rows of a call add up to what it is known to be.
///
/// The parts of its tokens do not overlap. Costs are kept in billionths of the currency unit, because
/// SQLite would keep a decimal as a float; the seed's `estimated_cost` is a generated column.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "analytics_token_usage")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    /// The provider's own id of the call, or one made here.
    #[sea_orm(primary_key, auto_increment = false)]
    pub request_id: String,
    /// Whose id it is; empty when nobody said.
    #[sea_orm(primary_key, auto_increment = false)]
    pub provider: String,
    /// 0 of the call, 1 and up of its corrections in the order they were made.
    #[sea_orm(primary_key, auto_increment = false)]
    pub revision: i32,
    pub kind: Kind,
    pub status: Status,
    pub session_id: Option<String>,
    /// Of a correction, as all of its numbers: by how much the call changes.
    pub tokens_used: i64,
    /// False when the provider never said how many tokens there were.
    pub usage_known: bool,
    /// Without those from a cache.
    pub input_tokens: Option<i64>,
    pub cached_input_tokens: Option<i64>,
    /// Without those of reasoning.
    pub output_tokens: Option<i64>,
    pub reasoning_tokens: Option<i64>,
    pub model: Option<String>,
    pub api_type: Option<String>,
    /// Of a correction that of its call, so that both count on the same day.
    pub used_at: DateTimeUtc,
    /// None when no price is known for the model on that day.
    pub estimated_cost_nanos: Option<i64>,
    /// The entry of the configuration that gave the cost, and its prices of a million tokens in
    /// billionths; of a correction those of the new cost. None without a cost, and of calls recorded
    /// before this was kept.
    pub price_rule: Option<String>,
    pub input_price_nanos: Option<i64>,
    pub cached_input_price_nanos: Option<i64>,
    pub output_price_nanos: Option<i64>,
    pub reasoning_price_nanos: Option<i64>,
    /// Of a correction: 1 when the call has no known cost any more, −1 when it has one now.
    pub unpriced_change: i64,
    pub created_at: DateTimeUtc,
}

/// Why a row was added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))")]
pub enum Kind {
    #[sea_orm(string_value = "call")]
    Call,
    /// Someone said that the call was another.
    #[sea_orm(string_value = "correction")]
    Correction,
    /// The price of its day is another now.
    #[sea_orm(string_value = "repricing")]
    Repricing,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))")]
pub enum Status {
    #[default]
    #[sea_orm(string_value = "completed")]
    Completed,
    #[sea_orm(string_value = "failed")]
    Failed,
    /// The stream ended before the answer did.
    #[sea_orm(string_value = "interrupted")]
    Interrupted,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
