//! Figures of each agent over a stretch of days.

use async_graphql::{ID, Object};
use chrono::TimeDelta;

use crate::{
    graphql::Long,
    stats::agent_period::{self, Workload},
};

pub(super) struct AgentPeriod(pub(super) agent_period::AgentPeriod);

impl AgentPeriod {
    fn workload(&self) -> &Workload {
        &self.0.workload
    }
}

/// One agent over a stretch of days, up to now. A status holds until the next one; ONLINE, SERVING
/// and an AWAY that was not set by hand hold for the lease of 90 seconds at most, then the agent is
/// OFFLINE. Before the first status there is no state. Of a session only the last assignment is
/// known: a conversation handed on counts for the agent who has it last, from that assignment on.
#[Object]
impl AgentPeriod {
    async fn agent_id(&self) -> ID {
        ID(self.0.id.clone())
    }

    /// The name of the latest event that gave one, else the id.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Whole seconds ONLINE.
    async fn online_seconds(&self) -> i32 {
        secs(self.workload().online)
    }

    /// Whole seconds SERVING.
    async fn serving_seconds(&self) -> i32 {
        secs(self.workload().serving)
    }

    /// Whole seconds AWAY.
    async fn away_seconds(&self) -> i32 {
        secs(self.workload().away)
    }

    /// Whole seconds OFFLINE, those after a lease ran out included.
    async fn offline_seconds(&self) -> i32 {
        secs(self.workload().offline)
    }

    /// Sessions whose last assignment is to this agent. By that assignment.
    async fn sessions_handled(&self) -> Long {
        Long(self.workload().handled)
    }

    /// Mean seconds from the last assignment to the end, over sessions of this agent that ended;
    /// null without any. By the end.
    async fn avg_handle_time(&self) -> Option<f64> {
        self.workload().avg_handle_secs()
    }

    /// Whole seconds with at least one conversation in hand, from its last assignment to its end;
    /// conversations that overlap count once. An open one goes on to now, or to its last event once
    /// that is 30 minutes ago.
    async fn busy_seconds(&self) -> i32 {
        secs(self.workload().busy)
    }

    /// Time ONLINE or SERVING with at least one conversation in hand ÷ time ONLINE or SERVING, as a
    /// percentage, 0 to 100; null without such time.
    async fn occupancy(&self) -> Option<f64> {
        self.workload().occupancy()
    }

    /// Time ONLINE or SERVING of each conversation in hand, added up, ÷ (time ONLINE or SERVING ×
    /// the agent's present capacity), as a percentage, above 100 when overloaded; null without such
    /// time or without capacity.
    async fn utilisation(&self) -> Option<f64> {
        self.workload().utilisation(self.0.capacity)
    }

    /// Ratings that name this agent.
    async fn rating_count(&self) -> Long {
        Long(self.workload().ratings)
    }

    /// Mean rating, 1 to 5; null without ratings.
    async fn avg_rating(&self) -> Option<f64> {
        self.workload().avg_rating()
    }
}

fn secs(time: TimeDelta) -> i32 {
    i32::try_from(time.num_seconds()).unwrap_or(i32::MAX)
}
