//! Changes of audits. All act in the caller's own tenant.

use async_graphql::{Context, ID, InputObject, Object};

use super::audit::{Audit, AuditType, FindingSeverity, Ruling};
use crate::{
    error::{Error, Result},
    graphql::{ContextExt as _, GraphqlResult, Json},
    quality::{Finding, GivenAnswer, NewAudit, NewScoredAudit, Review, Score, Verdict},
};

/// How long a claim holds unless it is told.
const LEASE_SECS: i32 = 900;

/// The part of the mutation root that this domain answers.
#[derive(Debug, Default)]
pub struct QualityMutation;

#[Object]
impl QualityMutation {
    /// Stores an audit under the tenant's next number. Takes the role ingest or reviewer.
    ///
    /// A `MANUAL` audit is final at once. An `AUTO` one is `PASSED` at or above the pass mark (60
    /// unless configured) and waits for a review below it: a machine's failing verdict needs a
    /// person. Called twice, it makes two audits.
    async fn create_audit(
        &self,
        ctx: &Context<'_>,
        mut input: CreateAuditInput,
    ) -> GraphqlResult<Audit> {
        let (viewer, quality) = (ctx.viewer()?, &ctx.services()?.quality);
        let (card, version) = (input.take_card()?, input.scorecard_version);
        let audit = NewAudit::try_from(input)?;
        let row = match card {
            Some((scorecard, answers)) => {
                let stated = Some(audit.score);
                let scored = NewScoredAudit { audit, scorecard, version, answers, stated };
                quality.create_scored(viewer, scored).await?
            }
            None => quality.create(viewer, audit).await?,
        };
        Ok(Audit::new(row, &viewer.tenant))
    }

    /// Stores an audit like `createAudit`, with the score that the answers to a scorecard come to: the
    /// weighted mean of their points in percent, half to even, those that do not apply left out; 0 where
    /// a critical category gets less than half of its points. Takes the role ingest or reviewer.
    async fn score_audit(&self, ctx: &Context<'_>, input: ScoreAuditInput) -> GraphqlResult<Audit> {
        let viewer = ctx.viewer()?;
        let row = ctx.services()?.quality.create_scored(viewer, input.try_into()?).await?;
        Ok(Audit::new(row, &viewer.tenant))
    }

    /// Sets the final score of an audit that waits for a review. Takes the role reviewer.
    ///
    /// `CONFLICT` when the audit does not wait, also for the second of two reviewers at once;
    /// `FORBIDDEN` for the agent whose session it is; `NOT_FOUND` for an id the tenant lacks.
    async fn review_audit(
        &self,
        ctx: &Context<'_>,
        input: ReviewAuditInput,
    ) -> GraphqlResult<Audit> {
        let viewer = ctx.viewer()?;
        let score = Score::new("finalScore", input.final_score)?;
        let review = Review { score, comment: input.comment, version: input.version };
        let row = ctx.services()?.quality.review(viewer, &input.audit_id, review).await?;
        Ok(Audit::new(row, &viewer.tenant))
    }

    /// Keeps others from reviewing an audit that waits, for 60 to 3,600 seconds; again by the same
    /// caller, it holds anew. Takes the role reviewer.
    ///
    /// `CONFLICT` when the audit does not wait, or someone else works on it; `FORBIDDEN` for the agent
    /// whose session it is.
    async fn claim_audit(
        &self,
        ctx: &Context<'_>,
        audit_id: ID,
        #[graphql(default = 900)] lease_secs: Option<i32>,
    ) -> GraphqlResult<Audit> {
        let viewer = ctx.viewer()?;
        let secs = lease_secs.unwrap_or(LEASE_SECS);
        let row = ctx.services()?.quality.claim(viewer, &audit_id, secs).await?;
        Ok(Audit::new(row, &viewer.tenant))
    }

    /// Gives an audit that the caller works on back to the queue. Takes the role reviewer.
    async fn release_audit(&self, ctx: &Context<'_>, audit_id: ID) -> GraphqlResult<Audit> {
        let viewer = ctx.viewer()?;
        let row = ctx.services()?.quality.release(viewer, &audit_id).await?;
        Ok(Audit::new(row, &viewer.tenant))
    }

    /// Objects to the final result of an audit of the caller's own session, once; the result stands
    /// until someone rules on it.
    ///
    /// `FORBIDDEN` for another's session; `CONFLICT` when the result is not final, or was disputed
    /// before.
    async fn dispute_audit(
        &self,
        ctx: &Context<'_>,
        audit_id: ID,
        comment: String,
    ) -> GraphqlResult<Audit> {
        let viewer = ctx.viewer()?;
        let row = ctx.services()?.quality.dispute(viewer, &audit_id, comment).await?;
        Ok(Audit::new(row, &viewer.tenant))
    }

    /// Rules on the open dispute of an audit. Takes the role reviewer.
    ///
    /// `CONFLICT` without an open dispute, or when the audit has changed since it was seen.
    async fn rule_on_dispute(
        &self,
        ctx: &Context<'_>,
        input: RuleOnDisputeInput,
    ) -> GraphqlResult<Audit> {
        let viewer = ctx.viewer()?;
        let score = input.final_score.map(|score| Score::new("finalScore", score)).transpose()?;
        let RuleOnDisputeInput { audit_id, ruling, comment, version, .. } = input;
        let verdict = Verdict { ruling: ruling.into(), score, comment, version };
        let row = ctx.services()?.quality.rule(viewer, &audit_id, verdict).await?;
        Ok(Audit::new(row, &viewer.tenant))
    }
}

