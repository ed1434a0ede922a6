//! Whether anyone listens to events: a stream that nobody reads is not worth its bytes.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::sync::Notify;

/// How often a replica with listeners says so, and how long it is believed.
pub(super) const REMINDER: Duration = Duration::from_secs(2);
const BELIEVED: Duration = Duration::from_secs(7);

/// Those who listen to events, on this replica and on others.
#[derive(Debug, Default)]
pub struct Audience {
    here: AtomicUsize,
    elsewhere: Mutex<Option<Instant>>,
    came: Notify,
}

/// Someone who listens, until it is dropped.
#[derive(Debug)]
pub(super) struct Listening(Arc<Audience>);

impl Audience {
    pub(super) fn join(self: &Arc<Self>) -> Listening {
        self.here.fetch_add(1, Ordering::AcqRel);
        self.came.notify_one();
        Listening(Arc::clone(self))
    }

    /// Whether someone listens, here or, as far as is known, elsewhere.
    pub(super) fn is_there(&self) -> bool {
        self.is_here() || self.elsewhere().is_some_and(|heard| heard.elapsed() < BELIEVED)
    }

    pub(super) fn is_here(&self) -> bool {
        self.here.load(Ordering::Acquire) > 0
    }

    /// Another replica has said that someone listens there.
    pub(super) fn heard_elsewhere(&self) {
        *self.elsewhere() = Some(Instant::now());
    }

    /// Returns when other replicas are to be told that someone listens here.
    pub(super) async fn reminder(&self) {
        loop {
            let _ = tokio::time::timeout(REMINDER, self.came.notified()).await;
            if self.is_here() {
                return;
            }
        }
    }

    fn elsewhere(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.elsewhere.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.0.here.fetch_sub(1, Ordering::AcqRel);
    }
}
