//! Folds events into the state of agents, and says what that state means now.
//!
//! Name, capacity and status are last-writer-wins registers; which report of a status counts, and
//! how long it holds, stands in `report`. When the present status began does not follow from
//! registers: it is looked up in the stored events, whatever order they came in.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use entity::{InTenant, agent};
use sea_orm::{
    ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Statement, Value,
    sea_query::OnConflict,
};

use super::{change::FloorChanges, report::Report};
use crate::{
    db::bulk::{self, whole},
    error::Result,
    tenant::Tenant,
    tracker::{
        NewEvent,
        fact::{AgentStatus, Fact},
    },
};

/// Brings the agents that `events` name up to date, and notes what became of them.
pub(crate) async fn fold_agents(
    transaction: &impl ConnectionTrait,
    tenant: &Tenant,
    events: &[&NewEvent],
    changes: &mut FloorChanges,
) -> Result<()> {
    let ids: BTreeSet<_> = events.iter().filter_map(|event| named(event)).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let mut agents = lock(transaction, tenant, &ids).await?;
    let mut unsettled = BTreeSet::new();
    for event in events {
        let Some(agent) = named(event).and_then(|id| agents.get_mut(id)) else { continue };
        if !fold_one(agent, event.occurred_at, &event.fact) {
            unsettled.insert(agent.agent_id.clone());
        }
    }
    for id in unsettled {
        if let Some(agent) = agents.get_mut(&id) {
            agent.status_since = status_since(transaction, tenant, agent).await?;
        }
    }
    for agent in agents.values_mut() {
        agent.revision += 1;
        changes.add_agent(agent);
    }
    bulk::upsert(transaction, agents.into_values().collect()).await
}

/// The agent of whose state an event says something.
fn named(event: &NewEvent) -> Option<&str> {
    match &event.fact {
        Fact::Assign { agent_id, .. } | Fact::Status { agent_id, .. } => Some(agent_id),
        _ => None,
    }
}

/// Locks the rows, in the order of their ids, those that were not there included.
async fn lock(
    transaction: &impl ConnectionTrait,
    tenant: &Tenant,
    ids: &BTreeSet<&str>,
) -> Result<BTreeMap<String, agent::Model>> {
    let known = lock_known(transaction, tenant, ids).await?;
    if known.len() == ids.len() {
        return Ok(known);
    }
    let missing = ids.iter().filter(|id| !known.contains_key(**id));
    let blanks = missing.map(|id| whole::<_, agent::ActiveModel>(blank(tenant, id)));
    agent::Entity::insert_many(blanks)
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(transaction)
        .await?;
    lock_known(transaction, tenant, ids).await
}

async fn lock_known(
    transaction: &impl ConnectionTrait,
    tenant: &Tenant,
    ids: &BTreeSet<&str>,
) -> Result<BTreeMap<String, agent::Model>> {
    let agents = agent::Entity::in_tenant(&tenant.id)
        .filter(bulk::among(
            transaction,
            agent::Column::AgentId,
            ids.iter().map(|id| (*id).to_owned()),
        ))
        .order_by_asc(agent::Column::AgentId)
        .lock_exclusive()
        .all(transaction)
        .await?;
    Ok(agents.into_iter().map(|agent| (agent.agent_id.clone(), agent)).collect())
}

fn blank(tenant: &Tenant, id: &str) -> agent::Model {
    agent::Model {
        tenant_id: tenant.id.to_string(),
        agent_id: id.to_owned(),
        name: None,
        name_at: None,
        capacity: None,
        capacity_at: None,
        status: None,
        status_at: None,
        status_since: None,
        by_hand: false,
        last_seen_at: DateTime::UNIX_EPOCH,
        revision: 0,
    }
}

/// Folds one event into the registers; false when the beginning of the present status does not
/// follow from them.
fn fold_one(agent: &mut agent::Model, at: DateTime<Utc>, fact: &Fact) -> bool {
    agent.last_seen_at = Ord::max(agent.last_seen_at, at);
    match fact {
        Fact::Assign { agent_name, .. } => fold_name(agent, at, agent_name.as_deref()),
        Fact::Status { agent_name, status, capacity, by_hand, .. } => {
            fold_name(agent, at, agent_name.as_deref());
            if let Some(capacity) = capacity
                && is_later((at, *capacity), agent.capacity_at.zip(agent.capacity))
            {
                agent.capacity = Some(*capacity);
                agent.capacity_at = Some(at);
            }
            return fold_status(agent, Report { at, status: *status, by_hand: *by_hand });
        }
        _ => {}
    }
    true
}

