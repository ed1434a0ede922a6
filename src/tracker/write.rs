//! The transaction that stores a batch: events, state, marks and books, all or nothing.
//!
//! Running it again with the same batch changes nothing: the ledger knows the batch, and the
//! primary key knows the events.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::NaiveDate;

use super::{
    books::Books,
    buffer::Batch,
    fact::Fact,
    model::{NewEvent, Outcome},
    quarantine::{self, Quarantined},
    store,
};
use crate::{
    clock::Clock,
    config::Config,
    db::{Db, Transaction, bulk},
    error::{Error, Result},
    rollup, stats,
    tenant::{Tenant, TenantId},
};

/// What a batch added to one tenant.
#[derive(Clone, Debug)]
pub struct Stored {
    pub tenant: TenantId,
    /// The events whose id was new.
    pub events: Vec<NewEvent>,
    /// Days whose figures may have changed.
    pub days: BTreeSet<NaiveDate>,
}

/// The result of a batch.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// One for each event of the batch, in order.
    pub outcomes: Vec<Outcome>,
    pub stored: Vec<Stored>,
}

/// Where a batch is written to.
pub(super) struct Writer<'a> {
    pub db: &'a Db,
    pub config: &'a Config,
    pub clock: &'a dyn Clock,
}

impl Writer<'_> {
    /// Stores what is new of a batch.
    pub(super) async fn write(&self, batch: &Batch) -> Result<Written> {
        let mut written =
            Written { outcomes: vec![Outcome::Duplicate; batch.events.len()], stored: Vec::new() };
        // Always in the same order, so that two writers never wait for each other in a circle.
        let mut tenants: BTreeMap<&TenantId, Vec<usize>> = BTreeMap::new();
        for (index, event) in batch.events.iter().enumerate() {
            tenants.entry(&event.tenant).or_default().push(index);
        }
        let transaction = self.db.write().await?;
        for (tenant, mut indexes) in tenants {
            let tenant = self.config.tenant(tenant)?;
            // Ids too, or two writers with the same events would wait for each other. Of equal ids
            // the first stays first.
            indexes.sort_by(|a, b| batch.events[*a].id.cmp(&batch.events[*b].id));
            if batch.source.is_some()
                && store::is_recorded(&*transaction, &tenant.id, batch.id).await?
            {
                continue;
            }
            let events: Vec<_> = indexes.iter().map(|index| &batch.events[*index]).collect();
            let part = TenantPart { transaction: &transaction, tenant: &tenant };
            let (outcomes, stored) = part.write(batch, &events, self.clock).await?;
            for (index, outcome) in indexes.into_iter().zip(outcomes) {
                written.outcomes[index] = outcome;
            }
            written.stored.push(stored);
        }
        let now = self.clock.now();
        let rejects = batch.rejects.iter().enumerate();
        let rows = rejects.map(|(index, reject)| Quarantined::reject(reject, batch.id, index, now));
        quarantine::insert(&*transaction, rows).await?;
        transaction.commit().await?;
        Ok(written)
    }
}

/// One tenant's events within the transaction.
struct TenantPart<'a> {
    transaction: &'a Transaction,
    tenant: &'a Tenant,
}

impl TenantPart<'_> {
    async fn write(
        &self,
        batch: &Batch,
        events: &[&NewEvent],
        clock: &dyn Clock,
    ) -> Result<(Vec<Outcome>, Stored)> {
        let facts = events.iter().map(|event| read_fact(event)).collect::<Result<Vec<_>>>()?;
        let pairs: Vec<_> = events.iter().copied().zip(&facts).collect();
        let mut outcomes = Vec::with_capacity(events.len());
        for chunk in pairs.chunks(bulk::CHUNK) {
            outcomes.extend(self.insert(chunk, clock).await?);
        }
        let new: Vec<_> = pairs
            .iter()
            .zip(&outcomes)
            .filter(|(_, outcome)| **outcome == Outcome::Stored)
            .map(|(pair, _)| *pair)
            .collect();
        let days = stats::fold(self.transaction, self.tenant, &new).await?;
        rollup::mark_changed(self.transaction, &self.tenant.id, &days).await?;
        let books = count(events, &outcomes, batch);
        let now = clock.now();
        store::insert_ledger(self.transaction, &self.tenant.id, batch.id, books, now).await?;
        let events = new.iter().map(|(event, _)| (*event).clone()).collect();
        Ok((outcomes, Stored { tenant: self.tenant.id.clone(), events, days }))
    }

    /// Inserts what is new, and tells duplicates from conflicts for the rest.
    async fn insert(
        &self,
        events: &[(&NewEvent, &Fact)],
        clock: &dyn Clock,
    ) -> Result<Vec<Outcome>> {
        let mut new = store::insert_new(self.transaction, events, clock.now()).await?;
        let known: HashSet<&str> = events
            .iter()
            .map(|(event, _)| event.id.as_str())
            .filter(|id| !new.contains(*id))
            .collect();
        let repeated = events.len() - new.len() - known.len();
        let mut digests = HashMap::new();
        if !known.is_empty() || repeated > 0 {
            let ids = events.iter().map(|(event, _)| event.id.as_str()).collect();
            digests = store::list_digests(self.transaction, &self.tenant.id, ids).await?;
        }
        let outcome = |event: &NewEvent| {
            // Taken out at the first event of this id: the next one is a repeat.
            if new.remove(&event.id) {
                Outcome::Stored
            } else if digests.get(&event.id).is_some_and(|known| *known == event.body_digest()) {
                Outcome::Duplicate
            } else {
                Outcome::Conflict
            }
        };
        let mut outcome = outcome;
        Ok(events.iter().map(|(event, _)| outcome(event)).collect())
    }
}

fn read_fact(event: &NewEvent) -> Result<Fact> {
    Fact::read(&event.name, &event.data)
        .map_err(|reason| Error::Internal(format!("unchecked event: {reason}")))
}

/// The books of one tenant's part of a batch, by product.
fn count(events: &[&NewEvent], outcomes: &[Outcome], batch: &Batch) -> BTreeMap<String, Books> {
    let mut books: BTreeMap<String, Books> = BTreeMap::new();
    for (event, outcome) in events.iter().zip(outcomes) {
        let books = books.entry(event.product.clone()).or_default();
        match outcome {
            Outcome::Stored => books.stored += 1,
            Outcome::Duplicate => books.duplicate += 1,
            Outcome::Conflict => books.conflict += 1,
            Outcome::Refused => books.rejected += 1,
        }
    }
    let own = batch.source.as_ref();
    for reject in batch.rejects.iter().filter(|reject| Some(&reject.tenant) == own) {
        books.entry(reject.product.clone()).or_default().rejected += 1;
    }
    books
}
