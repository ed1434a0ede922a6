//! Whether ids are expected to be new.
//!
//! Ids that are all new go into their table fastest unseen, but one that is known refuses the whole
//! batch. So after a batch with a known id every batch asks first, for a while.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How long after a known id others are expected.
const LASTS: Duration = Duration::from_secs(30);

/// When an id was last found to be known.
#[derive(Debug, Default)]
pub(in crate::tracker) struct Caution(Mutex<Option<Instant>>);

impl Caution {
    /// A known id has turned up.
    pub(super) fn rouse(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    pub(super) fn is_due(&self) -> bool {
        let last = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.is_some_and(|last| last.elapsed() < LASTS)
    }
}
