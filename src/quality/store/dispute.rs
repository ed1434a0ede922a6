//! SQL of disputes.

use entity::{
    InTenant,
    audit_dispute::{ActiveModel, Column, Entity, Model, Ruling},
    audit_revision, quality_audit,
};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

use crate::{
    error::{Error, Result},
    quality::dispute::Overturns,
    tenant::TenantId,
};

pub(in crate::quality) async fn find_dispute(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    audit_id: i64,
) -> Result<Option<Model>> {
    Ok(Entity::in_tenant(tenant).filter(Column::AuditId.eq(audit_id)).one(db).await?)
}

/// The disputes of some audits.
pub(in crate::quality) async fn list_disputes(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    audit_ids: Vec<i64>,
) -> Result<Vec<Model>> {
    Ok(Entity::in_tenant(tenant).filter(Column::AuditId.is_in(audit_ids)).all(db).await?)
}

pub(in crate::quality) async fn insert_dispute(
    transaction: &impl ConnectionTrait,
    dispute: ActiveModel,
) -> Result<()> {
    Entity::insert(dispute).exec_without_returning(transaction).await?;
    Ok(())
}

pub(in crate::quality) async fn update_dispute(
    transaction: &impl ConnectionTrait,
    dispute: ActiveModel,
) -> Result<()> {
    dispute.update(transaction).await?;
    Ok(())
}

/// Who gave the score that an audit has: the reviewer, or whoever created it.
pub(in crate::quality) async fn find_scorer(
    db: &impl ConnectionTrait,
    audit: &quality_audit::Model,
) -> Result<String> {
    use audit_revision::Column::{AuditId, Revision, ScoredBy};
    if let Some(reviewer) = &audit.reviewed_by {
        return Ok(reviewer.clone());
    }
    let first: Option<String> = audit_revision::Entity::in_tenant(&audit.tenant_id)
        .filter(AuditId.eq(audit.id))
        .filter(Revision.eq(1))
        .select_only()
        .column(ScoredBy)
        .into_tuple()
        .one(db)
        .await?;
    first.ok_or_else(|| Error::Internal(format!("audit {} without a history", audit.id)))
}

/// Counts disputes by who gave the score and how they were ruled on.
pub(in crate::quality) async fn count_overturns(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
) -> Result<Vec<Overturns>> {
    let counts: Vec<(String, Option<Ruling>, i64)> = Entity::in_tenant(tenant)
        .select_only()
        .columns([Column::ScoredBy, Column::Ruling])
        .expr(Column::AuditId.count())
        .group_by(Column::ScoredBy)
        .group_by(Column::Ruling)
        .order_by_asc(Column::ScoredBy)
        .into_tuple()
        .all(db)
        .await?;
    let mut scorers: Vec<Overturns> = Vec::new();
    for (scored_by, ruling, count) in counts {
        if scorers.last().is_none_or(|last| last.scored_by != scored_by) {
            scorers.push(Overturns {
                scored_by,
                open: 0,
                accepted: 0,
                partly_accepted: 0,
                rejected: 0,
            });
        }
        let Some(scorer) = scorers.last_mut() else { continue };
        *match ruling {
            None => &mut scorer.open,
            Some(Ruling::Accepted) => &mut scorer.accepted,
            Some(Ruling::PartlyAccepted) => &mut scorer.partly_accepted,
            Some(Ruling::Rejected) => &mut scorer.rejected,
        } = count;
    }
    Ok(scorers)
}
