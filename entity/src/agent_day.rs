//! `analytics_agent_days`: what agents come to on a day that is over.

use sea_orm::entity::prelude::*;

/// A day of all agents of a tenant. It holds only while the day has no mark among the changed days,
/// and is made again from the events otherwise.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "analytics_agent_days")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub stat_date: Date,
    /// Time zone, lease and idle time it was made with; a row of another basis is stale.
    pub basis: String,
    /// By agent, the reports that change something, as JSON.
    #[sea_orm(column_type = "Text")]
    pub beats: String,
    /// The sums of each agent and the last reports before the day, as JSON.
    #[sea_orm(column_type = "Text")]
    pub sums: String,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
