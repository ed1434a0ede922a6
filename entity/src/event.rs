//! `analytics_events`: what happened, once for each event id.

use sea_orm::entity::prelude::*;

/// One stored event. The typed columns behind `received_at` are read out of `event_data` when the
/// event is stored, so that figures never parse JSON.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "analytics_events")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    /// First of the key, so that one index serves lists by time and the parts of a day.
    #[sea_orm(primary_key, auto_increment = false)]
    pub occurred_at: DateTimeUtc,
    /// Unique within the tenant; `event_id` sees to it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub event_id: String,
    pub event_name: String,
    pub event_data: Json,
    pub session_id: Option<String>,
    pub product: String,
    pub received_at: DateTimeUtc,
    pub created_at: DateTimeUtc,
    pub response_ms: Option<i64>,
    pub rating: Option<i16>,
    pub agent_id: Option<String>,
    pub channel: Option<String>,
    pub visitor_id: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
