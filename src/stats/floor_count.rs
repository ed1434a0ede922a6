//! SQL that counts over a tenant's state in the database, for the picture of its floor.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, QueryResult, Statement, Value};

use super::{
    alert,
    live_metric::{Moment, OpenSessions, is_active, is_open},
    open_session::list_known_agents,
    realtime::{Counted, SessionCounts, visitor_window, whole},
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
    let moment = Moment::of(tenant, live, now);
    let busy = busy_slots(snapshot, tenant, moment).await?;
    let sessions = session_counts(snapshot, tenant, moment).await?;
    let visitors = visitors(snapshot, tenant, live, now).await?;
    let alerts = match sessions.late {
        0 => Vec::new(),
        _ => alert::list(snapshot, tenant, moment).await?,
    };
    Ok(Counted { sessions, agents, busy, visitors, alerts })
}

/// Counts open sessions.
async fn session_counts(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    moment: Moment,
) -> Result<SessionCounts> {
    let count = |sessions: OpenSessions, name: &str| {
        format!("COUNT(CASE WHEN {} THEN 1 END) AS {name}", sessions.condition("s"))
    };
    let sql = format!(
        "SELECT {}, {}, {}, \
         MIN(CASE WHEN s.assigned_at IS NULL THEN s.queued_at END) AS waiting_since \
         FROM analytics_sessions s WHERE s.tenant_id = $7 AND {}",
        count(OpenSessions::Active, "active"),
        count(OpenSessions::Waiting, "queued"),
        count(OpenSessions::Late, "late"),
        is_open("s"),
    );
    let mut values = moment.values();
    values.push(tenant.id.as_str().into());
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let counts = SessionCounts::find_by_statement(statement).one(db).await?;
    Ok(counts.unwrap_or_default())
}

/// Conversations in hand, by agent. These are active, started or not.
async fn busy_slots(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    moment: Moment,
) -> Result<BTreeMap<String, i32>> {
    let sql = format!(
        "SELECT s.agent_id, COUNT(*) AS busy FROM analytics_sessions s \
         WHERE s.tenant_id = $7 AND {} AND s.agent_id IS NOT NULL AND {} GROUP BY s.agent_id",
        is_open("s"),
        is_active("s"),
    );
    let mut values = moment.values();
    values.push(tenant.id.as_str().into());
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
