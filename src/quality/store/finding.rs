//! SQL of what audits have found.

use entity::{
    InTenant,
    audit_finding::{ActiveModel, Column, Entity, Model, Severity},
    quality_audit,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait as _},
};

use crate::{
    error::Result,
    quality::new::{Finding, FindingCount},
    tenant::{TenantId, TimeRange},
};

pub(in crate::quality) async fn insert_findings(
    transaction: &impl ConnectionTrait,
    audit: &quality_audit::Model,
    findings: Vec<Finding>,
) -> Result<()> {
    if findings.is_empty() {
        return Ok(());
    }
    let rows = (0..).zip(findings).map(|(position, finding)| ActiveModel {
        tenant_id: Set(audit.tenant_id.clone()),
        audit_id: Set(audit.id),
        position: Set(position),
        code: Set(finding.code),
        severity: Set(finding.severity),
        event_id: Set(finding.event_id),
        audited_at: Set(audit.audited_at),
    });
    Entity::insert_many(rows).exec_without_returning(transaction).await?;
    Ok(())
}

/// What some audits have found, of each in the order in which it was given.
pub(in crate::quality) async fn list_findings(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    audit_ids: Vec<i64>,
) -> Result<Vec<Model>> {
    let findings = Entity::in_tenant(tenant)
        .filter(Column::AuditId.is_in(audit_ids))
        .order_by_asc(Column::AuditId)
        .order_by_asc(Column::Position);
    Ok(findings.all(db).await?)
}

/// Counts what was found in the audits of a stretch of time.
pub(in crate::quality) async fn count_findings(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    range: TimeRange,
) -> Result<Vec<FindingCount>> {
    let findings = || Expr::col(Column::Position).count();
    let counts: Vec<(String, Severity, i64, i64)> = Entity::in_tenant(tenant)
        .filter(Column::AuditedAt.gte(range.start))
        .filter(Column::AuditedAt.lt(range.end))
        .select_only()
        .columns([Column::Code, Column::Severity])
        .expr(findings())
        .expr(Expr::col(Column::AuditId).count_distinct())
        .group_by(Column::Code)
        .group_by(Column::Severity)
        .order_by_desc(findings())
        .order_by_asc(Column::Code)
        .order_by_asc(Column::Severity)
        .into_tuple()
        .all(db)
        .await?;
    let count =
        |(code, severity, findings, audits)| FindingCount { code, severity, findings, audits };
    Ok(counts.into_iter().map(count).collect())
}
