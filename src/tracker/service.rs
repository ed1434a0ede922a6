//! Takes events from callers and answers for them.

use std::{sync::Arc, time::Duration};

use bytestring::ByteString;
use entity::event;
use tokio::sync::RwLock;

use super::{
    answer::{Lanes, TrackResult, TrackStatus, answer},
    books::{Refusals, product_of},
    buffer::EventBuffer,
    check::{RawEvent, Refusal},
    commit::CommitQueue,
    committer::Committer,
    fact::MAX_NAME,
    flush::Flusher,
    model::{Durability, NewEvent, Outcome},
    observe::EventCounter,
    query::{self, EventQuery, SessionEvents},
    settle::Settler,
    store,
    write::Caution,
};
use crate::{
    auth::{Right, Viewer},
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

/// The way in for events.
pub struct Tracker {
    pub(super) db: Db,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) config: Arc<Config>,
    live: Arc<Live>,
    /// The queue in which callers wait for their commit.
    pub(super) queue: Arc<CommitQueue>,
    /// Where events wait that outlive this process; none without Redis.
    pub(super) durable: Option<Arc<dyn EventBuffer>>,
    outage: Outage,
    unreplicated: Outage,
    pub(super) refusals: Arc<Refusals>,
    /// Held while refusals go over to the ledger, where whoever reads finds them in neither place.
    pub(super) moving: RwLock<()>,
    caution: Arc<Caution>,
    seen: Arc<SeenSessions>,
    counter: Arc<EventCounter>,
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
    /// Of the whole call: [`Error::Forbidden`], also for an event of a product that the viewer's key is
    /// not for, [`Error::BadInput`] for none or too many events,
    /// [`Error::RateLimited`] for a full buffer, [`Error::Unavailable`] when no store answers;
    /// nothing of the call is kept then.
    pub async fn track(
        &self,
        viewer: &Viewer,
        events: Vec<RawEvent>,
        durability: Durability,
    ) -> Result<Vec<TrackResult>> {
        viewer.require(Right::SendEvents)?;
        if viewer.product.is_some() {
            events.iter().try_for_each(|event| viewer.require_product(&event.product))?;
        }
        self.take(viewer, events, durability).await
    }

    /// The same for events that the service makes of what the viewer did, which is allowed already.
    pub(crate) async fn note(
        &self,
        viewer: &Viewer,
        events: Vec<RawEvent>,
        durability: Durability,
    ) -> Result<Vec<TrackResult>> {
        self.take(viewer, events, durability).await
    }

    /// Stores a status of an agent that was set by hand.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an agent that the viewer does not see, and what [`Self::track`] fails with.
    pub async fn set_agent_status(
        &self,
        viewer: &Viewer,
        agent_id: &str,
        status: RawEvent,
    ) -> Result<Vec<TrackResult>> {
        let own = viewer.scope(Right::SetAgentStatus)?;
        viewer.require_every_product(Right::SetAgentStatus)?;
        if own.is_some_and(|own| own != agent_id) {
            return Err(Error::not_found("agent", agent_id));
        }
        self.take(viewer, vec![status], Durability::Stored).await
    }

    /// Writes down that the viewer has seen a session wait too long.
    ///
    /// # Errors
    /// [`Error::Refused`] for a session that no event may have, and what [`Self::track`] fails with.
    pub async fn acknowledge_alert(&self, viewer: &Viewer, session_id: &str) -> Result<()> {
        viewer.require(Right::AcknowledgeAlerts)?;
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
    fn check(&self, viewer: &Viewer, mut events: Vec<RawEvent>) -> (Vec<NewEvent>, Lanes) {
        let now = self.clock.now();
        let mut good = Vec::with_capacity(events.len());
        let mut lanes = Lanes::with_capacity(events.len());
        let mut product = ByteString::new();
        for event in &mut events {
            // Most events of a call share one; whoever compares them later sees that at once.
            if event.product == product {
                event.product = product.clone();
            } else {
                product = event.product.clone();
            }
            match event.take(&viewer.tenant.id, now) {
                Ok(event) => {
                    lanes.take(&event.id);
                    good.push(event);
                }
                Err(Refusal { id, product, reason }) => {
                    let (id, status) = (id.unwrap_or_default(), TrackStatus::Rejected);
                    let result = TrackResult { id, status, reason: Some(reason) };
                    lanes.refuse(product_of(&product).to_owned(), result);
                }
            }
        }
        (good, lanes)
    }

    fn count_refused(&self, tenant: &TenantId, lanes: &Lanes) {
        for product in lanes.refused() {
            self.counter.refused(tenant, product, 1);
            self.refusals.add(tenant, product, 1);
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

    /// Forgets what is known of a tenant whose rows are gone.
    pub(crate) fn forget(&self, tenant: &TenantId) {
        self.seen.forget(tenant);
    }

    /// A page of raw events of a bounded range, newest first.
    pub(crate) async fn event_page(
        &self,
        viewer: &Viewer,
        query: EventQuery,
        len: u64,
    ) -> Result<(Vec<event::Model>, PageInfo)> {
        viewer.require(Right::ReadEvents)?;
        query.check()?;
        let after = query.after.is_some();
        let mut events =
            store::list_events(&self.db.of(&viewer.tenant.id), &viewer.tenant.id, query, len + 1)
                .await?;
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
        store::list_events_of_sessions(&self.db.of(tenant), tenant, query).await
    }
}