/// An audit to be stored.
#[derive(Debug, InputObject)]
pub(super) struct CreateAuditInput {
    /// The conversation, 1 to 64 characters.
    session_id: ID,
    /// Who led it, 1 to 64 characters; left out when it was the AI alone.
    agent_id: Option<ID>,
    /// At most 100 characters.
    customer_name: Option<String>,
    /// 0 to 100. With answers, what they come to; `scoreAudit` works it out instead.
    score: i32,
    /// One of `quality.scorecards`, where the audit is scored by answers.
    scorecard: Option<ID>,
    /// The greatest unless it is told.
    scorecard_version: Option<i32>,
    /// One for each category; they stay with the audit.
    answers: Option<Vec<AuditAnswerInput>>,
    audit_type: AuditType,
    /// The kind of conversation, at most 50 characters.
    session_type: Option<String>,
    /// What was found, in any form, at most 64 KiB of JSON.
    issues: Option<Json>,
    /// What was found, by code, so that it can be counted; at most 100.
    findings: Option<Vec<AuditFindingInput>>,
}

impl CreateAuditInput {
    /// The scorecard and the answers to it; none of a plain score.
    fn take_card(&mut self) -> Result<Option<(String, Vec<GivenAnswer>)>> {
        match (self.scorecard.take(), self.answers.take()) {
            (Some(card), Some(answers)) => Ok(Some((card.0, given(answers)))),
            (None, None) if self.scorecard_version.is_none() => Ok(None),
            (None, _) => Err(Error::bad_input("scorecard", "null", "the scorecard of the answers")),
            (Some(_), None) => {
                let expected = "an answer for each category of the scorecard";
                Err(Error::bad_input("answers", "null", expected))
            }
        }
    }
}

/// Something that an audit has found.
#[derive(Debug, InputObject)]
pub(super) struct AuditFindingInput {
    /// 1 to 50 characters.
    code: String,
    severity: FindingSeverity,
    /// The event that it is about.
    event_id: Option<ID>,
}

impl From<AuditFindingInput> for Finding {
    fn from(input: AuditFindingInput) -> Self {
        let (severity, event_id) = (input.severity.into(), input.event_id.map(|id| id.0));
        Self { code: input.code, severity, event_id }
    }
}

/// The answer to one category of a scorecard.
#[derive(Debug, InputObject)]
pub(super) struct AuditAnswerInput {
    category: ID,
    /// From 0 to the points of the category; null where it does not apply.
    points: Option<i32>,
}

/// An audit to be stored by its answers.
#[derive(Debug, InputObject)]
pub(super) struct ScoreAuditInput {
    /// The conversation, 1 to 64 characters.
    session_id: ID,
    /// Who led it, 1 to 64 characters; left out when it was the AI alone.
    agent_id: Option<ID>,
    /// At most 100 characters.
    customer_name: Option<String>,
    /// One of `quality.scorecards`.
    scorecard: ID,
    /// The greatest unless it is told.
    scorecard_version: Option<i32>,
    /// One for each category.
    answers: Vec<AuditAnswerInput>,
    audit_type: AuditType,
    /// The kind of conversation, at most 50 characters.
    session_type: Option<String>,
    /// What was found, by code; at most 100.
    findings: Option<Vec<AuditFindingInput>>,
}

impl TryFrom<ScoreAuditInput> for NewScoredAudit {
    type Error = crate::error::Error;

    fn try_from(input: ScoreAuditInput) -> Result<Self> {
        let audit = NewAudit {
            session_id: input.session_id.0,
            agent_id: input.agent_id.map(|id| id.0),
            customer_name: input.customer_name,
            // The answers decide.
            score: Score::new("score", 0)?,
            audit_type: input.audit_type.into(),
            session_type: input.session_type,
            issues: None,
            findings: findings(input.findings),
        };
        Ok(Self {
            audit,
            scorecard: input.scorecard.0,
            version: input.scorecard_version,
            answers: given(input.answers),
            stated: None,
        })
    }
}

fn given(answers: Vec<AuditAnswerInput>) -> Vec<GivenAnswer> {
    let answer = |answer: AuditAnswerInput| GivenAnswer {
        category: answer.category.0,
        points: answer.points,
    };
    answers.into_iter().map(answer).collect()
}

fn findings(given: Option<Vec<AuditFindingInput>>) -> Vec<Finding> {
    given.unwrap_or_default().into_iter().map(Finding::from).collect()
}

impl TryFrom<CreateAuditInput> for NewAudit {
    type Error = crate::error::Error;

    fn try_from(input: CreateAuditInput) -> Result<Self> {
        Ok(Self {
            session_id: input.session_id.0,
            agent_id: input.agent_id.map(|id| id.0),
            customer_name: input.customer_name,
            score: Score::new("score", input.score)?,
            audit_type: input.audit_type.into(),
            session_type: input.session_type,
            issues: input.issues.map(|issues| issues.0),
            findings: findings(input.findings),
        })
    }
}

/// A person's verdict on an audit that waits for one.
#[derive(Debug, InputObject)]
pub(super) struct ReviewAuditInput {
    /// E.g. `QA-001`.
    audit_id: ID,
    /// 0 to 100. Passed at or above the pass mark, failed below it.
    final_score: i32,
    /// Why, at most 2,000 characters; kept in the audit's history.
    comment: Option<String>,
    /// The `version` that the reviewer has seen: `CONFLICT` when there is another. Left out, whatever
    /// is there is reviewed.
    version: Option<i32>,
}

/// How a reviewer rules on a dispute.
#[derive(Debug, InputObject)]
pub(super) struct RuleOnDisputeInput {
    /// E.g. `QA-001`.
    audit_id: ID,
    ruling: Ruling,
    /// The new score, 0 to 100 and another than the disputed one; left out where the dispute is rejected.
    final_score: Option<i32>,
    /// Why, 1 to 2,000 characters.
    comment: String,
    /// The `version` that the reviewer has seen.
    version: Option<i32>,
}
