//! The audit and its enums.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, SimpleObject, dataloader::DataLoader};
use entity::{audit_dispute, audit_finding, audit_revision, quality_audit};

use crate::{
    error::{Error, Result},
    graphql::{ContextExt as _, Date, DateTime, GraphqlResult, Json},
    quality::{
        AuditId,
        loader::{AuditLoader, DisputeOf, FindingsOf, HistoryOf},
        scorecard::{self, Answer},
    },
    stats::AgentNameLoader,
    tenant::{Tenant, TenantId},
};

/// Where an audit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "quality_audit::Status")]
pub(super) enum AuditStatus {
    /// Final: the score is at or above the pass mark.
    Passed,
    /// Final: the score is below the pass mark.
    Failed,
    /// A machine's score below the pass mark, which a person has yet to confirm or correct.
    PendingReview,
}

/// Who gave the first score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "quality_audit::AuditType")]
pub(super) enum AuditType {
    /// A machine.
    Auto,
    /// A person; such an audit is final at once.
    Manual,
}

#[derive(Debug)]
pub(super) struct Audit {
    row: quality_audit::Model,
    tenant: Arc<Tenant>,
}

impl Audit {
    pub(super) fn new(row: quality_audit::Model, tenant: &Arc<Tenant>) -> Self {
        Self { row, tenant: Arc::clone(tenant) }
    }

    /// When the claim runs out, if it has not.
    fn claim_end(&self, ctx: &Context<'_>) -> GraphqlResult<Option<DateTime>> {
        let now = ctx.services()?.clock.now();
        Ok(self.row.claimed_until.filter(|until| *until > now).map(DateTime))
    }
}

/// The verdict on one conversation.
#[Object]
impl Audit {
    /// `QA-` and the audit's number within the tenant, three digits or more, e.g. `QA-001`.
    async fn id(&self) -> ID {
        AuditId(self.row.id).to_string().into()
    }

    /// The conversation.
    async fn session_id(&self) -> ID {
        self.row.session_id.clone().into()
    }

    /// Who led the conversation; null when it was the AI alone.
    async fn agent_id(&self) -> Option<ID> {
        self.row.agent_id.clone().map(ID)
    }

    /// The agent's latest name, from events and status reports; null while none is known.
    async fn agent(&self, ctx: &Context<'_>) -> Option<GraphqlResult<String>> {
        let agent_id = self.row.agent_id.clone()?;
        let key = (self.tenant.id.clone(), agent_id);
        find_name(ctx, key).await.map_err(Into::into).transpose()
    }

    /// The customer's name as given with the audit.
    async fn customer(&self) -> Option<&str> {
        self.row.customer_name.as_deref()
    }

    /// 0 to 100, the final one: `humanScore` where there is one, else `autoScore`.
    async fn score(&self) -> i32 {
        self.row.score
    }

    /// The machine's, which no review changes; null where none has judged.
    async fn auto_score(&self) -> Option<i32> {
        self.row.auto_score
    }

    /// A person's, by review or as created; null where none has judged.
    async fn human_score(&self) -> Option<i32> {
        self.row.human_score
    }

    /// By which rule `score` follows from the two.
    async fn score_rule(&self) -> ScoreRule {
        if self.row.human_score.is_some() { ScoreRule::Human } else { ScoreRule::Automatic }
    }

    /// Grows with every step of its history. A review that names the version it has seen is refused
    /// when there is another.
    async fn version(&self) -> i32 {
        self.row.version
    }

    /// Everything that became of it, oldest first; nothing of it is ever changed.
    async fn history(&self, ctx: &Context<'_>) -> GraphqlResult<Vec<AuditRevision>> {
        let key = HistoryOf(self.tenant.id.clone(), self.row.id);
        let found = loader::<AuditLoader>(ctx)?.load_one(key).await?;
        Ok(found.unwrap_or_default().into_iter().map(AuditRevision).collect())
    }

    /// What the agent has said against the result; null when it was not disputed.
    async fn dispute(&self, ctx: &Context<'_>) -> Option<GraphqlResult<AuditDispute>> {
        let key = DisputeOf(self.tenant.id.clone(), self.row.id);
        let find = async || -> GraphqlResult<_> {
            Ok(loader::<AuditLoader>(ctx)?.load_one(key).await?.map(AuditDispute))
        };
        find().await.transpose()
    }

    /// Who works on it, until `claimedUntil`; null when nobody does, or the claim has run out.
    async fn claimed_by(&self, ctx: &Context<'_>) -> Option<GraphqlResult<ID>> {
        let until = self.claim_end(ctx).transpose()?;
        let by = self.row.claimed_by.clone().map(ID)?;
        Some(until.map(|_| by))
    }

    async fn claimed_until(&self, ctx: &Context<'_>) -> Option<GraphqlResult<DateTime>> {
        self.claim_end(ctx).transpose()
    }

    /// Whether the score is final, and what it means.
    async fn status(&self) -> AuditStatus {
        self.row.status.into()
    }

    /// Who gave the first score.
    async fn audit_type(&self) -> AuditType {
        self.row.audit_type.into()
    }

