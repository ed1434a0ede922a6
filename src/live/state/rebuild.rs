//! Builds the state anew from the database.
//!
//! It is emptied before the snapshot is taken: what is committed earlier is in the snapshot, what is
//! committed later is told as ever and joins. Meanwhile floors are counted over the database.

use std::time::Duration;

use chrono::{DateTime, Utc};
use metrics::counter;
use uuid::Uuid;

use super::{FloorState, script::Terms};
use crate::{
    db::Transaction,
    error::Result,
    stats::{self, FloorChanges, open_session},
    tenant::{Tenant, TenantId},
};

/// How long what a snapshot says may be applied: less than ended sessions are known as such.
const LIMIT: Duration = Duration::from_mins(5);
/// Pause before it is looked again whether someone else is done.
const PAUSE: Duration = Duration::from_millis(100);

/// What was put into a state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rebuilt {
    pub sessions: usize,
    pub agents: usize,
    pub visits: usize,
}

impl FloorState {
    /// Builds the state of a tenant anew, after whoever is at it.
    ///
    /// # Errors
    /// [`Error::Redis`](crate::error::Error::Redis) and what the database says.
    pub(in crate::live) async fn rebuild(&self, tenant: &Tenant) -> Result<Rebuilt> {
        loop {
            if let Some(rebuilt) = self.try_rebuild(tenant).await? {
                return Ok(rebuilt);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// The same unless someone is at it, or takes it over.
    pub(super) async fn try_rebuild(&self, tenant: &Tenant) -> Result<Option<Rebuilt>> {
        let known = self.of(&tenant.id);
        let losses = known.losses.load(std::sync::atomic::Ordering::Acquire);
        let (place, token) = (self.place(&tenant.id), Uuid::new_v4().to_string());
        let Some(begun_ms) = place.begin(&token).await? else { return Ok(None) };
        let limit_ms = i64::try_from(LIMIT.as_millis()).unwrap_or(i64::MAX);
        let terms =
            Terms { latest_ms: begun_ms + limit_ms, since_ms: begun_ms, token: Some(&token) };
        let filled = self.fill(tenant, terms).await;
        // A rebuild that failed must not keep others waiting for its lease.
        let stands = place.finish(&token, matches!(filled, Ok(Some(_)))).await;
        let Some(rebuilt) = filled? else { return Ok(None) };
        if !stands? {
            return Ok(None);
        }
        known.heal(losses);
        counter!("floor_rebuilds_total", "tenant" => tenant.id.to_string()).increment(1);
        tracing::info!(tenant = %tenant.id, ?rebuilt, "the state of the floor was built anew");
        Ok(Some(rebuilt))
    }

    /// Puts all that the database knows into the state; none when someone has taken over.
    async fn fill(&self, tenant: &Tenant, terms: Terms<'_>) -> Result<Option<Rebuilt>> {
        let now = self.clock.now();
        let snapshot = self.db.of(&tenant.id).snapshot().await?;
        let filled = self.fill_from(&snapshot, tenant, now, terms).await?;
        snapshot.commit().await?;
        Ok(filled)
    }

    async fn fill_from(
        &self,
        snapshot: &Transaction,
        tenant: &Tenant,
        now: DateTime<Utc>,
        terms: Terms<'_>,
    ) -> Result<Option<Rebuilt>> {
        let mut rebuilt = Rebuilt::default();
        let mut agents = FloorChanges::new(true);
        for agent in open_session::list_known_agents(snapshot, tenant, now).await? {
            agents.add_agent(&agent);
        }
        rebuilt.agents = agents.len();
        if !self.put(&tenant.id, agents, terms).await? {
            return Ok(None);
        }
        for hour in open_session::hours_of_open(now) {
            let mut open = FloorChanges::new(true);
            open.add_states(open_session::list_open(snapshot, tenant, hour).await?);
            rebuilt.sessions += open.len();
            if !self.put(&tenant.id, open, terms).await? {
                return Ok(None);
            }
        }
        let window = stats::realtime::visitor_window(&self.config.live);
        for range in open_session::ranges_of_visits(window, now) {
            let mut visits = FloorChanges::new(true);
            for (channel, visit) in open_session::list_visits(snapshot, tenant, range).await? {
                visits.add_visit(&channel, visit);
            }
            rebuilt.visits += visits.len();
            if !self.put(&tenant.id, visits, terms).await? {
                return Ok(None);
            }
        }
        Ok(Some(rebuilt))
    }

    async fn put(
        &self,
        tenant: &TenantId,
        changes: FloorChanges,
        terms: Terms<'_>,
    ) -> Result<bool> {
        Ok(changes.is_empty() || self.join(tenant, changes, terms).await?)
    }
}
