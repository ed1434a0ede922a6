//! SQL of billing periods, reservations and crossings.

use chrono::{DateTime, Utc};
use entity::{
    InTenant, quota_crossing, quota_period,
    token_reservation::{self, Status},
    token_usage,
};
use sea_orm::{
    ActiveEnum as _, ColumnTrait, ConnectionTrait, DbBackend, EntityName as _, EntityTrait,
    QueryFilter, QueryOrder as _, QuerySelect, QueryTrait as _, Select, Statement,
    sea_query::{Expr, ExprTrait as _, OnConflict, Query, SelectStatement, SubQueryStatement},
};

use super::day_store::exact_sum;
use crate::{
    db::bulk::whole,
    error::{Error, Result},
    tenant::{TenantId, TimeRange},
};

/// What a period had used before some tokens were counted, and what it has used since. Nothing is
/// known of before when the period was counted for the first time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counted {
    pub(super) before: Option<i64>,
    pub(super) after: i64,
}

/// Adds tokens to what a period has used. The rows they stand in are to be stored before it, in the
/// same transaction: a period that was never counted is summed from them.
///
/// Of two transactions at once the second waits, here, for the first to end. One that finds no row
/// yet sums what it sees; what it does not see yet is added by whoever stored it.
pub(super) async fn count_usage(
    transaction: &impl ConnectionTrait,
    tenant: &TenantId,
    period: TimeRange,
    tokens: i64,
) -> Result<Counted> {
    use quota_period::Column::{EndsAt, StartsAt, TenantId, TokensUsed};
    let add = Expr::col((quota_period::Entity, TokensUsed)).add(tokens);
    let added = quota_period::Entity::update_many()
        .col_expr(TokensUsed, add.clone())
        .filter(quota_period::Entity::of_tenant(tenant))
        .filter(StartsAt.eq(period.start))
        .filter(EndsAt.eq(period.end))
        .exec_with_returning(transaction)
        .await?;
    if let Some(row) = added.first() {
        return Ok(Counted { before: Some(row.tokens_used - tokens), after: row.tokens_used });
    }
    let mut insert = Query::insert();
    insert
        .into_table(quota_period::Entity.table_ref())
        .columns([TenantId, StartsAt, EndsAt, TokensUsed])
        .on_conflict(
            OnConflict::columns([TenantId, StartsAt, EndsAt]).value(TokensUsed, add).to_owned(),
        )
        .returning_col(TokensUsed);
    insert.select_from(sum_of(tenant, period)).map_err(unbuilt)?;
    let row = transaction.query_one(&insert).await?;
    let after = row.map_or(Ok(0), |row| row.try_get_by_index(0))?;
    Ok(Counted { before: None, after })
}

/// The row of a period as its calls give it.
fn sum_of(tenant: &TenantId, period: TimeRange) -> SelectStatement {
    use token_usage::Column::{TenantId, TokensUsed, UsedAt};
    let sum = exact_sum(Expr::col(TokensUsed)).if_null(0);
    Query::select()
        .expr(Expr::val(tenant.as_str()))
        .expr(Expr::val(period.start))
        .expr(Expr::val(period.end))
        .expr(sum)
        .from(token_usage::Entity)
        .and_where(TenantId.eq(tenant.as_str()))
        .and_where(UsedAt.gte(period.start))
        .and_where(UsedAt.lt(period.end))
        .to_owned()
}

fn of_period(tenant: &TenantId, period: TimeRange) -> Select<quota_period::Entity> {
    quota_period::Entity::in_tenant(tenant)
        .filter(quota_period::Column::StartsAt.eq(period.start))
        .filter(quota_period::Column::EndsAt.eq(period.end))
}

/// What a period has used, as it was counted; none when it never was.
pub(super) async fn find_used(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    period: TimeRange,
) -> Result<Option<i64>> {
    let row = of_period(tenant, period).one(db).await?;
    Ok(row.map(|row| row.tokens_used))
}

