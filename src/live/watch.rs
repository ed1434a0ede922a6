//! Pictures for who stays: taken once for all who watch a floor, from the first who comes to the last
//! who goes. Start at [`Live::watch_agents`].

use std::{
    sync::{Arc, PoisonError, Weak},
    time::Duration,
};

use tokio::{
    sync::{broadcast, watch},
    time::Instant,
};

use super::{
    notice::Notice,
    service::{Live, Picture},
    watched::{Progress, Watched},
};
use crate::{
    auth::{Right, Viewer},
    error::Result,
    tenant::{Tenant, TenantId},
};

impl Live {
    /// Watches all of a tenant's floor, see [`Self::watch_agents`].
    pub(super) async fn watch(
        self: &Arc<Self>,
        viewer: &Viewer,
        progress: Option<&Progress>,
    ) -> Result<watch::Receiver<Option<Picture>>> {
        self.check_watcher(viewer)?;
        self.watch_agents(viewer, progress).await
    }

    /// Watches the agents of a tenant's floor, from a picture on that is taken after this was asked; each
    /// has to be [seen by](Picture::seen_by) the viewer. Pictures are taken once for all who watch; the
    /// last watcher to go ends it.
    pub(super) async fn watch_agents(
        self: &Arc<Self>,
        viewer: &Viewer,
        progress: Option<&Progress>,
    ) -> Result<watch::Receiver<Option<Picture>>> {
        viewer.scope(Right::ReadAgents)?;
        let (watched, receiver, is_new) = self.join_watch(&viewer.tenant);
        if let Some(progress) = progress {
            progress.follows(&watched);
        }
        if !is_new {
            watched.fresh().await;
        }
        Ok(receiver)
    }

    fn join_watch(
        self: &Arc<Self>,
        tenant: &Arc<Tenant>,
    ) -> (Arc<Watched>, watch::Receiver<Option<Picture>>, bool) {
        let mut all = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, watched| watched.strong_count() > 0);
        if let Some(watched) = all.get(&tenant.id).and_then(Weak::upgrade) {
            let receiver = watched.pictures.subscribe();
            return (watched, receiver, false);
        }
        let watched = Arc::new(Watched::default());
        let receiver = watched.pictures.subscribe();
        all.insert(tenant.id.clone(), Arc::downgrade(&watched));
        let (live, tenant, own) = (Arc::clone(self), Arc::clone(tenant), Arc::clone(&watched));
        tokio::spawn(async move { live.keep_watching(&tenant, &own).await });
        (watched, receiver, true)
    }

    /// Takes pictures while someone watches: after a change, and when time alone may change them.
    async fn keep_watching(&self, tenant: &Tenant, watched: &Arc<Watched>) {
        let mut notices = self.notices();
        let coalesce = Duration::from_millis(self.config.live.coalesce_ms);
        let refresh = Duration::from_millis(self.config.live.refresh_ms);
        loop {
            let taken_at = Instant::now();
            let (number, is_asked_for) = watched.begin();
            match self.picture(tenant).await {
                Ok(picture) => {
                    let picture = Picture { number, is_asked_for, ..picture };
                    watched.pictures.send_if_modified(|last| replace_if_changed(last, picture));
                }
                Err(error) => tracing::warn!(%error, tenant = %tenant.id, "cannot take a picture"),
            }
            watched.done(number);
            tokio::select! {
                () = watched.pictures.closed() => {
                    if self.stop_watching(&tenant.id, watched) { return }
                }
                () = watched.asked() => {}
                () = next_change(&mut notices, &tenant.id) => {
                    // The first change shows at once, and those soon after it together.
                    tokio::select! {
                        () = tokio::time::sleep_until(taken_at + coalesce) => {}
                        () = watched.asked() => {}
                    }
                    notices = notices.resubscribe();
                }
                () = tokio::time::sleep(refresh) => {}
            }
        }
    }

    /// Gives a watch up unless someone has come since the last one went.
    fn stop_watching(&self, tenant: &TenantId, watched: &Arc<Watched>) -> bool {
        // Whoever comes next holds this lock while it looks for the watch.
        let mut all = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        let abandoned = watched.pictures.receiver_count() == 0;
        if abandoned {
            all.remove(tenant);
        }
        abandoned
    }
}

/// Keeps the newer picture when it shows something else, or someone waits for it. While Redis is away
/// each has a version of its own.
fn replace_if_changed(last: &mut Option<Picture>, picture: Picture) -> bool {
    let is_same =
        |last: &Picture| last.version == picture.version && last.degraded == picture.degraded;
    let changed = picture.is_asked_for || !last.as_ref().is_some_and(is_same);
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
