//! The state of the floors in Redis: sessions, visitors and agents with expiry, which every replica
//! updates and reads.
//!
//! It is a copy of what the database holds, made of minima, maxima and flags: changes join it in any
//! order and any number of times, and what it may lack is found and built anew from the database.
//! Whoever cannot read it counts over the database. Start reading at [`FloorState`]; ADR 20 says why
//! nothing is missed.

mod keeper;
mod parts;
mod rebuild;
mod script;
mod tell;
#[cfg(test)]
mod tests;
mod withdraw;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{StreamExt as _, stream};
use redis::AsyncCommands as _;
use tokio::time::sleep;
use uuid::Uuid;

pub use self::rebuild::Rebuilt;
use self::script::{Bounds, Place, Reading};
use super::{Keys, Outage, RedisLink, version::Basis};
use crate::{
    clock::Clock,
    config::Config,
    db::Db,
    error::{Error, Result},
    stats::{
        self, FloorChanges, Patience, SLACK, Sign,
        alert::{self, Alert},
        realtime::{Counted, QUEUE_SILENCE},
    },
    tenant::{Tenant, TenantId},
};

/// Changes that wait for Redis are given up beyond this, and the state built anew.
const MAX_PENDING: usize = 200_000;
/// How long it may wait that sessions go on: most say so again, or end meanwhile.
const WITHOUT_SIGN: TimeDelta = TimeDelta::seconds(20);
/// How long whoever reads waits for a state that is being built, and the pause between two looks.
const SOON: Duration = Duration::from_secs(1);
const LOOK_AGAIN: Duration = Duration::from_millis(10);
/// Tenants whose changes are told at once.
const AT_ONCE: usize = 16;

/// The state of all tenants.
pub(super) struct FloorState {
    db: Db,
    clock: Arc<dyn Clock>,
    config: Arc<Config>,
    redis: RedisLink,
    keys: Keys,
    /// Under which this replica says that it lives.
    name: String,
    outage: Outage,
    tenants: Mutex<HashMap<TenantId, Arc<TenantState>>>,
}

/// What this process knows of one tenant's state.
#[derive(Debug, Default)]
struct TenantState {
    /// Committed here, and not yet told.
    pending: Mutex<FloorChanges>,
    /// Held while they are told, so that whoever reads waits for them.
    turn: tokio::sync::Mutex<()>,
    /// How often something was committed here and could not be told.
    losses: AtomicU64,
    /// How many of these a rebuild has made good.
    healed: AtomicU64,
    /// Whether there was no state when it was last read.
    is_missing: AtomicBool,
    /// The alerts of the last reading.
    alerts: Mutex<Option<ListedAlerts>>,
}

/// What a reading came to.
enum Read {
    /// With its number.
    Counted(Box<Counted>, i64),
    Building,
    Lost,
}

/// Alerts, and what they were read for.
#[derive(Debug)]
struct ListedAlerts {
    late: Vec<String>,
    revision: i64,
    alerts: Vec<Alert>,
}

impl TenantState {
    fn lose(&self) {
        self.losses.fetch_add(1, Ordering::AcqRel);
    }

    /// Makes good what was lost until `losses` were counted.
    fn heal(&self, losses: u64) {
        self.healed.fetch_max(losses, Ordering::AcqRel);
    }

    fn is_lost(&self) -> bool {
        self.losses.load(Ordering::Acquire) > self.healed.load(Ordering::Acquire)
    }

    fn pending(&self) -> MutexGuard<'_, FloorChanges> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FloorState {
    pub(super) fn new(
        db: Db,
        clock: Arc<dyn Clock>,
        config: Arc<Config>,
        redis: RedisLink,
        keys: Keys,
    ) -> Self {
        let outage = Outage::of("floors are counted over the database");
        let (name, tenants) = (Uuid::new_v4().to_string(), Mutex::default());
        Self { db, clock, config, redis, keys, name, outage, tenants }
    }

