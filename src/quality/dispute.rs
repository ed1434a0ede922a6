//! Disputes: an agent objects to a result once, and a reviewer rules on it.

use entity::{
    audit_dispute::{ActiveModel, Model as Dispute, Ruling},
    audit_revision::Kind,
    quality_audit::{Model, Status},
};
use sea_orm::{ActiveValue::Set, IntoActiveModel as _};

use super::{
    model::{AuditId, Score, state_of},
    review::{Step, check_not_own, check_version},
    service::Quality,
    store,
};
use crate::{
    auth::{Right, Viewer},
    error::{Error, Result},
    input::check_text,
    tenant::TenantId,
};

/// How a reviewer rules on a dispute.
#[derive(Clone, Debug)]
pub struct Verdict {
    pub ruling: Ruling,
    /// The new score; none where the old one stands.
    pub score: Option<Score>,
    pub comment: String,
    /// The version that the reviewer has seen.
    pub version: Option<i32>,
}

/// What became of the disputed scores of one scorer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overturns {
    pub scored_by: String,
    pub open: i64,
    pub accepted: i64,
    pub partly_accepted: i64,
    pub rejected: i64,
}

impl Overturns {
    /// Those that were ruled on.
    pub fn ruled(&self) -> i64 {
        self.overturned() + self.rejected
    }

    pub fn overturned(&self) -> i64 {
        self.accepted + self.partly_accepted
    }
}

impl Verdict {
    fn check(&self) -> Result<()> {
        check_comment(&self.comment)?;
        match (self.ruling, self.score) {
            (Ruling::Rejected, Some(score)) => {
                let expected = "none: a score stands whose dispute is rejected";
                Err(Error::bad_input("finalScore", score.value(), expected))
            }
            (Ruling::Accepted | Ruling::PartlyAccepted, None) => {
                Err(Error::bad_input("finalScore", "missing", "the new score, 0 to 100"))
            }
            _ => Ok(()),
        }
    }

    /// Refuses to overturn a score by the same one: it would count as overturned.
    fn check_changes(&self, audit: &Model) -> Result<()> {
        match self.score {
            Some(score) if score.value() == audit.score => {
                let expected = "another score than the disputed one, or the ruling REJECTED";
                Err(Error::bad_input("finalScore", score.value(), expected))
            }
            _ => Ok(()),
        }
    }
}

fn check_comment(comment: &str) -> Result<()> {
    check_text("comment", comment, 1..=2_000)
}

impl Quality {
    /// Objects to the final result of an audit of the viewer's own session; the result stands until
    /// someone rules on it.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for another's session, which an agent does not find, [`Error::Conflict`] when it is not final or was
    /// disputed before.
    pub async fn dispute(&self, viewer: &Viewer, id: &str, comment: String) -> Result<Model> {
        let own = viewer.scope(Right::DisputeAudits)?;
        check_comment(&comment)?;
        let locked = self.locked(viewer, id).await?;
        let (transaction, audit) = (&locked.transaction, &locked.audit);
        if audit.agent_id.as_deref() != Some(&*viewer.subject) {
            // Who sees own audits only does not learn that there are others.
            let forbidden =
                || Error::Forbidden("dispute the audit of another's session".to_owned());
            return Err(own.map_or_else(forbidden, |_| Error::not_found("audit", id)));
        }
        if audit.status == Status::PendingReview {
            let reason = format!("{}; only a final result is disputed", state_of(audit));
            return Err(Error::Conflict(reason));
        }
        let tenant = &viewer.tenant.id;
        if store::find_dispute(&**transaction, tenant, audit.id).await?.is_some() {
            let reason = format!("audit `{}` was disputed before", AuditId(audit.id));
            return Err(Error::Conflict(reason));
        }
        let scored_by = store::find_scorer(&**transaction, audit).await?;
        let dispute = ActiveModel {
            tenant_id: Set(tenant.to_string()),
            audit_id: Set(audit.id),
            scored_by: Set(scored_by),
            raised_by: Set(viewer.subject.to_string()),
            comment: Set(comment.clone()),
            raised_at: Set(self.now()),
            ruling: Set(None),
            ruled_by: Set(None),
            ruling_comment: Set(None),
            ruled_at: Set(None),
        };
        store::insert_dispute(&**transaction, dispute).await?;
        let step = Step { kind: Kind::Disputed, score: None, comment: Some(comment) };
        self.take(locked, viewer, step).await
    }

    /// Rules on the open dispute of an audit.
    ///
    /// # Errors
    /// [`Error::Conflict`] without an open one, or when the audit has changed since it was seen.
    pub async fn rule(&self, viewer: &Viewer, id: &str, verdict: Verdict) -> Result<Model> {
        viewer.require(Right::ReviewAudits)?;
        verdict.check()?;
        let locked = self.locked(viewer, id).await?;
        let (transaction, audit) = (&locked.transaction, &locked.audit);
        check_not_own(viewer, audit)?;
        check_version(audit, verdict.version)?;
        verdict.check_changes(audit)?;
        let found = store::find_dispute(&**transaction, &viewer.tenant.id, audit.id).await?;
        let Some(open) = found.filter(|dispute| dispute.ruling.is_none()) else {
            let reason = format!("audit `{}` has no open dispute", AuditId(audit.id));
            return Err(Error::Conflict(reason));
        };
        let mut ruled = open.into_active_model();
        ruled.ruling = Set(Some(verdict.ruling));
        ruled.ruled_by = Set(Some(viewer.subject.to_string()));
        ruled.ruling_comment = Set(Some(verdict.comment.clone()));
        ruled.ruled_at = Set(Some(self.now()));
        store::update_dispute(&**transaction, ruled).await?;
        let comment = Some(verdict.comment);
        let step = Step { kind: Kind::Ruled, score: verdict.score, comment };
        self.take(locked, viewer, step).await
    }

    /// What became of disputed scores, by who gave them.
    pub async fn overturns(&self, viewer: &Viewer) -> Result<Vec<Overturns>> {
        viewer.require(Right::ReadAuditFigures)?;
        store::count_overturns(&self.db().of(&viewer.tenant.id), &viewer.tenant.id).await
    }

    /// The disputes of some audits that the viewer may read.
    pub(super) async fn disputes(&self, tenant: &TenantId, ids: Vec<i64>) -> Result<Vec<Dispute>> {
        store::list_disputes(&self.db().of(tenant), tenant, ids).await
    }
}
