//! `analytics_daily_stats`: one row a day and product, rebuilt whole from events.

use sea_orm::entity::prelude::*;

/// The additive measures of one day, and the distributions that percentiles are read from. Means and rates are derived when read; the seed's `avg_*`
/// columns stand in the table as generated columns for readers in SQL.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "analytics_daily_stats")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub stat_date: Date,
    #[sea_orm(primary_key, auto_increment = false)]
    pub product: String,
    /// Time zone and thresholds the row was computed with; a row of another basis is stale.
    pub basis: String,
    pub total_sessions: i64,
    pub completed_sessions: i64,
    pub ai_resolved: i64,
    pub transferred: i64,
    pub answered: i64,
    pub abandoned: i64,
    pub resolved: i64,
    pub duration_ms_sum: i64,
    pub duration_count: i64,
    pub wait_ms_sum: i64,
    pub wait_count: i64,
    pub handle_count: i64,
    pub queued: i64,
    pub answered_in_time: i64,
    pub abandoned_in_time: i64,
    pub total_messages: i64,
    pub ai_response_ms_sum: i64,
    pub ai_response_count: i64,
    pub agent_response_ms_sum: i64,
    pub agent_response_count: i64,
    pub rating_count: i64,
    pub rating_sum: i64,
    pub rating_5_count: i64,
    pub rating_4_count: i64,
    /// How values are spread; none without values.
    pub response_histogram: Option<Vec<u8>>,
    pub wait_histogram: Option<Vec<u8>>,
    pub handle_histogram: Option<Vec<u8>>,
    pub duration_histogram: Option<Vec<u8>>,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
