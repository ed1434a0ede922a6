//! The work queue: which audit waits for whom, and who works on which.
//!
//! A claim is a lease: it keeps others from deciding for a while, and changes nothing else.

use chrono::{DateTime, TimeDelta, Utc};
use entity::quality_audit::Model;
use sea_orm::{ActiveValue::Set, IntoActiveModel as _};

use super::{
    model::AuditId,
    review::{Locked, check_not_own, check_waits},
    service::Quality,
    store,
};
use crate::{
    auth::{Right, Viewer},
    error::{Error, Result},
};

/// How long a claim may hold, in seconds.
const LEASE_SECS: std::ops::RangeInclusive<i32> = 60..=3_600;
/// The ages by which audits that wait are told apart: those younger than so many hours.
pub(super) const AGES: [i64; 4] = [1, 4, 24, 72];

/// Which audit comes next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    #[default]
    OldestFirst,
    LowestScoreFirst,
}

/// The audits that wait for a review.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    pub total: i64,
    /// Of these, those that someone works on.
    pub claimed: i64,
    pub oldest_at: Option<DateTime<Utc>>,
    /// How many are younger than each of `AGES` and not younger than the one before; then the others.
    pub ages: [i64; AGES.len() + 1],
}

impl Quality {
    /// The audit that a viewer may review next: nobody else works on it, and it is of another's session.
    pub async fn next(&self, viewer: &Viewer, order: Order) -> Result<Option<Model>> {
        viewer.require(Right::ReviewAudits)?;
        let (tenant, now) = (&viewer.tenant.id, self.now());
        store::find_next(&self.db().of(tenant), tenant, &viewer.subject, order, now).await
    }

    /// Keeps others from reviewing an audit for so many seconds; again by the same, it holds anew.
    ///
    /// # Errors
    /// [`Error::Conflict`] when it does not wait, or someone else works on it.
    pub async fn claim(&self, viewer: &Viewer, id: &str, secs: i32) -> Result<Model> {
        if !LEASE_SECS.contains(&secs) {
            let (low, high) = (LEASE_SECS.start(), LEASE_SECS.end());
            return Err(Error::bad_input("leaseSecs", secs, &format!("{low} to {high}")));
        }
        self.set_claim(viewer, id, Some(TimeDelta::seconds(secs.into()))).await
    }

    /// Gives an audit back to the queue.
    ///
    /// # Errors
    /// [`Error::Conflict`] when it does not wait, or someone else works on it.
    pub async fn release(&self, viewer: &Viewer, id: &str) -> Result<Model> {
        self.set_claim(viewer, id, None).await
    }

    async fn set_claim(
        &self,
        viewer: &Viewer,
        id: &str,
        lease: Option<TimeDelta>,
    ) -> Result<Model> {
        viewer.require(Right::ReviewAudits)?;
        let now = self.now();
        let Locked { transaction, turn, audit } = self.locked(viewer, id).await?;
        check_not_own(viewer, &audit)?;
        check_waits(&audit)?;
        check_claim(viewer, &audit, now)?;
        let mut claimed = audit.into_active_model();
        claimed.claimed_by = Set(lease.map(|_| viewer.subject.to_string()));
        claimed.claimed_until = Set(lease.map(|lease| now + lease));
        let audit = store::update(&*transaction, turn, claimed).await?;
        transaction.commit().await?;
        Ok(audit)
    }

    /// How many audits wait, and for how long.
    pub async fn waiting(&self, viewer: &Viewer) -> Result<Waiting> {
        viewer.require(Right::ReadAuditFigures)?;
        let (tenant, now) = (&viewer.tenant.id, self.now());
        if let Some(found) = self.index().ask(tenant, move |picture| picture.waiting(now)).await? {
            return Ok(found.answer);
        }
        store::count_waiting(&self.db().of(tenant), tenant, now).await
    }
}

/// Refuses an audit that someone else works on.
pub(super) fn check_claim(viewer: &Viewer, audit: &Model, now: DateTime<Utc>) -> Result<()> {
    match (&audit.claimed_by, audit.claimed_until) {
        (Some(by), Some(until)) if until > now && **by != *viewer.subject => {
            let (id, until) = (AuditId(audit.id), until.to_rfc3339());
            Err(Error::Conflict(format!("`{by}` works on audit `{id}` until {until}")))
        }
        _ => Ok(()),
    }
}
