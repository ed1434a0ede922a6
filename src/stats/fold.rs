//! Brings sessions and agents up to date with the events a batch added, in its transaction.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use entity::{InTenant, session};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{agent as agent_fold, session as session_fold};
use crate::{
    db::bulk::{self, whole},
    error::Result,
    tenant::Tenant,
    tracker::{NewEvent, fact::Fact},
};

/// Events of a batch with their meaning.
pub(crate) type Events<'a> = [(&'a NewEvent, &'a Fact)];

/// Folds new events into state, and returns the days whose figures may have changed.
pub(crate) async fn fold(
    transaction: &impl ConnectionTrait,
    tenant: &Tenant,
    events: &Events<'_>,
) -> Result<BTreeSet<NaiveDate>> {
    let mut days: BTreeSet<_> =
        events.iter().map(|(event, _)| tenant.day_of(event.occurred_at)).collect();
    let mut by_session: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    for (event, fact) in events {
        if let Some(session_id) = &event.session_id {
            by_session.entry(session_id).or_default().push((*event, *fact));
        }
    }
    let by_session: Vec<_> = by_session.into_iter().collect();
    for chunk in by_session.chunks(bulk::CHUNK) {
        fold_sessions(transaction, tenant, chunk.iter().cloned().collect(), &mut days).await?;
    }
    agent_fold::fold(transaction, tenant, events).await?;
    Ok(days)
}

type BySession<'a> = BTreeMap<&'a str, Vec<(&'a NewEvent, &'a Fact)>>;

/// Locks the sessions that exist, in the order of their ids, and inserts the others. One that
/// another writer inserts meanwhile is found by the next round.
async fn fold_sessions(
    transaction: &impl ConnectionTrait,
    tenant: &Tenant,
    mut open: BySession<'_>,
    days: &mut BTreeSet<NaiveDate>,
) -> Result<()> {
    while !open.is_empty() {
        let known = lock_sessions(transaction, tenant, open.keys().copied()).await?;
        let mut changed = Vec::new();
        for before in known {
            let Some(events) = open.remove(before.session_id.as_str()) else { continue };
            let mut after = before.clone();
            for (event, fact) in events {
                session_fold::fold(&mut after, event, fact);
            }
            mark(tenant, &before, days);
            mark(tenant, &after, days);
            changed.push(after);
        }
        bulk::upsert(transaction, changed).await?;
        let fresh: Vec<_> = open.values().filter_map(|events| new_session(events)).collect();
        if fresh.is_empty() {
            return Ok(());
        }
        let rows = fresh.iter().cloned().map(whole::<_, session::ActiveModel>);
        for inserted in bulk::insert_new(transaction, rows, session::Column::SessionId).await? {
            open.remove(inserted.as_str());
        }
        for session in &fresh {
            mark(tenant, session, days);
        }
    }
    Ok(())
}

fn new_session(events: &[(&NewEvent, &Fact)]) -> Option<session::Model> {
    let ((first, fact), rest) = events.split_first()?;
    let mut session = session_fold::open(first, fact)?;
    for (event, fact) in rest {
        session_fold::fold(&mut session, event, fact);
    }
    Some(session)
}

/// Every day on which some figure counts the session.
fn mark(tenant: &Tenant, session: &session::Model, days: &mut BTreeSet<NaiveDate>) {
    days.extend(session_fold::instants(session).map(|instant| tenant.day_of(instant)));
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
