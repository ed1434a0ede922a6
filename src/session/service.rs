//! Decides who may read sessions.

use std::sync::Arc;

use entity::event;

use super::{
    model::{Filter, SessionRow},
    store,
};
use crate::{
    auth::{Role, Viewer},
    db::Db,
    error::Result,
    graphql::paging::{Cursor, PageInfo, page_info, page_len},
    input::check_filter,
    tenant::TenantId,
    tracker::{SessionEvents, Tracker},
};

/// The sessions of tenants.
pub struct Sessions {
    db: Db,
    tracker: Arc<Tracker>,
}

impl Sessions {
    pub fn new(db: Db, tracker: Arc<Tracker>) -> Self {
        Self { db, tracker }
    }

    /// One session; none for an id that the tenant does not have.
    pub async fn find(&self, viewer: &Viewer, id: &str) -> Result<Option<SessionRow>> {
        require_reader(viewer)?;
        check_filter("id", Some(id))?;
        store::find(self.db.pool(), &viewer.tenant.id, id).await
    }

    /// Lists the `first` sessions after a cursor, newest first.
    pub async fn list(
        &self,
        viewer: &Viewer,
        first: i32,
        after: Option<&str>,
        filter: &Filter,
    ) -> Result<(Vec<SessionRow>, PageInfo)> {
        require_reader(viewer)?;
        filter.check()?;
        let len = page_len("first", first)?;
        let key = after.map(Cursor::decode).transpose()?;
        let tenant = &viewer.tenant.id;
        let mut rows = store::list(self.db.pool(), tenant, filter, key.as_ref(), len + 1).await?;
        let info = page_info(&mut rows, len, after.is_some(), |row| row.cursor().encode());
        Ok((rows, info))
    }

    /// The oldest events of each of some sessions that were read before.
    pub(super) async fn events(
        &self,
        tenant: &TenantId,
        query: SessionEvents,
    ) -> Result<Vec<event::Model>> {
        self.tracker.events_of_sessions(tenant, query).await
    }
}

fn require_reader(viewer: &Viewer) -> Result<()> {
    viewer.require(&[Role::Viewer], "read sessions")
}