    /// The kind of conversation, as given with the audit.
    async fn r#type(&self) -> Option<&str> {
        self.row.session_type.as_deref()
    }

    /// The scorecard by whose answers it was scored; null of a plain score.
    async fn scorecard(&self) -> Option<ID> {
        self.row.scorecard.clone().map(ID)
    }

    async fn scorecard_version(&self) -> Option<i32> {
        self.row.scorecard_version
    }

    /// The answers, in the order of the scorecard, each with what it counted at that time.
    async fn answers(&self) -> Vec<AuditAnswer> {
        scorecard::answers_of(&self.row).into_iter().map(AuditAnswer::from).collect()
    }

    /// What the answers come to, worked out anew: the first score, whatever became of it. Null of a
    /// plain score.
    async fn score_of_answers(&self) -> Option<i32> {
        scorecard::recomputed(&self.row)
    }

    /// What was found, by code, in the order in which it was given.
    async fn findings(&self, ctx: &Context<'_>) -> GraphqlResult<Vec<AuditFinding>> {
        let key = FindingsOf(self.tenant.id.clone(), self.row.id);
        let found = loader::<AuditLoader>(ctx)?.load_one(key).await?;
        Ok(found.unwrap_or_default().into_iter().map(AuditFinding::from).collect())
    }

    /// What was found, in the form it was given.
    async fn issues(&self) -> Option<Json> {
        self.row.issues.clone().map(Json)
    }

    /// Day of `auditedAt` in the tenant's time zone.
    async fn date(&self) -> Date {
        Date(self.tenant.day_of(self.row.audited_at))
    }

    /// When the audit was created.
    async fn audited_at(&self) -> DateTime {
        DateTime(self.row.audited_at)
    }

    /// Who reviewed it: the subject of the caller's token, or the name of its key. Null before.
    async fn reviewed_by(&self) -> Option<ID> {
        self.row.reviewed_by.clone().map(ID)
    }

    /// When it was reviewed; null before.
    async fn reviewed_at(&self) -> Option<DateTime> {
        self.row.reviewed_at.map(DateTime)
    }
}

/// How the final score follows from the machine's and the person's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(super) enum ScoreRule {
    /// No person has judged: the machine's.
    Automatic,
    /// The person's, whatever the machine's.
    Human,
}

/// What was done with an audit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "audit_revision::Kind")]
pub(super) enum AuditStep {
    Created,
    Reviewed,
    /// The agent has disputed the result, which stands.
    Disputed,
    /// A reviewer has ruled on the dispute.
    Ruled,
}

#[derive(Debug)]
pub(super) struct AuditRevision(audit_revision::Model);

/// One step in the history of an audit.
#[Object]
impl AuditRevision {
    /// From 1; the last is the audit's `version`.
    async fn version(&self) -> i32 {
        self.0.revision
    }

    async fn step(&self) -> AuditStep {
        self.0.kind.into()
    }

    /// The final score before; null of the first step.
    async fn score_before(&self) -> Option<i32> {
        self.0.score_before
    }

    async fn status_before(&self) -> Option<AuditStatus> {
        self.0.status_before.map(Into::into)
    }

    /// The final score since.
    async fn score(&self) -> i32 {
        self.0.score
    }

    async fn status(&self) -> AuditStatus {
        self.0.status.into()
    }

    /// Whose step it was.
    async fn by(&self) -> ID {
        ID(self.0.scored_by.clone())
    }

    async fn at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    async fn comment(&self) -> Option<&str> {
        self.0.comment.as_deref()
    }
}

/// What a reviewer made of a dispute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "DisputeRuling", remote = "audit_dispute::Ruling")]
pub(super) enum Ruling {
    Accepted,
    PartlyAccepted,
    Rejected,
}

#[derive(Debug)]
pub(super) struct AuditDispute(audit_dispute::Model);

/// What an agent has said against a result, and what a reviewer made of it.
#[Object]
impl AuditDispute {
    /// Who gave the score that is disputed.
    async fn scored_by(&self) -> ID {
        ID(self.0.scored_by.clone())
    }

    async fn raised_by(&self) -> ID {
        ID(self.0.raised_by.clone())
    }

    async fn raised_at(&self) -> DateTime {
        DateTime(self.0.raised_at)
    }

    async fn comment(&self) -> &str {
        &self.0.comment
    }

    /// Null while it is open.
    async fn ruling(&self) -> Option<Ruling> {
        self.0.ruling.map(Into::into)
    }

    async fn ruled_by(&self) -> Option<ID> {
        self.0.ruled_by.clone().map(ID)
    }

    async fn ruled_at(&self) -> Option<DateTime> {
        self.0.ruled_at.map(DateTime)
    }

    async fn ruling_comment(&self) -> Option<&str> {
        self.0.ruling_comment.as_deref()
    }
}

/// How bad something is that an audit has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "audit_finding::Severity")]
pub(super) enum FindingSeverity {
    Minor,
    Major,
    Critical,
}

/// Something that an audit has found.
#[derive(Debug, SimpleObject)]
pub(super) struct AuditFinding {
    code: String,
    severity: FindingSeverity,
    /// The event that it is about.
    event_id: Option<ID>,
}

impl From<audit_finding::Model> for AuditFinding {
    fn from(row: audit_finding::Model) -> Self {
        let (severity, event_id) = (row.severity.into(), row.event_id.map(ID));
        Self { code: row.code, severity, event_id }
    }
}

/// The answer to one category of a scorecard.
#[derive(Debug, SimpleObject)]
pub(super) struct AuditAnswer {
    category: ID,
    /// Null where it did not apply.
    points: Option<u32>,
    /// The most points that there were.
    of: u32,
    weight: u32,
    /// Whether the whole audit scored 0 below half of its points.
    critical: bool,
}

impl From<Answer> for AuditAnswer {
    fn from(answer: Answer) -> Self {
        let Answer { category, points, of, weight, critical } = answer;
        Self { category: ID(category), points, of, weight, critical }
    }
}

fn loader<'a, T: Send + Sync + 'static>(ctx: &'a Context<'_>) -> Result<&'a DataLoader<T>> {
    ctx.data_opt().ok_or_else(|| Error::Internal("no such loader".to_owned()))
}

async fn find_name(ctx: &Context<'_>, key: (TenantId, String)) -> Result<Option<String>> {
    let names = loader::<AgentNameLoader>(ctx)?;
    Ok(names.load_one(key).await?)
}
