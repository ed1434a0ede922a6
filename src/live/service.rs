//! Takes pictures of floors and hands them to watchers.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use chrono::{DateTime, Utc};
use tokio::sync::{broadcast, watch};

use super::{
    bus::Bus,
    event_reader::EventReader,
    keys::Keys,
    link::RedisLink,
    notice::{Notice, Streamed},
    version::Versions,
};
use crate::{
    auth::{Role, Viewer},
    clock::Clock,
    config::Config,
    db::Db,
    error::{Error, Result},
    stats::{self, alert::Alert, queue::QueueFigures, realtime::Floor},
    tenant::{Tenant, TenantId},
    tracker::NewEvent,
};

/// The floor of a tenant at one instant.
#[derive(Clone, Debug)]
pub struct Picture {
    pub floor: Arc<Floor>,
    /// Grows with every change of the floor, whichever replica took the picture.
    pub version: i64,
    pub as_of: DateTime<Utc>,
    /// Whether this replica may not hear of what others store.
    pub degraded: bool,
}

/// The live floor of all tenants.
pub struct Live {
    db: Db,
    clock: Arc<dyn Clock>,
    config: Arc<Config>,
    bus: Arc<dyn Bus>,
    versions: Versions,
    watched: Mutex<HashMap<TenantId, Weak<watch::Sender<Option<Picture>>>>>,
}

impl Live {
    pub fn new(
        db: Db,
        clock: Arc<dyn Clock>,
        config: Arc<Config>,
        bus: Arc<dyn Bus>,
        redis: Option<RedisLink>,
    ) -> Self {
        let keys = Keys::new(config.store.redis_prefix());
        let versions = Versions::new(redis.map(|redis| (redis, keys)));
        Self { db, clock, config, bus, versions, watched: Mutex::default() }
    }

    /// Tells watchers what a batch has added to a tenant.
    pub fn stored(&self, tenant: &TenantId, events: &[&NewEvent]) {
        let events = if self.bus.audience().is_there() {
            events.iter().map(|event| Arc::new(Streamed::from(*event))).collect()
        } else {
            Vec::new()
        };
        self.bus.publish(Notice::new(tenant.to_string(), events));
    }

    /// Listens to a tenant's events.
    pub(super) fn events(&self, tenant: &TenantId) -> EventReader {
        EventReader::new(tenant, &*self.bus)
    }

    /// Waits until other replicas were told of everything, or cannot be told.
    pub async fn settle(&self) {
        self.bus.settle().await;
    }

    /// The floor now, as the viewer may see it.
    pub async fn picture_for(&self, viewer: &Viewer) -> Result<Picture> {
        require(viewer)?;
        self.picture(&viewer.tenant).await
    }

    /// The floor now.
    pub async fn picture(&self, tenant: &Tenant) -> Result<Picture> {
        let as_of = self.clock.now();
        let snapshot = self.db.snapshot().await?;
        let floor = stats::realtime::floor(&snapshot, tenant, &self.config.live, as_of).await?;
        snapshot.commit().await?;
        let version = self.versions.of(&tenant.id, &floor, as_of).await;
        let degraded = self.bus.is_degraded();
        Ok(Picture { floor: Arc::new(floor), version, as_of, degraded })
    }

    /// The open alert of a session, as the viewer may see it, and the instant it is of.
    pub async fn alert_for(
        &self,
        viewer: &Viewer,
        session_id: &str,
    ) -> Result<(Alert, DateTime<Utc>)> {
        require(viewer)?;
        let now = self.clock.now();
        let found = stats::alert::find(self.db.pool(), &viewer.tenant, now, session_id).await?;
        Ok((found.ok_or_else(|| Error::not_found("alert", session_id))?, now))
    }

    /// How the queue did in the time up to `now`.
    pub async fn queue(&self, tenant: &Tenant, now: DateTime<Utc>) -> Result<QueueFigures> {
        stats::queue::figures(self.db.pool(), tenant, now).await
    }

    pub(super) fn notices(&self) -> broadcast::Receiver<Arc<Notice>> {
        self.bus.subscribe()
    }

    /// Watches a tenant's floor. The picture is taken once for all who watch; the last watcher to
    /// go ends it.
    pub(super) fn watch(
        self: &Arc<Self>,
        viewer: &Viewer,
    ) -> Result<watch::Receiver<Option<Picture>>> {
        require(viewer)?;
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        watched.retain(|_, sender| sender.strong_count() > 0);
        if let Some(sender) = watched.get(&viewer.tenant.id).and_then(Weak::upgrade) {
            return Ok(sender.subscribe());
        }
        let (sender, receiver) = watch::channel(None);
        let sender = Arc::new(sender);
        watched.insert(viewer.tenant.id.clone(), Arc::downgrade(&sender));
        let (live, tenant) = (Arc::clone(self), Arc::clone(&viewer.tenant));
        tokio::spawn(async move { live.keep_watching(&tenant, &sender).await });
        Ok(receiver)
    }

    /// Takes pictures while someone watches: after a change, and when time alone may change them.
    async fn keep_watching(&self, tenant: &Tenant, sender: &watch::Sender<Option<Picture>>) {
        let mut notices = self.notices();
        let coalesce = Duration::from_millis(self.config.live.coalesce_ms);
        let refresh = Duration::from_millis(self.config.live.refresh_ms);
        loop {
            match self.picture(tenant).await {
                Ok(picture) => {
                    sender.send_if_modified(|last| replace_if_changed(last, picture));
                }
                Err(error) => tracing::warn!(%error, tenant = %tenant.id, "cannot take a picture"),
            }
            tokio::select! {
                () = sender.closed() => if self.stop_watching(&tenant.id, sender) { return },
                () = next_change(&mut notices, &tenant.id) => {
                    tokio::time::sleep(coalesce).await;
                    // The next picture shows what came meanwhile.
                    notices = notices.resubscribe();
                }
                () = tokio::time::sleep(refresh) => {}
            }
        }
    }

    /// Gives a watch up unless someone has come since the last one went.
    fn stop_watching(&self, tenant: &TenantId, sender: &watch::Sender<Option<Picture>>) -> bool {
        // Whoever comes next holds this lock while it looks for the watch.
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        let abandoned = sender.receiver_count() == 0;
        if abandoned {
            watched.remove(tenant);
        }
        abandoned
    }

    pub(super) fn config(&self) -> &Config {
        &self.config
    }
}

/// Keeps the newer picture when it shows something else.
fn replace_if_changed(last: &mut Option<Picture>, picture: Picture) -> bool {
    let is_same =
        |last: &Picture| *last.floor == *picture.floor && last.degraded == picture.degraded;
    let changed = !last.as_ref().is_some_and(is_same);
    if changed {
        *last = Some(picture);
    }
    changed
}

/// Returns when something of `tenant` changed, or may have.
pub(super) async fn next_change(notices: &mut broadcast::Receiver<Arc<Notice>>, tenant: &TenantId) {
    loop {
        match notices.recv().await {
            Ok(notice) if notice.tenant != tenant.as_str() => {}
            Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => return,
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}

/// Whether a viewer may see the floor.
pub(super) fn require(viewer: &Viewer) -> Result<(), Error> {
    viewer.require(&[Role::Viewer], "watch the live floor")
}
