//! Tells Redis of changes. What it does not know is asked of the database.

use std::time::{Duration, Instant};

use super::{
    FloorState,
    parts::Parts,
    script::{Applied, Terms},
};
use crate::{
    error::Result,
    stats::{self, FloorChanges},
    tenant::TenantId,
};

/// Changes that are older are given up, and the state built anew: who has ended a session meanwhile may be
/// forgotten.
const TOO_LATE: Duration = Duration::from_mins(1);
/// How often the database is asked for sessions while the state is begun anew again and again.
const LOOKUPS: usize = 3;

impl FloorState {
    /// Whether Redis has taken the changes, or what the database says in their place.
    pub(super) async fn tell(&self, tenant: &TenantId, changes: FloorChanges) -> bool {
        if changes.since().is_some_and(|since| since.elapsed() > TOO_LATE) {
            return false;
        }
        let terms = self.terms(changes.since());
        match self.join(tenant, changes, terms).await {
            Ok(is_told) => {
                self.outage.succeeded();
                is_told
            }
            Err(error) => {
                self.failed(&error);
                false
            }
        }
    }

    /// Joins changes into the state; false when it is lost.
    pub(super) async fn join(
        &self,
        tenant: &TenantId,
        changes: FloorChanges,
        terms: Terms<'_>,
    ) -> Result<bool> {
        let mut said = self.apply(tenant, changes, terms).await?;
        for _ in 0..LOOKUPS {
            let unknown = match said {
                Applied::Lost => return Ok(false),
                Applied::But(unknown) if unknown.is_empty() => return Ok(true),
                Applied::But(unknown) => unknown,
            };
            // Redis has forgotten them, another replica is about to tell of their beginning, or the state
            // was begun after they were so.
            let stored = self.stored(tenant, &unknown).await?;
            let terms = Terms { token: terms.token, ..self.terms(stored.since()) };
            said = self.apply(tenant, stored, terms).await?;
        }
        Ok(said == Applied::But(Vec::new()))
    }

    /// Joins changes part by part; says of which sessions more must be known.
    async fn apply(
        &self,
        tenant: &TenantId,
        changes: FloorChanges,
        terms: Terms<'_>,
    ) -> Result<Applied> {
        let mut unknown = Vec::new();
        for part in Parts::from(changes).iter() {
            match self.place(tenant).apply(&part, terms).await? {
                Applied::But(ids) => unknown.extend(ids),
                Applied::Lost => return Ok(Applied::Lost),
            }
        }
        Ok(Applied::But(unknown))
    }

    /// All that the database knows of sessions.
    async fn stored(&self, tenant: &TenantId, session_ids: &[String]) -> Result<FloorChanges> {
        let tenant = self.config.tenant(tenant)?;
        let mut stored = FloorChanges::new(true);
        for ids in session_ids.chunks(crate::db::bulk::CHUNK) {
            let db = self.db.of(&tenant.id);
            stored.add_states(stats::open_session::list_states(&db, &tenant, ids).await?);
        }
        Ok(stored)
    }

    /// When changes may be applied that are so since then.
    fn terms(&self, since: Option<Instant>) -> Terms<'static> {
        let at = |instant| self.redis.time_at(instant).unwrap_or_default();
        Terms {
            latest_ms: at(Instant::now() + TOO_LATE),
            since_ms: since.map(at).unwrap_or_default(),
            token: None,
        }
    }
}
