//! `analytics_quota_periods`: one row a billing period, with the tokens it has used.

use sea_orm::entity::prelude::*;

/// The sum over the calls of a period, changed in the transactions that add rows to them. A period is
/// the time it spans: another reset day or zone makes another.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "analytics_quota_periods")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub starts_at: DateTimeUtc,
    #[sea_orm(primary_key, auto_increment = false)]
    pub ends_at: DateTimeUtc,
    pub tokens_used: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