/// Puts what calls add up to in the place of a wrong count, unless it has changed meanwhile.
pub(super) async fn mend_used(
    transaction: &impl ConnectionTrait,
    tenant: &TenantId,
    period: TimeRange,
    (wrong, right): (i64, i64),
) -> Result<()> {
    use quota_period::Column::{EndsAt, StartsAt, TokensUsed};
    quota_period::Entity::update_many()
        .col_expr(TokensUsed, Expr::val(right))
        .filter(quota_period::Entity::of_tenant(tenant))
        .filter(StartsAt.eq(period.start))
        .filter(EndsAt.eq(period.end))
        .filter(TokensUsed.eq(wrong))
        .exec(transaction)
        .await?;
    Ok(())
}

/// The reservations that hold tokens of a period.
fn holding(
    tenant: &TenantId,
    period: TimeRange,
    now: DateTime<Utc>,
) -> Select<token_reservation::Entity> {
    use token_reservation::Column::{EndsAt, ExpiresAt, StartsAt, Status as Stands};
    token_reservation::Entity::in_tenant(tenant)
        .filter(Stands.eq(Status::Open))
        .filter(ExpiresAt.gt(now))
        .filter(StartsAt.eq(period.start))
        .filter(EndsAt.eq(period.end))
}

/// Sums the tokens that are held of a period.
pub(super) async fn sum_reserved(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    period: TimeRange,
    now: DateTime<Utc>,
) -> Result<i64> {
    let sum: Option<Option<i64>> = holding(tenant, period, now)
        .select_only()
        .expr(exact_sum(Expr::col(token_reservation::Column::Tokens)))
        .into_tuple()
        .one(db)
        .await?;
    Ok(sum.flatten().unwrap_or(0))
}

/// Stores a reservation, where a limit is given only if what is used, held and asked for stays within
/// it: one statement, which reads all three at one instant. Tells whether it was stored.
///
/// Reservations of a tenant are made one after another, or two would not see each other.
pub(super) async fn insert_reservation(
    transaction: &impl ConnectionTrait,
    tenant: &TenantId,
    wanted: &token_reservation::Model,
    limit: Option<i64>,
) -> Result<bool> {
    use token_reservation::Column::{
        CreatedAt, EndsAt, ExpiresAt, ReservationId, ReserveKey, StartsAt, Status as Stands,
        TenantId, Tokens,
    };
    let mut row = Query::select();
    row.expr(Expr::val(tenant.as_str()))
        .expr(Expr::val(&*wanted.reservation_id))
        .expr(Expr::val(&*wanted.reserve_key))
        .expr(Expr::val(wanted.tokens))
        .expr(Expr::val(wanted.starts_at))
        .expr(Expr::val(wanted.ends_at))
        .expr(Expr::val(wanted.status.to_value()))
        .expr(Expr::val(wanted.created_at))
        .expr(Expr::val(wanted.expires_at));
    if let Some(limit) = limit {
        let period = TimeRange { start: wanted.starts_at, end: wanted.ends_at };
        let used = of_period(tenant, period)
            .select_only()
            .column(quota_period::Column::TokensUsed)
            .into_query();
        let held = holding(tenant, period, wanted.created_at)
            .select_only()
            .expr(exact_sum(Expr::col(token_reservation::Column::Tokens)))
            .into_query();
        let number =
            |select: SelectStatement| Expr::from(SubQueryStatement::from(select)).if_null(0);
        row.and_where(Expr::val(wanted.tokens).add(number(used)).add(number(held)).lte(limit));
    }
    let mut insert = Query::insert();
    insert.into_table(token_reservation::Entity.table_ref()).columns([
        TenantId,
        ReservationId,
        ReserveKey,
        Tokens,
        StartsAt,
        EndsAt,
        Stands,
        CreatedAt,
        ExpiresAt,
    ]);
    insert.select_from(row).map_err(unbuilt)?;
    Ok(transaction.execute(&insert).await?.rows_affected() > 0)
}

pub(super) async fn find_reservation(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    id: &str,
) -> Result<Option<token_reservation::Model>> {
    let found = token_reservation::Entity::in_tenant(tenant)
        .filter(token_reservation::Column::ReservationId.eq(id));
    Ok(found.one(db).await?)
}

