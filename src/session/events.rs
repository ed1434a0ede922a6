//! The first events of many sessions, loaded at once.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;
use entity::event;

use super::{Sessions, model::SessionRow};
use crate::{
    error::Result,
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

/// Resolves sessions to their first events; one without any is absent. One statement for all that are
/// asked for alike, as the sessions of a page are.
pub struct FirstEventsLoader {
    sessions: Arc<Sessions>,
}

impl FirstEventsLoader {
    pub fn new(sessions: Arc<Sessions>) -> Self {
        Self { sessions }
    }

    async fn first(
        &self,
        (tenant, len): (&TenantId, u64),
        keys: &[&FirstEvents],
    ) -> Result<Vec<event::Model>> {
        let starts = keys.iter().map(|key| key.range.start);
        let ends = keys.iter().map(|key| key.range.end);
        let range = TimeRange {
            start: starts.min().unwrap_or_default(),
            end: ends.max().unwrap_or_default(),
        };
        let session_ids = keys.iter().map(|key| key.session_id.clone()).collect();
        let query = SessionEvents { session_ids, range, after: None, len };
        self.sessions.events(tenant, query).await
    }
}

impl Loader<FirstEvents> for FirstEventsLoader {
    type Value = Vec<event::Model>;
    type Error = GraphqlError;

    async fn load(
        &self,
        keys: &[FirstEvents],
    ) -> Result<HashMap<FirstEvents, Vec<event::Model>>, GraphqlError> {
        let mut alike = HashMap::<_, Vec<_>>::new();
        for key in keys {
            alike.entry((&key.tenant, key.len)).or_default().push(key);
        }
        let mut found = HashMap::new();
        for (shared, keys) in alike {
            let keys_by_id: HashMap<_, _> =
                keys.iter().map(|key| (key.session_id.as_str(), *key)).collect();
            for event in self.first(shared, &keys).await? {
                let key = event.session_id.as_deref().and_then(|id| keys_by_id.get(id));
                if let Some(key) = key {
                    found.entry((*key).clone()).or_insert_with(Vec::new).push(event);
                }
            }
        }
        Ok(found)
    }
}
