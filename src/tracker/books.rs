//! The books of ingestion: what became of every event that ever arrived.
//!
//! Events that reach the database are counted in its ledger, in the transaction of their batch.
//! Events refused at the door are counted here and written down once a second, so that a flood of
//! refusals costs the database nothing.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use super::model::Outcome;
use crate::tenant::TenantId;

/// Counts of events by what became of them. `accepted` is their sum with what is pending.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Books {
    pub stored: i64,
    pub duplicate: i64,
    pub conflict: i64,
    pub rejected: i64,
}

impl Books {
    /// Enters events by what the database said of them.
    pub(super) fn add(&mut self, outcome: Outcome, events: i64) {
        match outcome {
            Outcome::Stored => self.stored += events,
            Outcome::Duplicate => self.duplicate += events,
            Outcome::Conflict => self.conflict += events,
            Outcome::Refused => self.rejected += events,
        }
    }
}

/// Refusals not yet in the ledger, by tenant and product.
#[derive(Debug, Default)]
pub(super) struct Refusals(Mutex<Counts>);

pub(super) type Counts = BTreeMap<(TenantId, String), i64>;

impl Refusals {
    pub(super) fn add(&self, tenant: &TenantId, product: &str, events: i64) {
        if events > 0 {
            // The product may be what was wrong; the ledger's column is short.
            let product = product.chars().filter(|c| !c.is_control()).take(30).collect();
            *self.lock().entry((tenant.clone(), product)).or_default() += events;
        }
    }

    pub(super) fn of(&self, tenant: &TenantId) -> i64 {
        self.lock().iter().filter(|((owner, _), _)| owner == tenant).map(|(_, count)| count).sum()
    }

    /// Takes what is to be written down.
    pub(super) fn take(&self) -> Counts {
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
