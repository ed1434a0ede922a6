//! Takes pictures of floors and hands them to watchers.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use chrono::{DateTime, Utc};
use metrics::counter;
use tokio::{
    sync::{Notify, broadcast},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use super::{
    bus::Bus,
    event_reader::EventReader,
    keys::Keys,
    link::RedisLink,
    notice::{Notice, Streamed},
    state::{FloorState, Rebuilt},
    version::{Basis, Versions},
    watched::Watched,
};
use crate::{
    answers::{Answers, Changes},
    auth::{Right, Viewer},
    clock::Clock,
    config::Config,
    db::Db,
    error::{Error, Result},
    stats::{
        self, FloorChanges, Patience, Sign,
        alert::Alert,
        queue::QueueFigures,
        realtime::{Counted, Floor},
    },
    tenant::{Tenant, TenantId},
    tracker::NewEvent,
};

/// Pause between two times that Redis is told: what was committed meanwhile is told as one. Where
/// there is much to tell it is some times as long as that takes, up to a limit, because most of it is
/// about the same sessions again.
const PAUSE: Duration = Duration::from_millis(50);
const PAUSES: u32 = 10;
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// Pictures that are taken again because others overtook them.
const MAX_OVERTAKEN: u32 = 3;

/// The floor of a tenant at one instant.
#[derive(Clone, Debug)]
pub struct Picture {
    pub floor: Arc<Floor>,
    /// Grows with every change of the floor, whichever replica took the picture.
    pub version: i64,
    pub as_of: DateTime<Utc>,
    /// Whether this replica may not hear of what others store.
    pub degraded: bool,
    /// Among those that are taken for who watches here; 0 for any other.
    pub(super) number: u64,
    /// Whether someone who came to watch waits for it.
    pub(super) is_asked_for: bool,
}

impl Picture {
    /// What an agent sees of it, who sees nothing but itself; all of it for everyone else.
    pub(super) fn seen_by(self, own: Option<&str>) -> Self {
        let Some(own) = own else { return self };
        let agents = self.floor.agents.iter().filter(|agent| agent.id == own).cloned();
        let floor = Floor { agents: agents.collect(), ..Floor::default() };
        Self { floor: Arc::new(floor), ..self }
    }
}

/// The live floor of all tenants.
pub struct Live {
    db: Db,
    clock: Arc<dyn Clock>,
    pub(super) config: Arc<Config>,
    bus: Arc<dyn Bus>,
    versions: Versions,
    /// The state in Redis; without it everything is counted over the database.
    state: Option<Arc<FloorState>>,
    /// What is told of once Redis was.
    outgoing: Mutex<Vec<Notice>>,
    news: Notify,
    pub(super) watched: Mutex<HashMap<TenantId, Weak<Watched>>>,
    changes: Arc<Changes>,
    /// Of those who look once.
    pictures: Answers<(), Picture>,
}

impl Live {
    pub fn new(
        db: Db,
        clock: Arc<dyn Clock>,
        config: Arc<Config>,
        bus: Arc<dyn Bus>,
        redis: Option<RedisLink>,
        changes: Arc<Changes>,
    ) -> Self {
        let redis = redis.map(|redis| (redis, Keys::new(config.store.redis_prefix())));
        let state = |(redis, keys): (RedisLink, Keys)| {
            let (db, clock, config) = (db.clone(), Arc::clone(&clock), Arc::clone(&config));
            Arc::new(FloorState::new(db, clock, config, redis, keys))
        };
        let state = redis.clone().map(state);
        let (versions, outgoing) = (Versions::new(redis), Mutex::default());
        let (news, watched) = (Notify::new(), Mutex::default());
        // Whoever asks another replica next must not see a version go back.
        let pictures = Answers::new(Arc::clone(&changes)).never_kept();
        Self { db, clock, config, bus, versions, state, outgoing, news, watched, changes, pictures }
    }

    /// Whether anyone keeps what batches change.
    pub fn keeps_state(&self) -> bool {
        self.state.is_some()
    }

    /// Takes what a committed batch has changed, and which sessions go on, before anything that is
    /// committed after it.
    pub(crate) fn changed(&self, tenant: &TenantId, changes: FloorChanges, signs: &[Sign<'_>]) {
        self.changes.add(tenant);
        if let Some(state) = &self.state {
            state.changed(tenant, changes, signs);
        }
    }

    /// Counts the changes that other replicas tell of, until `stop`.
    pub async fn note_changes(self: Arc<Self>, stop: CancellationToken) {
        let mut notices = self.notices();
        while let Some(heard) = stop.run_until_cancelled(notices.recv()).await {
            match heard {
                Ok(notice) => self.changes.add(&TenantId::new(&notice.tenant)),
                Err(broadcast::error::RecvError::Lagged(_)) => self.changes.add_to_all(),
                Err(broadcast::error::RecvError::Closed) => return,
            }
        }
    }

    /// Tells watchers what a batch has added to a tenant.
    pub fn stored(&self, tenant: &TenantId, events: &[&NewEvent]) {
        let events = if self.bus.audience().is_there() {
            events.iter().map(|event| Arc::new(Streamed::from(*event))).collect()
        } else {
            Vec::new()
        };
        let notice = Notice::new(tenant.to_string(), events);
        if self.state.is_some() {
            self.outgoing().push(notice);
            self.news.notify_one();
        } else {
            self.bus.publish(notice);
        }
    }

    /// Keeps the state in Redis, until `stop`.
    pub async fn keep_state(self: Arc<Self>, stop: CancellationToken) {
        let Some(state) = &self.state else { return };
        let keep = stop.run_until_cancelled(Box::pin(Arc::clone(state).keep()));
        tokio::join!(self.tell_again(&stop), keep);
    }

    /// Tells what is new, again and again. A stop does not cut it short: who was to be told would never
    /// be.
    async fn tell_again(&self, stop: &CancellationToken) {
        while stop.run_until_cancelled(self.news.notified()).await.is_some() {
            let begun = Instant::now();
            self.tell(false).await;
            let pause = (begun.elapsed() * PAUSES).clamp(PAUSE, LONGEST_PAUSE);
            stop.run_until_cancelled(tokio::time::sleep(pause)).await;
        }
    }

    /// Tells Redis of what was committed, of everything the last time, and then everyone who watches.
    async fn tell(&self, is_last: bool) {
        let notices = std::mem::take(&mut *self.outgoing());
        if let Some(state) = &self.state {
            let patience = if is_last { Patience::default() } else { state.patience() };
            state.flush_all(patience).await;
        }
        for notice in notices {
            self.bus.publish(notice);
        }
    }

    fn outgoing(&self) -> MutexGuard<'_, Vec<Notice>> {
        self.outgoing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Builds the state of a tenant's floor in Redis anew.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when a store does not answer, [`Error::BadInput`] without Redis.
    pub async fn rebuild(&self, tenant: &Tenant) -> Result<Rebuilt> {
        let Some(state) = &self.state else {
            let expected = "a Redis: without it nothing is kept that could be rebuilt";
            return Err(Error::bad_input("REDIS_URL", "not set", expected));
        };
        state.rebuild(tenant).await
    }

    /// Takes note that everything of a tenant is gone, these agents among it, and tells everyone who
    /// watches.
    ///
    /// # Errors
    /// [`Error::Redis`] when the state there cannot be emptied.
    pub(crate) async fn emptied(&self, tenant: &Tenant, agents: &[&str]) -> Result<()> {
        self.changes.add(&tenant.id);
        if let Some(state) = &self.state {
            state.rebuild(tenant).await?;
            state.withdraw(tenant, agents).await?;
        }
        self.stored(&tenant.id, &[]);
        Ok(())
    }

    /// Listens to a tenant's events.
    pub(super) fn events(&self, tenant: &TenantId) -> EventReader {
        EventReader::new(tenant, &*self.bus)
    }

    /// Waits until other replicas were told of everything, or cannot be told.
    pub async fn settle(&self) {
        self.tell(true).await;
        if let Some(state) = &self.state {
            state.leave().await;
        }
        self.bus.settle().await;
    }

    /// The floor now, as the viewer may see it: of an agent nothing but itself.
    pub async fn picture_for(&self, viewer: &Viewer) -> Result<Picture> {
        let own = viewer.scope(Right::ReadAgents)?;
        let (tenant, now) = (&viewer.tenant, self.clock.now());
        let taken = self.pictures.get(&tenant.id, (), now, async || self.picture(tenant).await);
        Ok(taken.await?.seen_by(own))
    }

    /// Whether a viewer may see all of the floor.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless the role may.
    pub fn check_watcher(&self, viewer: &Viewer) -> Result<()> {
        viewer.require(Right::ReadFloor)
    }

    /// The floor now.
    pub async fn picture(&self, tenant: &Tenant) -> Result<Picture> {
        let mut overtaken = 0;
        loop {
            let as_of = self.clock.now();
            let (counted, mut basis) = self.count(tenant, as_of).await?;
            // Where readings do not follow each other, as after a clock that went back, one has to do.
            if overtaken == MAX_OVERTAKEN {
                basis = Basis::Database;
            }
            let floor = stats::realtime::picture(tenant, &self.config.live, as_of, counted);
            let version = self.versions.of(&tenant.id, &floor, basis, as_of).await;
            // Overtaken by another picture, this one would look newer than it is.
            let Some(version) = version else {
                overtaken += 1;
                continue;
            };
            let degraded = self.bus.is_degraded();
            let (floor, number, is_asked_for) = (Arc::new(floor), 0, false);
            return Ok(Picture { floor, version, as_of, degraded, number, is_asked_for });
        }
    }

    /// Counts over the state in Redis, or over the database's.
    async fn count(&self, tenant: &Tenant, now: DateTime<Utc>) -> Result<(Counted, Basis)> {
        let (counted, basis) = match &self.state {
            Some(state) => state.count(tenant, now).await,
            None => (None, Basis::Database),
        };
        if let Some(counted) = counted {
            counter!("floor_pictures_total", "source" => "redis").increment(1);
            return Ok((counted, basis));
        }
        counter!("floor_pictures_total", "source" => "database").increment(1);
        let snapshot = self.db.of(&tenant.id).snapshot().await?;
        let counted = stats::count_floor(&snapshot, tenant, &self.config.live, now).await?;
        snapshot.commit().await?;
        Ok((counted, basis))
    }

    /// The open alert of a session, as the viewer may see it, and the instant it is of.
    pub async fn alert_for(
        &self,
        viewer: &Viewer,
        session_id: &str,
    ) -> Result<(Alert, DateTime<Utc>)> {
        viewer.require(Right::AcknowledgeAlerts)?;
        let now = self.clock.now();
        let moment = stats::Moment::of(&viewer.tenant, &self.config.live, now);
        let found =
            stats::alert::find(&self.db.of(&viewer.tenant.id), &viewer.tenant, moment, session_id)
                .await?;
        Ok((found.ok_or_else(|| Error::not_found("alert", session_id))?, now))
    }

    /// How the queue did in the time up to `now`.
    pub async fn queue_for(&self, viewer: &Viewer, now: DateTime<Utc>) -> Result<QueueFigures> {
        self.check_watcher(viewer)?;
        stats::queue::figures(&self.db.of(&viewer.tenant.id), &viewer.tenant, now).await
    }

    pub(super) fn notices(&self) -> broadcast::Receiver<Arc<Notice>> {
        self.bus.subscribe()
    }

    pub(super) fn config(&self) -> &Config {
        &self.config
    }
}
