//! The quarantine in GraphQL, for operators.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::quarantine::{self, Model};

use super::service::{self, Chosen, cursor};
use crate::{
    graphql::{
        ContextExt as _, DateTime, GraphqlResult, Long,
        paging::{PageInfo, page_info, page_len},
    },
    input::check_filter,
};

pub struct QuarantinedEvent(Model);

/// Who refused an event that is quarantined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, async_graphql::Enum)]
#[graphql(remote = "quarantine::Origin")]
pub enum QuarantineOrigin {
    /// It was in the buffer, but is no event.
    Buffer,
    /// The database would not take it.
    Database,
}

/// Something that arrived but could not be stored. It counts as rejected.
#[Object]
impl QuarantinedEvent {
    /// Its id in the quarantine.
    async fn id(&self) -> ID {
        ID(self.0.quarantine_id.to_string())
    }

    /// Empty where none could be read.
    async fn product(&self) -> &str {
        &self.0.product
    }

    /// The event's own id; null where none could be read.
    async fn event_id(&self) -> Option<ID> {
        self.0.event_id.clone().map(ID)
    }

    /// What was received, as text: up to 72 KiB, with `\xNN` for bytes that are no UTF-8 and an
    /// escape for NUL.
    async fn payload(&self) -> &str {
        &self.0.payload
    }

    /// Whether the end of `payload` is missing; such a one cannot be replayed.
    async fn payload_cut(&self) -> bool {
        self.0.payload_cut
    }

    /// Why it was refused when it was last tried.
    async fn reason(&self) -> &str {
        &self.0.reason
    }

    async fn origin(&self) -> QuarantineOrigin {
        self.0.origin.into()
    }

    /// When it arrived; for what was in the buffer, when it was taken out.
    async fn received_at(&self) -> DateTime {
        DateTime(self.0.received_at)
    }

    async fn quarantined_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }
}

/// A page of the quarantine.
#[derive(SimpleObject)]
pub struct QuarantineConnection {
    /// Newest first.
    edges: Vec<QuarantineEdge>,
    page_info: PageInfo,
}

/// A quarantined event and its place in the list.
#[derive(SimpleObject)]
pub struct QuarantineEdge {
    cursor: String,
    node: QuarantinedEvent,
}

#[derive(Default)]
pub struct QuarantineQuery;

/// Reads the quarantine.
#[Object]
impl QuarantineQuery {
    /// What arrived but could not be stored, newest first, of one product or of all. Takes the role
    /// operator.
    async fn quarantine(
        &self,
        ctx: &Context<'_>,
        tenant_id: Option<ID>,
        product: Option<String>,
        #[graphql(default_with = "Some(50)")] first: Option<i32>,
        after: Option<String>,
    ) -> GraphqlResult<QuarantineConnection> {
        let viewer = ctx.viewer_in(tenant_id.as_ref())?;
        check_filter("product", product.as_deref())?;
        let len = page_len("first", first.unwrap_or(50))?;
        let (product, after) = (product.as_deref(), after.as_deref());
        let quarantine = &ctx.services()?.quarantine;
        let mut rows = quarantine.list(&viewer, product, after, len + 1).await?;
        let page_info = page_info(&mut rows, len, after.is_some(), cursor);
        let edge = |row| QuarantineEdge { cursor: cursor(&row), node: QuarantinedEvent(row) };
        Ok(QuarantineConnection { edges: rows.into_iter().map(edge).collect(), page_info })
    }
}

/// Which quarantined events to replay: either `ids` or `product`.
#[derive(InputObject)]
pub struct ReplayQuarantineInput {
    /// Another tenant than the caller's own.
    tenant_id: Option<ID>,
    /// 1 to 1,000 ids of the quarantine; those that are not there are passed over.
    ids: Option<Vec<ID>>,
    /// All of a product; an empty text stands for those of which none could be read.
    product: Option<String>,
}

pub struct ReplayQuarantinePayload(service::Replayed);

/// What became of a replay.
#[Object]
impl ReplayQuarantinePayload {
    /// Stored now, or found stored already: they have left the quarantine.
    async fn accepted(&self) -> Long {
        Long(count(self.0.accepted))
    }

    /// Refused again: still in the quarantine, with the new reason.
    async fn kept(&self) -> Long {
        Long(count(self.0.kept))
    }
}

/// Which quarantined events to drop: either `ids` or `product`.
#[derive(InputObject)]
pub struct DropQuarantineInput {
    /// Another tenant than the caller's own.
    tenant_id: Option<ID>,
    /// 1 to 1,000 ids of the quarantine; those that are not there are passed over.
    ids: Option<Vec<ID>>,
    /// All of a product; an empty text stands for those of which none could be read.
    product: Option<String>,
}

pub struct DropQuarantinePayload(u64);

/// What was dropped.
#[Object]
impl DropQuarantinePayload {
    /// How many events there were.
    async fn dropped(&self) -> Long {
        Long(count(self.0))
    }
}

#[derive(Default)]
pub struct QuarantineMutation;

/// Empties the quarantine, one way or the other.
#[Object]
impl QuarantineMutation {
    /// Sends quarantined events through again, like new arrivals with the same ids: those that are
    /// accepted leave the quarantine, the others stay with the new reason. Takes the role operator.
    async fn replay_quarantine(
        &self,
        ctx: &Context<'_>,
        input: ReplayQuarantineInput,
    ) -> GraphqlResult<ReplayQuarantinePayload> {
        let viewer = ctx.viewer_in(input.tenant_id.as_ref())?;
        let chosen = chosen(input.ids, input.product)?;
        let replayed = ctx.services()?.quarantine.replay(&viewer, &chosen).await?;
        Ok(ReplayQuarantinePayload(replayed))
    }

    /// Takes events out of the quarantine for good. Takes the role operator.
    async fn drop_quarantine(
        &self,
        ctx: &Context<'_>,
        input: DropQuarantineInput,
    ) -> GraphqlResult<DropQuarantinePayload> {
        let viewer = ctx.viewer_in(input.tenant_id.as_ref())?;
        let chosen = chosen(input.ids, input.product)?;
        Ok(DropQuarantinePayload(ctx.services()?.quarantine.drop(&viewer, &chosen).await?))
    }
}

fn chosen(ids: Option<Vec<ID>>, product: Option<String>) -> crate::error::Result<Chosen> {
    check_filter("product", product.as_deref())?;
    Chosen::new(ids.map(|ids| ids.into_iter().map(|id| id.0).collect()), product)
}

fn count(rows: u64) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}
