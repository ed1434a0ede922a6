//! `analytics_event_ids`: which ids are taken, whatever the day of their events.

use sea_orm::entity::prelude::*;

/// The id of a stored event. Events are parted by day, and a unique key of theirs would hold within
/// a day only.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "analytics_event_ids")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub event_id: String,
    /// First 16 bytes of the BLAKE3 digest of name, product, session and data, as they were sent.
    pub body_digest: Uuid,
    /// Where the event's row is found.
    pub occurred_at: DateTimeUtc,
    /// Ids are kept for a while from here on.
    pub stored_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
