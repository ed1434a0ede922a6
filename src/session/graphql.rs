//! Sessions in GraphQL.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, dataloader::DataLoader};

use super::{
    events::{FirstEvents, FirstEventsLoader},
    model::{Filter, Outcome, SessionRow},
};
use crate::{
    error::{Error, Result},
    graphql::{
        ContextExt as _, DateTime, GraphqlResult,
        paging::{Cursor, PageInfo, page_info, page_len},
    },
    stats::live_metric::OpenSessions,
    tenant::Tenant,
    tracker::{EventConnection, SessionEvents, event_cursor},
};

const FIRST: i32 = 50;
const FIRST_EVENTS: i32 = 100;
/// Most events that the sessions of one page may have between them.
const MAX_EVENTS: u64 = 25_000;

pub(super) struct Session {
    row: SessionRow,
    tenant: Arc<Tenant>,
    /// How many sessions are answered with it, itself included.
    beside: u64,
}

/// One conversation, as its events have told it so far.
#[Object]
impl Session {
    async fn id(&self) -> ID {
        ID(self.row.session.session_id.clone())
    }

    /// Product of the start; of the first event while there is no start.
    async fn product(&self) -> &str {
        &self.row.session.product
    }

    async fn channel(&self) -> Option<&str> {
        self.row.session.channel.as_deref()
    }

    async fn channel_name(&self) -> Option<&str> {
        self.row.session.channel_name.as_deref()
    }

    async fn visitor_id(&self) -> Option<ID> {
        self.row.session.visitor_id.clone().map(ID)
    }

    async fn customer_name(&self) -> Option<&str> {
        self.row.session.customer_name.as_deref()
    }

    /// The queue it was put into.
    async fn queue(&self) -> Option<&str> {
        self.row.session.queue.as_deref()
    }

    /// Whom it was last assigned to; null while no person has it.
    async fn agent_id(&self) -> Option<ID> {
        self.row.session.agent_id.clone().map(ID)
    }

    async fn started_at(&self) -> Option<DateTime> {
        self.row.session.started_at.map(DateTime)
    }

    async fn queued_at(&self) -> Option<DateTime> {
        self.row.session.queued_at.map(DateTime)
    }

    /// First assignment to a person.
    async fn assigned_at(&self) -> Option<DateTime> {
        self.row.session.assigned_at.map(DateTime)
    }

    /// When the AI handed it over to a person.
    async fn transferred_at(&self) -> Option<DateTime> {
        self.row.session.transferred_at.map(DateTime)
    }

    async fn ended_at(&self) -> Option<DateTime> {
        self.row.session.ended_at.map(DateTime)
    }

    /// Who ended it, as the end says, e.g. `customer`.
    async fn ended_by(&self) -> Option<&str> {
        self.row.session.ended_by.as_deref()
    }

    /// As the end says; null before it, and when it says nothing.
    async fn resolved(&self) -> Option<bool> {
        self.row.session.resolved
    }

    async fn first_event_at(&self) -> DateTime {
        DateTime(self.row.session.first_event_at)
    }

    /// Its messages may be up to a minute further on.
    async fn last_event_at(&self) -> DateTime {
        DateTime(self.row.session.last_event_at)
    }

    async fn outcome(&self) -> Outcome {
        self.row.outcome
    }

    /// As the end says, else from start to end; null before the end.
    async fn duration_seconds(&self) -> Option<f64> {
        self.row.duration_seconds()
    }

    /// From the queue to the first assignment; null for a session that was not queued and assigned.
    async fn wait_seconds(&self) -> Option<f64> {
        self.row.wait_seconds()
    }

    /// From the last assignment to the end; null before the end, and without an assignment.
    async fn handle_seconds(&self) -> Option<f64> {
        self.row.handle_seconds()
    }

    /// Its events, oldest first. `first` is 1 to 500, and at most 25,000 for all sessions of a page
    /// together. Events older than the retention (90 days unless configured) are gone, while the
    /// session stays.
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 100)] first: Option<i32>,
        after: Option<String>,
    ) -> GraphqlResult<EventConnection> {
        let len = page_len("first", first.unwrap_or(FIRST_EVENTS))?;
        self.check_events(len)?;
        let mut events = match after.as_deref().map(Cursor::decode).transpose()? {
            None => self.first_events(ctx, len + 1).await?,
            Some(after) => self.events_after(ctx, after, len + 1).await?,
        };
        let page_info = page_info(&mut events, len, after.is_some(), event_cursor);
        Ok(EventConnection::new(events, page_info))
    }
}

impl Session {
    fn new(row: SessionRow, tenant: &Arc<Tenant>, beside: usize) -> Self {
        let beside = u64::try_from(beside).unwrap_or(u64::MAX);
        Self { row, tenant: Arc::clone(tenant), beside }
    }

