//! Transactions of either database.

use std::ops::Deref;

use async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement,
};
use tokio::sync::OwnedMutexGuard;

use super::{PgTransaction, Watched};
use crate::error::{Error, Result, is_connection_loss};

/// A transaction.
#[derive(Debug)]
pub enum Transaction {
    Postgres(PgTransaction),
    Sqlite(Watched<DatabaseTransaction>),
}

/// A transaction that writes; nothing of it is kept unless it is committed.
#[derive(Debug)]
pub struct WriteTransaction {
    transaction: Transaction,
    /// Of the one writer of SQLite.
    _turn: Option<OwnedMutexGuard<()>>,
}

/// A transaction that stores a batch of events.
#[derive(Debug)]
pub enum Ingest {
    Postgres(PgTransaction),
    Sqlite(WriteTransaction),
}

impl Transaction {
    /// Commits. When the answer is lost, so is the knowledge whether it was committed.
    pub async fn commit(self) -> Result<()> {
        let committed = match self {
            Self::Postgres(transaction) => transaction.commit().await,
            Self::Sqlite(inner) => inner.lease.statement(inner.connection.commit()).await,
        };
        committed.map_err(unless_answered)
    }
}

#[async_trait]
impl ConnectionTrait for Transaction {
    fn get_database_backend(&self) -> DbBackend {
        match self {
            Self::Postgres(_) => DbBackend::Postgres,
            Self::Sqlite(_) => DbBackend::Sqlite,
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        match self {
            Self::Postgres(inner) => inner.execute_raw(statement).await,
            Self::Sqlite(inner) => inner.execute_raw(statement).await,
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        match self {
            Self::Postgres(inner) => inner.execute_unprepared(sql).await,
            Self::Sqlite(inner) => inner.execute_unprepared(sql).await,
        }
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match self {
            Self::Postgres(inner) => inner.query_one_raw(statement).await,
            Self::Sqlite(inner) => inner.query_one_raw(statement).await,
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match self {
            Self::Postgres(inner) => inner.query_all_raw(statement).await,
            Self::Sqlite(inner) => inner.query_all_raw(statement).await,
        }
    }
}

impl WriteTransaction {
    pub(super) fn new(transaction: Transaction, turn: Option<OwnedMutexGuard<()>>) -> Self {
        Self { transaction, _turn: turn }
    }

    /// Commits. When the answer is lost, so is the knowledge whether it was committed.
    pub async fn commit(self) -> Result<()> {
        self.transaction.commit().await
    }
}

impl Deref for WriteTransaction {
    type Target = Transaction;

    fn deref(&self) -> &Transaction {
        &self.transaction
    }
}

/// An error that says what the caller can do about it.
pub(super) fn unless_answered(error: DbErr) -> Error {
    if is_connection_loss(&error) {
        tracing::debug!(?error, "no answer of the database");
        return Error::unavailable("the database does not answer");
    }
    error.into()
}
