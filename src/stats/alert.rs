//! Alerts: sessions that wait in the queue for longer than the tenant's threshold.
//!
//! An alert is state, not a message: it is there for as long as its session waits, and so on every
//! replica. Who acknowledged it stands among the session's events.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use entity::{InTenant, event, session};
use sea_orm::{
    ColumnTrait, ConnectionTrait, FromQueryResult, QueryFilter, QueryOrder, Statement, Value,
};
use serde::Serialize;

use super::live_metric::{Moment, OpenSessions};
use crate::{db::bulk, error::Result, tenant::Tenant};

/// The event that acknowledges one.
pub const ACKNOWLEDGE: &str = "alert.acknowledge";

/// Most alerts of one picture, those that wait longest; the overview counts all.
pub const MAX_ALERTS: u64 = 500;

/// A session that waits too long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Alert {
    pub session_id: String,
    pub queue: Option<String>,
    pub channel: Option<String>,
    pub customer_name: Option<String>,
    pub waiting_since: DateTime<Utc>,
    /// When it had waited for the threshold.
    pub opened_at: DateTime<Utc>,
    pub acknowledged: Option<Acknowledgement>,
}

/// The first acknowledgement of an alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Acknowledgement {
    pub at: DateTime<Utc>,
    pub by: String,
}

#[derive(FromQueryResult)]
struct Waiting {
    session_id: String,
    queue: Option<String>,
    channel: Option<String>,
    customer_name: Option<String>,
    queued_at: DateTime<Utc>,
}

/// The alerts that are open, longest wait first.
pub(super) async fn list(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    moment: Moment,
) -> Result<Vec<Alert>> {
    let waiting = list_waiting(db, tenant, moment, None).await?;
    alerts(db, tenant, waiting).await
}

/// The open alert of one session, be it among those listed or not.
pub(crate) async fn find(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    moment: Moment,
    session_id: &str,
) -> Result<Option<Alert>> {
    let waiting = list_waiting(db, tenant, moment, Some(session_id)).await?;
    Ok(alerts(db, tenant, waiting).await?.pop())
}

/// The alerts of sessions that are known to wait too long, longest wait first.
pub(crate) async fn of_sessions(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    session_ids: &[String],
) -> Result<Vec<Alert>> {
    let waiting = session::Entity::in_tenant(&tenant.id)
        .filter(bulk::among(db, session::Column::SessionId, session_ids.iter().cloned()))
        .filter(session::Column::QueuedAt.is_not_null())
        .order_by_asc(session::Column::QueuedAt)
        .order_by_asc(session::Column::SessionId)
        .into_model::<Waiting>()
        .all(db)
        .await?;
    alerts(db, tenant, waiting).await
}

async fn alerts(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    waiting: Vec<Waiting>,
) -> Result<Vec<Alert>> {
    let threshold = threshold(tenant);
    let mut acknowledged = list_acknowledged(db, tenant, &waiting).await?;
    let alert = |session: Waiting| Alert {
        acknowledged: acknowledged.remove(&session.session_id),
        session_id: session.session_id,
        queue: session.queue,
        channel: session.channel,
        customer_name: session.customer_name,
        waiting_since: session.queued_at,
        opened_at: session.queued_at + threshold,
    };
    Ok(waiting.into_iter().map(alert).collect())
}

fn threshold(tenant: &Tenant) -> TimeDelta {
    TimeDelta::seconds(tenant.sla_threshold_secs.into())
}

async fn list_waiting(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    moment: Moment,
    session_id: Option<&str>,
) -> Result<Vec<Waiting>> {
    let session = if session_id.is_some() { "AND s.session_id = $8 " } else { "" };
    let sql = format!(
        "SELECT session_id, queue, channel, customer_name, queued_at FROM analytics_sessions s \
         WHERE s.tenant_id = $7 {session}AND {} \
         ORDER BY queued_at, session_id LIMIT {MAX_ALERTS}",
        OpenSessions::Late.sql("s")
    );
    let mut values = moment.values();
    values.push(tenant.id.as_str().into());
    values.extend(session_id.map(Value::from));
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    Ok(Waiting::find_by_statement(statement).all(db).await?)
}

async fn list_acknowledged(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    waiting: &[Waiting],
) -> Result<HashMap<String, Acknowledgement>> {
    // None can have been seen before the first was queued: days before are not looked at.
    let Some(since) = waiting.iter().map(|session| session.queued_at).min() else {
        return Ok(HashMap::new());
    };
    let ids = waiting.iter().map(|session| session.session_id.clone());
    let events = event::Entity::in_tenant(&tenant.id)
        .filter(bulk::among(db, event::Column::SessionId, ids))
        .filter(event::Column::EventName.eq(ACKNOWLEDGE))
        .filter(event::Column::OccurredAt.gte(since))
        // Of several the first is the last to be put into the map.
        .order_by_desc(event::Column::OccurredAt)
        .order_by_desc(event::Column::EventId)
        .all(db)
        .await?;
    let acknowledged = events.into_iter().filter_map(|event| {
        let by = event.event_data.get("by")?.as_str()?.to_owned();
        Some((event.session_id?, Acknowledgement { at: event.occurred_at, by }))
    });
    Ok(acknowledged.collect())
}
