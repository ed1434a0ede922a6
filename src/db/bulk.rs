//! Statements over many rows, and locks that both databases understand.

use std::collections::HashSet;

use chrono::SecondsFormat;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbBackend, EntityName as _, EntityTrait,
    ExprTrait as _, IdenStatic, IntoActiveModel, Iterable, PrimaryKeyToColumn, QueryTrait as _,
    Statement, Value,
    sea_query::{
        Expr, Func, InsertStatement, OnConflict, Query, postgres_array::NotU8,
        sea_value_to_json_value,
    },
};
use serde::{Serialize, Serializer, ser::SerializeMap as _};

use crate::error::{Error, Result};

/// Rows of one statement; bound by SQLite's 32,766 parameters and our widest table.
pub const CHUNK: usize = 1_000;

/// A row with every column set, as statements over many rows need it.
pub fn whole<M, A>(model: M) -> A
where
    M: IntoActiveModel<A>,
    A: ActiveModelTrait,
{
    model.into_active_model().reset_all()
}

/// Inserts the rows whose key is new, and returns the value of `id` in each of them. Of equal keys
/// among the rows the first is inserted; of two transactions at once the second waits.
pub async fn insert_new<A>(
    transaction: &impl ConnectionTrait,
    rows: impl IntoIterator<Item = A>,
    id: <A::Entity as EntityTrait>::Column,
) -> Result<HashSet<String>>
where
    A: ActiveModelTrait,
{
    let insert = <A::Entity as EntityTrait>::insert_many(rows)
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .into_query()
        .returning_col(id)
        .to_owned();
    let inserted = transaction.query_all(&insert).await?;
    let ids = inserted.iter().map(|row| row.try_get_by_index(0));
    Ok(ids.collect::<Result<_, _>>()?)
}

/// Writes rows, over those that have the same key.
pub async fn upsert<E, M, A>(transaction: &impl ConnectionTrait, rows: Vec<M>) -> Result<()>
where
    E: EntityTrait,
    M: IntoActiveModel<A>,
    A: ActiveModelTrait<Entity = E>,
{
    if rows.is_empty() {
        return Ok(());
    }
    let rows = rows.into_iter().map(whole::<M, A>);
    if transaction.get_database_backend() == DbBackend::Postgres {
        transaction.execute(&upsert_json(rows)?).await?;
    } else {
        let insert = E::insert_many(rows).on_conflict(replace::<E>());
        insert.exec_without_returning(transaction).await?;
    }
    Ok(())
}

/// The rows as one parameter: a text with one for each value is another text for each number of
/// rows, and the database plans every text anew.
fn upsert_json<A>(rows: impl Iterator<Item = A>) -> Result<InsertStatement>
where
    A: ActiveModelTrait,
{
    let columns = <A::Entity as EntityTrait>::Column::iter;
    let rows = serde_json::to_string(&rows.map(Record).collect::<Vec<_>>());
    let rows = rows.map_err(|cause| Error::Internal(cause.to_string()))?;
    let shape = Expr::cust(format!("NULL::{}", A::Entity::default().table_name()));
    let records =
        Func::cust("jsonb_populate_recordset").arg(shape).arg(Expr::val(rows).cast_as("jsonb"));
    let select = Query::select().columns(columns()).from_function(records, "new").to_owned();
    let mut insert = Query::insert();
    insert.into_table(A::Entity::default()).columns(columns());
    insert.select_from(select).map_err(|cause| Error::Internal(cause.to_string()))?;
    Ok(insert.on_conflict(replace::<A::Entity>()).to_owned())
}

/// A row as JSON, written straight into the text.
struct Record<A>(A);

