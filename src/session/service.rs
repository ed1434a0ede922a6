//! Decides who may read sessions.

use std::sync::Arc;

use entity::event;

use super::{
    model::{Filter, SessionRow},
    store::{self, Listing},
};
use crate::{
    auth::{Right, Viewer},
    clock::Clock,
    config::Config,
    db::Db,
    error::Result,
    graphql::paging::{Cursor, PageInfo, page_info, page_len},
    input::check_filter,
    stats::Moment,
    tenant::TenantId,
    tracker::{SessionEvents, Tracker},
};

/// The sessions of tenants.
pub struct Sessions {
    db: Db,
    clock: Arc<dyn Clock>,
    config: Arc<Config>,
    tracker: Arc<Tracker>,
}

impl Sessions {
    pub fn new(db: Db, clock: Arc<dyn Clock>, config: Arc<Config>, tracker: Arc<Tracker>) -> Self {
        Self { db, clock, config, tracker }
    }

    /// One session; none for an id that the tenant does not have, or another agent.
    pub async fn find(&self, viewer: &Viewer, id: &str) -> Result<Option<SessionRow>> {
        let own = viewer.scope(Right::ReadSessions)?;
        check_filter("id", Some(id))?;
        let found = store::find(&self.db.of(&viewer.tenant.id), &viewer.tenant.id, id).await?;
        Ok(found.filter(|row| own.is_none() || row.session.agent_id.as_deref() == own))
    }

    /// Lists the `first` sessions after a cursor, newest first.
    pub async fn list(
        &self,
        viewer: &Viewer,
        first: i32,
        after: Option<&str>,
        filter: &Filter,
    ) -> Result<(Vec<SessionRow>, PageInfo)> {
        let own = viewer.scope(Right::ReadSessions)?;
        filter.check()?;
        let len = page_len("first", first)?;
        let key = after.map(Cursor::decode).transpose()?;
        let tenant = &viewer.tenant;
        let moment = Moment::of(tenant, &self.config.live, self.clock.now());
        let mut rows = Vec::new();
        if let Some(filter) = &filter.of_agent(own) {
            let (tenant, after) = (&tenant.id, key.as_ref());
            let list = Listing { tenant, filter, moment, after, len: len + 1 };
            rows = list.rows(&self.db.of(tenant)).await?;
        }
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
