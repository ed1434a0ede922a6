//! Whether PostgreSQL answers: written by the watchdog and by whoever got an answer, read by all.

use std::{
    sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use tokio::sync::{Notify, watch};

/// What is known of the database. Up until something else is found.
#[derive(Debug)]
pub(super) struct Health {
    started: Instant,
    /// When the pool last answered, and when anything did, in milliseconds after `started`.
    pool_answered_ms: AtomicU64,
    reached_ms: AtomicU64,
    down: AtomicBool,
    changes: watch::Sender<bool>,
    suspicion: Notify,
    /// Statements on connections of their own that have waited for seconds.
    stuck: AtomicUsize,
    /// The same of whatever else is waited for: statements and transactions that need a connection
    /// first.
    waiting: AtomicUsize,
}

/// Somebody who is counted until this is dropped.
pub(super) struct Counted<'a>(&'a AtomicUsize);

impl<'a> Counted<'a> {
    fn among(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Health {
    pub(super) fn new() -> Self {
        Self {
            started: Instant::now(),
            pool_answered_ms: AtomicU64::new(0),
            reached_ms: AtomicU64::new(0),
            down: AtomicBool::new(false),
            changes: watch::Sender::new(false),
            suspicion: Notify::new(),
            stuck: AtomicUsize::new(0),
            waiting: AtomicUsize::new(0),
        }
    }

    pub(super) fn is_down(&self) -> bool {
        self.down.load(Ordering::Acquire)
    }

    /// Returns once the database is down: at once when it is so now.
    pub(super) async fn went_down(&self) {
        let mut changes = self.changes.subscribe();
        // The other end is `self`, so that the wait ends in no other way.
        let _ = changes.wait_for(|down| *down).await;
    }

    /// Notes an answer over the pool.
    pub(super) fn pool_answered(&self) {
        self.pool_answered_ms.store(self.elapsed_ms(), Ordering::Relaxed);
        self.reached();
    }

    /// Notes an answer over any connection.
    pub(super) fn reached(&self) {
        self.reached_ms.store(self.elapsed_ms(), Ordering::Relaxed);
        if self.is_down() && self.turn(false) {
            tracing::info!("the database answers again");
        }
    }

    pub(super) fn failed(&self, why: &str) {
        if !self.is_down() && self.turn(true) {
            tracing::warn!(why, "the database is down");
        }
    }

    pub(super) fn pool_answered_within(&self, patience: Duration) -> bool {
        self.is_within(&self.pool_answered_ms, patience)
    }

    pub(super) fn reached_within(&self, patience: Duration) -> bool {
        self.is_within(&self.reached_ms, patience)
    }

    /// Has the watchdog look at once.
    pub(super) fn suspect(&self) {
        self.suspicion.notify_one();
    }

    /// Returns at the next suspicion, after `pause` at the latest.
    pub(super) async fn suspected(&self, pause: Duration) {
        let _ = tokio::time::timeout(pause, self.suspicion.notified()).await;
    }

    pub(super) fn count_stuck(&self) -> Counted<'_> {
        Counted::among(&self.stuck)
    }

    pub(super) fn stuck(&self) -> usize {
        self.stuck.load(Ordering::Relaxed)
    }

    pub(super) fn count_waiting(&self) -> Counted<'_> {
        Counted::among(&self.waiting)
    }

    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Whether this call has changed anything.
    fn turn(&self, down: bool) -> bool {
        self.changes.send_if_modified(|present| {
            let changed = *present != down;
            *present = down;
            self.down.store(down, Ordering::Release);
            changed
        })
    }

    fn is_within(&self, answered_ms: &AtomicU64, patience: Duration) -> bool {
        let age_ms = self.elapsed_ms().saturating_sub(answered_ms.load(Ordering::Relaxed));
        Duration::from_millis(age_ms) < patience
    }

    fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_waits_learns_that_the_database_went_down() {
        let health = Health::new();
        assert!(!health.is_down());
        tokio::join!(health.went_down(), async { health.failed("refused") });
        assert!(health.is_down());
        // Whoever comes later need not wait.
        health.went_down().await;
        health.reached();
        assert!(!health.is_down());
        let waited = tokio::time::timeout(Duration::from_millis(20), health.went_down()).await;
        assert!(waited.is_err());
    }

    #[test]
    fn an_answer_of_the_pool_counts_for_both_and_any_other_for_one() {
        let health = Health::new();
        std::thread::sleep(Duration::from_millis(30));
        let patience = Duration::from_millis(20);
        assert!(!health.reached_within(patience));
        health.reached();
        assert!(health.reached_within(patience) && !health.pool_answered_within(patience));
        health.pool_answered();
        assert!(health.pool_answered_within(patience));
    }
}
