//! `analytics_agents`: the state of each person who answers, folded from events.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// One agent. `name` and `capacity` are last-writer-wins registers, each with its own instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DeriveEntityModel)]
#[sea_orm(table_name = "analytics_agents")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub agent_id: String,
    pub name: Option<String>,
    pub name_at: Option<DateTimeUtc>,
    pub capacity: Option<i32>,
    pub capacity_at: Option<DateTimeUtc>,
    /// `online`, `serving`, `away` or `offline`; none until the first status.
    pub status: Option<String>,
    /// When the latest status was reported: the lease runs from here.
    pub status_at: Option<DateTimeUtc>,
    /// When the present status began.
    pub status_since: Option<DateTimeUtc>,
    /// Set by hand: AWAY and OFFLINE outlive the lease.
    pub by_hand: bool,
    /// Latest event that names the agent.
    pub last_seen_at: DateTimeUtc,
    /// Grows with every write, so that whoever keeps a copy knows the newer one.
    pub revision: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
