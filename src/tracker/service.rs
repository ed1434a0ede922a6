//! Takes events from callers and answers for them.

use std::{sync::Arc, time::Duration};

use entity::event;

use super::{
    books::{Books, Refusals},
    buffer::{EventBuffer, Pending},
    check::RawEvent,
    flush::Flusher,
    model::{Durability, NewEvent, Outcome},
    observe,
    receipt::Receipts,
    store::{self, EventQuery},
};
use crate::{
    auth::{Role, Viewer},
    clock::Clock,
    config::Config,
    db::Db,
    error::{Code, Error, Result},
    live::{Live, Outage},
    tenant::TenantId,
};

/// Most events of one call.
pub const MAX_EVENTS: usize = 1_000;
/// What the caller of an event is told that the database would not take; the cause stays here.
pub(super) const REFUSED: &str = "the database refused the event";
/// How long a caller waits for a commit.
const COMMIT_TIMEOUT: Duration = Duration::from_secs(15);
/// How long the ledger keeps a batch as a row of its own: longer than any lease.
const LEDGER_ROWS_KEPT: chrono::TimeDelta = chrono::TimeDelta::days(1);

/// The way in for events.
pub struct Tracker {
    db: Db,
    clock: Arc<dyn Clock>,
    config: Arc<Config>,
    live: Arc<Live>,
    /// The queue in which callers wait for their commit.
    direct: Arc<dyn EventBuffer>,
    /// Where events wait that outlive this process; none without Redis.
    durable: Option<Arc<dyn EventBuffer>>,
    outage: Outage,
    receipts: Arc<Receipts>,
    refusals: Arc<Refusals>,
}

/// What became of one event of a call.
#[derive(Clone, Debug)]
pub struct TrackResult {
    pub id: String,
    pub status: TrackStatus,
    pub reason: Option<Arc<str>>,
}

/// The answer for one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, async_graphql::Enum)]
pub enum TrackStatus {
    /// Taken; with `durability: STORED` its id was new.
    Accepted,
    /// Its id is stored already, with the same body. Nothing changed.
    Duplicate,
    /// Its id is stored already, with another body. The first stays.
    Conflict,
    /// Not taken; `reason` says why. Sending it again unchanged is of no use.
    Rejected,
}

/// The books of a tenant with what is pending.
#[derive(Clone, Copy, Debug)]
pub struct IngestStatus {
    pub books: Books,
    pub pending: Pending,
}

/// A lane of events: checked, or refused with what the caller is told.
type Checked = Result<NewEvent, TrackResult>;

impl Tracker {
    pub fn new(
        db: Db,
        clock: Arc<dyn Clock>,
        config: Arc<Config>,
        live: Arc<Live>,
        direct: Arc<dyn EventBuffer>,
        durable: Option<Arc<dyn EventBuffer>>,
    ) -> Self {
        let (receipts, refusals) = (Arc::default(), Arc::default());
        let outage = Outage::of("events go straight to the database");
        Self { db, clock, config, live, direct, durable, outage, receipts, refusals }
    }

    /// The workers of this process, one for each buffer.
    pub fn flushers(&self) -> Vec<Flusher> {
        std::iter::once(&self.direct)
            .chain(&self.durable)
            .map(|buffer| self.flusher(buffer))
            .collect()
    }

    fn flusher(&self, buffer: &Arc<dyn EventBuffer>) -> Flusher {
        Flusher {
            buffer: Arc::clone(buffer),
            outage: Arc::new(Outage::of("events in it are not looked for")),
            receipts: Arc::clone(&self.receipts),
            refusals: Arc::clone(&self.refusals),
            db: self.db.clone(),
            live: Arc::clone(&self.live),
            config: Arc::clone(&self.config),
            clock: Arc::clone(&self.clock),
        }
    }

    /// Takes events: one result for each, in order.
    ///
    /// # Errors
    /// Of the whole call: [`Error::Forbidden`], [`Error::BadInput`] for none or too many events,
    /// [`Error::RateLimited`] for a full buffer, [`Error::Unavailable`] when no store answers;
    /// nothing of the call is kept then.
    pub async fn track(
        &self,
        viewer: &Viewer,
        events: Vec<RawEvent>,
        durability: Durability,
    ) -> Result<Vec<TrackResult>> {
        viewer.require(&[Role::Ingest], "send events")?;
        if events.is_empty() || events.len() > MAX_EVENTS {
            let expected = format!("1 to {MAX_EVENTS} events a call");
            return Err(Error::bad_input("input", format!("{} events", events.len()), &expected));
        }
        let checked = self.check(viewer, events);
        let good: Vec<_> =
            checked.iter().filter_map(|event| event.as_ref().ok()).cloned().collect();
        let outcomes = self.hand_over(good, durability).await?;
        self.count_rejected(viewer, &checked);
        Ok(answer(checked, &outcomes))
    }

    fn check(&self, viewer: &Viewer, events: Vec<RawEvent>) -> Vec<Checked> {
        let now = self.clock.now();
        let check = |event: RawEvent| {
            let id = event.id.clone().unwrap_or_default();
            let rejected = |reason| {
                let status = TrackStatus::Rejected;
                TrackResult { id, status, reason: Some(reason) }
            };
            event.check(&viewer.tenant.id, now).map_err(rejected)
        };
        events.into_iter().map(check).collect()
    }

