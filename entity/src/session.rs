//! `analytics_sessions`: the state of each conversation, folded from its events.

use sea_orm::entity::prelude::*;

/// One conversation. Every column is a minimum, a maximum or derived from such, so that the order
/// in which events arrive does not matter.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "analytics_sessions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub session_id: String,
    /// Product of the start; of the first event while there is no start.
    pub product: String,
    pub first_event_at: DateTimeUtc,
    pub first_product: String,
    pub last_event_at: DateTimeUtc,
    /// Hours from 1970 to `last_event_at`: an index that need not change with every event.
    pub last_event_hour: i32,
    /// How long it goes from the first event to the last, in steps: below 4^`span` hours, and 6 for
    /// whatever is longer.
    pub span: i16,
    pub started_at: Option<DateTimeUtc>,
    pub channel: Option<String>,
    pub channel_name: Option<String>,
    pub visitor_id: Option<String>,
    pub customer_name: Option<String>,
    pub queued_at: Option<DateTimeUtc>,
    pub queue: Option<String>,
    /// First assignment to a person.
    pub assigned_at: Option<DateTimeUtc>,
    /// Latest assignment: whose conversation it is now.
    pub agent_assigned_at: Option<DateTimeUtc>,
    pub agent_id: Option<String>,
    pub transferred_at: Option<DateTimeUtc>,
    pub ended_at: Option<DateTimeUtc>,
    pub ended_by: Option<String>,
    pub resolved: Option<bool>,
    /// As the end says, else from start to end.
    pub duration_ms: Option<i64>,
    /// The end's own word on the duration.
    pub stated_duration_ms: Option<i64>,
    /// From queue to first assignment, never negative.
    pub wait_ms: Option<i64>,
    /// From queue to end, never negative; only of sessions that were never assigned.
    pub abandon_ms: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
