//! Agents over days: how long they were in which state, what they had in hand, how they were rated.
//!
//! States follow from the stored reports, conversations from the state of sessions. Each day is read
//! and summed by itself, so that memory holds one day; the sums add up. Of days that are over, only
//! the reports that change something are read (`summary`). Start reading at `list`, then `timeline`
//! for states and `workload` for figures.

mod conversation;
mod interval;
mod store;
mod summary;
mod tally;
mod timeline;
mod workload;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use entity::agent;
use sea_orm::ConnectionTrait;

pub(crate) use self::summary::keep_days;
use self::tally::{ByAgent, Tally};
pub use self::workload::Workload;
use super::report::Report;
use crate::{config::LiveConfig, error::Result, input::MAX_AHEAD, rollup, tenant::Tenant};

/// One agent over some days.
#[derive(Clone, Debug)]
pub struct AgentPeriod {
    pub id: String,
    pub name: String,
    /// Conversations at once.
    pub capacity: i32,
    pub workload: Workload,
}

/// What is asked.
pub(super) struct Question<'a> {
    pub(super) tenant: &'a Tenant,
    pub(super) live: &'a LiveConfig,
    /// Whose conversations and ratings count; of all products without one.
    pub(super) product: Option<&'a str>,
    /// The first day and the last.
    pub(super) days: (NaiveDate, NaiveDate),
    pub(super) now: DateTime<Utc>,
}

/// The agents who did anything in the days or were in any state but OFFLINE, in the order of their
/// ids. Call in a snapshot.
pub(super) async fn list(
    snapshot: &impl ConnectionTrait,
    question: &Question<'_>,
) -> Result<Vec<AgentPeriod>> {
    let Question { tenant, live, product, days: (from, to), now } = *question;
    let period = tenant.days(from, to);
    let mut agents = store::list_agents(snapshot, tenant).await?;
    let mut latest = reported_before(&agents, period.start);
    latest.extend(store::list_last_reports(snapshot, tenant, period.start).await?);
    let mut tally = Tally::new(live, now, latest);
    tally.add(store::sum_ratings(snapshot, tenant, product, period).await?);
    let idle = TimeDelta::seconds(live.session_idle_secs.into());
    let changed = rollup::list_changed(snapshot, &tenant.id, from, to).await?;
    for date in from.iter_days().take_while(|date| *date <= to) {
        let day = tenant.day(date);
        // Of later days nothing can have been told.
        if day.start > now + MAX_AHEAD {
            break;
        }
        let kept = if changed.contains_key(&date) {
            None
        } else {
            summary::find(snapshot, tenant, date, live).await?
        };
        let beats = match kept {
            Some(beats) => beats,
            None => store::list_beats(snapshot, tenant, day).await?,
        };
        let held = store::list_conversations(snapshot, tenant, product, day, idle).await?;
        tally.add_day(day, beats, &held);
    }
    let period = |(id, workload)| period_of(tenant, agents.remove(&id), id, workload);
    Ok(tally.workloads().map(period).collect())
}

/// The last reports of those who have made none since.
fn reported_before(agents: &ByAgent<agent::Model>, instant: DateTime<Utc>) -> ByAgent<Report> {
    let latest = agents.values().filter_map(|agent| {
        let report = Report::latest(agent).filter(|report| report.at < instant);
        Some((agent.agent_id.clone(), report?))
    });
    latest.collect()
}

/// A rating may name an agent of whom nothing else is known.
fn period_of(
    tenant: &Tenant,
    row: Option<agent::Model>,
    id: String,
    workload: Workload,
) -> AgentPeriod {
    let (name, capacity) = row.map_or((None, None), |row| (row.name, row.capacity));
    AgentPeriod {
        name: name.unwrap_or_else(|| id.clone()),
        capacity: capacity
            .unwrap_or_else(|| i32::try_from(tenant.agent_capacity).unwrap_or(i32::MAX)),
        id,
        workload,
    }
}
