//! SQL of the state that a floor is made of, for whoever keeps a copy of it.

use std::ops::RangeInclusive;

use chrono::{DateTime, TimeDelta, Utc};
use entity::{InTenant, agent, event, session};
use sea_orm::{
    ColumnTrait, ConnectionTrait, FromQueryResult, QueryFilter, QuerySelect, Select,
    sea_query::Expr,
};

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

/// When a session was last heard of: its state may be behind its events.
const HEARD_AT: &str = "COALESCE((SELECT MAX(e.occurred_at) FROM analytics_events e \
    WHERE e.tenant_id = analytics_sessions.tenant_id \
    AND e.session_id = analytics_sessions.session_id \
    AND e.occurred_at > analytics_sessions.last_event_at), analytics_sessions.last_event_at)";

#[derive(FromQueryResult)]
struct Row {
    session_id: String,
    started_at: Option<DateTime<Utc>>,
    queued_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
    agent_assigned_at: Option<DateTime<Utc>>,
    agent_id: Option<String>,
    heard_at: DateTime<Utc>,
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
            last_event_at: row.heard_at,
        };
        (row.session_id, change)
    }
}

fn states(tenant: &Tenant) -> Select<session::Entity> {
    use session::Column::{AgentAssignedAt, AgentId, EndedAt, QueuedAt, SessionId, StartedAt};
    session::Entity::in_tenant(&tenant.id)
        .select_only()
        .columns([SessionId, StartedAt, QueuedAt, EndedAt, AgentAssignedAt, AgentId])
        .column_as(Expr::cust(HEARD_AT), "heard_at")
}

async fn list(
    db: &impl ConnectionTrait,
    rows: Select<session::Entity>,
) -> Result<Vec<SessionState>> {
    Ok(rows.into_model::<Row>().all(db).await?.into_iter().map(Into::into).collect())
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
    list(db, open).await
}

/// All that is known of some sessions.
pub(crate) async fn list_states(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    session_ids: &[String],
) -> Result<Vec<SessionState>> {
    let ids = session_ids.iter().cloned();
    list(db, states(tenant).filter(bulk::among(db, session::Column::SessionId, ids))).await
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
