//! Agents over days: how long they were in which state, what they had in hand, how they were rated.
//!
//! States follow from the stored reports, conversations from the state of sessions. Each day is read
//! and summed by itself, so that memory holds one day; the sums add up. Of days that are over
//! the sums are kept (`summary`). Start reading at `list`, then `timeline`
//! for states and `workload` for figures.

mod conversation;
mod interval;
mod kept;
mod store;
mod summary;
mod tally;
mod timeline;
mod workload;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use entity::agent;
use sea_orm::ConnectionTrait;

pub(crate) use self::summary::keep_days;
pub use self::workload::Workload;
use self::{
    kept::{KeptDay, KeptSums},
    tally::{ByAgent, Tally},
    timeline::Beat,
};
use super::report::Report;
use crate::{
    config::LiveConfig,
    error::Result,
    input::MAX_AHEAD,
    rollup,
    tenant::{Tenant, TimeRange},
};

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
    let mut agents = store::list_agents(snapshot, tenant).await?;
    let start = tenant.day(from).start;
    let latest = latest_before(snapshot, tenant, &agents, start).await?;
    let mut tally = Tally::new(live, now, latest);
    let changed = rollup::list_changed(snapshot, &tenant.id, from, to).await?;
    for date in from.iter_days().take_while(|date| *date <= to) {
        // Of later days nothing can have been told.
        if tenant.day(date).start > now + MAX_AHEAD {
            break;
        }
        let kept = if changed.contains_key(&date) {
            None
        } else {
            summary::find(snapshot, tenant, date, live).await?
        };
        match kept {
            Some(kept) if kept.sums.latest == *tally.latest() => {
                add_kept(&mut tally, kept, product, tenant.day(date));
            }
            Some(kept) => add_day(&mut tally, snapshot, question, date, kept.beats).await?,
            None => {
                let beats = store::list_beats(snapshot, tenant, tenant.day(date)).await?;
                add_day(&mut tally, snapshot, question, date, beats).await?;
            }
        }
    }
    let period = |(id, workload)| period_of(tenant, agents.remove(&id), id, workload);
    Ok(tally.workloads().map(period).collect())
}

/// Adds a day by its sums.
fn add_kept(tally: &mut Tally, kept: KeptDay, product: Option<&str>, day: TimeRange) {
    let KeptDay { beats, sums: KeptSums { all, mut products, .. } } = kept;
    let sums = match product {
        None => Some(all),
        Some(product) => products.remove(product),
    };
    match sums {
        Some(sums) => {
            tally.pass(&beats);
            tally.add(sums);
        }
        // Nothing of the product: states alone.
        None => tally.add_day(day, beats, &ByAgent::new()),
    }
}

/// Adds a day by its rows.
async fn add_day(
    tally: &mut Tally,
    snapshot: &impl ConnectionTrait,
    question: &Question<'_>,
    date: NaiveDate,
    beats: ByAgent<Vec<Beat>>,
) -> Result<()> {
    let Question { tenant, live, product, .. } = *question;
    let (day, idle) = (tenant.day(date), TimeDelta::seconds(live.session_idle_secs.into()));
    let ratings = store::list_ratings(snapshot, tenant, product, day).await?;
    tally.add(ratings.into_iter().map(|(agent, _, ratings)| (agent, ratings)));
    let mut held = ByAgent::<Vec<_>>::new();
    for (agent, _, conversation) in
        store::list_conversations(snapshot, tenant, product, day, idle).await?
    {
        held.entry(agent).or_default().push(conversation);
    }
    tally.add_day(day, beats, &held);
    Ok(())
}

/// The last report of each agent before an instant.
async fn latest_before(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    agents: &ByAgent<agent::Model>,
    instant: DateTime<Utc>,
) -> Result<ByAgent<Report>> {
    let mut latest = reported_before(agents, instant);
    latest.extend(store::list_last_reports(db, tenant, instant).await?);
    Ok(latest)
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
