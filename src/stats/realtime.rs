//! The live floor: what is so now, from the same session state that history is built from.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use entity::agent;
use sea_orm::FromQueryResult;
use serde::Serialize;

use super::{
    agent::{Presence, presence},
    alert::Alert,
};
use crate::{
    config::LiveConfig,
    tenant::{ChannelSettings, Tenant, default_channel_capacity},
    tracker::fact::AgentStatus,
};

/// The picture of one tenant's floor at one instant.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Floor {
    pub overview: Overview,
    /// In the order of their ids.
    pub channels: Vec<Channel>,
    /// In the order of their ids.
    pub agents: Vec<Agent>,
    /// Since when the session waits that has waited longest.
    pub waiting_since: Option<DateTime<Utc>>,
    /// Longest wait first.
    pub alerts: Vec<Alert>,
}

/// The counts at the top of the floor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Overview {
    pub active_sessions: i32,
    pub queue_count: i32,
    pub online_agents: i32,
    pub total_agents: i32,
    pub sla_alerts: i32,
    /// Slots in use by agents who are online, and the slots they have.
    pub busy_slots: i32,
    pub capacity: i32,
}

impl Overview {
    /// Percentage of the slots online that are in use; none without any.
    pub fn system_load(&self) -> Option<f64> {
        super::metric::ratio(self.busy_slots.into(), self.capacity.into()).map(|load| load * 100.0)
    }
}

/// One channel.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Channel {
    pub id: String,
    pub name: String,
    pub online_users: i32,
    /// Percentage of the channel's capacity.
    pub load: f64,
    pub trend: Trend,
}

/// Where a number is going.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, async_graphql::Enum)]
pub enum Trend {
    /// More than 5 % above the five minutes before.
    Up,
    /// Within 5 % of them.
    Stable,
    /// More than 5 % below.
    Down,
}

impl Trend {
    /// Compares with a dead band of 5 %.
    fn of(now: i64, before: i64) -> Self {
        if now * 100 > before * 105 {
            Self::Up
        } else if now * 100 < before * 95 {
            Self::Down
        } else {
            Self::Stable
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Stable => "stable",
            Self::Down => "down",
        }
    }
}

/// One agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Agent {
    pub id: String,
    pub name: String,
    pub presence: Presence,
    /// Conversations in hand.
    pub busy: i32,
    pub capacity: i32,
}

/// How full an agent's hands are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, async_graphql::Enum)]
pub enum AgentLoad {
    /// Below half of the capacity.
    Low,
    /// Half of the capacity and more.
    Medium,
    /// Four fifths of the capacity and more.
    High,
}

