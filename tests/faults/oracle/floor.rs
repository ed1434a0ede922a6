//! The live floor at one instant.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::sessions;
use crate::{harness::Tenant, traffic::Event};

/// What `RealtimeOverview` answers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Floor {
    pub active_sessions: i64,
    pub queue_count: i64,
    pub online_agents: i64,
    pub total_agents: i64,
    pub sla_alerts: i64,
    /// Conversations in hand and capacity, of the agents online.
    pub load: (i64, i64),
}

/// What an agent's events say; the last word counts.
#[derive(Default)]
struct Agent {
    seen_at: DateTime<Utc>,
    status: Option<(DateTime<Utc>, String)>,
    capacity: Option<i64>,
}

/// Slots of an agent who never said how many.
const SLOTS: i64 = 5;

/// The floor of one tenant at `now`.
pub(crate) fn floor(tenant: &Tenant, events: &[&Event], now: DateTime<Utc>) -> Floor {
    let open: Vec<_> =
        sessions(events).into_iter().filter(|session| session.ended_at.is_none()).collect();
    let count = |is: &dyn Fn(&super::Session) -> bool| {
        i64::try_from(open.iter().filter(|session| is(session)).count()).expect("a count")
    };
    let idle_at = now - TimeDelta::minutes(30);
    let late_at = now - TimeDelta::seconds(tenant.sla_secs);
    let forgotten_at = now - TimeDelta::hours(24);
    let waits = |session: &super::Session| {
        session.queued_at.is_some()
            && session.assigned_at.is_none()
            && session.last_at > forgotten_at
    };
    let agents = agents(events);
    let online = |agent: &&Agent| {
        let fresh =
            |(at, status): &(_, String)| *at > now - TimeDelta::seconds(90) && status != "offline";
        agent.status.as_ref().is_some_and(fresh)
    };
    let busy = |id: &str| {
        count(&|session| session.agent.as_deref() == Some(id) && session.last_at > idle_at)
    };
    let known = agents.values().filter(|agent| agent.seen_at > forgotten_at).count();
    let online: Vec<_> = agents.iter().filter(|(_, agent)| online(agent)).collect();
    Floor {
        active_sessions: count(&|session| {
            session.started_at.is_some() && session.last_at > idle_at
        }),
        queue_count: count(&waits),
        sla_alerts: count(&|session| waits(session) && session.queued_at < Some(late_at)),
        online_agents: i64::try_from(online.len()).expect("a count"),
        total_agents: i64::try_from(known).expect("a count"),
        load: (
            online.iter().map(|(id, _)| busy(id)).sum(),
            online.iter().map(|(_, agent)| agent.capacity.unwrap_or(SLOTS)).sum(),
        ),
    }
}

fn agents(events: &[&Event]) -> BTreeMap<String, Agent> {
    let mut events: Vec<_> = events.to_vec();
    events.sort_by_key(|event| event.at);
    let mut agents: BTreeMap<String, Agent> = BTreeMap::new();
    for event in events {
        if !["session.assign", "agent.status"].contains(&event.name) {
            continue;
        }
        let Some(id) = event.data["agent_id"].as_str() else { continue };
        let agent = agents.entry(id.to_owned()).or_default();
        agent.seen_at = event.at;
        if let Some(status) = event.data["status"].as_str() {
            agent.status = Some((event.at, status.to_owned()));
            agent.capacity = event.data["capacity"].as_i64().or(agent.capacity);
        }
    }
    agents
}
