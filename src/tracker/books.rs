//! The books of ingestion: what became of every event that ever arrived.
//!
//! Events that reach the database are counted in its ledger, in the transaction of their batch.
//! Events refused at the door are counted here and written down once a second, so that a flood of
//! refusals costs the database nothing.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use super::{
    check::PRODUCT_CHARS,
    model::{NewEvent, Outcome},
};
use crate::{input::check_name, tenant::TenantId};

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

    /// Adds the counts of another page.
    pub(super) fn merge(&mut self, other: &Self) {
        self.stored += other.stored;
        self.duplicate += other.duplicate;
        self.conflict += other.conflict;
        self.rejected += other.rejected;
    }

    /// All that has found its place.
    pub(super) fn settled(&self) -> i64 {
        self.stored + self.duplicate + self.conflict + self.rejected
    }
}

/// Counts events by tenant and product; most that follow each other have both in common.
pub(super) fn tally<'a>(
    events: impl IntoIterator<Item = (&'a NewEvent, Outcome)>,
) -> BTreeMap<(&'a TenantId, &'a str), Books> {
    let mut pages: BTreeMap<_, Books> = BTreeMap::new();
    let mut run: Option<((&TenantId, &str), Books)> = None;
    for (event, outcome) in events {
        let key = (&event.tenant, &*event.product);
        match &mut run {
            Some((known, books)) if is_same(*known, key) => books.add(outcome, 1),
            _ => {
                let mut books = Books::default();
                books.add(outcome, 1);
                if let Some((key, books)) = run.replace((key, books)) {
                    pages.entry(key).or_default().merge(&books);
                }
            }
        }
    }
    if let Some((key, books)) = run {
        pages.entry(key).or_default().merge(&books);
    }
    pages
}

/// Whether two events are on one page; those of one call mostly share the very texts.
fn is_same((tenant, product): (&TenantId, &str), other: (&TenantId, &str)) -> bool {
    (std::ptr::eq(product, other.1) || product == other.1)
        && (std::ptr::eq(tenant.as_str(), other.0.as_str()) || tenant == other.0)
}

/// The product under which an event is in the books: none for one that no event may have.
pub(super) fn product_of(text: &str) -> &str {
    if check_name("product", text, PRODUCT_CHARS).is_ok() { text } else { "" }
}

/// Refusals not yet in the ledger, by tenant and product.
#[derive(Debug, Default)]
pub(super) struct Refusals(Mutex<Counts>);

pub(super) type Counts = BTreeMap<TenantId, BTreeMap<String, i64>>;

/// Products of a tenant whose refusals are told apart between two entries in the ledger; those of
/// more are entered without one, so that a flood costs little.
const MAX_PRODUCTS: usize = 1_000;

impl Refusals {
    /// Enters refusals of a product that an event may have, or of none.
    pub(super) fn add(&self, tenant: &TenantId, product: &str, events: i64) {
        let mut counts = self.lock();
        let products = counts.entry(tenant.clone()).or_default();
        let known = products.contains_key(product) || products.len() < MAX_PRODUCTS;
        *products.entry(if known { product } else { "" }.to_owned()).or_default() += events;
    }

    pub(super) fn of(&self, tenant: &TenantId) -> BTreeMap<String, i64> {
        self.lock().get(tenant).cloned().unwrap_or_default()
    }

    /// Takes what is to be written down.
    pub(super) fn take(&self) -> Counts {
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_that_no_event_may_have_is_none() {
        let long = "x".repeat(31);
        for (text, product) in
            [("bot", "bot"), ("机器人", "机器人"), ("", ""), ("a\nb", ""), (&long, "")]
        {
            assert_eq!(product_of(text), product);
        }
    }

    #[test]
    fn refusals_of_many_products_are_bounded_and_none_is_lost() {
        let (refusals, tenant) = (Refusals::default(), TenantId::new("t"));
        for index in 0..10_000 {
            refusals.add(&tenant, &format!("p{index}"), 1);
        }
        let counts = refusals.of(&tenant);
        assert_eq!(counts.len(), MAX_PRODUCTS + 1);
        assert_eq!(counts.values().sum::<i64>(), 10_000);
        assert_eq!(counts[""], 9_000);
    }
}
