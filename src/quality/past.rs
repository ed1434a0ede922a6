//! Audits of the past, many at once: for stores that are filled to be measured.

use chrono::{DateTime, Utc};
use entity::{
    audit_revision::{self, Kind},
    quality_audit::Model,
};
use sea_orm::TryIntoModel as _;

use super::{
    model::Score,
    new::NewAudit,
    review::{Step, check_waits},
    service::Quality,
    store,
};
use crate::{
    auth::{Right, Viewer},
    error::Result,
    tenant::TenantId,
};

/// An audit as it was made, and what a person made of it.
#[derive(Clone, Debug)]
pub struct PastAudit {
    pub audit: NewAudit,
    pub audited_at: DateTime<Utc>,
    /// A person's score of an audit that waited for one.
    pub reviewed: Option<Score>,
}

impl Quality {
    /// How many audits a tenant has.
    pub async fn count_all(&self, tenant: &TenantId) -> Result<i64> {
        store::find_last_number(&self.db().of(tenant), tenant).await
    }

    /// Stores audits with their histories under the tenant's next numbers, all of them or none.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` that names the field, `FORBIDDEN` unless for operators.
    pub async fn create_past(&self, viewer: &Viewer, past: Vec<PastAudit>) -> Result<()> {
        viewer.require(Right::CreatePastAudits)?;
        let tenant = &viewer.tenant.id;
        past.iter().try_for_each(|past| past.audit.check())?;
        let transaction = self.db().of(tenant).write().await?;
        let turn = store::take_turn(&*transaction, tenant).await?;
        let first = store::find_last_number(&*transaction, tenant).await? + 1;
        let (mut rows, mut revisions) = (Vec::new(), Vec::new());
        for (number, past) in (first..).zip(past) {
            let (at, reviewed) = (past.audited_at, past.reviewed);
            let mut row = self.row(tenant, number, past.audit, at);
            revisions.push(revision(&row, None, viewer, at));
            if let Some(score) = reviewed {
                check_waits(&row)?;
                let before = row.clone();
                let step = Step { kind: Kind::Reviewed, score: Some(score), comment: None };
                row = self.stepped(viewer, row, &step, at).try_into_model()?;
                revisions.push(revision(&row, Some(&before), viewer, at));
            }
            rows.push(row);
        }
        store::insert_many(&*transaction, turn, &rows).await?;
        store::insert_revisions(&*transaction, revisions).await?;
        transaction.commit().await?;
        self.note_change(tenant);
        Ok(())
    }
}

fn revision(
    row: &Model,
    before: Option<&Model>,
    by: &Viewer,
    at: DateTime<Utc>,
) -> audit_revision::Model {
    audit_revision::Model {
        tenant_id: row.tenant_id.clone(),
        audit_id: row.id,
        revision: row.version,
        kind: if before.is_some() { Kind::Reviewed } else { Kind::Created },
        score_before: before.map(|before| before.score),
        status_before: before.map(|before| before.status),
        score: row.score,
        status: row.status,
        scored_by: by.subject.to_string(),
        comment: None,
        created_at: at,
    }
}
