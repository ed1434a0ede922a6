//! Brings sessions up to date with the events a batch added, in its transaction.
//!
//! Each session's events are folded in memory first ([`by_session`]); what becomes of the state that
//! is stored is read, folded and written here, or merged by the database itself
//! ([`super::merge`](super::merge_sessions)). Both give the same, whatever the order of events.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use entity::{InTenant, session};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{
    change::FloorChanges,
    seen::{Heard, Sign},
    session::State,
    store,
};
use crate::{
    db::bulk::{self, whole},
    error::Result,
    rollup::{self, Marks},
    tenant::Tenant,
    tracker::NewEvent,
};

/// A session that goes on for longer marks only those days between that have rows or marks.
const NARROW: TimeDelta = TimeDelta::days(1);

/// What folding has found out that matters once it is committed.
#[derive(Debug, Default)]
pub(crate) struct Folded<'a> {
    /// What is to be remembered of sessions that were written.
    pub(crate) heard: Vec<Heard>,
    /// Which others go on.
    pub(crate) signs: Vec<Sign<'a>>,
}

/// Marks the quarters of an hour in which events happened.
pub(crate) fn mark_events(events: &[&NewEvent], marks: &mut Marks<'_>) {
    for event in events {
        marks.at(event.occurred_at);
    }
}

/// Marks the quarters of a session, from its first event to its last: what it becomes may change the
/// figures of each of its instants, and what its messages are counted under.
pub(super) async fn mark_session(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    (first, last): (DateTime<Utc>, DateTime<Utc>),
    marks: &mut Marks<'_>,
) -> Result<()> {
    if last - first < NARROW {
        marks.over(first, last);
        return Ok(());
    }
    let (from, to) = (tenant.day_of(first), tenant.day_of(last));
    let changed = rollup::list_changed(db, &tenant.id, from, to).await?;
    let known = store::list_rows(db, &tenant.id, from, to).await?;
    for day in known.into_iter().chain(changed.into_keys()).chain([from, to]) {
        marks.all(day);
    }
    Ok(())
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

/// Folds new events into stored sessions, notes what became of them, and marks the quarters whose
/// figures may have changed.
pub(crate) async fn fold_sessions(
    transaction: &impl ConnectionTrait,
    tenant: &Tenant,
    events: &[&NewEvent],
    marks: &mut Marks<'_>,
    changes: &mut FloorChanges,
) -> Result<()> {
    let sessions: Vec<_> = by_session(events).into_iter().collect();
    for chunk in sessions.chunks(bulk::CHUNK) {
        let open = chunk.iter().cloned().collect();
        fold_chunk(transaction, tenant, open, marks, changes).await?;
    }
    Ok(())
}

/// Locks the sessions that exist, in the order of their ids, and inserts the others. One that
/// another writer inserts meanwhile is found by the next round.
async fn fold_chunk(
    transaction: &impl ConnectionTrait,
    tenant: &Tenant,
    mut open: BySession<'_>,
    marks: &mut Marks<'_>,
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
            // What it was lies within.
            let stretch = (after.first_event_at, after.last_event_at);
            mark_session(transaction, tenant, stretch, marks).await?;
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
            let stretch = (session.first_event_at, session.last_event_at);
            mark_session(transaction, tenant, stretch, marks).await?;
            if !open.contains_key(session.session_id.as_str()) {
                changes.add_whole_session(&State::from(session));
            }
        }
    }
    Ok(())
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
