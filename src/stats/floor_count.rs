//! SQL that counts over a tenant's state in the database, for the picture of its floor.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, QueryResult, Statement, Value};

use super::{
    alert,
    open_session::list_known_agents,
    realtime::{Counted, QUEUE_SILENCE, SessionCounts, visitor_window, whole},
    seen::SLACK,
    session::hour_of,
};
use crate::{config::LiveConfig, error::Result, input::MAX_AHEAD, tenant::Tenant};

/// Counts what a floor is made of. Call in a snapshot.
pub(crate) async fn count_floor(
    snapshot: &impl ConnectionTrait,
    tenant: &Tenant,
    live: &LiveConfig,
    now: DateTime<Utc>,
) -> Result<Counted> {
    let agents = list_known_agents(snapshot, tenant, now).await?;
    let busy = busy_slots(snapshot, tenant, live, now).await?;
    let sessions = session_counts(snapshot, tenant, live, now).await?;
    let visitors = visitors(snapshot, tenant, live, now).await?;
    let alerts = match sessions.late {
        0 => Vec::new(),
        _ => alert::list(snapshot, tenant, now).await?,
    };
    Ok(Counted { sessions, agents, busy, visitors, alerts })
}

/// Whether session `s` was heard of after an instant, in SQL. Its state may be [`SLACK`] behind its
/// events: these decide where it lies between `slack`, which is so much before, and the instant.
pub(super) fn heard_since(instant: &str, slack: &str) -> String {
    format!(
        "(s.last_event_at > {instant} OR (s.last_event_at > {slack} AND EXISTS ( \
         SELECT 1 FROM analytics_events e WHERE e.tenant_id = s.tenant_id \
         AND e.session_id = s.session_id AND e.occurred_at > {instant})))"
    )
}

/// Counts open sessions. A session that went silent is no longer active, but whoever waits in the
/// queue waits on in silence, so only a day's silence takes it out of the queue.
async fn session_counts(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    live: &LiveConfig,
    now: DateTime<Utc>,
) -> Result<SessionCounts> {
    let sql = format!(
        "SELECT \
         COUNT(CASE WHEN started_at IS NOT NULL AND {active} THEN 1 END) AS active, \
         COUNT(CASE WHEN queued_at IS NOT NULL AND assigned_at IS NULL THEN 1 END) AS queued, \
         COUNT(CASE WHEN queued_at < $3 AND assigned_at IS NULL THEN 1 END) AS late, \
         MIN(CASE WHEN assigned_at IS NULL THEN queued_at END) AS waiting_since \
         FROM analytics_sessions s \
         WHERE tenant_id = $1 AND ended_at IS NULL AND last_event_hour >= $6 AND {heard}",
        active = heard_since("$2", "$5"),
        heard = heard_since("$4", "$7"),
    );
    let idle = now - TimeDelta::seconds(live.session_idle_secs.into());
    let silent = now - QUEUE_SILENCE;
    let values: Vec<Value> = vec![
        tenant.id.as_str().into(),
        idle.into(),
        (now - TimeDelta::seconds(tenant.sla_threshold_secs.into())).into(),
        silent.into(),
        (idle - SLACK).into(),
        hour_of(silent - SLACK).into(),
        (silent - SLACK).into(),
    ];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let counts = SessionCounts::find_by_statement(statement).one(db).await?;
    Ok(counts.unwrap_or_default())
}

/// Conversations in hand, by agent.
async fn busy_slots(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    live: &LiveConfig,
    now: DateTime<Utc>,
) -> Result<BTreeMap<String, i32>> {
    let sql = format!(
        "SELECT agent_id, COUNT(*) AS busy FROM analytics_sessions s \
         WHERE tenant_id = $1 AND ended_at IS NULL AND last_event_hour >= $4 \
         AND agent_id IS NOT NULL AND {} GROUP BY agent_id",
        heard_since("$2", "$3")
    );
    let idle = now - TimeDelta::seconds(live.session_idle_secs.into());
    let values: Vec<Value> = vec![
        tenant.id.as_str().into(),
        idle.into(),
        (idle - SLACK).into(),
        hour_of(idle - SLACK).into(),
    ];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let rows = db.query_all_raw(statement).await?;
    let row = |row: &QueryResult| {
        Ok((row.try_get("", "agent_id")?, whole(row.try_get::<i64>("", "busy")?)))
    };
    rows.iter().map(row).collect()
}

/// Distinct visitors of both windows, by channel.
async fn visitors(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    live: &LiveConfig,
    now: DateTime<Utc>,
) -> Result<BTreeMap<String, (i64, i64)>> {
    let window = visitor_window(live);
    let sql = "SELECT channel, \
         COUNT(DISTINCT CASE WHEN occurred_at > $3 THEN visitor_id END) AS present, \
         COUNT(DISTINCT CASE WHEN occurred_at <= $3 THEN visitor_id END) AS before \
         FROM analytics_events \
         WHERE tenant_id = $1 AND occurred_at > $2 AND occurred_at <= $4 \
         AND channel IS NOT NULL AND visitor_id IS NOT NULL GROUP BY channel";
    let values: Vec<Value> = vec![
        tenant.id.as_str().into(),
        (now - window * 2).into(),
        (now - window).into(),
        (now + MAX_AHEAD).into(),
    ];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let rows = db.query_all_raw(statement).await?;
    let row = |row: &QueryResult| {
        let counts = (row.try_get("", "present")?, row.try_get("", "before")?);
        Ok((row.try_get("", "channel")?, counts))
    };
    rows.iter().map(row).collect()
}