impl AgentLoad {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

impl Agent {
    pub fn load(&self) -> AgentLoad {
        let (busy, capacity) = (i64::from(self.busy), i64::from(self.capacity));
        if busy * 5 >= capacity * 4 && busy > 0 {
            AgentLoad::High
        } else if busy * 2 >= capacity && busy > 0 {
            AgentLoad::Medium
        } else {
            AgentLoad::Low
        }
    }
}

/// How long a queued session is believed to wait without a word of it.
pub(crate) const QUEUE_SILENCE: TimeDelta = TimeDelta::hours(24);
/// How long an agent is known after the last event that names it.
pub(crate) const AGENT_KNOWN: TimeDelta = TimeDelta::hours(24);

/// What a floor is made of, wherever its state is kept.
#[derive(Debug, Default)]
pub(crate) struct Counted {
    pub(crate) sessions: SessionCounts,
    /// Who was heard of within [`AGENT_KNOWN`], and may hold others.
    pub(crate) agents: Vec<agent::Model>,
    /// Conversations in hand, by agent.
    pub(crate) busy: BTreeMap<String, i32>,
    /// Distinct visitors of the window, and of the window before it, by channel.
    pub(crate) visitors: BTreeMap<String, (i64, i64)>,
    pub(crate) alerts: Vec<Alert>,
}

/// Takes the picture of what was counted.
pub(crate) fn picture(
    tenant: &Tenant,
    live: &LiveConfig,
    now: DateTime<Utc>,
    counted: Counted,
) -> Floor {
    let Counted { sessions: counts, agents, busy, visitors, alerts } = counted;
    let agents = agents_of(tenant, live, now, agents, &busy);
    let online = agents.iter().filter(|agent| agent.presence.online);
    let overview = Overview {
        active_sessions: whole(counts.active),
        queue_count: whole(counts.queued),
        sla_alerts: whole(counts.late),
        online_agents: whole(online.clone().count()),
        total_agents: whole(agents.len()),
        busy_slots: online.clone().map(|agent| agent.busy).sum(),
        capacity: online.map(|agent| agent.capacity).sum(),
    };
    let channels = channels_of(tenant, visitors);
    Floor { overview, channels, agents, waiting_since: counts.waiting_since, alerts }
}

/// Counts over open sessions.
#[derive(Debug, Default, PartialEq, Eq, FromQueryResult)]
pub(crate) struct SessionCounts {
    pub(crate) active: i64,
    pub(crate) queued: i64,
    /// Queued for longer than the threshold.
    pub(crate) late: i64,
    pub(crate) waiting_since: Option<DateTime<Utc>>,
}

/// The agents who are known, in the order of their ids.
fn agents_of(
    tenant: &Tenant,
    live: &LiveConfig,
    now: DateTime<Utc>,
    mut rows: Vec<agent::Model>,
    busy: &BTreeMap<String, i32>,
) -> Vec<Agent> {
    rows.retain(|row| row.last_seen_at > now - AGENT_KNOWN);
    rows.sort_unstable_by(|a, b| a.agent_id.cmp(&b.agent_id));
    let lease = TimeDelta::seconds(live.agent_lease_secs.into());
    let agent = |row: agent::Model| Agent {
        presence: presence(&row, now, lease),
        busy: busy.get(&row.agent_id).copied().unwrap_or_default(),
        capacity: row.capacity.unwrap_or_else(|| whole(tenant.agent_capacity)),
        name: row.name.unwrap_or_else(|| row.agent_id.clone()),
        id: row.agent_id,
    };
    rows.into_iter().map(agent).collect()
}

/// How long a visitor is online after a sign of life.
pub(crate) fn visitor_window(live: &LiveConfig) -> TimeDelta {
    TimeDelta::seconds(live.visitor_window_secs.into())
}

/// Channels that are configured, and those with a visitor in either window.
fn channels_of(tenant: &Tenant, visitors: BTreeMap<String, (i64, i64)>) -> Vec<Channel> {
    let mut seen: BTreeMap<String, (i64, i64)> =
        tenant.channels.keys().map(|id| (id.clone(), (0, 0))).collect();
    seen.extend(visitors);
    seen.into_iter().map(|(id, (now, before))| channel(tenant, id, now, before)).collect()
}

fn channel(tenant: &Tenant, id: String, present: i64, before: i64) -> Channel {
    let settings = tenant.channels.get(&id);
    let capacity = settings.map_or(default_channel_capacity(), |settings| settings.capacity);
    let load = super::metric::ratio(present, capacity.into()).unwrap_or_default() * 100.0;
    Channel {
        name: settings.map_or_else(|| id.clone(), |ChannelSettings { name, .. }| name.clone()),
        id,
        online_users: whole(present),
        load,
        trend: Trend::of(present, before),
    }
}

/// A count as GraphQL's 32-bit `Int`; more than two thousand million stay at that.
pub(super) fn whole(count: impl TryInto<i32>) -> i32 {
    count.try_into().unwrap_or(i32::MAX)
}

/// Which agents a caller asks for.
pub fn with_status(floor: &Arc<Floor>, status: Option<AgentStatus>) -> Vec<Agent> {
    let wanted = |agent: &&Agent| status.is_none_or(|status| agent.presence.status == status);
    floor.agents.iter().filter(wanted).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trend_has_a_dead_band_of_five_percent() {
        for (now, before, trend) in [
            (105, 100, Trend::Stable),
            (106, 100, Trend::Up),
            (95, 100, Trend::Stable),
            (94, 100, Trend::Down),
            (0, 0, Trend::Stable),
            (1, 0, Trend::Up),
        ] {
            assert_eq!(Trend::of(now, before), trend, "{now} after {before}");
        }
    }

    #[test]
    fn an_agent_s_load_goes_by_its_capacity() {
        let presence =
            Presence { status: AgentStatus::Online, since: DateTime::UNIX_EPOCH, online: true };
        for (busy, capacity, load) in [
            (0, 5, AgentLoad::Low),
            (2, 5, AgentLoad::Low),
            (3, 5, AgentLoad::Medium),
            (4, 5, AgentLoad::High),
            (1, 0, AgentLoad::High),
            (0, 0, AgentLoad::Low),
        ] {
            let (id, name) = (String::new(), String::new());
            let agent = Agent { id, name, presence: presence.clone(), busy, capacity };
            assert_eq!(agent.load(), load, "{busy} of {capacity}");
        }
    }
}