impl<A: ActiveModelTrait> Serialize for Record<A> {
    fn serialize<S: Serializer>(&self, json: S) -> Result<S::Ok, S::Error> {
        let mut members = json.serialize_map(None)?;
        for column in <A::Entity as EntityTrait>::Column::iter() {
            match self.0.get(column).into_value() {
                None => {}
                Some(Value::String(text)) => members.serialize_entry(column.as_str(), &text)?,
                // As the database reads it fastest.
                Some(Value::ChronoDateTimeUtc(Some(at))) => members.serialize_entry(
                    column.as_str(),
                    &at.to_rfc3339_opts(SecondsFormat::Micros, true),
                )?,
                Some(other) => {
                    members.serialize_entry(column.as_str(), &sea_value_to_json_value(&other))?;
                }
            }
        }
        members.end()
    }
}

/// Whether a column holds one of `values`; on PostgreSQL as one parameter, as above.
pub fn among<C, V>(
    db: &impl ConnectionTrait,
    column: C,
    values: impl IntoIterator<Item = V>,
) -> Expr
where
    C: ColumnTrait,
    V: Into<Value> + NotU8,
{
    match db.get_database_backend() {
        DbBackend::Postgres => column.eq_any(values),
        _ => column.is_in(values),
    }
}

/// A condition in SQL over numbered values, `$1` to `$9`, for a statement of the ORM.
pub fn condition(db: &impl ConnectionTrait, sql: &str, values: &[Value]) -> Expr {
    if db.get_database_backend() == DbBackend::Postgres {
        return Expr::cust_with_values(sql.to_owned(), values.iter().cloned());
    }
    // Elsewhere its placeholders have no numbers.
    let mut parts = sql.split('$');
    let mut unnumbered = parts.next().unwrap_or_default().to_owned();
    let mut used = Vec::new();
    for part in parts {
        let number = part.chars().next().and_then(|digit| digit.to_digit(10));
        let place = number.and_then(|number| usize::try_from(number).ok()?.checked_sub(1));
        used.extend(place.and_then(|place| values.get(place)).cloned());
        unnumbered.push('?');
        unnumbered.push_str(part.get(1..).unwrap_or_default());
    }
    Expr::cust_with_values(unnumbered, used)
}

/// Overwrites every column but the key.
fn replace<E: EntityTrait>() -> OnConflict {
    let key: Vec<_> = E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column).collect();
    let is_key = |column: &E::Column| key.iter().any(|key| key.as_str() == column.as_str());
    let columns = E::Column::iter().filter(|column| !is_key(column));
    OnConflict::columns(key.clone()).update_columns(columns).to_owned()
}

/// Lets the statements of a transaction sort and group in memory what PostgreSQL would write to files:
/// its own limit is for servers on which many do so at once.
pub async fn group_in_memory(transaction: &impl ConnectionTrait) -> Result<()> {
    if transaction.get_database_backend() == DbBackend::Postgres {
        transaction.execute_unprepared("SET LOCAL work_mem = '64MB'").await?;
    }
    Ok(())
}

/// Whether PostgreSQL is to join two relations at once in this transaction, and not to look the one up
/// for each row of the other, which it prefers where it believes that there are few.
pub async fn join_at_once(transaction: &impl ConnectionTrait, at_once: bool) -> Result<()> {
    if transaction.get_database_backend() == DbBackend::Postgres {
        let loops = if at_once { "off" } else { "on" };
        let sql = format!("SET LOCAL enable_nestloop = {loops}");
        transaction.execute_unprepared(&sql).await?;
    }
    Ok(())
}

/// Waits until no other transaction holds the lock of this name, then holds it until the
/// transaction ends. A writer on SQLite is alone anyway.
pub async fn hold(transaction: &impl ConnectionTrait, name: &str) -> Result<()> {
    if transaction.get_database_backend() == DbBackend::Postgres {
        // A turn may take longer than any lock of a row should; the limit of statements stays.
        let sql = "SELECT set_config('lock_timeout', '0', true), \
            pg_advisory_xact_lock(hashtextextended('deskpulse/' || $1, 0))";
        let lock = Statement::from_sql_and_values(DbBackend::Postgres, sql, [name.into()]);
        transaction.execute_raw(lock).await?;
    }
    Ok(())
}
