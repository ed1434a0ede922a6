//! The transaction that stores a batch: ids, events, state, marks and books, all or nothing.
//!
//! Running it again with the same batch changes nothing: the ledger knows the batch, and
//! `analytics_event_ids` knows the events. What the two databases do differently is in
//! [`EventSink`]; everything else is said once.

mod caution;
mod identity;
mod postgres;
mod sqlite;

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

pub(super) use self::caution::Caution;
use self::identity::Candidates;
use super::{
    books::{Books, tally},
    buffer::Reject,
    model::{NewEvent, Outcome},
    quarantine::{self, Quarantined},
    store,
};
use crate::{
    clock::Clock,
    config::Config,
    db::{Db, Ingest},
    error::{Error, Result},
    live::Live,
    rollup::{self, Marks},
    stats::{self, FloorChanges, Folded, SeenSessions},
    tenant::{Tenant, TenantId},
};

/// Events that are written together.
#[derive(Clone, Debug)]
pub(super) struct Batch<'a> {
    pub(super) id: Uuid,
    /// The tenant whose buffer it was claimed from; such a batch may be run twice.
    pub(super) source: Option<&'a TenantId>,
    pub(super) events: Vec<&'a NewEvent>,
    /// What came with it and is no event.
    pub(super) rejects: &'a [Reject],
}

/// Where a batch is written to.
pub(super) struct Writer<'a> {
    pub(super) db: &'a Db,
    pub(super) config: &'a Config,
    pub(super) clock: &'a dyn Clock,
    pub(super) caution: &'a Caution,
    pub(super) seen: &'a SeenSessions,
    pub(super) live: &'a Live,
}

/// An id whose first event is known, by this batch or from before.
#[derive(Clone, Debug)]
pub(super) struct KnownId {
    pub(super) event_id: String,
    pub(super) body_digest: Uuid,
    pub(super) occurred_at: DateTime<Utc>,
    /// Inserted by this very transaction.
    pub(super) fresh: bool,
}

/// What the two databases do each in its own way.
#[async_trait]
pub(super) trait EventSink: ConnectionTrait {
    /// Inserts the ids that are new. Returns those that were known, and may return new ones too,
    /// marked as such; nothing when all were new.
    ///
    /// # Errors
    /// [`Error::is_taken_key`] for [`TAKEN`] when all were believed new and one is known; the
    /// transaction is lost then.
    async fn insert_ids(
        &self,
        tenant: &TenantId,
        events: &[&NewEvent],
        ids: Ids,
        now: DateTime<Utc>,
    ) -> Result<Vec<KnownId>>;

    /// Inserts events whose ids are new.
    async fn insert_events(&self, events: &[&NewEvent], now: DateTime<Utc>) -> Result<()>;

    /// Folds new events into sessions, notes what is new of them, and marks the hours whose figures may
    /// have changed.
    async fn fold_sessions<'a>(
        &self,
        tenant: &Tenant,
        events: &[&'a NewEvent],
        seen: &SeenSessions,
        marks: &mut Marks<'_>,
        changes: &mut FloorChanges,
    ) -> Result<Folded<'a>>;
}

