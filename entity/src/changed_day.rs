//! `analytics_changed_days`: days whose figures differ from the daily tables.

use sea_orm::entity::prelude::*;

/// A mark, written in the transaction that changed the day. Marks are only ever added by writers,
/// so that two of them never wait for each other; the roll-up removes those it has covered.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "analytics_changed_days")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    /// Day in the tenant's time zone.
    #[sea_orm(primary_key, auto_increment = false)]
    pub stat_date: Date,
    #[sea_orm(primary_key, auto_increment = false)]
    pub mark_id: Uuid,
    /// The quarters of an hour that changed: 16 bytes of a number with a bit each, counted from the first
    /// instant of the day.
    pub quarters: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
