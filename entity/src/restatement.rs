//! `analytics_restatements`: numbers of sealed days that have changed since.

use sea_orm::entity::prelude::*;

/// One number of a day, before and after a rebuild.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "analytics_restatements")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub restatement_id: Uuid,
    pub stat_date: Date,
    pub restated_at: DateTimeUtc,
    /// A measure, or `events`.
    pub measure: String,
    /// Empty of `events`.
    pub product: String,
    pub value_before: i64,
    pub value_after: i64,
    pub reason: Reason,
    /// How many events more the day has than before; negative when some are missing.
    pub events_more: i64,
}

/// Why a sealed day was rebuilt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))")]
pub enum Reason {
    /// Events of the day came after it had been sealed.
    #[sea_orm(string_value = "late_events")]
    LateEvents,
    /// Events that had been counted are not there any more.
    #[sea_orm(string_value = "missing_events")]
    MissingEvents,
    /// The tenant's time zone or threshold has changed.
    #[sea_orm(string_value = "settings")]
    Settings,
    /// As many events as before: an event of another day changed a session of this one, or the day
    /// had differed from its events.
    #[sea_orm(string_value = "recomputed")]
    Recomputed,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
