//! `analytics_token_usage`: one row a call of a language model, billed once.

use sea_orm::entity::prelude::*;

/// One call. The cost is kept in billionths of the currency unit, because SQLite would keep a
/// decimal as a float; the seed's `estimated_cost` is a generated column.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "analytics_token_usage")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    /// The provider's own id of the call, or one made here.
    #[sea_orm(primary_key, auto_increment = false)]
    pub request_id: String,
    pub session_id: Option<String>,
    pub tokens_used: i64,
    pub input_tokens: Option<i64>,
    pub output_tokens: Option<i64>,
    pub model: Option<String>,
    pub api_type: Option<String>,
    pub used_at: DateTimeUtc,
    /// None when no price is known for the model on that day.
    pub estimated_cost_nanos: Option<i64>,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
