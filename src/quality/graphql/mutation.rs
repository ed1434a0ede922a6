//! Changes of audits. Both act in the caller's own tenant.

use async_graphql::{Context, ID, InputObject, Object};

use super::audit::{Audit, AuditType};
use crate::{
    error::Result,
    graphql::{ContextExt as _, GraphqlResult, Json},
    quality::{NewAudit, Review, Score},
};

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
        input: CreateAuditInput,
    ) -> GraphqlResult<Audit> {
        let viewer = ctx.viewer()?;
        let row = ctx.services()?.quality.create(viewer, input.try_into()?).await?;
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
        let review = Review { score, comment: input.comment };
        let row = ctx.services()?.quality.review(viewer, &input.audit_id, review).await?;
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
    /// 0 to 100.
    score: i32,
    audit_type: AuditType,
    /// The kind of conversation, at most 50 characters.
    session_type: Option<String>,
    /// What was found, in any form, at most 64 KiB of JSON.
    issues: Option<Json>,
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
}
