//! SQL of the state that a floor is made of, for whoever keeps a copy of it.

use std::{collections::HashMap, ops::RangeInclusive};

use chrono::{DateTime, TimeDelta, Utc};
use entity::{InTenant, agent, event, session};
use sea_orm::{ColumnTrait, ConnectionTrait, FromQueryResult, QueryFilter, QuerySelect, Select};

use super::{
    change::{SessionChange, Visit},
    realtime::{AGENT_KNOWN, QUEUE_SILENCE},
    seen::SLACK,
    session::hour_of,
};
use crate::{
    db::bulk,
    error::Result,
    input::MAX_AHEAD,
    tenant::{Tenant, TimeRange},
};

#[derive(FromQueryResult)]
struct Row {
    session_id: String,
    started_at: Option<DateTime<Utc>>,
    queued_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
    agent_assigned_at: Option<DateTime<Utc>>,
    agent_id: Option<String>,
    last_event_at: DateTime<Utc>,
}

/// All that is known of a session, by its id.
pub(crate) type SessionState = (String, SessionChange);

impl From<Row> for SessionState {
    fn from(row: Row) -> Self {
        let change = SessionChange {
            is_whole: true,
            is_started: row.started_at.is_some(),
            is_ended: row.ended_at.is_some(),
            queued_at: row.queued_at,
            agent: row.agent_assigned_at.zip(row.agent_id),
            last_event_at: row.last_event_at,
        };
        (row.session_id, change)
    }
}

fn states(tenant: &Tenant) -> Select<session::Entity> {
    use session::Column::{
        AgentAssignedAt, AgentId, EndedAt, LastEventAt, QueuedAt, SessionId, StartedAt,
    };
    session::Entity::in_tenant(&tenant.id).select_only().columns([
        SessionId,
        StartedAt,
        QueuedAt,
        EndedAt,
        AgentAssignedAt,
        AgentId,
        LastEventAt,
    ])
}

async fn list(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    rows: Select<session::Entity>,
) -> Result<Vec<SessionState>> {
    let rows = rows.into_model::<Row>().all(db).await?;
    let mut states: Vec<SessionState> = rows.into_iter().map(Into::into).collect();
    for chunk in states.chunks_mut(bulk::CHUNK) {
        hear(db, tenant, chunk).await?;
    }
    Ok(states)
}

/// Brings up to date when sessions were last heard of: their states may be behind their events. Asked
/// for all of them at once, because a maximum for each tempts PostgreSQL to go through all events from
/// the latest on.
async fn hear(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    states: &mut [SessionState],
) -> Result<()> {
    let Some(since) = states.iter().map(|(_, state)| state.last_event_at).min() else {
        return Ok(());
    };
    let ids = states.iter().map(|(id, _)| id.clone());
    let heard: Vec<(String, DateTime<Utc>)> = event::Entity::in_tenant(&tenant.id)
        .filter(bulk::among(db, event::Column::SessionId, ids))
        .filter(event::Column::OccurredAt.gt(since))
        .select_only()
        .column(event::Column::SessionId)
        .column_as(event::Column::OccurredAt.max(), "heard_at")
        .group_by(event::Column::SessionId)
        .into_tuple()
        .all(db)
        .await?;
    let heard: HashMap<String, DateTime<Utc>> = heard.into_iter().collect();
    for (id, state) in states {
        if let Some(at) = heard.get(id) {
            state.last_event_at = state.last_event_at.max(*at);
        }
    }
    Ok(())
}

/// The hours in one of which each session was last heard of that a floor may count.
pub(crate) fn hours_of_open(now: DateTime<Utc>) -> RangeInclusive<i32> {
    hour_of(now - QUEUE_SILENCE - SLACK)..=hour_of(now + MAX_AHEAD)
}

/// Sessions that are open and were last heard of in an hour.
pub(crate) async fn list_open(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    hour: i32,
) -> Result<Vec<SessionState>> {
    let open = states(tenant)
        .filter(session::Column::EndedAt.is_null())
        .filter(session::Column::LastEventHour.eq(hour));
    list(db, tenant, open).await
}

/// All that is known of some sessions.
pub(crate) async fn list_states(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    session_ids: &[String],
) -> Result<Vec<SessionState>> {
    let ids = session_ids.iter().cloned();
    let known = states(tenant).filter(bulk::among(db, session::Column::SessionId, ids));
    list(db, tenant, known).await
}

/// Ranges in which the visits lie that a floor may count, one after the other.
pub(crate) fn ranges_of_visits(window: TimeDelta, now: DateTime<Utc>) -> Vec<TimeRange> {
    let (start, end) = (now - window * 2, now + MAX_AHEAD + TimeDelta::microseconds(1));
    let mut ranges = Vec::new();
    let mut from = start;
    while from < end {
        let to = (from + TimeDelta::minutes(1)).min(end);
        ranges.push(TimeRange { start: from, end: to });
        from = to;
    }
    ranges
}

/// Signs of life of visitors in a range, each with its channel.
pub(crate) async fn list_visits(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    range: TimeRange,
) -> Result<Vec<(String, Visit)>> {
    use event::Column::{Channel, OccurredAt, VisitorId};
    let visits: Vec<(String, String, DateTime<Utc>)> = event::Entity::in_tenant(&tenant.id)
        .filter(OccurredAt.gte(range.start))
        .filter(OccurredAt.lt(range.end))
        .filter(Channel.is_not_null())
        .filter(VisitorId.is_not_null())
        .select_only()
        .columns([Channel, VisitorId, OccurredAt])
        .into_tuple()
        .all(db)
        .await?;
    let visit = |(channel, visitor_id, at): (_, String, _)| (channel, Visit::of(&visitor_id, at));
    Ok(visits.into_iter().map(visit).collect())
}

/// Agents who were heard of lately.
pub(crate) async fn list_known_agents(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    now: DateTime<Utc>,
) -> Result<Vec<agent::Model>> {
    let known = agent::Entity::in_tenant(&tenant.id)
        .filter(agent::Column::LastSeenAt.gt(now - AGENT_KNOWN));
    Ok(known.all(db).await?)
}
