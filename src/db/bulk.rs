//! Statements over many rows, and locks that both databases understand.

use std::collections::HashSet;

use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DbBackend, EntityTrait, IdenStatic, IntoActiveModel,
    Iterable, PrimaryKeyToColumn, QueryTrait as _, Statement, sea_query::OnConflict,
};

use crate::error::Result;

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
    if !rows.is_empty() {
        let insert = E::insert_many(rows.into_iter().map(whole)).on_conflict(replace::<E>());
        insert.exec_without_returning(transaction).await?;
    }
    Ok(())
}

/// Overwrites every column but the key.
fn replace<E: EntityTrait>() -> OnConflict {
    let key: Vec<_> = E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column).collect();
    let is_key = |column: &E::Column| key.iter().any(|key| key.as_str() == column.as_str());
    let columns = E::Column::iter().filter(|column| !is_key(column));
    OnConflict::columns(key.clone()).update_columns(columns).to_owned()
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
