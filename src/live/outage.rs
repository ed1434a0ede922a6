//! Says once that Redis is lost, and once that it is back, however often it is asked meanwhile.
//!
//! Of a cluster a part may be away, and the same thing fails and succeeds in turn, as tenants call:
//! then it is said once a minute.

use std::{
    fmt::Debug,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// Pause before the same is said again.
const QUIET: Duration = Duration::from_mins(1);

/// Whether something failed when it was last tried.
#[derive(Debug)]
pub struct Outage {
    what: &'static str,
    lasts: AtomicBool,
    /// Whether that it lasts was said.
    is_known: AtomicBool,
    said_at: Mutex<Option<Instant>>,
}

impl Outage {
    /// `what` completes "Redis fails us: …".
    pub const fn of(what: &'static str) -> Self {
        let (lasts, is_known) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { what, lasts, is_known, said_at: Mutex::new(None) }
    }

    /// Whether it failed when it was last tried.
    pub fn lasts(&self) -> bool {
        self.lasts.load(Ordering::Relaxed)
    }

    pub fn failed(&self, error: &impl Debug) {
        if self.lasts.swap(true, Ordering::Relaxed) || !self.is_worth_saying() {
            tracing::debug!(?error, "Redis still fails us: {}", self.what);
        } else {
            tracing::warn!(?error, "Redis fails us: {}", self.what);
            self.is_known.store(true, Ordering::Relaxed);
        }
    }

    fn is_worth_saying(&self) -> bool {
        let mut said_at = self.said_at.lock().unwrap_or_else(PoisonError::into_inner);
        let is_worth = said_at.is_none_or(|said_at| said_at.elapsed() > QUIET);
        if is_worth {
            *said_at = Some(Instant::now());
        }
        is_worth
    }

    pub fn succeeded(&self) {
        let is_back =
            self.lasts.load(Ordering::Relaxed) && self.lasts.swap(false, Ordering::Relaxed);
        if is_back && self.is_known.swap(false, Ordering::Relaxed) {
            tracing::info!("Redis is back: {}", self.what);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_and_succeeds_in_turn_is_said_once() {
        let outage = Outage::of("tests");
        let said = (0..3).filter(|_| {
            outage.failed(&"gone");
            assert!(outage.lasts());
            let was_said = outage.is_known.load(Ordering::Relaxed);
            outage.succeeded();
            assert!(!outage.lasts());
            was_said
        });
        assert_eq!(said.count(), 1);
    }
}
