//! One report of an agent's status: which of two counts, and how long it holds.
//!
//! The live floor and the figures of a period both read reports by these two rules, so that they
//! cannot disagree.

use std::cmp::Ordering;

use chrono::{DateTime, TimeDelta, Utc};
use entity::agent;

use crate::tracker::fact::AgentStatus;

/// What was said of an agent at an instant. The greatest report counts: the latest, and of those at
/// one instant the one whose text comes last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Report {
    pub(super) at: DateTime<Utc>,
    pub(super) status: AgentStatus,
    pub(super) by_hand: bool,
}

impl Report {
    /// The latest report of an agent, as its row keeps it; none before the first.
    pub(super) fn latest(agent: &agent::Model) -> Option<Self> {
        let status = AgentStatus::parse(agent.status.as_deref()?)?;
        Some(Self { at: agent.status_at?, status, by_hand: agent.by_hand })
    }

    /// When the agent is OFFLINE for want of another report; none for what holds until the next.
    pub(super) fn expires_at(&self, lease: TimeDelta) -> Option<DateTime<Utc>> {
        let holds = match self.status {
            AgentStatus::Offline => true,
            AgentStatus::Away => self.by_hand,
            AgentStatus::Online | AgentStatus::Serving => false,
        };
        (!holds).then(|| self.at + lease)
    }

    /// Whether the next report says the same in time.
    pub(super) fn goes_on(&self, next: &Self, lease: TimeDelta) -> bool {
        (self.status, self.by_hand) == (next.status, next.by_hand) && next.at - self.at <= lease
    }

    fn key(&self) -> (DateTime<Utc>, &'static str, bool) {
        (self.at, self.status.as_str(), self.by_hand)
    }
}

impl Ord for Report {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for Report {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
