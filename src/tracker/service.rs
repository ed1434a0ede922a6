//! Takes events from callers and answers for them.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use bytestring::ByteString;
use entity::event;
use tokio::sync::RwLock;

use super::{
    answer::{Lane, TrackResult, TrackStatus, answer},
    books::{Books, Refusals, product_of},
    buffer::{EventBuffer, Pending},
    check::{RawEvent, Refusal},
    commit::CommitQueue,
    committer::Committer,
    fact::MAX_NAME,
    flush::Flusher,
    model::{Durability, NewEvent, Outcome},
    observe::{self, EventCounter},
    query::{self, EventQuery, SessionEvents},
    settle::Settler,
    store,
    write::Caution,
};
use crate::{
    auth::{Role, Viewer},
    clock::Clock,
    config::Config,
    db::Db,
    error::{Code, Error, Result},
    graphql::paging::{PageInfo, page_info},
    live::{Live, Outage},
    stats::{SeenSessions, alert::ACKNOWLEDGE},
    tenant::TenantId,
};

/// The product of events that the service makes itself.
pub const OWN_PRODUCT: &str = "deskpulse";
/// Most events of one call.
pub const MAX_EVENTS: usize = 1_000;
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
    queue: Arc<CommitQueue>,
    /// Where events wait that outlive this process; none without Redis.
    durable: Option<Arc<dyn EventBuffer>>,
    outage: Outage,
    unreplicated: Outage,
    refusals: Arc<Refusals>,
    /// Held while refusals go over to the ledger, where whoever reads finds them in neither place.
    moving: RwLock<()>,
    caution: Arc<Caution>,
    seen: Arc<SeenSessions>,
    counter: Arc<EventCounter>,
}

/// The books of a tenant with what is pending.
#[derive(Clone, Debug)]
pub struct IngestStatus {
    pub books: Books,
    pub pending: Pending,
    /// The same by product, with how many events are pending; empty unless asked for.
    pub products: BTreeMap<String, (Books, u64)>,
}

impl Tracker {
    pub fn new(
        db: Db,
        clock: Arc<dyn Clock>,
        config: Arc<Config>,
        live: Arc<Live>,
        durable: Option<Arc<dyn EventBuffer>>,
    ) -> Self {
        let ingest = &config.ingest;
        let queue = CommitQueue::new(ingest.max_pending_events, ingest.max_pending_bytes);
        let (queue, refusals, counter) = (Arc::new(queue), Arc::default(), Arc::default());
        let (caution, seen) = (Arc::default(), Arc::default());
        let outage = Outage::of("events go straight to the database");
        let unreplicated = Outage::of("REPLICATED events go straight to the database");
        Self {
            db,
            clock,
            config,
            live,
            queue,
            durable,
            outage,
            unreplicated,
            refusals,
            moving: RwLock::default(),
            caution,
            seen,
            counter,
        }
    }

    /// The workers that write the calls that wait for their commit.
    pub fn committers(&self) -> impl Iterator<Item = Committer> {
        let committer = Committer { queue: Arc::clone(&self.queue), settler: self.settler() };
        std::iter::repeat_n(committer, self.config.ingest.writers)
    }

    /// The workers that move what waits in the shared buffer; none without Redis.
    pub fn flushers(&self) -> impl Iterator<Item = Flusher> {
        let flusher = self.durable.as_ref().map(|buffer| Flusher {
            buffer: Arc::clone(buffer),
            outage: Arc::new(Outage::of("events in it are not looked for")),
            settler: self.settler(),
        });
        flusher
            .into_iter()
            .flat_map(|flusher| std::iter::repeat_n(flusher, self.config.ingest.writers))
    }