    fn count_rejected(&self, viewer: &Viewer, checked: &[Checked]) {
        let rejected = checked.iter().filter(|event| event.is_err()).count();
        observe::refused(rejected);
        let rejected = i64::try_from(rejected).unwrap_or(i64::MAX);
        self.refusals.add(&viewer.tenant.id, "", rejected);
    }

    /// Puts events where the caller wants them, and returns the outcomes as far as they are known.
    async fn hand_over(
        &self,
        events: Vec<NewEvent>,
        durability: Durability,
    ) -> Result<Vec<Outcome>> {
        if events.is_empty() {
            return Ok(Vec::new());
        }
        if let (Some(durable), Durability::Buffered) = (&self.durable, durability) {
            match durable.push(&events).await {
                Ok(()) => {
                    self.outage.succeeded();
                    return Ok(vec![Outcome::Stored; events.len()]);
                }
                Err(error) if error.code() == Code::RateLimited => return Err(error),
                // A push that failed in mid-answer may have arrived: the id makes it harmless.
                Err(error) => self.outage.failed(&error),
            }
        }
        self.commit(events).await
    }

    async fn commit(&self, mut events: Vec<NewEvent>) -> Result<Vec<Outcome>> {
        let receipt = self.receipts.issue(&mut events);
        if let Err(error) = self.direct.push(&events).await {
            self.receipts.fail(&events);
            return Err(error);
        }
        match tokio::time::timeout(COMMIT_TIMEOUT, receipt).await {
            Ok(Ok(Some(outcomes))) => Ok(outcomes),
            _ => Err(Error::unavailable("the database does not answer")),
        }
    }

    /// The books of the viewer's tenant.
    pub async fn status(&self, viewer: &Viewer) -> Result<IngestStatus> {
        viewer.require(&[Role::Viewer, Role::Ingest], "read the books of ingestion")?;
        let tenant = &viewer.tenant.id;
        let pending = self.pending(tenant).await?;
        let mut books = store::sum_ledger(self.db.pool(), tenant).await?;
        books.rejected += self.refusals.of(tenant);
        Ok(IngestStatus { books, pending })
    }

    /// What waits for the database, of one tenant.
    ///
    /// # Errors
    /// [`Error::Redis`] when the shared buffer does not answer.
    pub async fn pending(&self, tenant: &TenantId) -> Result<Pending> {
        let here = self.pending_here(tenant).await;
        match &self.durable {
            Some(durable) => Ok(here.and(durable.pending(tenant).await?)),
            None => Ok(here),
        }
    }

    /// What waits in this process, of one tenant.
    pub async fn pending_here(&self, tenant: &TenantId) -> Pending {
        self.direct.pending(tenant).await.unwrap_or_default()
    }

    /// Raw events of a bounded range, newest first.
    pub(super) async fn events(
        &self,
        viewer: &Viewer,
        query: EventQuery,
        limit: u64,
    ) -> Result<Vec<event::Model>> {
        viewer.require(&[Role::Viewer], "read events")?;
        store::list_events(self.db.pool(), &viewer.tenant.id, query, limit).await
    }

    /// Shows what waits, of all tenants together, to whoever reads the metrics.
    pub async fn observe_pending(&self) -> Result<()> {
        let mut all = Pending::default();
        for tenant in self.config.tenants.values() {
            all = all.and(self.pending(&tenant.id).await?);
        }
        observe::pending(all, self.clock.now());
        Ok(())
    }

    /// Writes down the refusals counted so far, and merges old rows of the ledger.
    pub async fn keep_books(&self) -> Result<()> {
        let refusals = self.refusals.take();
        if refusals.is_empty() {
            return Ok(());
        }
        let written = self.write_refusals(&refusals).await;
        if written.is_err() {
            for ((tenant, product), events) in &refusals {
                self.refusals.add(tenant, product, *events);
            }
        }
        written
    }

    async fn write_refusals(&self, refusals: &super::books::Counts) -> Result<()> {
        let (batch, now) = (uuid::Uuid::now_v7(), self.clock.now());
        let transaction = self.db.write().await?;
        for ((tenant, product), rejected) in refusals {
            let books = (product.clone(), Books { rejected: *rejected, ..Books::default() });
            store::insert_ledger(&*transaction, tenant, batch, [books], now).await?;
        }
        transaction.commit().await
    }

    /// Merges the ledger's rows of batches that nobody can run again.
    pub async fn compact_books(&self, tenant: &TenantId) -> Result<()> {
        let before = self.clock.now() - LEDGER_ROWS_KEPT;
        let transaction = self.db.write().await?;
        store::compact_ledger(&*transaction, tenant, before).await?;
        transaction.commit().await
    }
}

/// Puts outcomes and refusals back into the order of the call.
fn answer(checked: Vec<Checked>, outcomes: &[Outcome]) -> Vec<TrackResult> {
    const CONFLICT: &str = "this id is stored with another body; the first stays";
    let mut outcomes = outcomes.iter();
    let answer = |event: Checked| {
        let event = match event {
            Ok(event) => event,
            Err(refused) => return refused,
        };
        let (status, reason) = match outcomes.next() {
            Some(Outcome::Duplicate) => (TrackStatus::Duplicate, None),
            Some(Outcome::Conflict) => (TrackStatus::Conflict, Some(CONFLICT.into())),
            Some(Outcome::Refused) => (TrackStatus::Rejected, Some(REFUSED.into())),
            Some(Outcome::Stored) | None => (TrackStatus::Accepted, None),
        };
        TrackResult { id: event.id, status, reason }
    };
    checked.into_iter().map(answer).collect()
}