impl Writer<'_> {
    /// Keeps an event that the database refuses where an operator finds it.
    pub(super) async fn refuse(
        &self,
        batch: &Batch<'_>,
        event: &NewEvent,
        error: &Error,
    ) -> Result<()> {
        let now = self.clock.now();
        let transaction = self.db.write().await?;
        let known = batch.source.is_some()
            && store::is_recorded(&*transaction, &event.tenant, batch.id).await?;
        if !known {
            let row = Quarantined::refused(event, error, now);
            quarantine::insert(&*transaction, [row]).await?;
            let books = (event.product.to_string(), Books { rejected: 1, ..Books::default() });
            store::insert_ledger(&*transaction, &event.tenant, batch.id, [books], now).await?;
        }
        transaction.commit().await
    }

    /// Stores what is new of a batch; returns an outcome for each of its events, in order.
    pub(super) async fn write(&self, batch: &Batch<'_>) -> Result<Vec<Outcome>> {
        if !self.caution.is_due() {
            match Box::pin(self.write_once(batch, Ids::BelievedNew)).await {
                Err(error) if error.is_taken_key(TAKEN) => self.caution.rouse(),
                written => return written,
            }
        }
        let outcomes = Box::pin(self.write_once(batch, Ids::Asked)).await?;
        if outcomes.iter().any(|outcome| *outcome != Outcome::Stored) {
            self.caution.rouse();
        }
        Ok(outcomes)
    }

    async fn write_once(&self, batch: &Batch<'_>, ids: Ids) -> Result<Vec<Outcome>> {
        match self.db.ingest().await? {
            Ingest::Postgres(transaction) => {
                let written = Box::pin(self.write_in(&transaction, batch, ids)).await?;
                transaction.commit().await?;
                Ok(self.committed(written))
            }
            Ingest::Sqlite(transaction) => {
                let written = Box::pin(self.write_in(&*transaction, batch, ids)).await?;
                transaction.commit().await?;
                Ok(self.committed(written))
            }
        }
    }

    /// What is certain only after the commit.
    fn committed(&self, written: Written<'_>) -> Vec<Outcome> {
        for part in written.parts {
            // What is said of a session later must not be told before this.
            self.live.changed(&part.tenant, part.changes, &part.folded.signs);
            self.seen.remember(&part.tenant, part.folded.heard);
        }
        written.outcomes
    }

    async fn write_in<'e, S: EventSink>(
        &self,
        sink: &S,
        batch: &'e Batch<'_>,
        ids: Ids,
    ) -> Result<Written<'e>> {
        let mut written =
            Written { outcomes: vec![Outcome::Duplicate; batch.events.len()], parts: Vec::new() };
        // Always in the same order, so that two writers never wait for each other in a circle.
        let mut tenants: BTreeMap<&TenantId, Vec<usize>> = BTreeMap::new();
        for (index, event) in batch.events.iter().enumerate() {
            tenants.entry(&event.tenant).or_default().push(index);
        }
        if batch.events.is_empty() {
            tenants.extend(batch.source.map(|tenant| (tenant, Vec::new())));
        }
        for (tenant, indexes) in tenants {
            let tenant = self.config.tenant(tenant)?;
            if batch.source.is_some() && store::is_recorded(sink, &tenant.id, batch.id).await? {
                continue;
            }
            let (seen, now) = (self.seen, self.clock.now());
            let part = Part { sink, tenant: &tenant, batch, ids, seen, now };
            let mut changes = FloorChanges::new(self.live.keeps_state());
            let folded = part.write(&indexes, &mut written.outcomes, &mut changes).await?;
            let tenant = tenant.id.clone();
            written.parts.push(WrittenPart { tenant, folded, changes });
        }
        Ok(written)
    }
}

/// One tenant's events within the transaction.
struct Part<'a, 'e, S> {
    sink: &'a S,
    tenant: &'a Tenant,
    batch: &'e Batch<'e>,
    ids: Ids,
    seen: &'a SeenSessions,
    now: DateTime<Utc>,
}

impl<'e, S: EventSink> Part<'_, 'e, S> {
    async fn write(
        &self,
        indexes: &[usize],
        outcomes: &mut [Outcome],
        changes: &mut FloorChanges,
    ) -> Result<Folded<'e>> {
        let candidates = Candidates::of(&self.batch.events, indexes);
        let firsts = &candidates.firsts;
        let known = match firsts.len() {
            0 => Vec::new(),
            _ => self.sink.insert_ids(&self.tenant.id, firsts, self.ids, self.now).await?,
        };
        let new = candidates.judge(self.sink, &self.tenant.id, known, outcomes).await?;
        let (mut marks, mut folded) = (Marks::new(self.tenant), Folded::default());
        if !new.is_empty() {
            self.sink.insert_events(&new, self.now).await?;
            let (tenant, seen) = (self.tenant, self.seen);
            folded = self.sink.fold_sessions(tenant, &new, seen, &mut marks, changes).await?;
            changes.add_events(&new);
            stats::mark_events(&new, &mut marks);
        }
        if !self.batch.rejects.is_empty() {
            let rejects = self.batch.rejects.iter().enumerate();
            let row = |(index, reject)| Quarantined::reject(reject, self.batch.id, index, self.now);
            quarantine::insert(self.sink, rejects.map(row)).await?;
        }
        rollup::mark_changed(self.sink, &self.tenant.id, marks.days()).await?;
        let books = count(indexes, outcomes, self.batch);
        store::insert_ledger(self.sink, &self.tenant.id, self.batch.id, books, self.now).await?;
        // Last, because every agent has one row and other writers wait for it until the commit.
        stats::fold_agents(self.sink, self.tenant, &new, changes).await?;
        Ok(folded)
    }
}

/// What a transaction has written.
struct Written<'a> {
    outcomes: Vec<Outcome>,
    parts: Vec<WrittenPart<'a>>,
}

/// What it means for one tenant once it is committed.
struct WrittenPart<'a> {
    tenant: TenantId,
    folded: Folded<'a>,
    changes: FloorChanges,
}

/// The name of the key of `analytics_event_ids`.
const TAKEN: &str = "analytics_event_ids_pkey";

/// What is believed of the ids of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ids {
    BelievedNew,
    Asked,
}

/// The books of one tenant's part of a batch, by product.
fn count(indexes: &[usize], outcomes: &[Outcome], batch: &Batch<'_>) -> BTreeMap<String, Books> {
    let events = indexes.iter().map(|index| (batch.events[*index], outcomes[*index]));
    let books = tally(events).into_iter();
    let mut books: BTreeMap<_, _> =
        books.map(|((_, product), books)| (product.to_owned(), books)).collect();
    for reject in batch.rejects {
        books.entry(reject.product.clone()).or_default().rejected += 1;
    }
    books
}
