//! Events in GraphQL: the two tracking mutations, the raw list and the books.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::event;

use super::{
    answer::{self, TrackStatus},
    books::Books,
    check::RawEvent,
    model::Durability,
    observe::count_path,
    query::{EventQuery, cursor},
    status,
};
use crate::{
    error::Error,
    graphql::{
        ContextExt, DateTime, DateTimeInput, GraphqlResult, Json, Long,
        paging::{Cursor, PageInfo, page_len},
    },
    tenant::TimeRange,
};

/// An event to store.
#[derive(InputObject)]
pub struct TrackEventInput {
    /// 1 to 64 characters. The same id on a retry: an id is counted once. Left out, the server
    /// makes one, and a retry counts again.
    id: Option<ID>,
    /// 1 to 50 characters, e.g. `session.start`; the manual lists the names that feed figures.
    name: String,
    /// The product that sends it, 1 to 30 characters.
    product: String,
    /// The conversation it belongs to, 1 to 64 characters; `session.*` events need it.
    session_id: Option<ID>,
    /// Free JSON, at most 64 KiB.
    data: Option<Json>,
    /// When it happened, at most five minutes ahead; left out, when it arrived.
    occurred_at: Option<DateTimeInput>,
}

impl From<TrackEventInput> for RawEvent {
    fn from(input: TrackEventInput) -> Self {
        Self {
            id: input.id.map(|id| id.0.into()),
            name: input.name.into(),
            product: input.product.into(),
            session_id: input.session_id.map(|id| id.0.into()),
            data: input.data.map(|data| data.0.into()).unwrap_or_default(),
            occurred_at: input.occurred_at.map(|instant| instant.0),
            meaning: None,
        }
    }
}

pub struct TrackResult(answer::TrackResult);

/// What became of one event.
#[Object]
impl TrackResult {
    /// The id it was sent with, or the one made for it; empty when a rejected event had none.
    async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    async fn status(&self) -> TrackStatus {
        self.0.status
    }

    /// Why, when status is REJECTED or CONFLICT: the field, its value and what is expected.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }
}

#[derive(Default)]
pub struct TrackerMutation;

/// Sends events.
#[Object]
impl TrackerMutation {
    /// Takes one event. A bad event is a REJECTED result, not an error.
    async fn track_event(
        &self,
        ctx: &Context<'_>,
        input: TrackEventInput,
        #[graphql(default_with = "Some(Durability::Buffered)")] durability: Option<Durability>,
    ) -> GraphqlResult<TrackResult> {
        count_path("engine");
        let tracker = &ctx.services()?.tracker;
        let mut results = tracker
            .track(ctx.viewer()?, vec![input.into()], durability.unwrap_or_default())
            .await?;
        let result = results.pop().ok_or_else(|| Error::Internal("no result".to_owned()))?;
        Ok(TrackResult(result))
    }

    /// Takes 1 to 1,000 events: one result for each, in order; one bad event never fails its
    /// neighbours.
    async fn track_events(
        &self,
        ctx: &Context<'_>,
        input: Vec<TrackEventInput>,
        #[graphql(default_with = "Some(Durability::Buffered)")] durability: Option<Durability>,
    ) -> GraphqlResult<Vec<TrackResult>> {
        count_path("engine");
        let events = input.into_iter().map(RawEvent::from).collect();
        let durability = durability.unwrap_or_default();
        let results = ctx.services()?.tracker.track(ctx.viewer()?, events, durability).await?;
        Ok(results.into_iter().map(TrackResult).collect())
    }
}

pub struct Event {
    pub row: event::Model,
    /// Events that a reader of the stream did not get before it.
    pub missed: u64,
}

impl From<event::Model> for Event {
    fn from(row: event::Model) -> Self {
        Self { row, missed: 0 }
    }
}

/// A stored event.
#[Object]
impl Event {
    async fn id(&self) -> ID {
        ID(self.row.event_id.clone())
    }

    async fn name(&self) -> &str {
        &self.row.event_name
    }

    async fn product(&self) -> &str {
        &self.row.product
    }

    async fn session_id(&self) -> Option<ID> {
        self.row.session_id.clone().map(ID)
    }

    /// As it was sent; null when nothing was.
    async fn data(&self) -> Json {
        Json(self.row.event_data.clone())
    }

    async fn occurred_at(&self) -> DateTime {
        DateTime(self.row.occurred_at)
    }

    async fn received_at(&self) -> DateTime {
        DateTime(self.row.received_at)
    }

    /// In `eventStream`: how many events of the tenant, of whatever name and product, this reader was
    /// too slow to get since the one before. Elsewhere 0.
    async fn missed_before(&self) -> Long {
        Long(i64::try_from(self.missed).unwrap_or(i64::MAX))
    }
}

/// Which events to list.
#[derive(InputObject)]
pub struct EventFilter {
    from: DateTime,
    /// Exclusive; at most 31 days after `from`.
    to: DateTime,
    name: Option<String>,
    product: Option<String>,
    session_id: Option<ID>,
}

