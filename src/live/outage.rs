//! Says once that Redis is lost, and once that it is back, however often it is asked meanwhile.

use std::{
    fmt::Debug,
    sync::atomic::{AtomicBool, Ordering},
};

/// Whether something failed when it was last tried.
#[derive(Debug)]
pub struct Outage {
    what: &'static str,
    lasts: AtomicBool,
}

impl Outage {
    /// `what` completes "Redis fails us: …".
    pub const fn of(what: &'static str) -> Self {
        Self { what, lasts: AtomicBool::new(false) }
    }

    /// Whether it failed when it was last tried.
    pub fn lasts(&self) -> bool {
        self.lasts.load(Ordering::Relaxed)
    }

    pub fn failed(&self, error: &impl Debug) {
        if self.lasts.swap(true, Ordering::Relaxed) {
            tracing::debug!(?error, "Redis still fails us: {}", self.what);
        } else {
            tracing::warn!(?error, "Redis fails us: {}", self.what);
        }
    }

    pub fn succeeded(&self) {
        if self.lasts.load(Ordering::Relaxed) && self.lasts.swap(false, Ordering::Relaxed) {
            tracing::info!("Redis is back: {}", self.what);
        }
    }
}
