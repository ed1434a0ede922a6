//! `analytics_token_reservations`: tokens that are held for calls to come.

use sea_orm::entity::prelude::*;

/// Tokens of a billing period that nobody else may reserve, until the call is settled or the time is
/// up.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "analytics_token_reservations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub reservation_id: String,
    /// Unique in its tenant: the same key again is the same reservation.
    pub reserve_key: String,
    pub tokens: i64,
    /// The period it counts in.
    pub starts_at: DateTimeUtc,
    pub ends_at: DateTimeUtc,
    pub status: Status,
    /// What the call has really used.
    pub settled_tokens: Option<i64>,
    pub created_at: DateTimeUtc,
    /// Holds nothing from then on.
    pub expires_at: DateTimeUtc,
    pub ended_at: Option<DateTimeUtc>,
}

/// Where a reservation stands; an open one holds its tokens until it expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))")]
pub enum Status {
    #[sea_orm(string_value = "open")]
    Open,
    #[sea_orm(string_value = "settled")]
    Settled,
    #[sea_orm(string_value = "released")]
    Released,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
