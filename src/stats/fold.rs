//! Brings sessions and agents up to date with the events a batch added, in its transaction.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use entity::{InTenant, agent, session};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, Iterable,
    PrimaryKeyToColumn, QueryFilter, QueryOrder, QuerySelect, QueryTrait, sea_query::OnConflict,
};

use super::{agent as agent_fold, session as session_fold};
use crate::{
    error::Result,
    tenant::Tenant,
    tracker::{NewEvent, fact::Fact},
};

/// Rows of one statement; bound by SQLite's 32,766 parameters.
const CHUNK: usize = 1_000;

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
    for chunk in by_session.chunks(CHUNK) {
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
        update(transaction, changed).await?;
        let fresh: Vec<_> = open.values().filter_map(|events| new_session(events)).collect();
        for inserted in insert(transaction, &fresh).await? {
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

async fn insert(
    transaction: &impl ConnectionTrait,
    sessions: &[session::Model],
) -> Result<Vec<String>> {
    if sessions.is_empty() {
        return Ok(Vec::new());
    }
    let insert = session::Entity::insert_many(sessions.iter().cloned().map(whole))
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .into_query()
        .returning_col(session::Column::SessionId)
        .to_owned();
    let inserted = transaction.query_all(&insert).await?;
    let ids = inserted.iter().map(|row| row.try_get_by_index(0));
    Ok(ids.collect::<Result<_, _>>()?)
}

/// Replaces rows that are locked.
async fn update(transaction: &impl ConnectionTrait, sessions: Vec<session::Model>) -> Result<()> {
    if sessions.is_empty() {
        return Ok(());
    }
    session::Entity::insert_many(sessions.into_iter().map(whole))
        .on_conflict(replace::<session::Entity>())
        .exec_without_returning(transaction)
        .await?;
    Ok(())
}

/// Replaces agents that are locked, or inserts them.
pub(super) async fn upsert_agents(
    transaction: &impl ConnectionTrait,
    agents: Vec<agent::Model>,
) -> Result<()> {
    if agents.is_empty() {
        return Ok(());
    }
    agent::Entity::insert_many(agents.into_iter().map(whole))
        .on_conflict(replace::<agent::Entity>())
        .exec_without_returning(transaction)
        .await?;
    Ok(())
}

/// A row with every column set, as bulk statements need it.
pub(super) fn whole<M, A>(model: M) -> A
where
    M: IntoActiveModel<A>,
    A: ActiveModelTrait,
{
    model.into_active_model().reset_all()
}

/// Overwrites every column but the key.
fn replace<E: EntityTrait>() -> OnConflict {
    let key: Vec<_> = E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column).collect();
    let is_key = |column: &E::Column| {
        key.iter()
            .any(|key| sea_orm::IdenStatic::as_str(key) == sea_orm::IdenStatic::as_str(column))
    };
    let columns = E::Column::iter().filter(|column| !is_key(column));
    OnConflict::columns(key.clone()).update_columns(columns).to_owned()
}
