//! Reviews: a person decides about an audit that waits. Every step with an audit is taken here.

use chrono::{DateTime, Utc};
use entity::{
    audit_revision::Kind,
    quality_audit::{ActiveModel, Model, Status},
};
use sea_orm::{ActiveValue::Set, IntoActiveModel as _};

use super::{
    model::{AuditId, Review, Score, state_of},
    queue::check_claim,
    service::Quality,
    store::{self, Turn},
};
use crate::{
    auth::{Right, Viewer},
    db::WriteTransaction,
    error::{Error, Result},
};

/// What is done with an audit.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) kind: Kind,
    /// A person's new score; none where the old one stands.
    pub(super) score: Option<Score>,
    pub(super) comment: Option<String>,
}

/// An audit that nobody else changes until the transaction ends.
#[derive(Debug)]
pub(super) struct Locked {
    pub(super) transaction: WriteTransaction,
    pub(super) turn: Turn,
    pub(super) audit: Model,
}

impl Quality {
    /// Sets a person's score of an audit that waits for one. Of two reviewers at once the second finds it
    /// decided.
    ///
    /// # Errors
    /// [`Error::Conflict`] when it does not wait, has changed since it was seen, or someone else works on
    /// it, [`Error::Forbidden`] for the agent of the session, [`Error::NotFound`] for an id the tenant does
    /// not have.
    pub async fn review(&self, viewer: &Viewer, id: &str, review: Review) -> Result<Model> {
        viewer.require(Right::ReviewAudits)?;
        review.check()?;
        let waiting = self.locked(viewer, id).await?;
        check_not_own(viewer, &waiting.audit)?;
        check_version(&waiting.audit, review.version)?;
        check_waits(&waiting.audit)?;
        check_claim(viewer, &waiting.audit, self.now())?;
        let (score, comment) = (Some(review.score), review.comment);
        self.take(waiting, viewer, Step { kind: Kind::Reviewed, score, comment }).await
    }

    /// Waits until nobody else changes an audit.
    pub(super) async fn locked(&self, viewer: &Viewer, id: &str) -> Result<Locked> {
        let number = AuditId::parse(id).ok_or_else(|| Error::not_found("audit", id))?.0;
        let transaction = self.db().of(&viewer.tenant.id).write().await?;
        let turn = store::take_turn(&*transaction, &viewer.tenant.id).await?;
        let audit = store::find_locked(&*transaction, &viewer.tenant.id, number).await?;
        let audit = audit.ok_or_else(|| Error::not_found("audit", id))?;
        Ok(Locked { transaction, turn, audit })
    }

    /// Takes a step with an audit, writes it into its history, and commits.
    pub(super) async fn take(&self, locked: Locked, viewer: &Viewer, step: Step) -> Result<Model> {
        let Locked { transaction, turn, audit } = locked;
        let (now, before) = (self.now(), (audit.score, audit.status));
        let next = self.stepped(viewer, audit, &step, now);
        let audit = store::update(&*transaction, turn, next).await?;
        store::add_revision(&*transaction, &audit, Some(before), &viewer.subject, step, now)
            .await?;
        transaction.commit().await?;
        self.note_change(&viewer.tenant.id);
        Ok(audit)
    }

    /// What a step makes of an audit.
    pub(super) fn stepped(
        &self,
        viewer: &Viewer,
        audit: Model,
        step: &Step,
        now: DateTime<Utc>,
    ) -> ActiveModel {
        let version = audit.version + 1;
        let mut next = audit.into_active_model();
        next.version = Set(version);
        if let Some(score) = step.score {
            next.human_score = Set(Some(score.value()));
            next.score = Set(score.value());
            next.status = Set(score.final_status(self.config().quality.pass_mark));
            next.reviewed_by = Set(Some(viewer.subject.to_string()));
            next.reviewed_at = Set(Some(now));
            (next.claimed_by, next.claimed_until) = (Set(None), Set(None));
        }
        next
    }
}

/// Nobody decides about the own session.
pub(super) fn check_not_own(viewer: &Viewer, audit: &Model) -> Result<()> {
    if audit.agent_id.as_deref() == Some(&*viewer.subject) {
        return Err(Error::Forbidden("review your own session".to_owned()));
    }
    Ok(())
}

pub(super) fn check_waits(audit: &Model) -> Result<()> {
    if audit.status != Status::PendingReview {
        return Err(Error::Conflict(format!("{}, not PENDING_REVIEW", state_of(audit))));
    }
    Ok(())
}

/// Refuses to decide about what was not seen.
pub(super) fn check_version(audit: &Model, seen: Option<i32>) -> Result<()> {
    match seen {
        Some(seen) if seen != audit.version => {
            Err(Error::Conflict(format!("{}; you have seen version {seen}", state_of(audit))))
        }
        _ => Ok(()),
    }
}