pub(super) async fn find_reservation_by_key(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    key: &str,
) -> Result<Option<token_reservation::Model>> {
    let found = token_reservation::Entity::in_tenant(tenant)
        .filter(token_reservation::Column::ReserveKey.eq(key));
    Ok(found.one(db).await?)
}

/// Ends an open reservation, whether or not it has expired; none when no open one has this id.
pub(super) async fn end_reservation(
    transaction: &impl ConnectionTrait,
    tenant: &TenantId,
    id: &str,
    (status, settled_tokens): (Status, Option<i64>),
    now: DateTime<Utc>,
) -> Result<Option<token_reservation::Model>> {
    use token_reservation::Column::{EndedAt, ReservationId, SettledTokens, Status as Stands};
    let ended = token_reservation::Entity::update_many()
        .col_expr(Stands, Expr::val(status.to_value()))
        .col_expr(SettledTokens, Expr::val(settled_tokens))
        .col_expr(EndedAt, Expr::val(now))
        .filter(token_reservation::Entity::of_tenant(tenant))
        .filter(ReservationId.eq(id))
        .filter(Stands.eq(Status::Open))
        .exec_with_returning(transaction)
        .await?;
    Ok(ended.into_iter().next())
}

/// Removes reservations, of all tenants, that expired before an instant and did not end since; at most
/// `len`. Returns how many they were.
pub async fn purge_reservations(
    transaction: &impl ConnectionTrait,
    before: DateTime<Utc>,
    len: u64,
) -> Result<u64> {
    let backend = transaction.get_database_backend();
    let row = if backend == DbBackend::Postgres { "ctid" } else { "rowid" };
    let old = format!(
        "SELECT {row} FROM analytics_token_reservations \
         WHERE expires_at < $1 AND (ended_at IS NULL OR ended_at < $1) LIMIT {len}"
    );
    let is_old = match backend {
        DbBackend::Postgres => format!("ctid = ANY(ARRAY({old}))"),
        _ => format!("rowid IN ({old})"),
    };
    let sql = format!("DELETE FROM analytics_token_reservations WHERE {is_old}");
    let purge = Statement::from_sql_and_values(backend, sql, [before.into()]);
    Ok(transaction.execute_raw(purge).await?.rows_affected())
}

/// Stores the crossings that are new, and returns their percentages.
pub(super) async fn insert_crossings(
    transaction: &impl ConnectionTrait,
    crossings: Vec<quota_crossing::Model>,
) -> Result<Vec<i32>> {
    let rows = crossings.into_iter().map(whole::<_, quota_crossing::ActiveModel>);
    let insert = quota_crossing::Entity::insert_many(rows)
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .into_query()
        .returning_col(quota_crossing::Column::Percent)
        .to_owned();
    let inserted = transaction.query_all(&insert).await?;
    let percents = inserted.iter().map(|row| Ok(row.try_get_by_index(0)?));
    percents.collect()
}

/// The latest crossings of a period, or of all, the newest period and the highest mark first.
pub(super) async fn list_crossings(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    period: Option<TimeRange>,
    len: u64,
) -> Result<Vec<quota_crossing::Model>> {
    let of_period = |crossings: Select<quota_crossing::Entity>, period: TimeRange| {
        crossings
            .filter(quota_crossing::Column::StartsAt.eq(period.start))
            .filter(quota_crossing::Column::EndsAt.eq(period.end))
    };
    let crossings = quota_crossing::Entity::in_tenant(tenant)
        .apply_if(period, of_period)
        .order_by_desc(quota_crossing::Column::StartsAt)
        .order_by_desc(quota_crossing::Column::EndsAt)
        .order_by_desc(quota_crossing::Column::Percent)
        .limit(len);
    Ok(crossings.all(db).await?)
}

/// A statement with other columns than values: a fault of this file.
fn unbuilt(cause: impl std::fmt::Display) -> Error {
    Error::Internal(cause.to_string())
}
