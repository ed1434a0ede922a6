//! A transaction on PostgreSQL that can do what the ORM's cannot: COPY, arrays as parameters, and a
//! beginning that takes one round trip whatever it sets.
//!
//! It is a [`ConnectionTrait`] too, so that all other statements are those of both databases.

use async_trait::async_trait;
use futures_util::TryFutureExt as _;
use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement,
    sqlx::{
        self, AssertSqlSafe, PgConnection, PgTransaction as Inner,
        postgres::{PgArguments, PgRow},
        query::Query,
    },
};
use sea_query_sqlx::SqlxValues;
use tokio::sync::{Mutex, MutexGuard};

use super::{
    cancel::{Abandonable, Canceller},
    copy::CopyRows,
    pool::{Lease, Pool},
};
use crate::error::Result;

/// A transaction on PostgreSQL; nothing of it is kept unless it is committed. Its statements end
/// with an error, and not never, when the connection falls silent.
#[derive(Debug)]
pub struct PgTransaction {
    inner: Mutex<Inner<'static>>,
    lease: Lease,
    /// Of one whose statements end with those who wait for them.
    abandonable: Option<Abandonable>,
}

impl PgTransaction {
    /// Begins with a script that starts with `BEGIN`. With a canceller a statement that nobody waits for any
    /// more is ended.
    pub(super) async fn begin(
        pool: &Pool,
        mut script: String,
        canceller: Option<&Canceller>,
    ) -> Result<Self, DbErr> {
        let lease = pool.lease();
        let connection = lease.connection();
        let pool = connection.get_postgres_connection_pool();
        let abandonable = canceller.map(|canceller| canceller.name(pool));
        if let Some(abandonable) = &abandonable {
            script = format!("{script}; {}", abandonable.script());
        }
        let begin = pool.begin_with(AssertSqlSafe(script)).map_err(query_error);
        let inner = Mutex::new(lease.run(begin).await?);
        Ok(Self { inner, lease, abandonable })
    }

    async fn statement<T>(&self, work: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        let watch = self.abandonable.as_ref().map(Abandonable::watch);
        let done = self.lease.statement(work).await;
        if let Some(watch) = watch {
            watch.done();
        }
        done
    }

    pub async fn commit(self) -> Result<(), DbErr> {
        let commit = self.inner.into_inner().commit().map_err(exec_error);
        self.lease.statement(commit).await
    }

    /// Copies items into the `columns` that a COPY in the binary format names, each by `write`; returns
    /// how many rows the database took.
    pub async fn copy_in<T: Sync>(
        &self,
        statement: &str,
        columns: i16,
        items: &[T],
        mut write: impl FnMut(&mut CopyRows, &T) + Send,
    ) -> Result<u64> {
        let copy = async {
            let mut transaction = self.lock().await;
            let connection: &mut PgConnection = &mut transaction;
            let mut copy = connection.copy_in_raw(statement).await?;
            let mut rows = CopyRows::new(columns);
            for item in items {
                write(&mut rows, item);
                if let Some(chunk) = rows.full_chunk() {
                    copy.send(chunk).await?;
                    rows.clear();
                }
            }
            copy.send(rows.finish()).await?;
            copy.finish().await
        };
        Ok(self.statement(copy.map_err(exec_error)).await?)
    }

    /// Runs a statement of the driver's own; returns how many rows it touched.
    pub async fn execute_query(
        &self,
        query: Query<'_, sqlx::Postgres, PgArguments>,
    ) -> Result<u64> {
        let run = async { query.execute(&mut **self.lock().await).await };
        Ok(self.statement(run.map_err(exec_error)).await?.rows_affected())
    }

    /// The rows of a statement of the driver's own.
    pub async fn fetch_all(
        &self,
        query: Query<'_, sqlx::Postgres, PgArguments>,
    ) -> Result<Vec<PgRow>> {
        let run = async { query.fetch_all(&mut **self.lock().await).await };
        Ok(self.statement(run.map_err(query_error)).await?)
    }

    async fn lock(&self) -> MutexGuard<'_, Inner<'static>> {
        self.inner.lock().await
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
        let run = async { query.execute(&mut **self.lock().await).await };
        Ok(self.statement(run.map_err(exec_error)).await?.into())
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let script = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        let run = async { script.execute(&mut **self.lock().await).await };
        Ok(self.statement(run.map_err(exec_error)).await?.into())
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let (sql, values) = bound(statement);
        let query = sqlx::query_with(AssertSqlSafe(sql), values);
        let run = async { query.fetch_optional(&mut **self.lock().await).await };
        Ok(self.statement(run.map_err(query_error)).await?.map(Into::into))
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let (sql, values) = bound(statement);
        let query = sqlx::query_with(AssertSqlSafe(sql), values);
        let run = async { query.fetch_all(&mut **self.lock().await).await };
        let rows = self.statement(run.map_err(query_error)).await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }
}