    /// Takes what a batch has changed. Never waits.
    pub(super) fn changed(&self, tenant: &TenantId, changes: FloorChanges, signs: &[Sign<'_>]) {
        if changes.is_empty() && signs.is_empty() {
            return;
        }
        let known = self.of(tenant);
        let mut pending = known.pending();
        pending.join(changes);
        for sign in signs {
            pending.add_sign(*sign);
        }
        if pending.len() > MAX_PENDING {
            *pending = FloorChanges::default();
            known.lose();
        }
    }

    /// Tells Redis of everything that was committed here, but for what may wait.
    pub(super) async fn flush_all(self: &Arc<Self>, patience: Patience) {
        let tenants: Vec<TenantId> = {
            let tenants = self.tenants();
            let waiting = tenants.iter().filter(|(_, known)| known.pending().is_due(patience));
            waiting.map(|(tenant, _)| tenant.clone()).collect()
        };
        let tell = |tenant| self.flush(tenant, patience);
        stream::iter(&tenants).for_each_concurrent(AT_ONCE, tell).await;
    }

    /// How long it may wait that sessions go on. What Redis holds of them is at most [`SLACK`] older,
    /// so no session counts as silent meanwhile but for signs of life that came late.
    pub(super) fn patience(&self) -> Patience {
        let idle = TimeDelta::seconds(self.config.live.session_idle_secs.into());
        let margin = SLACK + WITHOUT_SIGN * 3;
        let since = self.clock.now() - idle.min(QUEUE_SILENCE) + margin;
        Patience { longest: WITHOUT_SIGN.to_std().unwrap_or_default(), since }
    }

    /// Says that this replica ends and has told of everything, if it has.
    pub(super) async fn leave(&self) {
        let is_lost = self.tenants().values().any(|known| known.is_lost());
        if is_lost || !self.redis.is_up() {
            return;
        }
        let left = self.redis.clone().zrem::<_, _, ()>(self.keys.replicas(), &self.name).await;
        if let Err(error) = left {
            self.outage.failed(&error);
        }
    }

    /// The same of one tenant; waits for what is being told already.
    async fn flush(self: &Arc<Self>, tenant: &TenantId, patience: Patience) {
        let known = self.of(tenant);
        if !known.pending().is_due(patience) && known.turn.try_lock().is_ok() {
            return;
        }
        let (state, tenant) = (Arc::clone(self), tenant.clone());
        // Whoever waits may be gone before it is done.
        let told = tokio::spawn(async move {
            let _turn = known.turn.lock().await;
            let changes = known.pending().take(patience);
            if !changes.is_empty() && !state.tell(&tenant, changes).await {
                known.lose();
            }
        });
        let _ = told.await;
    }

    /// Counts over a tenant's state, unless it cannot be read or may lack something, and says what the
    /// floor is, or is to be, counted over.
    pub(super) async fn count(
        self: &Arc<Self>,
        tenant: &Tenant,
        now: DateTime<Utc>,
    ) -> (Option<Counted>, Basis) {
        const UNREAD: (Option<Counted>, Basis) = (None, Basis::Database);
        if !self.redis.is_up() {
            return UNREAD;
        }
        self.flush(&tenant.id, self.patience()).await;
        let known = self.of(&tenant.id);
        if known.is_lost() {
            return UNREAD;
        }
        match self.read_soon(tenant, &known, now).await {
            Ok(counted) => {
                self.outage.succeeded();
                counted
            }
            Err(error) => {
                self.failed(&error);
                UNREAD
            }
        }
    }

    /// Reads the state, once it is built where that does not take long: the database would show what is
    /// told a moment after the state stands, and the next reading would go back.
    async fn read_soon(
        &self,
        tenant: &Tenant,
        known: &TenantState,
        now: DateTime<Utc>,
    ) -> Result<(Option<Counted>, Basis)> {
        let asked_at = Instant::now();
        loop {
            match self.read(tenant, known, now).await? {
                Read::Counted(counted, number) => {
                    return Ok((Some(*counted), Basis::State(number)));
                }
                Read::Lost => return Ok((None, Basis::NoState)),
                Read::Building if asked_at.elapsed() < SOON => sleep(LOOK_AGAIN).await,
                Read::Building => return Ok((None, Basis::Database)),
            }
        }
    }

    async fn read(&self, tenant: &Tenant, known: &TenantState, now: DateTime<Utc>) -> Result<Read> {
        let live = &self.config.live;
        let bounds = Bounds {
            now,
            idle: TimeDelta::seconds(live.session_idle_secs.into()),
            threshold: TimeDelta::seconds(tenant.sla_threshold_secs.into()),
            window: stats::realtime::visitor_window(live),
        };
        match self.place(&tenant.id).read(bounds).await? {
            Reading::Building => Ok(Read::Building),
            Reading::Lost => {
                known.is_missing.store(true, Ordering::Release);
                Ok(Read::Lost)
            }
            Reading::Counted { mut counted, late, alerts, number } => {
                known.is_missing.store(false, Ordering::Release);
                counted.alerts = self.alerts(tenant, known, late, alerts).await?;
                Ok(Read::Counted(counted, number))
            }
        }
    }

    /// The alerts of sessions that wait too long: from the database when they may read differently.
    async fn alerts(
        &self,
        tenant: &Tenant,
        known: &TenantState,
        late: Vec<String>,
        revision: i64,
    ) -> Result<Vec<Alert>> {
        if late.is_empty() {
            return Ok(Vec::new());
        }
        let listed = || known.alerts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = &*listed()
            && held.revision == revision
            && held.late == late
        {
            return Ok(held.alerts.clone());
        }
        let alerts = alert::of_sessions(&self.db.of(&tenant.id), tenant, &late).await?;
        *listed() = Some(ListedAlerts { late, revision, alerts: alerts.clone() });
        Ok(alerts)
    }

    /// Says what failed; what the database says is no outage of Redis.
    fn failed(&self, error: &Error) {
        if matches!(error, Error::Redis(_)) {
            self.outage.failed(error);
        } else {
            tracing::warn!(?error, "cannot read what the state of a floor needs");
        }
    }

    fn place<'a>(&'a self, tenant: &'a TenantId) -> Place<'a> {
        Place { redis: &self.redis, keys: &self.keys, tenant }
    }

    fn of(&self, tenant: &TenantId) -> Arc<TenantState> {
        let mut tenants = self.tenants();
        if let Some(known) = tenants.get(tenant) {
            return Arc::clone(known);
        }
        Arc::clone(tenants.entry(tenant.clone()).or_default())
    }

    fn tenants(&self) -> MutexGuard<'_, HashMap<TenantId, Arc<TenantState>>> {
        self.tenants.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
