//! SQL of agents over days: their rows, reports, conversations and ratings.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use entity::{InTenant, agent, agent_day};
use sea_orm::{
    ColumnTrait, ConnectionTrait, QueryFilter, QueryResult, QuerySelect, Statement, Value,
};

use super::{conversation::Conversation, tally::ByAgent, timeline::Beat, workload::Workload};
use crate::{
    db::bulk,
    error::{Error, Result},
    stats::{report::Report, seen::SLACK, span},
    tenant::{Tenant, TimeRange},
    tracker::fact::AgentStatus,
};

/// What a report says; `by_hand` is `true` or `1`, as either database has it.
const REPORT: &str = "e.agent_id, e.occurred_at, e.event_data ->> 'status' AS status, \
     CAST(e.event_data ->> 'by_hand' AS TEXT) AS by_hand";

/// Every agent there ever was, by id.
pub(super) async fn list_agents(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
) -> Result<ByAgent<agent::Model>> {
    let agents = agent::Entity::in_tenant(&tenant.id).all(db).await?;
    Ok(agents.into_iter().map(|agent| (agent.agent_id.clone(), agent)).collect())
}

/// The reports of one day, by agent. The rows of agents come first, so that each finds its reports
/// by the index.
pub(super) async fn list_reports(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    day: TimeRange,
) -> Result<ByAgent<Vec<Report>>> {
    let sql = format!(
        "SELECT {REPORT} FROM analytics_agents a CROSS JOIN analytics_events e \
         WHERE a.tenant_id = $1 AND a.status_at >= $2 \
         AND e.tenant_id = $1 AND e.agent_id = a.agent_id AND e.event_name = 'agent.status' \
         AND e.occurred_at >= $2 AND e.occurred_at < $3"
    );
    let values = vec![tenant.id.as_str().into(), day.start.into(), day.end.into()];
    let mut reports = ByAgent::<Vec<Report>>::new();
    for row in query(db, sql, values).await? {
        reports.entry(row.try_get("", "agent_id")?).or_default().push(report(&row)?);
    }
    Ok(reports)
}

/// The same as they are told, none left out.
pub(super) async fn list_beats(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    day: TimeRange,
) -> Result<ByAgent<Vec<Beat>>> {
    let reports = list_reports(db, tenant, day).await?;
    let beats = |reports: Vec<Report>| reports.into_iter().map(Beat::from).collect();
    Ok(reports.into_iter().map(|(id, reports)| (id, beats(reports))).collect())
}

/// The days from the first to the last that are kept with this basis.
pub(super) async fn list_kept_days(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    (first, last): (NaiveDate, NaiveDate),
    basis: &str,
) -> Result<BTreeSet<NaiveDate>> {
    let days: Vec<NaiveDate> = agent_day::Entity::in_tenant(&tenant.id)
        .filter(agent_day::Column::StatDate.between(first, last))
        .filter(agent_day::Column::Basis.eq(basis))
        .select_only()
        .column(agent_day::Column::StatDate)
        .into_tuple()
        .all(db)
        .await?;
    Ok(days.into_iter().collect())
}

/// A day as it is kept with this basis.
pub(super) async fn find_kept_day(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    day: NaiveDate,
    basis: &str,
) -> Result<Option<agent_day::Model>> {
    let row = agent_day::Entity::in_tenant(&tenant.id)
        .filter(agent_day::Column::StatDate.eq(day))
        .filter(agent_day::Column::Basis.eq(basis));
    Ok(row.one(db).await?)
}

/// Keeps a day, in place of what was kept of it.
pub(super) async fn keep_day(
    transaction: &impl ConnectionTrait,
    row: agent_day::Model,
) -> Result<()> {
    bulk::upsert::<agent_day::Entity, _, agent_day::ActiveModel>(transaction, vec![row]).await
}

/// The last report before an instant, of each agent who has also reported since; of the others it
/// stands in their rows. Of several at one instant the greatest counts.
pub(super) async fn list_last_reports(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    before: DateTime<Utc>,
) -> Result<ByAgent<Report>> {
    let sql = format!(
        "WITH latest AS MATERIALIZED ( \
             SELECT a.agent_id, (SELECT MAX(l.occurred_at) FROM analytics_events l \
                 WHERE l.tenant_id = $1 AND l.agent_id = a.agent_id \
                 AND l.event_name = 'agent.status' AND l.occurred_at < $2) AS at \
             FROM analytics_agents a WHERE a.tenant_id = $1 AND a.status_at >= $2) \
         SELECT {REPORT} FROM latest CROSS JOIN analytics_events e \
         WHERE e.tenant_id = $1 AND e.agent_id = latest.agent_id \
         AND e.event_name = 'agent.status' AND e.occurred_at = latest.at"
    );
    let values = vec![tenant.id.as_str().into(), before.into()];
    let mut reports = ByAgent::new();
    for row in query(db, sql, values).await? {
        let report = report(&row)?;
        let held = reports.entry(row.try_get("", "agent_id")?).or_insert(report);
        *held = report.max(*held);
    }
    Ok(reports)
}

