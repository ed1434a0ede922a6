//! SQL that writes audits and their history. Everything that writes an audit takes a [`Turn`], so that changes
//! of a tenant are numbered in the order in which they become visible.

use chrono::{DateTime, Utc};
use entity::{
    InTenant, audit_revision,
    quality_audit::{ActiveModel, Column, Entity, Model, Status},
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    QuerySelect,
};

use crate::{db::bulk, error::Result, quality::review::Step, tenant::TenantId};

/// The right to write one audit of a tenant. It ends with the transaction; others wait for that.
#[derive(Debug)]
pub(in crate::quality) struct Turn {
    change: i64,
}

impl Turn {
    /// The number of the next change but so many.
    fn after(self, changes: i64) -> Self {
        Self { change: self.change + changes }
    }
}

/// Waits for the turn to change audits of a tenant. Take it before any row of an audit is locked: whoever
/// had a row and waited for the turn could be waited for by whoever has it.
pub(in crate::quality) async fn take_turn(
    transaction: &impl ConnectionTrait,
    tenant: &TenantId,
) -> Result<Turn> {
    // A database's own sequences leave gaps, give numbers before others commit, and there is none for each
    // tenant.
    bulk::hold(transaction, &format!("audit numbers of {tenant}")).await?;
    // A statement of its own: its snapshot has to be taken after the wait.
    Ok(Turn { change: find_last_change(transaction, tenant).await? + 1 })
}

/// The number of a tenant's last change of an audit that is visible; 0 before the first.
pub(in crate::quality) async fn find_last_change(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
) -> Result<i64> {
    find_greatest(db, tenant, Column::Change).await
}

/// The greatest number of the tenant's audits; 0 without any. Whoever has the turn may use the next.
pub(in crate::quality) async fn find_last_number(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
) -> Result<i64> {
    find_greatest(db, tenant, Column::Id).await
}

async fn find_greatest(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    column: Column,
) -> Result<i64> {
    let greatest: Option<Option<i64>> =
        Entity::in_tenant(tenant).select_only().expr(column.max()).into_tuple().one(db).await?;
    Ok(greatest.flatten().unwrap_or(0))
}

pub(in crate::quality) async fn insert(
    transaction: &impl ConnectionTrait,
    turn: Turn,
    mut audit: ActiveModel,
) -> Result<Model> {
    audit.change = Set(turn.change);
    Ok(audit.insert(transaction).await?)
}

pub(in crate::quality) async fn update(
    transaction: &impl ConnectionTrait,
    turn: Turn,
    mut audit: ActiveModel,
) -> Result<Model> {
    audit.change = Set(turn.change);
    Ok(audit.update(transaction).await?)
}

/// Inserts many audits as changes one after the other, with all columns of each set.
pub(in crate::quality) async fn insert_many(
    transaction: &impl ConnectionTrait,
    mut turn: Turn,
    audits: &[Model],
) -> Result<()> {
    for audits in audits.chunks(bulk::CHUNK) {
        let rows = audits.iter().zip(turn.change..).map(|(audit, change)| {
            bulk::whole::<_, ActiveModel>(Model { change, ..audit.clone() })
        });
        Entity::insert_many(rows).exec_without_returning(transaction).await?;
        turn = turn.after(i64::try_from(audits.len()).unwrap_or_default());
    }
    Ok(())
}

/// Finds an audit and keeps others from changing it until the caller's transaction ends.
pub(in crate::quality) async fn find_locked(
    transaction: &impl ConnectionTrait,
    tenant: &TenantId,
    id: i64,
) -> Result<Option<Model>> {
    let audit = Entity::in_tenant(tenant).filter(Column::Id.eq(id)).lock_exclusive();
    Ok(audit.one(transaction).await?)
}

/// Appends a step to the audit's history; `before` is the score and the status that it had.
pub(in crate::quality) async fn add_revision(
    transaction: &impl ConnectionTrait,
    audit: &Model,
    before: Option<(i32, Status)>,
    by: &str,
    step: Step,
    now: DateTime<Utc>,
) -> Result<()> {
    let revision = audit_revision::ActiveModel {
        tenant_id: Set(audit.tenant_id.clone()),
        audit_id: Set(audit.id),
        revision: Set(audit.version),
        kind: Set(step.kind),
        score_before: Set(before.map(|before| before.0)),
        status_before: Set(before.map(|before| before.1)),
        score: Set(audit.score),
        status: Set(audit.status),
        scored_by: Set(by.to_owned()),
        comment: Set(step.comment),
        created_at: Set(now),
    };
    audit_revision::Entity::insert(revision).exec_without_returning(transaction).await?;
    Ok(())
}

/// Inserts many steps.
pub(in crate::quality) async fn insert_revisions(
    transaction: &impl ConnectionTrait,
    revisions: Vec<audit_revision::Model>,
) -> Result<()> {
    let mut rows = revisions.into_iter().map(bulk::whole::<_, audit_revision::ActiveModel>);
    loop {
        let chunk: Vec<_> = rows.by_ref().take(bulk::CHUNK).collect();
        if chunk.is_empty() {
            return Ok(());
        }
        audit_revision::Entity::insert_many(chunk).exec_without_returning(transaction).await?;
    }
}
