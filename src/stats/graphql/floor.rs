//! The live floor: overview, channels, agents.

use async_graphql::{Context, ID, Object};
use chrono::TimeDelta;

use super::queue::{Alert, Queue};
use crate::{
    auth::Viewer,
    graphql::{ContextExt, DateTime, GraphqlResult, Long},
    live::Picture,
    stats::{
        label,
        realtime::{self, AgentLoad, Trend},
    },
    tracker::fact::AgentStatus,
};

pub(super) struct Realtime {
    pub(super) picture: Picture,
    pub(super) viewer: Viewer,
}

/// The floor at one instant.
#[Object]
impl Realtime {
    async fn overview(&self, ctx: &Context<'_>) -> GraphqlResult<RealtimeOverview> {
        ctx.services()?.live.check_watcher(&self.viewer)?;
        Ok(RealtimeOverview(self.picture.clone()))
    }

    /// Configured channels and those with a visitor in the last ten minutes, in order of their ids.
    async fn channels(&self, ctx: &Context<'_>) -> GraphqlResult<Vec<Channel>> {
        ctx.services()?.live.check_watcher(&self.viewer)?;
        Ok(Channel::list(&self.picture))
    }

    /// Agents known in the last 24 hours, in order of their ids; with `status`, only those. An agent
    /// sees itself.
    async fn agents(&self, status: Option<AgentStatus>) -> Vec<Agent> {
        Agent::list(&self.picture, status)
    }

    /// Who waits, for how long, and the service level of the last 30 minutes.
    async fn queue(&self, ctx: &Context<'_>) -> GraphqlResult<Queue> {
        let (viewer, picture) = (&self.viewer, self.picture.clone());
        let tenant = &viewer.tenant;
        let figures = ctx.services()?.live.queue_for(viewer, picture.as_of).await?;
        Ok(Queue { picture, figures, threshold_secs: tenant.sla_threshold_secs })
    }

    /// Sessions that wait for longer than the tenant's threshold, longest wait first, at most 500;
    /// `slaAlerts` of the overview counts all.
    async fn alerts(&self, ctx: &Context<'_>) -> GraphqlResult<Vec<Alert>> {
        ctx.services()?.live.check_watcher(&self.viewer)?;
        Ok(Alert::list(&self.picture))
    }
}

pub struct RealtimeOverview(pub Picture);

/// The counts at the top of the Monitoring page.
#[Object]
impl RealtimeOverview {
    /// Sessions that started and have not ended, with an event in the last 30 minutes.
    async fn active_sessions(&self) -> i32 {
        self.0.floor.overview.active_sessions
    }

    /// Sessions queued, neither assigned nor ended; after a day of silence one is given up.
    async fn queue_count(&self) -> i32 {
        self.0.floor.overview.queue_count
    }

    /// Agents who are not OFFLINE and reported a status within the lease of 90 seconds.
    async fn online_agents(&self) -> i32 {
        self.0.floor.overview.online_agents
    }

    /// Agents known in the last 24 hours.
    async fn total_agents(&self) -> i32 {
        self.0.floor.overview.total_agents
    }

    /// Sessions that now wait in the queue for longer than the tenant's threshold.
    async fn sla_alerts(&self) -> i32 {
        self.0.floor.overview.sla_alerts
    }

    /// Busy agent slots as a percentage of the capacity online, 0 to 100 and above when
    /// overloaded; null without capacity.
    async fn system_load(&self) -> Option<f64> {
        self.0.floor.overview.system_load()
    }

    /// systemLoad as people read it, e.g. "28.4%"; a dash without capacity.
    async fn system_load_label(&self) -> String {
        label::percent(self.0.floor.overview.system_load())
    }

    /// Grows with every change of this tenant's floor, on whatever replica, also over restarts; a
    /// client that sees a gap has missed nothing but intermediate states.
    async fn version(&self) -> Long {
        Long(self.0.version)
    }

    /// The instant the counts hold for.
    async fn as_of(&self) -> DateTime {
        DateTime(self.0.as_of)
    }

    /// True while this replica cannot hear of what others store, because Redis is away. Figures stay
    /// right: they are then read from the database once a second.
    async fn degraded(&self) -> bool {
        self.0.degraded
    }
}

pub struct Channel(realtime::Channel);

impl Channel {
    pub fn list(picture: &Picture) -> Vec<Self> {
        picture.floor.channels.iter().cloned().map(Self).collect()
    }
}

/// A way customers come in.
#[Object]
impl Channel {
    async fn id(&self) -> ID {
        ID(self.0.id.clone())
    }

    /// The configured name; the id of a channel that is not configured.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Distinct visitors seen in the last five minutes.
    async fn online_users(&self) -> i32 {
        self.0.online_users
    }

    /// Percentage of the channel's capacity in use.
    async fn load(&self) -> f64 {
        self.0.load
    }

    /// Online users against the five minutes before.
    async fn trend(&self) -> Trend {
        self.0.trend
    }
}

pub struct Agent {
    pub(super) agent: realtime::Agent,
    as_of: chrono::DateTime<chrono::Utc>,
}

impl Agent {
    pub fn list(picture: &Picture, status: Option<AgentStatus>) -> Vec<Self> {
        let agents = realtime::with_status(&picture.floor, status);
        agents.into_iter().map(|agent| Self { agent, as_of: picture.as_of }).collect()
    }

    fn in_status(&self) -> TimeDelta {
        self.as_of - self.agent.presence.since
    }
}

/// A person who answers.
#[Object]
impl Agent {
    async fn agent_id(&self) -> ID {
        ID(self.agent.id.clone())
    }

    /// The name of the latest event that gave one, else the id.
    async fn name(&self) -> &str {
        &self.agent.name
    }

    async fn status(&self) -> AgentStatus {
        self.agent.presence.status
    }

    /// Seconds in the present status.
    async fn duration_seconds(&self) -> i32 {
        i32::try_from(self.in_status().num_seconds().max(0)).unwrap_or(i32::MAX)
    }

    /// durationSeconds as people read it, e.g. "12m", "4h".
    async fn duration(&self) -> String {
        label::duration(self.in_status())
    }

    /// Conversations in hand against capacity: from a half MEDIUM, from four fifths HIGH.
    async fn load(&self) -> AgentLoad {
        self.agent.load()
    }
}
