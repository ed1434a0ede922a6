//! SQL of messages: which are due, whose turn an attempt is, and what came of it.

use chrono::{DateTime, Utc};
use entity::InTenant as _;
use entity::quota_crossing::{
    Column::{
        DeliveredAt, Delivery as Stands, DeliveryAttempts, EndsAt, LastAttemptAt, LastError,
        LastHttpStatus, NextAttemptAt, Percent, StartsAt, TenantId,
    },
    Delivery, Entity, Model,
};
use sea_orm::{
    ActiveEnum as _, ColumnTrait as _, ConnectionTrait as _, EntityTrait as _,
    FromQueryResult as _, Iterable as _, QueryFilter as _, UpdateMany,
    sea_query::{Expr, ExprTrait as _, Order, Query},
};

use super::{Answer, Outcome};
use crate::{db::Db, error::Result};

/// The messages of these tenants that are due, those that have waited longest first.
pub(super) async fn list_due(
    db: &Db,
    tenants: impl Iterator<Item = &str>,
    now: DateTime<Utc>,
    len: u64,
) -> Result<Vec<Model>> {
    // One look for all tenants: it is taken every second.
    let select = Query::select()
        .columns(entity::quota_crossing::Column::iter())
        .from(Entity)
        .and_where(TenantId.is_in(tenants))
        // Word for word, or PostgreSQL would not know the index for it.
        .and_where(Expr::cust("delivery = 'pending'"))
        .and_where(NextAttemptAt.lte(now))
        .order_by(NextAttemptAt, Order::Asc)
        .order_by(Percent, Order::Asc)
        .limit(len)
        .to_owned();
    let rows = db.pool().query_all(&select).await?;
    let models = rows.iter().map(|row| Model::from_query_result(row, ""));
    Ok(models.collect::<Result<_, _>>()?)
}

/// Begins an attempt until `lease_end`; none when another process has begun it.
pub(super) async fn begin(
    db: &Db,
    due: &Model,
    now: DateTime<Utc>,
    lease_end: DateTime<Utc>,
) -> Result<Option<Model>> {
    let transaction = db.write().await?;
    let begun = pending(due)
        .col_expr(DeliveryAttempts, Expr::col(DeliveryAttempts).add(1))
        .col_expr(LastAttemptAt, Expr::val(now))
        .col_expr(NextAttemptAt, Expr::val(lease_end))
        .filter(NextAttemptAt.lte(now))
        .exec_with_returning(&*transaction)
        .await?;
    transaction.commit().await?;
    Ok(begun.into_iter().next())
}

/// Writes down what came of an attempt. A failure is nothing to whoever has begun the next one
/// meanwhile; a delivery is one, whenever it is heard of.
pub(super) async fn end(
    db: &Db,
    begun: &Model,
    answer: &Answer,
    outcome: &Outcome,
    now: DateTime<Utc>,
) -> Result<()> {
    let update = pending(begun)
        .col_expr(LastHttpStatus, Expr::val(answer.http_status.map(i32::from)))
        .col_expr(LastError, Expr::val(answer.reason()));
    let ended = |update: UpdateMany<Entity>, stands: Delivery| {
        update
            .col_expr(Stands, Expr::val(stands.to_value()))
            .col_expr(NextAttemptAt, Expr::val(None::<DateTime<Utc>>))
    };
    let own = DeliveryAttempts.eq(begun.delivery_attempts);
    let update = match outcome {
        Outcome::Delivered => {
            ended(update, Delivery::Delivered).col_expr(DeliveredAt, Expr::val(now))
        }
        Outcome::Again(delay) => {
            update.col_expr(NextAttemptAt, Expr::val(now + *delay)).filter(own)
        }
        Outcome::GivenUp => ended(update, Delivery::GivenUp).filter(own),
    };
    let transaction = db.write().await?;
    update.exec(&*transaction).await?;
    transaction.commit().await
}

/// An update of one mark, as long as its message is pending.
fn pending(crossing: &Model) -> UpdateMany<Entity> {
    Entity::update_many()
        .filter(Entity::of_tenant(&crossing.tenant_id))
        .filter(StartsAt.eq(crossing.starts_at))
        .filter(EndsAt.eq(crossing.ends_at))
        .filter(Percent.eq(crossing.percent))
        .filter(Stands.eq(Delivery::Pending))
}