/// Something of an agent and of a product, in this order.
type OfBoth<T> = (String, String, T);

/// The conversations that reach into a day, of the agent of their last assignment. One that is open
/// may reach further than its last event, by `idle`; and the state of a session may be [`SLACK`]
/// behind its events, so these say when an open one was last heard of.
pub(super) async fn list_conversations(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    product: Option<&str>,
    day: TimeRange,
    idle: TimeDelta,
) -> Result<Vec<OfBoth<Conversation>>> {
    let since = day.start.checked_sub_signed(idle + SLACK).unwrap_or(day.start);
    let mut values: Vec<Value> = vec![tenant.id.as_str().into(), since.into(), day.end.into()];
    let filter = format!("s.tenant_id = $1{}", of_product(product, &mut values));
    let reaching = span::reaching_sql(since, "$3", &filter, |instant| {
        values.push(instant.into());
        format!("${}", values.len())
    });
    // `NOT … <=` and the count make SQLite look for the session, not for all events since; PostgreSQL
    // takes the former for `>`, and leaves out the parts of the days before.
    let sql = format!(
        "SELECT s.agent_id, s.product, s.agent_assigned_at, s.ended_at, s.last_event_at, \
         CASE WHEN s.ended_at IS NULL THEN (SELECT MAX(e.occurred_at) FROM analytics_events e \
             WHERE e.tenant_id = s.tenant_id AND e.session_id = s.session_id \
             AND NOT e.occurred_at <= s.last_event_at HAVING COUNT(*) > 0) END AS heard_at \
         FROM analytics_sessions s \
         WHERE s.agent_id IS NOT NULL AND s.agent_assigned_at IS NOT NULL \
         AND s.last_event_at >= $2 AND ({reaching})"
    );
    let rows = query(db, sql, values).await?;
    rows.iter().map(|row| of_both(row, conversation(row)?)).collect()
}

/// The ratings of a stretch, of the agent they name.
pub(super) async fn list_ratings(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    product: Option<&str>,
    range: TimeRange,
) -> Result<Vec<OfBoth<Workload>>> {
    let mut values: Vec<Value> =
        vec![tenant.id.as_str().into(), range.start.into(), range.end.into()];
    let sql = format!(
        "SELECT agent_id, product, COUNT(*) AS ratings, CAST(SUM(rating) AS BIGINT) AS rating_sum \
         FROM analytics_events s WHERE tenant_id = $1 AND event_name = 'rating.submit' \
         AND occurred_at >= $2 AND occurred_at < $3 \
         AND agent_id IS NOT NULL AND rating IS NOT NULL{} GROUP BY agent_id, product",
        of_product(product, &mut values)
    );
    let rows = query(db, sql, values).await?;
    let sums = |row: &QueryResult| {
        let (ratings, sum) = (row.try_get("", "ratings")?, row.try_get("", "rating_sum")?);
        of_both(row, Workload::of_ratings(ratings, sum))
    };
    rows.iter().map(sums).collect()
}

fn of_both<T>(row: &QueryResult, value: T) -> Result<OfBoth<T>> {
    Ok((row.try_get("", "agent_id")?, row.try_get("", "product")?, value))
}

/// Narrows rows `s` to those of one product.
fn of_product(product: Option<&str>, values: &mut Vec<Value>) -> String {
    let Some(product) = product else { return String::new() };
    values.push(product.into());
    format!(" AND s.product = ${}", values.len())
}

fn report(row: &QueryResult) -> Result<Report> {
    let (text, by_hand): (String, Option<String>) =
        (row.try_get("", "status")?, row.try_get("", "by_hand")?);
    let status = AgentStatus::parse(&text)
        .ok_or_else(|| Error::Internal(format!("an event is stored with the status {text:?}")))?;
    let by_hand = matches!(by_hand.as_deref(), Some("true" | "1"));
    Ok(Report { at: row.try_get("", "occurred_at")?, status, by_hand })
}

fn conversation(row: &QueryResult) -> Result<Conversation> {
    let last_event_at: DateTime<Utc> = row.try_get("", "last_event_at")?;
    let heard_at: Option<DateTime<Utc>> = row.try_get("", "heard_at")?;
    Ok(Conversation {
        assigned_at: row.try_get("", "agent_assigned_at")?,
        ended_at: row.try_get("", "ended_at")?,
        last_event_at: heard_at.map_or(last_event_at, |heard_at| heard_at.max(last_event_at)),
    })
}

async fn query(
    db: &impl ConnectionTrait,
    sql: String,
    values: Vec<Value>,
) -> Result<Vec<QueryResult>> {
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    Ok(db.query_all_raw(statement).await?)
}