/// The latest report counts. One that comes after all others goes on with the status or begins
/// another; where an older one belongs, only the stored events tell.
fn fold_status(agent: &mut agent::Model, report: Report) -> bool {
    let in_order = agent.status_at.is_none_or(|held| report.at > held);
    let goes_on = agent.status.as_deref() == Some(report.status.as_str());
    if in_order && !(goes_on && agent.status_since.is_some()) {
        agent.status_since = Some(report.at);
    }
    if Some(report) > Report::latest(agent) {
        agent.status = Some(report.status.as_str().to_owned());
        agent.status_at = Some(report.at);
        agent.by_hand = report.by_hand;
    }
    in_order
}

fn fold_name(agent: &mut agent::Model, at: DateTime<Utc>, name: Option<&str>) {
    let held = agent.name_at.zip(agent.name.as_deref());
    if let Some(name) = name
        && is_later((at, name), held)
    {
        agent.name = Some(name.to_owned());
        agent.name_at = Some(at);
    }
}

fn is_later<T: PartialOrd + Copy>(new: T, held: Option<T>) -> bool {
    Some(new) > held
}

/// The first report of the present status after the last report of another one, from the stored
/// events. Of reports at one instant the one counts that [`fold_status`] would keep.
async fn status_since(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    agent: &agent::Model,
) -> Result<Option<DateTime<Utc>>> {
    let sql = "WITH reports AS ( \
             SELECT occurred_at, MAX(LOWER(event_data ->> 'status')) AS status \
             FROM analytics_events \
             WHERE tenant_id = $1 AND event_name = 'agent.status' AND agent_id = $2 \
             GROUP BY occurred_at) \
         SELECT MIN(occurred_at) AS since FROM reports \
         WHERE status = $3 AND occurred_at > COALESCE( \
             (SELECT MAX(occurred_at) FROM reports WHERE status <> $3 AND occurred_at < $4), $5)";
    let values: Vec<Value> = vec![
        tenant.id.as_str().into(),
        agent.agent_id.as_str().into(),
        agent.status.as_deref().into(),
        agent.status_at.into(),
        DateTime::<Utc>::UNIX_EPOCH.into(),
    ];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let row = db.query_one_raw(statement).await?;
    let since: Option<DateTime<Utc>> =
        row.map(|row| row.try_get("", "since")).transpose()?.flatten();
    Ok(since.or(agent.status_at))
}

/// What an agent's state means at an instant.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Presence {
    pub status: AgentStatus,
    pub since: DateTime<Utc>,
    /// Counted as online: not OFFLINE, with a fresh lease.
    pub online: bool,
}

/// Reads an agent's presence: without a report for longer than the lease it is offline, unless
/// someone set AWAY by hand.
pub fn presence(agent: &agent::Model, now: DateTime<Utc>, lease: TimeDelta) -> Presence {
    let Some(report) = Report::latest(agent) else {
        return Presence { status: AgentStatus::Offline, since: agent.last_seen_at, online: false };
    };
    if let Some(expired_at) = report.expires_at(lease).filter(|expires_at| *expires_at <= now) {
        return Presence { status: AgentStatus::Offline, since: expired_at, online: false };
    }
    let since = agent.status_since.unwrap_or(report.at);
    let online = now < report.at + lease && report.status != AgentStatus::Offline;
    Presence { status: report.status, since, online }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agent(status: AgentStatus, by_hand: bool) -> agent::Model {
        let at = DateTime::from_timestamp(1_700_000_000, 0);
        agent::Model {
            status: Some(status.as_str().to_owned()),
            status_at: at,
            status_since: at,
            by_hand,
            ..blank(&Tenant::default(), "li")
        }
    }

    #[test]
    fn a_lease_ends_what_only_a_heartbeat_keeps_true() {
        use AgentStatus::{Away, Offline, Online};
        let lease = TimeDelta::seconds(90);
        let cases = [
            (Online, false, 89, Online, true),
            (Online, false, 90, Offline, false),
            (Online, true, 90, Offline, false),
            (Away, false, 90, Offline, false),
            (Away, true, 90, Away, false),
            (Offline, false, 10, Offline, false),
        ];
        for (status, by_hand, secs, shown, online) in cases {
            let agent = agent(status, by_hand);
            let now = agent.status_at.unwrap() + TimeDelta::seconds(secs);
            let presence = presence(&agent, now, lease);
            assert_eq!((presence.status, presence.online), (shown, online), "{status:?} {secs}");
        }
    }
}
