//! Brings sessions up to date with the events a batch added, in its transaction.
//!
//! Each session's events are folded in memory first ([`by_session`]); what becomes of the state that
//! is stored is read, folded and written here, or merged by the database itself
//! ([`super::merge`](super::merge_sessions)). Both give the same, whatever the order of events.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use entity::{InTenant, session};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{
    change::FloorChanges,
    session::{State, instants},
};
use crate::{
    db::bulk::{self, whole},
    error::Result,
    tenant::Tenant,
    tracker::NewEvent,
};

/// The days on which events happened.
pub(crate) fn days_of(tenant: &Tenant, events: &[&NewEvent]) -> BTreeSet<NaiveDate> {
    let mut days = BTreeSet::new();
    let mut last = None;
    for event in events {
        // Zones differ by quarters of an hour; most events of a batch share one.
        let quarter = event.occurred_at.timestamp().div_euclid(900);
        if last.replace(quarter) != Some(quarter) {
            days.insert(tenant.day_of(event.occurred_at));
        }
    }
    days
}

type BySession<'a> = BTreeMap<&'a str, Vec<&'a NewEvent>>;

/// Events by the session they belong to.
fn by_session<'a>(events: &[&'a NewEvent]) -> BySession<'a> {
    let mut sessions = BySession::new();
    for event in events {
        if let Some(session_id) = &event.session_id {
            sessions.entry(session_id).or_default().push(event);
        }
    }
    sessions
}

/// Folds new events into stored sessions, and notes what became of them. Returns the days whose
/// figures may have changed.
pub(crate) async fn fold_sessions(
    transaction: &impl ConnectionTrait,
    tenant: &Tenant,
    events: &[&NewEvent],
    changes: &mut FloorChanges,
) -> Result<BTreeSet<NaiveDate>> {
    let mut days = BTreeSet::new();
    let sessions: Vec<_> = by_session(events).into_iter().collect();
    for chunk in sessions.chunks(bulk::CHUNK) {
        let open = chunk.iter().cloned().collect();
        fold_chunk(transaction, tenant, open, &mut days, changes).await?;
    }
    Ok(days)
}

/// Locks the sessions that exist, in the order of their ids, and inserts the others. One that
/// another writer inserts meanwhile is found by the next round.
async fn fold_chunk(
    transaction: &impl ConnectionTrait,
    tenant: &Tenant,
    mut open: BySession<'_>,
    days: &mut BTreeSet<NaiveDate>,
    changes: &mut FloorChanges,
) -> Result<()> {
    while !open.is_empty() {
        let known = lock_sessions(transaction, tenant, open.keys().copied()).await?;
        let mut known_after = Vec::new();
        for before in known {
            let Some(events) = open.remove(before.session_id.as_str()) else { continue };
            let mut after = State::from(&before);
            for event in events {
                after.fold(event);
            }
            changes.add_whole_session(&after);
            let after = after.to_session(&tenant.id);
            mark(tenant, &before, days);
            mark(tenant, &after, days);
            known_after.push(after);
        }
        bulk::upsert(transaction, known_after).await?;
        let fresh = open.values().filter_map(|events| State::of(events.iter().copied()));
        let fresh: Vec<_> = fresh.map(|state| state.to_session(&tenant.id)).collect();
        if fresh.is_empty() {
            return Ok(());
        }
        let rows = fresh.iter().cloned().map(whole::<_, session::ActiveModel>);
        for inserted in bulk::insert_new(transaction, rows, session::Column::SessionId).await? {
            open.remove(inserted.as_str());
        }
        for session in &fresh {
            mark(tenant, session, days);
            if !open.contains_key(session.session_id.as_str()) {
                changes.add_whole_session(&State::from(session));
            }
        }
    }
    Ok(())
}

/// Every day on which some figure counts the session.
fn mark(tenant: &Tenant, session: &session::Model, days: &mut BTreeSet<NaiveDate>) {
    days.extend(instants(session).map(|instant| tenant.day_of(instant)));
}

async fn lock_sessions(
    transaction: &impl ConnectionTrait,
    tenant: &Tenant,
    ids: impl Iterator<Item = &str>,
) -> Result<Vec<session::Model>> {
    let sessions = session::Entity::in_tenant(&tenant.id)
        .filter(session::Column::SessionId.is_in(ids))
        .order_by_asc(session::Column::SessionId)
        .lock_exclusive();
    Ok(sessions.all(transaction).await?)
}
