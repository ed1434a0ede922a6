//! SQL of audits and their revisions.

use chrono::{DateTime, Utc};
use entity::{
    InTenant, audit_revision,
    quality_audit::{ActiveModel, Column, Entity, Model, Status},
};
use rust_decimal::Decimal;
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    Select,
    sea_query::{Expr, ExprTrait as _},
};

use super::model::{Filter, Summary};
use crate::{
    db::bulk,
    error::Result,
    tenant::{TenantId, TimeRange},
};

/// The next free number of the tenant; it stays free for the caller until its transaction ends.
pub(super) async fn next_number(
    transaction: &impl ConnectionTrait,
    tenant: &TenantId,
) -> Result<i64> {
    // A database's own sequences leave gaps, and there is none for each tenant.
    bulk::hold(transaction, &format!("audit numbers of {tenant}")).await?;
    // A statement of its own: its snapshot has to be taken after the wait.
    let last: Option<Option<i64>> = Entity::in_tenant(tenant)
        .select_only()
        .expr(Column::Id.max())
        .into_tuple()
        .one(transaction)
        .await?;
    Ok(last.flatten().unwrap_or(0) + 1)
}

pub(super) async fn insert(
    transaction: &impl ConnectionTrait,
    audit: ActiveModel,
) -> Result<Model> {
    Ok(audit.insert(transaction).await?)
}

pub(super) async fn update(
    transaction: &impl ConnectionTrait,
    audit: ActiveModel,
) -> Result<Model> {
    Ok(audit.update(transaction).await?)
}

/// Appends the audit's present score to its history.
pub(super) async fn add_revision(
    transaction: &impl ConnectionTrait,
    audit: &Model,
    scored_by: &str,
    comment: Option<String>,
    now: DateTime<Utc>,
) -> Result<()> {
    let last: Option<Option<i32>> = audit_revision::Entity::in_tenant(&audit.tenant_id)
        .filter(audit_revision::Column::AuditId.eq(audit.id))
        .select_only()
        .expr(audit_revision::Column::Revision.max())
        .into_tuple()
        .one(transaction)
        .await?;
    let revision = audit_revision::ActiveModel {
        tenant_id: Set(audit.tenant_id.clone()),
        audit_id: Set(audit.id),
        revision: Set(last.flatten().unwrap_or(0) + 1),
        score: Set(audit.score),
        status: Set(audit.status),
        scored_by: Set(scored_by.to_owned()),
        comment: Set(comment),
        created_at: Set(now),
    };
    audit_revision::Entity::insert(revision).exec_without_returning(transaction).await?;
    Ok(())
}

pub(super) async fn find(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    id: i64,
) -> Result<Option<Model>> {
    Ok(Entity::in_tenant(tenant).filter(Column::Id.eq(id)).one(db).await?)
}

/// Finds an audit and keeps others from changing it until the caller's transaction ends.
pub(super) async fn find_locked(
    transaction: &impl ConnectionTrait,
    tenant: &TenantId,
    id: i64,
) -> Result<Option<Model>> {
    let audit = Entity::in_tenant(tenant).filter(Column::Id.eq(id)).lock_exclusive();
    Ok(audit.one(transaction).await?)
}

pub(super) async fn count_by_status(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
) -> Result<Summary> {
    let counts: Vec<(Status, i64)> = Entity::in_tenant(tenant)
        .select_only()
        .column(Column::Status)
        .expr(Column::Id.count())
        .group_by(Column::Status)
        .into_tuple()
        .all(db)
        .await?;
    let count = |wanted| counts.iter().find(|(status, _)| *status == wanted).map_or(0, |c| c.1);
    Ok(Summary {
        passed: count(Status::Passed),
        failed: count(Status::Failed),
        pending_review: count(Status::PendingReview),
    })
}

pub(super) async fn count(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    filter: &Filter,
) -> Result<i64> {
    let count = matching(tenant, filter).select_only().expr(Column::Id.count()).into_tuple();
    Ok(count.one(db).await?.unwrap_or(0))
}

/// The audits from the `skip`th on, newest first.
pub(super) async fn list_page(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    filter: &Filter,
    skip: u64,
    len: u64,
) -> Result<Vec<Model>> {
    Ok(newest_first(matching(tenant, filter)).offset(skip).limit(len).all(db).await?)
}

/// The audits that come after the one audited at `after`, newest first.
pub(super) async fn list_after(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    filter: &Filter,
    after: Option<(DateTime<Utc>, i64)>,
    len: u64,
) -> Result<Vec<Model>> {
    let rows = matching(tenant, filter).apply_if(after, |rows, (at, id)| {
        // A comparison of rows, which both databases answer from the index in one range.
        let key = Expr::tuple([Expr::col(Column::AuditedAt), Expr::col(Column::Id)]);
        rows.filter(key.lt(Expr::tuple([Expr::value(at), Expr::value(id)])))
    });
    Ok(newest_first(rows).limit(len).all(db).await?)
}

/// The mean of the final scores audited within `range`.
pub(super) async fn mean_final_score(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    range: TimeRange,
) -> Result<Option<Decimal>> {
    let sums: Option<(Option<i64>, i64)> = Entity::in_tenant(tenant)
        .filter(Column::Status.is_in([Status::Passed, Status::Failed]))
        .filter(Column::AuditedAt.gte(range.start))
        .filter(Column::AuditedAt.lt(range.end))
        .select_only()
        .expr(Column::Score.sum())
        .expr(Column::Id.count())
        .into_tuple()
        .one(db)
        .await?;
    let Some((Some(sum), count)) = sums else { return Ok(None) };
    Ok(Decimal::from(sum).checked_div(Decimal::from(count)))
}

fn matching(tenant: &TenantId, filter: &Filter) -> Select<Entity> {
    let filter = filter.clone();
    Entity::in_tenant(tenant)
        .apply_if(filter.status, |rows, status| rows.filter(Column::Status.eq(status)))
        .apply_if(filter.audit_type, |rows, by| rows.filter(Column::AuditType.eq(by)))
        .apply_if(filter.agent_id, |rows, agent| rows.filter(Column::AgentId.eq(agent)))
        .apply_if(filter.session_id, |rows, session| rows.filter(Column::SessionId.eq(session)))
        .apply_if(filter.min_score, |rows, min| rows.filter(Column::Score.gte(min.value())))
        .apply_if(filter.max_score, |rows, max| rows.filter(Column::Score.lte(max.value())))
        .apply_if(filter.from, |rows, from| rows.filter(Column::AuditedAt.gte(from)))
        .apply_if(filter.to, |rows, to| rows.filter(Column::AuditedAt.lt(to)))
}

fn newest_first(rows: Select<Entity>) -> Select<Entity> {
    rows.order_by_desc(Column::AuditedAt).order_by_desc(Column::Id)
}
