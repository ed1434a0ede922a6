//! `analytics_quota_crossings`: one row for each mark of the quota that a billing period has reached.

use sea_orm::entity::prelude::*;

/// The first time that a period had used so many percent of its tokens.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "analytics_quota_crossings")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub starts_at: DateTimeUtc,
    #[sea_orm(primary_key, auto_increment = false)]
    pub ends_at: DateTimeUtc,
    #[sea_orm(primary_key, auto_increment = false)]
    pub percent: i32,
    pub tokens_used: i64,
    pub tokens_total: i64,
    pub crossed_at: DateTimeUtc,
    pub delivery: Delivery,
    /// Those that were begun.
    pub delivery_attempts: i32,
    pub last_attempt_at: Option<DateTimeUtc>,
    /// When the webhook is to be sent; while it is being sent, when that is given up for lost.
    pub next_attempt_at: Option<DateTimeUtc>,
    pub delivered_at: Option<DateTimeUtc>,
    /// What the receiver answered last.
    pub last_http_status: Option<i32>,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
}

/// How the webhook of a mark stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))")]
pub enum Delivery {
    /// The tenant had no webhook then.
    #[sea_orm(string_value = "none")]
    None,
    #[sea_orm(string_value = "pending")]
    Pending,
    #[sea_orm(string_value = "delivered")]
    Delivered,
    #[sea_orm(string_value = "given_up")]
    GivenUp,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
