//! Calls that are reported one by one at the same time share a transaction, as those of one batch do.
//!
//! Invariant: each tenant has at most one task that stores; whoever comes while it is at it waits and is
//! among the next. Nobody waits for others to come. The task is no request's: who hangs up takes none of
//! the others along. Start at [`Billing::gather`].

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Mutex, MutexGuard, PoisonError},
};

use entity::token_usage::Model;
use tokio::sync::oneshot;

use super::{
    Billing, Call, Recorded,
    record::{MAX_CALLS, without_result},
};
use crate::{
    auth::Viewer,
    error::{Code, Error, Result},
    tenant::TenantId,
};

/// The calls that wait; a tenant that has an entry has a task that stores.
#[derive(Debug, Default)]
pub(super) struct Queue(Mutex<HashMap<TenantId, Vec<Waiting>>>);

/// A call that somebody wants to know the fate of.
#[derive(Debug)]
struct Waiting {
    call: (Model, Call),
    told: oneshot::Sender<Result<Recorded>>,
}

impl Billing {
    /// Stores a call together with others of its tenant that come now.
    pub(super) async fn gather(&self, viewer: &Viewer, row: Model, call: Call) -> Result<Recorded> {
        let (told, fate) = oneshot::channel();
        if self.queue.join(&viewer.tenant.id, Waiting { call: (row, call), told }) {
            let (billing, viewer) = (self.clone(), viewer.clone());
            tokio::spawn(async move { billing.store_gathered(&viewer).await });
        }
        fate.await.unwrap_or_else(|_| Err(without_result()))
    }

    /// Stores what waits until nothing does.
    async fn store_gathered(&self, viewer: &Viewer) {
        let mut turn = Turn { queue: &self.queue, tenant: &viewer.tenant.id, has_ended: false };
        while let Some(gathered) = turn.take() {
            let (calls, told): (Vec<_>, Vec<_>) =
                gathered.into_iter().map(|waiting| (waiting.call, waiting.told)).unzip();
            for (told, fate) in told.into_iter().zip(self.fates(viewer, &calls).await) {
                // Whoever hung up is told nothing.
                let _ = told.send(fate);
            }
        }
    }

    /// What becomes of each call. One that the database refuses harms no other.
    async fn fates(&self, viewer: &Viewer, calls: &[(Model, Call)]) -> Vec<Result<Recorded>> {
        match self.store(viewer, calls).await {
            Ok(fates) => fates,
            Err(error) if calls.len() == 1 => vec![Err(error)],
            Err(error) if error.code() == Code::Unavailable => {
                let away = || Err(Error::unavailable("the database does not answer"));
                calls.iter().map(|_| away()).collect()
            }
            Err(_) => {
                let mut fates = Vec::with_capacity(calls.len());
                for call in calls {
                    let alone = self.store(viewer, std::slice::from_ref(call)).await;
                    let fate = alone
                        .and_then(|mut fates| fates.pop().unwrap_or_else(|| Err(without_result())));
                    fates.push(fate);
                }
                fates
            }
        }
    }
}

impl Queue {
    /// Lets a call wait; returns whether nobody stores for its tenant.
    fn join(&self, tenant: &TenantId, waiting: Waiting) -> bool {
        match self.lock().entry(tenant.clone()) {
            Entry::Occupied(mut others) => {
                others.get_mut().push(waiting);
                false
            }
            Entry::Vacant(none) => {
                none.insert(vec![waiting]);
                true
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TenantId, Vec<Waiting>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The turn of a task to store for a tenant.
struct Turn<'a> {
    queue: &'a Queue,
    tenant: &'a TenantId,
    has_ended: bool,
}

impl Turn<'_> {
    /// The calls that have waited longest; none ends the turn.
    fn take(&mut self) -> Option<Vec<Waiting>> {
        let mut queue = self.queue.lock();
        let waiting = queue.get_mut(self.tenant).filter(|waiting| !waiting.is_empty());
        let Some(waiting) = waiting else {
            queue.remove(self.tenant);
            self.has_ended = true;
            return None;
        };
        let len = waiting.len().min(MAX_CALLS);
        Some(waiting.drain(..len).collect())
    }
}

impl Drop for Turn<'_> {
    /// A task that was cut short leaves nobody waiting.
    fn drop(&mut self) {
        if !self.has_ended {
            self.queue.lock().remove(self.tenant);
        }
    }
}
