//! The figures of the floor as it is now: each declared once, and open sessions counted, listed and
//! drawn attention to by what they declare.

use async_graphql::Enum;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::Value;

use super::{metric::Unit, realtime::QUEUE_SILENCE, seen::SLACK, session::hour_of};
use crate::{config::LiveConfig, tenant::Tenant};

/// One figure of the present.
#[derive(Clone, Copy, Debug)]
pub struct LiveMetric {
    /// Stable name, as the schema's field in snake case.
    pub id: &'static str,
    pub title_zh: &'static str,
    pub title_en: &'static str,
    pub unit: Unit,
    /// In words; `docs/metrics.md` prints it.
    pub formula: &'static str,
    /// The sessions that it counts; none for a figure of agents or visitors.
    pub sessions: Option<OpenSessions>,
}

/// Open sessions that the live floor counts, as it is at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "FloorSessions")]
pub enum OpenSessions {
    /// `activeSessions`: started, with an event in the last 30 minutes.
    Active,
    /// `queueCount`: queued and not assigned, with an event in the last day.
    Waiting,
    /// `slaAlerts`: of these, those that wait for longer than the tenant's threshold.
    Late,
}

impl LiveMetric {
    /// Every figure, in the order in which they are told.
    pub const ALL: [Self; 7] = [
        Self {
            id: "active_sessions",
            title_zh: "进行中的会话",
            title_en: "Active sessions",
            unit: Unit::Count,
            formula: "Started, not ended, with an event in the last 30 minutes.",
            sessions: Some(OpenSessions::Active),
        },
        Self {
            id: "queue_count",
            title_zh: "排队中的会话",
            title_en: "Waiting in the queue",
            unit: Unit::Count,
            formula: "Queued, neither assigned nor ended; given up after a day of silence.",
            sessions: Some(OpenSessions::Waiting),
        },
        Self {
            id: "sla_alerts",
            title_zh: "SLA 告警",
            title_en: "SLA alerts",
            unit: Unit::Count,
            formula: "In the queue for longer than the tenant's threshold.",
            sessions: Some(OpenSessions::Late),
        },
        Self {
            id: "online_agents",
            title_zh: "在线客服",
            title_en: "Agents online",
            unit: Unit::Count,
            formula: "Not OFFLINE, with a status in the last 90 seconds.",
            sessions: None,
        },
        Self {
            id: "total_agents",
            title_zh: "客服总数",
            title_en: "Agents known",
            unit: Unit::Count,
            formula: "Named by an event in the last 24 hours.",
            sessions: None,
        },
        Self {
            id: "system_load",
            title_zh: "系统负载",
            title_en: "System load",
            unit: Unit::Percent,
            formula: "Conversations in hand ÷ capacity, of the agents online.",
            sessions: None,
        },
        Self {
            id: "online_users",
            title_zh: "在线访客",
            title_en: "Visitors online",
            unit: Unit::Count,
            formula: "Distinct visitors of a channel in the last 5 minutes.",
            sessions: None,
        },
    ];

    /// The declaration of a name.
    pub fn find(id: &str) -> Option<&'static Self> {
        const DECLARED: &[LiveMetric] = &LiveMetric::ALL;
        DECLARED.iter().find(|metric| metric.id == id)
    }
}

impl OpenSessions {
    /// Which of the sessions that are [open](is_open) these are, in SQL over [`Moment::values`].
    pub(super) fn condition(self, table: &str) -> String {
        match self {
            Self::Active => format!("{table}.started_at IS NOT NULL AND {}", is_active(table)),
            Self::Waiting => {
                format!("{table}.queued_at IS NOT NULL AND {table}.assigned_at IS NULL")
            }
            Self::Late => format!("{table}.queued_at < $3 AND {table}.assigned_at IS NULL"),
        }
    }

    /// Which sessions of a tenant these are, in the same way.
    pub(crate) fn sql(self, table: &str) -> String {
        format!("{} AND {}", is_open(table), self.condition(table))
    }
}

/// Whether something happened lately in a session, in SQL over [`Moment::values`].
pub(super) fn is_active(table: &str) -> String {
    heard_since(table, "$1", "$2")
}

/// Whether a session is one that a floor may count, in SQL over [`Moment::values`]. One that went silent
/// is no longer active, but whoever waits in the queue waits on in silence, so only a day's silence takes
/// it out of the queue.
pub(super) fn is_open(table: &str) -> String {
    format!(
        "{table}.ended_at IS NULL AND {table}.last_event_hour >= $6 AND {}",
        heard_since(table, "$4", "$5")
    )
}

/// Whether a session was heard of after an instant, in SQL. Its state may be [`SLACK`] behind its
/// events: these decide where it lies between `slack`, which is so much before, and the instant.
fn heard_since(table: &str, instant: &str, slack: &str) -> String {
    format!(
        "({table}.last_event_at > {instant} OR ({table}.last_event_at > {slack} AND EXISTS ( \
         SELECT 1 FROM analytics_events heard WHERE heard.tenant_id = {table}.tenant_id \
         AND heard.session_id = {table}.session_id AND heard.occurred_at > {instant})))"
    )
}

/// The instants by which open sessions are told apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    /// When an active session was heard of at the earliest.
    idle: DateTime<Utc>,
    /// Before which a session was queued that waits too long.
    late: DateTime<Utc>,
    /// When a session that counts at all was heard of at the earliest.
    silent: DateTime<Utc>,
}

impl Moment {
    pub(crate) fn of(tenant: &Tenant, live: &LiveConfig, now: DateTime<Utc>) -> Self {
        Self {
            idle: now - TimeDelta::seconds(live.session_idle_secs.into()),
            late: now - TimeDelta::seconds(tenant.sla_threshold_secs.into()),
            silent: now - QUEUE_SILENCE,
        }
    }

    /// What the conditions here stand over, as `$1` to `$6`.
    pub(crate) fn values(self) -> Vec<Value> {
        let Self { idle, late, silent } = self;
        let (idle_slack, silent_slack) = (idle - SLACK, silent - SLACK);
        vec![
            idle.into(),
            idle_slack.into(),
            late.into(),
            silent.into(),
            silent_slack.into(),
            hour_of(silent_slack).into(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::metric::Metric;

    #[test]
    fn a_name_is_that_of_one_figure() {
        let live = LiveMetric::ALL.iter().map(|metric| metric.id);
        let ids: Vec<_> = Metric::list().iter().map(|metric| metric.id).chain(live).collect();
        let unique: std::collections::HashSet<_> = ids.iter().collect();
        assert_eq!(unique.len(), ids.len());
    }
}
