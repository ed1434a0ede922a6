//! The first events of many sessions, loaded at once.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;
use entity::event;

use super::{Sessions, model::SessionRow};
use crate::{
    graphql::GraphqlError,
    tenant::{TenantId, TimeRange},
    tracker::SessionEvents,
};

/// Which events are asked for: the first `len` of a session, and where they lie.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FirstEvents {
    tenant: TenantId,
    session_id: String,
    range: TimeRange,
    len: u64,
}

impl FirstEvents {
    pub(super) fn of(tenant: &TenantId, row: &SessionRow, len: u64) -> Self {
        let session_id = row.session.session_id.clone();
        Self { tenant: tenant.clone(), session_id, range: row.range(), len }
    }
}

/// Sessions of one tenant of which equally many events are asked for, by their ids.
type Alike<'a> = HashMap<&'a str, &'a FirstEvents>;

/// Resolves sessions to their first events; one without any is absent. One statement for all that are
/// asked for alike, as the sessions of a page are.
pub struct FirstEventsLoader {
    sessions: Arc<Sessions>,
}

impl FirstEventsLoader {
    pub fn new(sessions: Arc<Sessions>) -> Self {
        Self { sessions }
    }
}

impl Loader<FirstEvents> for FirstEventsLoader {
    type Value = Vec<event::Model>;
    type Error = GraphqlError;

    async fn load(
        &self,
        keys: &[FirstEvents],
    ) -> Result<HashMap<FirstEvents, Vec<event::Model>>, GraphqlError> {
        let mut found = HashMap::new();
        for ((tenant, len), alike) in batches(keys) {
            for event in self.sessions.events(tenant, query(&alike, len)).await? {
                let key = event.session_id.as_deref().and_then(|id| alike.get(id));
                if let Some(key) = key {
                    found.entry((*key).clone()).or_insert_with(Vec::new).push(event);
                }
            }
        }
        Ok(found)
    }
}

fn batches(keys: &[FirstEvents]) -> HashMap<(&TenantId, u64), Alike<'_>> {
    let mut batches = HashMap::<_, Alike<'_>>::new();
    for key in keys {
        batches.entry((&key.tenant, key.len)).or_default().insert(&key.session_id, key);
    }
    batches
}

fn query(alike: &Alike<'_>, len: u64) -> SessionEvents {
    let start = alike.values().map(|key| key.range.start).min().unwrap_or_default();
    let end = alike.values().map(|key| key.range.end).max().unwrap_or_default();
    let session_ids = alike.keys().map(|id| (*id).to_owned()).collect();
    SessionEvents { session_ids, range: TimeRange { start, end }, after: None, len }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn key(tenant: &str, session_id: &str, (start, end): (i64, i64), len: u64) -> FirstEvents {
        let at = |second| DateTime::from_timestamp(second, 0).unwrap();
        let range = TimeRange { start: at(start), end: at(end) };
        FirstEvents { tenant: TenantId::new(tenant), session_id: session_id.to_owned(), range, len }
    }

    #[test]
    fn sessions_that_are_asked_for_alike_are_one_statement() {
        let keys = [
            key("a", "s1", (5, 7), 11),
            key("a", "s2", (3, 4), 11),
            key("a", "s1", (5, 7), 51),
            key("b", "s1", (0, 9), 11),
        ];
        let batches = batches(&keys);
        assert_eq!(batches.len(), 3);
        let mut query = query(&batches[&(&TenantId::new("a"), 11)], 11);
        query.session_ids.sort();
        assert_eq!(query.session_ids, ["s1", "s2"]);
        assert_eq!(query.range, key("", "", (3, 7), 0).range);
    }
}
