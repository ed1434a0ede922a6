//! SQL of audits and what belongs to them.

mod change;
mod dispute;
mod finding;
mod list;
mod queue;
mod rates;
mod write;

use entity::{
    InTenant, audit_revision,
    quality_audit::{Column, Entity, Model},
};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder};

#[cfg(test)]
pub(super) use self::change::changes_since;
pub(super) use self::{
    change::{Change, list_changes, list_from},
    dispute::{
        count_overturns, find_dispute, find_scorer, insert_dispute, list_disputes, update_dispute,
    },
    finding::{count_findings, insert_findings, list_findings},
    list::{count, list_after, list_numbered, list_page},
    queue::{count_waiting, find_next},
    rates::{compare_scores, count_by_status, mean_final_score},
    write::{
        Turn, add_revision, find_last_change, find_last_number, find_locked, insert, insert_many,
        insert_revisions, take_turn, update,
    },
};
use crate::{error::Result, tenant::TenantId};

pub(in crate::quality) async fn find(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    id: i64,
) -> Result<Option<Model>> {
    Ok(Entity::in_tenant(tenant).filter(Column::Id.eq(id)).one(db).await?)
}

/// What became of some audits, of each the oldest step first.
pub(in crate::quality) async fn list_history(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    ids: Vec<i64>,
) -> Result<Vec<audit_revision::Model>> {
    let revisions = audit_revision::Entity::in_tenant(tenant)
        .filter(audit_revision::Column::AuditId.is_in(ids))
        .order_by_asc(audit_revision::Column::AuditId)
        .order_by_asc(audit_revision::Column::Revision);
    Ok(revisions.all(db).await?)
}