/// A page of events.
#[derive(SimpleObject)]
pub struct EventConnection {
    /// Newest first; those of a `Session` oldest first.
    edges: Vec<EventEdge>,
    page_info: PageInfo,
}

impl EventConnection {
    pub(crate) fn new(events: Vec<event::Model>, page_info: PageInfo) -> Self {
        let edge = |event| EventEdge { cursor: cursor(&event), node: Event::from(event) };
        Self { edges: events.into_iter().map(edge).collect(), page_info }
    }
}

/// An event and its place in the list.
#[derive(SimpleObject)]
pub struct EventEdge {
    cursor: String,
    node: Event,
}

pub struct IngestStatus(status::IngestStatus, chrono::DateTime<chrono::Utc>);

/// Counts of events by what became of them, since the tenant's first. `accepted` is the sum of the
/// others: every event that arrived is in exactly one of them.
#[Object]
impl IngestStatus {
    /// Everything that arrived.
    async fn accepted(&self) -> GraphqlResult<Long> {
        Ok(Long(self.0.books.settled() + self.pending_events()))
    }

    /// Stored, each id once.
    async fn stored(&self) -> Long {
        Long(self.0.books.stored)
    }

    /// Sent again with the same body.
    async fn duplicate(&self) -> Long {
        Long(self.0.books.duplicate)
    }

    /// Sent again with another body; the first stays.
    async fn conflict(&self) -> Long {
        Long(self.0.books.conflict)
    }

    /// Refused with a reason.
    async fn rejected(&self) -> Long {
        Long(self.0.books.rejected)
    }

    /// Waiting for the database.
    async fn pending(&self) -> Long {
        Long(self.pending_events())
    }

    /// Age of the oldest waiting event in seconds; null when none waits.
    async fn oldest_pending_seconds(&self) -> Option<f64> {
        let oldest = self.0.pending.oldest_at_ms?;
        let age_ms = (self.1.timestamp_millis() - oldest).max(0);
        #[expect(clippy::cast_precision_loss, reason = "milliseconds are far below 2^53")]
        Some(age_ms as f64 / 1_000.0)
    }

    /// The same for each product that ever sent an event, by name. The sums over them are the
    /// fields above. An event that was refused because of its product, or that had none, is under
    /// the empty product. While events are on their way, some may be counted twice as pending.
    async fn products(&self) -> Vec<ProductIngestStatus> {
        let of = |(product, (books, pending)): (&String, &(Books, u64))| ProductIngestStatus {
            product: product.clone(),
            accepted: Long(books.settled() + whole(*pending)),
            stored: Long(books.stored),
            duplicate: Long(books.duplicate),
            conflict: Long(books.conflict),
            rejected: Long(books.rejected),
            pending: Long(whole(*pending)),
        };
        self.0.products.iter().map(of).collect()
    }
}

/// The books of one product.
#[derive(SimpleObject)]
pub struct ProductIngestStatus {
    product: String,
    accepted: Long,
    stored: Long,
    duplicate: Long,
    conflict: Long,
    rejected: Long,
    pending: Long,
}

fn whole(events: u64) -> i64 {
    i64::try_from(events).unwrap_or(i64::MAX)
}

impl IngestStatus {
    fn pending_events(&self) -> i64 {
        whole(self.0.pending.events)
    }
}

#[derive(Default)]
pub struct TrackerQuery;

/// Reads events and the books.
#[Object]
impl TrackerQuery {
    /// Raw events, newest first. The range is bounded by 31 days; a wider one is a `BAD_USER_INPUT`
    /// error that names the limit.
    async fn events(
        &self,
        ctx: &Context<'_>,
        tenant_id: Option<ID>,
        filter: EventFilter,
        #[graphql(default_with = "Some(50)")] first: Option<i32>,
        after: Option<String>,
    ) -> GraphqlResult<EventConnection> {
        let viewer = ctx.viewer_in(tenant_id.as_ref())?;
        let len = page_len("first", first.unwrap_or(50))?;
        let query = EventQuery {
            range: TimeRange { start: filter.from.0, end: filter.to.0 },
            name: filter.name,
            product: filter.product,
            session_id: filter.session_id.map(|id| id.0),
            after: after.as_deref().map(Cursor::decode).transpose()?,
        };
        let (events, page_info) = ctx.services()?.tracker.event_page(&viewer, query, len).await?;
        Ok(EventConnection::new(events, page_info))
    }

    /// The books of ingestion: accepted = stored + duplicate + conflict + rejected + pending.
    async fn ingest_status(
        &self,
        ctx: &Context<'_>,
        tenant_id: Option<ID>,
    ) -> GraphqlResult<IngestStatus> {
        let viewer = ctx.viewer_in(tenant_id.as_ref())?;
        let services = ctx.services()?;
        // What waits is taken apart only for whoever asks.
        let by_product = ctx.look_ahead().field("products").exists();
        let status = services.tracker.status(&viewer, by_product).await?;
        Ok(IngestStatus(status, services.clock.now()))
    }
}
