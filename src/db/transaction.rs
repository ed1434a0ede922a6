//! A transaction on PostgreSQL that can do what the ORM's cannot: COPY, and arrays as parameters.
//!
//! It is a [`ConnectionTrait`] too, so that a batch's other statements are those of both databases.

use async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement,
    sqlx::{
        self, AssertSqlSafe, PgConnection, PgPool, PgTransaction as Inner,
        postgres::{PgArguments, PgRow},
        query::Query,
    },
};
use sea_query_sqlx::SqlxValues;
use tokio::sync::{Mutex, MutexGuard};

use crate::error::Result;

/// A transaction on PostgreSQL; nothing of it is kept unless it is committed.
#[derive(Debug)]
pub struct PgTransaction(Mutex<Inner<'static>>);

impl PgTransaction {
    pub(super) async fn begin(pool: &PgPool) -> Result<Self> {
        Ok(Self(Mutex::new(pool.begin().await.map_err(query_error)?)))
    }

    pub async fn commit(self) -> Result<()> {
        Ok(self.0.into_inner().commit().await.map_err(exec_error)?)
    }

    /// Sends rows in the binary format of COPY; returns how many the database took.
    pub async fn copy_in(&self, statement: &str, rows: Vec<u8>) -> Result<u64> {
        let mut transaction = self.0.lock().await;
        let connection: &mut PgConnection = &mut transaction;
        let mut copy = connection.copy_in_raw(statement).await.map_err(exec_error)?;
        copy.send(rows).await.map_err(exec_error)?;
        Ok(copy.finish().await.map_err(exec_error)?)
    }

    /// Runs a statement of the driver's own; returns how many rows it touched.
    pub async fn execute_query(
        &self,
        query: Query<'_, sqlx::Postgres, PgArguments>,
    ) -> Result<u64> {
        let done = query.execute(&mut **self.lock().await).await.map_err(exec_error)?;
        Ok(done.rows_affected())
    }

    /// The rows of a statement of the driver's own.
    pub async fn fetch_all(
        &self,
        query: Query<'_, sqlx::Postgres, PgArguments>,
    ) -> Result<Vec<PgRow>> {
        Ok(query.fetch_all(&mut **self.lock().await).await.map_err(query_error)?)
    }

    async fn lock(&self) -> MutexGuard<'_, Inner<'static>> {
        self.0.lock().await
    }
}

/// Reads a column of a row of the driver's own.
pub fn column<'r, T>(row: &'r PgRow, index: usize) -> Result<T>
where
    T: sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
{
    Ok(sqlx::Row::try_get(row, index).map_err(query_error)?)
}

fn exec_error(error: sqlx::Error) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(error.into()))
}

fn query_error(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(error.into()))
}

/// A statement of the ORM in the driver's form.
fn bound(statement: Statement) -> (String, SqlxValues) {
    let values = statement.values.unwrap_or(sea_orm::Values(Vec::new()));
    (statement.sql, SqlxValues(values))
}

#[async_trait]
impl ConnectionTrait for PgTransaction {
    fn get_database_backend(&self) -> DbBackend {
        DbBackend::Postgres
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let (sql, values) = bound(statement);
        let query = sqlx::query_with(AssertSqlSafe(sql), values);
        let done = query.execute(&mut **self.lock().await).await;
        done.map(Into::into).map_err(exec_error)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let script = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        let done = script.execute(&mut **self.lock().await).await;
        done.map(Into::into).map_err(exec_error)
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let (sql, values) = bound(statement);
        let query = sqlx::query_with(AssertSqlSafe(sql), values);
        let row = query.fetch_optional(&mut **self.lock().await).await;
        row.map(|row| row.map(Into::into)).map_err(query_error)
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let (sql, values) = bound(statement);
        let query = sqlx::query_with(AssertSqlSafe(sql), values);
        let rows = query.fetch_all(&mut **self.lock().await).await;
        rows.map(|rows| rows.into_iter().map(Into::into).collect()).map_err(query_error)
    }
}