    fn check_events(&self, len: u64) -> Result<()> {
        let most = MAX_EVENTS / self.beside;
        if len <= most {
            return Ok(());
        }
        let expected = format!("at most {most} events of each of {} sessions", self.beside);
        Err(Error::bad_input("first", len, &expected))
    }

    async fn first_events(
        &self,
        ctx: &Context<'_>,
        len: u64,
    ) -> GraphqlResult<Vec<entity::event::Model>> {
        let loader = ctx
            .data_opt::<DataLoader<FirstEventsLoader>>()
            .ok_or_else(|| Error::Internal("no loader of events".to_owned()))?;
        let key = FirstEvents::of(&self.tenant.id, &self.row, len);
        Ok(loader.load_one(key).await?.unwrap_or_default())
    }

    async fn events_after(
        &self,
        ctx: &Context<'_>,
        after: Cursor,
        len: u64,
    ) -> Result<Vec<entity::event::Model>> {
        let session_ids = vec![self.row.session.session_id.clone()];
        let query = SessionEvents { session_ids, range: self.row.range(), after: Some(after), len };
        ctx.services()?.sessions.events(&self.tenant.id, query).await
    }
}

/// Which sessions are listed; a field that is left out does not narrow the list.
#[derive(Debug, Default, InputObject)]
pub(super) struct SessionFilter {
    /// First instant of `firstEventAt`.
    from: Option<DateTime>,
    /// End of the stretch of `firstEventAt`, excluded.
    to: Option<DateTime>,
    product: Option<String>,
    channel: Option<String>,
    queue: Option<String>,
    /// Whom it was last assigned to.
    agent_id: Option<ID>,
    outcome: Option<Outcome>,
    visitor_id: Option<ID>,
    /// Whether it has ended.
    ended: Option<bool>,
    /// Those that the live floor counts at this moment.
    floor: Option<OpenSessions>,
}

impl From<SessionFilter> for Filter {
    fn from(input: SessionFilter) -> Self {
        Self {
            from: input.from.map(|from| from.0),
            to: input.to.map(|to| to.0),
            product: input.product,
            channel: input.channel,
            queue: input.queue,
            agent_id: input.agent_id.map(|id| id.0),
            visitor_id: input.visitor_id.map(|id| id.0),
            outcome: input.outcome,
            ended: input.ended,
            floor: input.floor,
        }
    }
}

/// A page of sessions.
#[derive(SimpleObject)]
pub(super) struct SessionPage {
    /// Newest first.
    edges: Vec<SessionEdge>,
    page_info: PageInfo,
}

/// A session and its place in the list.
#[derive(SimpleObject)]
pub(super) struct SessionEdge {
    /// Where the list goes on after this session, for `after`.
    cursor: String,
    node: Session,
}

/// The part of the query root that this domain answers.
#[derive(Debug, Default)]
pub struct SessionQuery;

#[Object]
impl SessionQuery {
    /// The conversation with this id; null when the tenant has none such.
    async fn session(
        &self,
        ctx: &Context<'_>,
        tenant_id: Option<ID>,
        id: ID,
    ) -> Option<GraphqlResult<Session>> {
        let find = async || {
            let viewer = ctx.viewer_in(tenant_id.as_ref())?;
            let found = ctx.services()?.sessions.find(&viewer, &id).await?;
            Ok(found.map(|row| Session::new(row, &viewer.tenant, 1)))
        };
        find().await.transpose()
    }

    /// Conversations, newest first: by `firstEventAt`, then by id. `first` is 1 to 500. A page costs
    /// the same however deep it lies; with a filter that few sessions pass it reads those between
    /// `from` and `to`.
    async fn sessions(
        &self,
        ctx: &Context<'_>,
        tenant_id: Option<ID>,
        filter: Option<SessionFilter>,
        #[graphql(default = 50)] first: Option<i32>,
        after: Option<String>,
    ) -> GraphqlResult<SessionPage> {
        let viewer = ctx.viewer_in(tenant_id.as_ref())?;
        let filter = Filter::from(filter.unwrap_or_default());
        let (first, after) = (first.unwrap_or(FIRST), after.as_deref());
        let sessions = &ctx.services()?.sessions;
        let (rows, page_info) = sessions.list(&viewer, first, after, &filter).await?;
        let beside = rows.len();
        let edges = rows.into_iter().map(|row| SessionEdge {
            cursor: row.cursor().encode(),
            node: Session::new(row, &viewer.tenant, beside),
        });
        Ok(SessionPage { edges: edges.collect(), page_info })
    }
}
