//! `analytics_sealed_days`: days that were compared with their events once they were over.

use sea_orm::entity::prelude::*;

/// A seal; it goes with the next rebuild of the day.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "analytics_sealed_days")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub stat_date: Date,
    pub sealed_at: DateTimeUtc,
    /// The events behind the day, and their digest, as they were compared.
    pub events: i64,
    pub digest: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