    fn settler(&self) -> Settler {
        Settler {
            caution: Arc::clone(&self.caution),
            seen: Arc::clone(&self.seen),
            db: self.db.clone(),
            live: Arc::clone(&self.live),
            config: Arc::clone(&self.config),
            clock: Arc::clone(&self.clock),
            counter: Arc::clone(&self.counter),
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
        self.take(viewer, events, durability).await
    }

    /// Writes down that the viewer has seen a session wait too long.
    ///
    /// # Errors
    /// [`Error::Refused`] for a session that no event may have, and what [`Self::track`] fails with.
    pub async fn acknowledge_alert(&self, viewer: &Viewer, session_id: &str) -> Result<()> {
        viewer.require(&[Role::Viewer], "acknowledge alerts")?;
        let by: String = viewer.subject.chars().take(MAX_NAME).collect();
        let event = RawEvent {
            name: ACKNOWLEDGE.into(),
            product: OWN_PRODUCT.into(),
            session_id: Some(session_id.into()),
            data: serde_json::json!({ "by": by }).into(),
            ..RawEvent::default()
        };
        let results = self.take(viewer, vec![event], Durability::Stored).await?;
        match results.into_iter().find_map(|result| result.reason) {
            Some(reason) => Err(Error::Refused(reason.to_string())),
            None => Ok(()),
        }
    }

    async fn take(
        &self,
        viewer: &Viewer,
        events: Vec<RawEvent>,
        durability: Durability,
    ) -> Result<Vec<TrackResult>> {
        if events.is_empty() || events.len() > MAX_EVENTS {
            let expected = format!("1 to {MAX_EVENTS} events a call");
            return Err(Error::bad_input("input", format!("{} events", events.len()), &expected));
        }
        let (good, lanes) = self.check(viewer, events);
        let outcomes = self.hand_over(good, durability).await?;
        self.count_refused(&viewer.tenant.id, &lanes);
        Ok(answer(lanes, &outcomes))
    }

    /// Parts the events that may be stored from those that are refused.
    fn check(&self, viewer: &Viewer, events: Vec<RawEvent>) -> (Vec<NewEvent>, Vec<Lane>) {
        let now = self.clock.now();
        let mut good = Vec::with_capacity(events.len());
        let mut lanes = Vec::with_capacity(events.len());
        let mut product = ByteString::new();
        for mut event in events {
            // Most events of a call share one; whoever compares them later sees that at once.
            if event.product == product {
                event.product = product.clone();
            } else {
                product = event.product.clone();
            }
            lanes.push(match event.check(&viewer.tenant.id, now) {
                Ok(event) => {
                    let lane = Lane::Taken(event.id.clone());
                    good.push(event);
                    lane
                }
                Err(Refusal { id, product, reason }) => {
                    let product = product_of(&product).to_owned();
                    let (id, status) = (id.unwrap_or_default(), TrackStatus::Rejected);
                    let result = TrackResult { id, status, reason: Some(reason) };
                    Lane::Refused { product, result }
                }
            });
        }
        (good, lanes)
    }

    fn count_refused(&self, tenant: &TenantId, lanes: &[Lane]) {
        for lane in lanes {
            if let Lane::Refused { product, .. } = lane {
                self.counter.refused(tenant, product, 1);
                self.refusals.add(tenant, product, 1);
            }
        }
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
        if let Some(durable) = &self.durable
            && self.push(&**durable, &events, durability).await?
        {
            return Ok(vec![Outcome::Stored; events.len()]);
        }
        self.commit(events).await
    }

    /// Puts events into the shared buffer; false when the caller wants more, or it fails.
    async fn push(
        &self,
        durable: &dyn EventBuffer,
        events: &[NewEvent],
        durability: Durability,
    ) -> Result<bool> {
        let (pushed, outage) = match durability {
            Durability::Buffered => (durable.push(events).await, &self.outage),
            Durability::Replicated => (durable.push_replicated(events).await, &self.unreplicated),
            Durability::Stored => return Ok(false),
        };
        match &pushed {
            Ok(()) => outage.succeeded(),
            Err(error) if error.code() == Code::RateLimited => return pushed.map(|()| false),
            // A push that failed in mid-answer may have arrived: the id makes it harmless.
            Err(error) => outage.failed(error),
        }
        Ok(pushed.is_ok())
    }

    /// Waits for a commit, but not for a database that is away: what no worker has taken by then
    /// leaves the queue.
    async fn commit(&self, events: Vec<NewEvent>) -> Result<Vec<Outcome>> {
        let unavailable = || Error::unavailable("the database does not answer");
        if self.db.is_down() {
            return Err(unavailable());
        }
        let answer = self.queue.submit(events)?;
        tokio::select! {
            biased;
            answer = answer => answer.ok().flatten(),
            () = self.db.went_down() => None,
            () = tokio::time::sleep(COMMIT_TIMEOUT) => None,
        }
        .ok_or_else(unavailable)
    }

    /// The books of the viewer's tenant; with those of its products, whose sums they are then.
    pub async fn status(&self, viewer: &Viewer, by_product: bool) -> Result<IngestStatus> {
        viewer.require(&[Role::Viewer, Role::Ingest], "read the books of ingestion")?;
        let tenant = &viewer.tenant.id;
        let mut pending = self.pending(tenant).await?;
        let mut products: BTreeMap<String, (Books, u64)> = BTreeMap::new();
        if by_product {
            let waiting = self.pending_by_product(tenant).await?;
            pending.events = waiting.values().sum();
            products.extend(
                waiting.into_iter().map(|(product, events)| (product, (Books::default(), events))),
            );
        }
        let mut books = Books::default();
        for (product, settled) in self.settled_by_product(tenant).await? {
            books.merge(&settled);
            if by_product {
                products.entry(product).or_default().0 = settled;
            }
        }
        Ok(IngestStatus { books, pending, products })
    }

    /// What has found its place in the books: the ledger, and what will be in it in a second.
    async fn settled_by_product(&self, tenant: &TenantId) -> Result<BTreeMap<String, Books>> {
        let _still = self.moving.read().await;
        let mut settled = store::sum_ledger(self.db.pool(), tenant).await?;
        for (product, rejected) in self.refusals.of(tenant) {
            settled.entry(product).or_default().rejected += rejected;
        }
        Ok(settled)
    }

    async fn pending_by_product(&self, tenant: &TenantId) -> Result<BTreeMap<String, u64>> {
        let mut waiting = self.queue.pending_by_product(tenant);
        if let Some(durable) = &self.durable {
            for (product, events) in durable.pending_by_product(tenant).await? {
                *waiting.entry(product).or_default() += events;
            }
        }
        Ok(waiting)
    }

    /// What waits for the database, of one tenant.
    ///
    /// # Errors
    /// [`Error::Redis`] when the shared buffer does not answer.
    pub async fn pending(&self, tenant: &TenantId) -> Result<Pending> {
        let here = self.pending_here(tenant);
        match &self.durable {
            Some(durable) => Ok(here.and(durable.pending(tenant).await?)),
            None => Ok(here),
        }
    }

    /// What waits in this process, of one tenant.
    pub fn pending_here(&self, tenant: &TenantId) -> Pending {
        self.queue.pending(tenant)
    }

    /// A page of raw events of a bounded range, newest first.
    pub(crate) async fn event_page(
        &self,
        viewer: &Viewer,
        query: EventQuery,
        len: u64,
    ) -> Result<(Vec<event::Model>, PageInfo)> {
        viewer.require(&[Role::Viewer], "read events")?;
        query.check()?;
        let after = query.after.is_some();
        let mut events =
            store::list_events(self.db.pool(), &viewer.tenant.id, query, len + 1).await?;
        let info = page_info(&mut events, len, after, query::cursor);
        Ok((events, info))
    }

    /// The oldest events of each of some sessions. Only for whoever may read the sessions, which
    /// takes the same right.
    pub(crate) async fn events_of_sessions(
        &self,
        tenant: &TenantId,
        query: SessionEvents,
    ) -> Result<Vec<event::Model>> {
        store::list_events_of_sessions(self.db.pool(), tenant, query).await
    }

    /// Shows what waits to whoever reads the metrics.
    pub async fn observe_pending(&self) -> Result<()> {
        for tenant in self.config.tenants.values() {
            let pending = self.pending(&tenant.id).await?;
            observe::pending(&tenant.id, pending, self.clock.now());
        }
        Ok(())
    }

    /// Writes down the refusals counted so far, and merges old rows of the ledger.
    pub async fn keep_books(&self) -> Result<()> {
        let _moving = self.moving.write().await;
        let refusals = self.refusals.take();
        if refusals.is_empty() {
            return Ok(());
        }
        let written = self.write_refusals(&refusals).await;
        if written.is_err() {
            for (tenant, products) in &refusals {
                for (product, events) in products {
                    self.refusals.add(tenant, product, *events);
                }
            }
        }
        written
    }

    async fn write_refusals(&self, refusals: &super::books::Counts) -> Result<()> {
        let (batch, now) = (uuid::Uuid::now_v7(), self.clock.now());
        let transaction = self.db.write().await?;
        for (tenant, products) in refusals {
            let books = products.iter().map(|(product, rejected)| {
                (product.clone(), Books { rejected: *rejected, ..Books::default() })
            });
            store::insert_ledger(&*transaction, tenant, batch, books, now).await?;
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
