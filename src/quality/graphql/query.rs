//! Questions about audits.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use super::audit::{Audit, AuditStatus, AuditType};
use crate::{
    auth::Viewer,
    error::Result,
    graphql::{ContextExt as _, DateTime, GraphqlResult, Long, paging::PageInfo},
    quality::{Filter, Score, Summary, service},
};

const PAGE: i32 = 1;
const SIZE: i32 = 10;
const FIRST: i32 = 50;

/// The part of the query root that this domain answers.
#[derive(Debug, Default)]
pub struct QualityQuery;

#[Object]
impl QualityQuery {
    /// Audits for the `QualityAudit` page. Everything in it takes the role viewer; another tenant
    /// than the caller's own is for operators.
    async fn quality(&self, ctx: &Context<'_>, tenant_id: Option<ID>) -> GraphqlResult<Quality> {
        Ok(Quality(ctx.viewer_in(tenant_id.as_ref())?))
    }
}

#[derive(Debug)]
pub(super) struct Quality(Viewer);

/// The audits of one tenant.
#[Object]
impl Quality {
    /// How many audits there are and how many passed, of all time.
    async fn summary(&self, ctx: &Context<'_>) -> GraphqlResult<QualitySummary> {
        Ok(QualitySummary(ctx.services()?.quality.summary(&self.0).await?))
    }

    /// One page of audits by number, newest first, for tables that jump. `page` counts from 1,
    /// `size` is 1 to 100; a page beyond the last is empty. Large sets are walked with `audits`.
    async fn records(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 1)] page: Option<i32>,
        #[graphql(default = 10)] size: Option<i32>,
        filter: Option<AuditFilter>,
    ) -> GraphqlResult<AuditPage> {
        let (page, size) = (page.unwrap_or(PAGE), size.unwrap_or(SIZE));
        let filter = Filter::try_from(filter.unwrap_or_default())?;
        let found = ctx.services()?.quality.records(&self.0, page, size, &filter).await?;
        let items = found.audits.into_iter().map(|row| Audit::new(row, &self.0.tenant)).collect();
        Ok(AuditPage { items, total: Long(found.total), page, size })
    }

    /// Audits after a cursor, newest first: by `auditedAt`, then by number. `first` is 1 to 500.
    /// A page costs the same however deep it lies.
    async fn audits(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 50)] first: Option<i32>,
        after: Option<String>,
        filter: Option<AuditFilter>,
    ) -> GraphqlResult<AuditConnection> {
        let filter = Filter::try_from(filter.unwrap_or_default())?;
        let quality = &ctx.services()?.quality;
        let first = first.unwrap_or(FIRST);
        let (rows, page_info) = quality.audits(&self.0, first, after.as_deref(), &filter).await?;
        let edges = rows.into_iter().map(|row| AuditEdge {
            cursor: service::cursor(&row),
            node: Audit::new(row, &self.0.tenant),
        });
        Ok(AuditConnection { edges: edges.collect(), page_info })
    }

    /// The audit with this id, e.g. `QA-001`; null when the tenant has none such.
    async fn audit(&self, ctx: &Context<'_>, id: ID) -> Option<GraphqlResult<Audit>> {
        let find = async || ctx.services()?.quality.find(&self.0, &id).await;
        let found: Result<Option<Audit>> =
            find().await.map(|row| row.map(|row| Audit::new(row, &self.0.tenant)));
        found.map_err(Into::into).transpose()
    }
}

#[derive(Debug)]
pub(super) struct QualitySummary(Summary);

/// Audits counted by where they stand.
#[Object]
impl QualitySummary {
    /// Passed as a percentage of the audits with a final result, passed or failed, unrounded;
    /// null without any. Those that wait for a review count on neither side.
    async fn pass_rate(&self) -> Option<f64> {
        self.0.pass_rate()
    }

    /// All audits, those that wait for a review included.
    async fn audited_count(&self) -> Long {
        Long(self.0.audited())
    }

    /// Audits that wait for a review.
    async fn pending_review(&self) -> Long {
        Long(self.0.pending_review)
    }
}

/// Which audits are listed; a field that is left out does not narrow the list.
#[derive(Debug, Default, InputObject)]
pub(super) struct AuditFilter {
    status: Option<AuditStatus>,
    audit_type: Option<AuditType>,
    agent_id: Option<ID>,
    session_id: Option<ID>,
    /// Lowest score, 0 to 100, included.
    min_score: Option<i32>,
    /// Highest score, 0 to 100, included.
    max_score: Option<i32>,
    /// First instant of `auditedAt`.
    from: Option<DateTime>,
    /// End of the stretch of `auditedAt`, excluded.
    to: Option<DateTime>,
}

impl TryFrom<AuditFilter> for Filter {
    type Error = crate::error::Error;

    fn try_from(input: AuditFilter) -> Result<Self> {
        Ok(Self {
            status: input.status.map(Into::into),
            audit_type: input.audit_type.map(Into::into),
            agent_id: input.agent_id.map(|id| id.0),
            session_id: input.session_id.map(|id| id.0),
            min_score: input.min_score.map(|min| Score::new("minScore", min)).transpose()?,
            max_score: input.max_score.map(|max| Score::new("maxScore", max)).transpose()?,
            from: input.from.map(|from| from.0),
            to: input.to.map(|to| to.0),
        })
    }
}

/// One page of audits by number.
#[derive(Debug, SimpleObject)]
pub(super) struct AuditPage {
    /// Newest first.
    items: Vec<Audit>,
    /// Audits on all pages together.
    total: Long,
    /// The page asked for, from 1.
    page: i32,
    /// The page length asked for.
    size: i32,
}

/// A stretch of the list of audits.
#[derive(Debug, SimpleObject)]
pub(super) struct AuditConnection {
    /// Newest first.
    edges: Vec<AuditEdge>,
    page_info: PageInfo,
}

/// One audit in its list.
#[derive(Debug, SimpleObject)]
pub(super) struct AuditEdge {
    /// Where the list goes on after this audit, for `after`.
    cursor: String,
    node: Audit,
}
