//! `analytics_archived_proofs`: what stays of the proof of raw events that were removed.

use sea_orm::entity::prelude::*;

/// How many events of an hour were removed, and their digest; whatever the day they are counted in.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "analytics_archived_proofs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    /// The first instant of the hour.
    #[sea_orm(primary_key, auto_increment = false)]
    pub hour_at: DateTimeUtc,
    pub events: i64,
    /// The sum of the events' hashes modulo 2^64, as a signed number.
    pub digest: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
