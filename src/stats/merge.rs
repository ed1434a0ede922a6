//! Brings sessions up to date on PostgreSQL: the database joins what a batch says with what is
//! stored, so that no session is read into the service.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use entity::session::Model as Session;
use sea_orm::sqlx;

use super::fold::{by_session, new_session};
use crate::{
    db::{PgTransaction, column},
    error::Result,
    tenant::Tenant,
    tracker::NewEvent,
};

const MERGE: &str = include_str!("merge.sql");

/// Merges new events into stored sessions, and returns the days whose figures may have changed.
pub(crate) async fn merge_sessions(
    transaction: &PgTransaction,
    tenant: &Tenant,
    events: &[&NewEvent],
) -> Result<BTreeSet<NaiveDate>> {
    let mut days = BTreeSet::new();
    let mut open: Vec<Session> =
        by_session(events).values().filter_map(|events| new_session(events)).collect();
    while !open.is_empty() {
        let missed = merge(transaction, tenant, &open, &mut days).await?;
        open.retain(|session| missed.contains(&session.session_id));
    }
    Ok(days)
}

/// Merges sessions, ordered by id; returns those that another writer inserted meanwhile.
async fn merge(
    transaction: &PgTransaction,
    tenant: &Tenant,
    sessions: &[Session],
    days: &mut BTreeSet<NaiveDate>,
) -> Result<BTreeSet<String>> {
    let mut missed = BTreeSet::new();
    for row in transaction.fetch_all(bind(tenant, sessions)).await? {
        missed.extend(column::<Option<String>>(&row, 2)?);
        if let (Some(low), Some(high)) = (column(&row, 0)?, column(&row, 1)?) {
            days.extend(days_between(tenant, low, high));
        }
    }
    Ok(missed)
}

/// The days from one hour to the end of another.
fn days_between(
    tenant: &Tenant,
    low: DateTime<Utc>,
    high: DateTime<Utc>,
) -> impl Iterator<Item = NaiveDate> + use<> {
    let last = tenant.day_of(high + TimeDelta::hours(1) - TimeDelta::microseconds(1));
    tenant.day_of(low).iter_days().take_while(move |day| *day <= last)
}

/// The parameters of `merge.sql`, in order.
fn bind<'q>(
    tenant: &'q Tenant,
    sessions: &'q [Session],
) -> sqlx::query::Query<'q, sqlx::Postgres, sqlx::postgres::PgArguments> {
    macro_rules! each {
        ($field:ident) => {
            sessions.iter().map(|session| session.$field).collect::<Vec<_>>()
        };
    }
    macro_rules! text {
        ($field:ident) => {
            sessions.iter().map(|session| session.$field.as_str()).collect::<Vec<_>>()
        };
        ($field:ident?) => {
            sessions.iter().map(|session| session.$field.as_deref()).collect::<Vec<_>>()
        };
    }
    sqlx::query(MERGE)
        .bind(tenant.id.as_str())
        .bind(text!(session_id))
        .bind(text!(product))
        .bind(each!(first_event_at))
        .bind(text!(first_product))
        .bind(each!(last_event_at))
        .bind(each!(last_event_hour))
        .bind(each!(started_at))
        .bind(text!(channel?))
        .bind(text!(channel_name?))
        .bind(text!(visitor_id?))
        .bind(text!(customer_name?))
        .bind(each!(queued_at))
        .bind(text!(queue?))
        .bind(each!(assigned_at))
        .bind(each!(agent_assigned_at))
        .bind(text!(agent_id?))
        .bind(each!(transferred_at))
        .bind(each!(ended_at))
        .bind(text!(ended_by?))
        .bind(each!(resolved))
        .bind(each!(stated_duration_ms))
}
