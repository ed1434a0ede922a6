//! The audits of tenants as a whole. Creating is in `create`, deciding in `review`, `queue` and `dispute`,
//! listing in `list`.

use std::sync::Arc;

use chrono::{DateTime, Days, Utc};
use entity::{audit_finding, audit_revision, quality_audit::Model};
use rust_decimal::Decimal;

use super::{
    grade,
    index::{Index, Picture, Pictured},
    model::{Agreement, AuditId, Summary},
    new::FindingCount,
    store,
};
use crate::{
    answers::{Answers, Changes},
    auth::{Right, Viewer},
    clock::Clock,
    config::Config,
    db::Db,
    error::{Error, Result},
    tenant::{Tenant, TenantId, TimeRange},
};

/// The audits of tenants.
pub struct Quality {
    db: Db,
    clock: Arc<dyn Clock>,
    config: Arc<Config>,
    changes: Arc<Changes>,
    means: Answers<TimeRange, Option<Decimal>>,
    index: Arc<Index>,
}

impl Quality {
    pub fn new(db: Db, clock: Arc<dyn Clock>, config: Arc<Config>, changes: Arc<Changes>) -> Self {
        let means = Answers::new(Arc::clone(&changes));
        let index = Arc::new(Index::new(db.clone(), (&config.quality).into()));
        Self { db, clock, config, changes, means, index }
    }

    pub(super) fn db(&self) -> &Db {
        &self.db
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    pub(super) fn index(&self) -> &Arc<Index> {
        &self.index
    }

    /// Says that an audit has changed. Call after the commit.
    pub(super) fn note_change(&self, tenant: &TenantId) {
        self.changes.add(tenant);
    }

    /// What is kept of a tenant's audits in memory; none while lists are answered by the database.
    pub fn pictured(&self, tenant: &TenantId) -> Option<Pictured> {
        self.index.pictured(tenant)
    }

    /// One audit; none for an id that the tenant does not have, or another agent, or that is none.
    pub async fn find(&self, viewer: &Viewer, id: &str) -> Result<Option<Model>> {
        let own = viewer.scope(Right::ReadAudits)?;
        let Some(number) = AuditId::parse(id) else { return Ok(None) };
        let found =
            store::find(&self.db.of(&viewer.tenant.id), &viewer.tenant.id, number.0).await?;
        Ok(found.filter(|audit| own.is_none() || audit.agent_id.as_deref() == own))
    }

    /// Counts the tenant's audits by where they stand.
    pub async fn summary(&self, viewer: &Viewer) -> Result<Summary> {
        viewer.require(Right::ReadAuditFigures)?;
        let tenant = &viewer.tenant.id;
        if let Some(found) = self.index.ask(tenant, Picture::summary).await? {
            return Ok(found.answer);
        }
        store::count_by_status(&self.db.of(tenant), tenant).await
    }

    /// What became of some audits that the viewer may read, of each the oldest step first.
    pub(super) async fn history(
        &self,
        tenant: &TenantId,
        ids: Vec<i64>,
    ) -> Result<Vec<audit_revision::Model>> {
        store::list_history(&self.db.of(tenant), tenant, ids).await
    }

    /// What some audits that the viewer may read have found.
    pub(super) async fn findings(
        &self,
        tenant: &TenantId,
        ids: Vec<i64>,
    ) -> Result<Vec<audit_finding::Model>> {
        store::list_findings(&self.db.of(tenant), tenant, ids).await
    }

    /// How often what was found in the audits of a stretch of time, the most frequent first.
    ///
    /// # Errors
    /// [`Error::BadInput`] for a stretch without any time in it.
    pub async fn count_findings(
        &self,
        viewer: &Viewer,
        range: TimeRange,
    ) -> Result<Vec<FindingCount>> {
        viewer.require(Right::ReadAuditFigures)?;
        if range.end <= range.start {
            let expected = format!("an instant after `from`, {}", range.start.to_rfc3339());
            return Err(Error::bad_input("to", range.end.to_rfc3339(), &expected));
        }
        store::count_findings(&self.db.of(&viewer.tenant.id), &viewer.tenant.id, range).await
    }

    /// How a machine's and a person's scores agree, of the audits that have both.
    pub async fn agreement(&self, viewer: &Viewer) -> Result<Agreement> {
        viewer.require(Right::ReadAuditFigures)?;
        let (tenant, mark) = (&viewer.tenant.id, self.config.quality.pass_mark);
        if let Some(found) = self.index.ask(tenant, Picture::agreement).await? {
            return Ok(found.answer);
        }
        store::compare_scores(&self.db.of(tenant), tenant, mark.into()).await
    }

    /// The mean of the final scores audited within `range`; none without any.
    pub async fn mean_score(&self, tenant: &Tenant, range: TimeRange) -> Result<Option<Decimal>> {
        let make = async || {
            let mean = move |picture: &Picture| picture.mean_final_score(range);
            if let Some(found) = self.index.ask(&tenant.id, mean).await? {
                return Ok(found.answer);
            }
            store::mean_final_score(&self.db.of(&tenant.id), &tenant.id, range).await
        };
        self.means.get(&tenant.id, range, self.clock.now(), make).await
    }

    /// The grade of the last 30 days, today included, in the tenant's language; none without a
    /// final score in them.
    pub async fn grade(&self, tenant: &Tenant) -> Result<Option<&'static str>> {
        let today = tenant.day_of(self.clock.now());
        let first = today.checked_sub_days(Days::new(grade::DAYS - 1)).unwrap_or(today);
        let mean = self.mean_score(tenant, tenant.days(first, today)).await?;
        Ok(mean.map(|mean| grade::grade(mean, tenant.language)))
    }
}
