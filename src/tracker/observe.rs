//! The metrics of ingestion, of this process since its start.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, Utc};
use metrics::{counter, gauge};

use super::{
    books::{Books, tally},
    buffer::Pending,
    model::{NewEvent, Outcome},
};
use crate::tenant::TenantId;

/// Products of a tenant with a series of their own; a sender can make up any number of them.
const MAX_PRODUCTS: usize = 100;
/// The label of all others.
const OTHER: &str = "other";

/// Counts events by tenant, product and outcome.
#[derive(Debug, Default)]
pub(super) struct EventCounter(Mutex<BTreeMap<TenantId, BTreeSet<String>>>);

impl EventCounter {
    /// Counts events by what the database said of them.
    pub(super) fn outcomes(&self, events: &[&NewEvent], outcomes: &[Outcome]) {
        let events = events.iter().copied().zip(outcomes.iter().copied());
        for ((tenant, product), books) in tally(events) {
            self.add(tenant, product, &books);
        }
    }

    /// Counts events that were refused before they reached the database.
    pub(super) fn refused(&self, tenant: &TenantId, product: &str, events: i64) {
        self.add(tenant, product, &Books { rejected: events, ..Books::default() });
    }

    fn add(&self, tenant: &TenantId, product: &str, books: &Books) {
        let product = self.label(tenant, product);
        for (outcome, events) in [
            ("stored", books.stored),
            ("duplicate", books.duplicate),
            ("conflict", books.conflict),
            ("rejected", books.rejected),
        ] {
            let labels = [
                ("tenant", tenant.to_string()),
                ("product", product.to_owned()),
                ("outcome", outcome.to_owned()),
            ];
            counter!("ingest_events_total", &labels).increment(u64::try_from(events).unwrap_or(0));
        }
    }

    /// The product itself while there are few.
    fn label<'a>(&self, tenant: &TenantId, product: &'a str) -> &'a str {
        let mut tenants = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let products = tenants.entry(tenant.clone()).or_default();
        if products.contains(product) {
            return product;
        }
        if products.len() >= MAX_PRODUCTS {
            return OTHER;
        }
        products.insert(product.to_owned());
        product
    }
}

/// Counts a tracking mutation by who ran it: `precompiled` or `engine`.
pub(crate) fn count_path(path: &'static str) {
    counter!("graphql_ingest_path_total", "path" => path).increment(1);
}

/// Shows what waits of a tenant.
pub(super) fn pending(tenant: &TenantId, pending: Pending, now: DateTime<Utc>) {
    let age_ms = pending.oldest_at_ms.map_or(0, |oldest| (now.timestamp_millis() - oldest).max(0));
    #[expect(clippy::cast_precision_loss, reason = "both are far below 2^53")]
    let (events, age_secs) = (pending.events as f64, age_ms as f64 / 1_000.0);
    gauge!("ingest_pending_events", "tenant" => tenant.to_string()).set(events);
    gauge!("ingest_oldest_pending_seconds", "tenant" => tenant.to_string()).set(age_secs);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_of_many_products_makes_few_series() {
        let (counter, tenant) = (EventCounter::default(), TenantId::new("t"));
        let labels: BTreeSet<_> = (0..10_000)
            .map(|index| counter.label(&tenant, &format!("p{index}")).to_owned())
            .collect();
        assert_eq!(labels.len(), MAX_PRODUCTS + 1);
        assert_eq!(counter.label(&tenant, "p7"), "p7");
        assert_eq!(counter.label(&tenant, "p9999"), OTHER);
        assert_eq!(counter.label(&TenantId::new("u"), "p9999"), "p9999");
    }
}
