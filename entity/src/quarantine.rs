//! `analytics_quarantine`: what arrived but could not be stored, with the reason.

use sea_orm::entity::prelude::*;

/// Something that an operator may look at, send through again, or drop.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "analytics_quarantine")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    /// Derived from what is quarantined, so that a second run of a batch makes the same.
    #[sea_orm(primary_key, auto_increment = false)]
    pub quarantine_id: Uuid,
    /// Empty where none could be read.
    pub product: String,
    pub event_id: Option<String>,
    /// As it was received, without what a database cannot hold.
    pub payload: String,
    /// Whether the end of the payload is missing.
    pub payload_cut: bool,
    pub reason: String,
    pub origin: Origin,
    pub received_at: DateTimeUtc,
    pub created_at: DateTimeUtc,
}

/// Who refused it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))")]
pub enum Origin {
    /// It was in the buffer, but is no event.
    #[sea_orm(string_value = "buffer")]
    Buffer,
    /// The database would not take it.
    #[sea_orm(string_value = "database")]
    Database,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
