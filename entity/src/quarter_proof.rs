//! `analytics_quarter_proofs`: the raw events that the figures of a quarter of an hour were made of.

use sea_orm::entity::prelude::*;

/// How many events happened in a quarter of an hour of a day, and their digest; those that were removed are among
/// them. A quarter without any has no row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "analytics_quarter_proofs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    /// Day in the tenant's time zone.
    #[sea_orm(primary_key, auto_increment = false)]
    pub stat_date: Date,
    /// The first instant of the quarter; of hours that were removed, in the first one of each.
    #[sea_orm(primary_key, auto_increment = false)]
    pub quarter_at: DateTimeUtc,
    /// As of the daily row: the zone by which days are cut.
    pub basis: String,
    pub events: i64,
    /// The sum of the events' hashes modulo 2^64, as a signed number.
    pub digest: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
