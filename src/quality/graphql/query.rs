//! Questions about audits.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};

use super::{
    audit::{Audit, AuditStatus, AuditType},
    rates::{AuditOrder, PendingAudits, QualitySummary, ScoreAgreement, ScorerOverturns},
    scorecard::{AuditScorecard, FindingCount},
};
use crate::{
    auth::Viewer,
    error::Result,
    graphql::{ContextExt as _, DateTime, GraphqlResult, Long, paging::PageInfo},
    quality::{Filter, Score, list},
    tenant::TimeRange,
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

    /// One page of audits by number, newest first unless sorted otherwise, for tables that jump. `page`
    /// counts from 1, `size` is 1 to 100; a page beyond the last is empty. Large sets are walked with
    /// `audits`.
    async fn records(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 1)] page: Option<i32>,
        #[graphql(default = 10)] size: Option<i32>,
        filter: Option<AuditFilter>,
        #[graphql(default_with = "Some(AuditSort::Newest)")] sort: Option<AuditSort>,
    ) -> GraphqlResult<AuditPage> {
        let (page, size) = (page.unwrap_or(PAGE), size.unwrap_or(SIZE));
        let filter = Filter::try_from(filter.unwrap_or_default())?;
        let sort = sort.map(Into::into).unwrap_or_default();
        let quality = &ctx.services()?.quality;
        let found = quality.records(&self.0, page, size, &filter, sort).await?;
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
            cursor: list::cursor(&row),
            node: Audit::new(row, &self.0.tenant),
        });
        Ok(AuditConnection { edges: edges.collect(), page_info })
    }

    /// The audit that the caller may review next: one that waits, that nobody else works on and that
    /// is of another's session; null when there is none. Takes the role reviewer.
    async fn next_audit(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(AuditOrder::OldestFirst)")] order: Option<AuditOrder>,
    ) -> Option<GraphqlResult<Audit>> {
        let order = order.map(Into::into).unwrap_or_default();
        let find = async || ctx.services()?.quality.next(&self.0, order).await;
        let found: Result<Option<Audit>> =
            find().await.map(|row| row.map(|row| Audit::new(row, &self.0.tenant)));
        found.map_err(Into::into).transpose()
    }

    /// How many audits wait for a review, and for how long.
    async fn pending(&self, ctx: &Context<'_>) -> GraphqlResult<PendingAudits> {
        Ok(PendingAudits(ctx.services()?.quality.waiting(&self.0).await?))
    }

    /// How the machine's score and the person's agree, of all audits that have both.
    async fn agreement(&self, ctx: &Context<'_>) -> GraphqlResult<ScoreAgreement> {
        Ok(ScoreAgreement(ctx.services()?.quality.agreement(&self.0).await?))
    }

    /// What became of disputed scores, by who gave them, in the order of their names.
    async fn overturns(&self, ctx: &Context<'_>) -> GraphqlResult<Vec<ScorerOverturns>> {
        let scorers = ctx.services()?.quality.overturns(&self.0).await?;
        Ok(scorers.into_iter().map(ScorerOverturns).collect())
    }

    /// The scorecards that audits may be scored by, as they are configured.
    async fn scorecards(&self, ctx: &Context<'_>) -> GraphqlResult<Vec<AuditScorecard>> {
        let cards = ctx.services()?.quality.scorecards(&self.0)?;
        Ok(cards.into_iter().map(AuditScorecard::from).collect())
    }

    /// How often what was found in the audits from one instant to another, which is excluded; the most
    /// frequent first.
    async fn finding_counts(
        &self,
        ctx: &Context<'_>,
        from: DateTime,
        to: DateTime,
    ) -> GraphqlResult<Vec<FindingCount>> {
        let range = TimeRange { start: from.0, end: to.0 };
        let counts = ctx.services()?.quality.count_findings(&self.0, range).await?;
        Ok(counts.into_iter().map(FindingCount::from).collect())
    }

    /// The audit with this id, e.g. `QA-001`; null when the tenant has none such.
    async fn audit(&self, ctx: &Context<'_>, id: ID) -> Option<GraphqlResult<Audit>> {
        let find = async || ctx.services()?.quality.find(&self.0, &id).await;
        let found: Result<Option<Audit>> =
            find().await.map(|row| row.map(|row| Audit::new(row, &self.0.tenant)));
        found.map_err(Into::into).transpose()
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
    /// The kind of conversation.
    r#type: Option<String>,
    /// A part of the customer's name, 1 to 100 characters; letters of ASCII in either case.
    customer: Option<String>,
    /// First instant of `auditedAt`.
    from: Option<DateTime>,
    /// End of the stretch of `auditedAt`, excluded.
    to: Option<DateTime>,
}

/// In which order audits are listed; of equal ones the newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "crate::quality::Sort")]
pub(super) enum AuditSort {
    Newest,
    Oldest,
    HighestScore,
    LowestScore,
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
            session_type: input.r#type,
            customer: input.customer,
            from: input.from.map(|from| from.0),
            to: input.to.map(|to| to.0),
        })
    }
}

/// One page of audits by number.
#[derive(Debug, SimpleObject)]
pub(super) struct AuditPage {
    /// In the order asked for.
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
