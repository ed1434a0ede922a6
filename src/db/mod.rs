//! The database behind every domain: PostgreSQL when configured, otherwise a SQLite file.
//!
//! Reads of one answer run in one [`Db::snapshot`]; writes in [`Db::write`]. On SQLite writers are
//! queued here, because its own lock is taken by polling and starves whoever is unlucky.

pub mod bulk;

use std::{ops::Deref, path::Path, sync::Arc, time::Duration};

use migration::{Migrator, MigratorTrait};
use sea_orm::{
    AccessMode, ConnectOptions, Database, DatabaseConnection, DatabaseTransaction, DbBackend,
    DbErr, IsolationLevel, SqliteTransactionMode, TransactionOptions, TransactionTrait,
    sqlx::{
        Connection as _, Sqlite,
        pool::PoolOptions,
        sqlite::{SqliteJournalMode, SqliteSynchronous},
    },
};
use secrecy::ExposeSecret;
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::{
    config::StoreConfig,
    error::{Error, Result},
};

const FILE_NAME: &str = "deskpulse.sqlite3";
const CONNECTIONS: u32 = 16;
/// Readers beside the one writer, and the pages each of them keeps, in KiB below zero.
const SQLITE_CONNECTIONS: u32 = 8;
const SQLITE_CACHE: &str = "-8192";
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(30);
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// A pool of connections, cheap to clone.
#[derive(Clone, Debug)]
pub struct Db {
    pool: DatabaseConnection,
    writers: Option<Arc<Mutex<()>>>,
}

/// A transaction that writes; nothing of it is kept unless it is committed.
#[derive(Debug)]
pub struct WriteTransaction {
    transaction: DatabaseTransaction,
    _turn: Option<OwnedMutexGuard<()>>,
}

impl WriteTransaction {
    pub async fn commit(self) -> Result<()> {
        Ok(self.transaction.commit().await?)
    }
}

impl Deref for WriteTransaction {
    type Target = DatabaseTransaction;

    fn deref(&self) -> &DatabaseTransaction {
        &self.transaction
    }
}

impl Db {
    /// Opens the database that the configuration names.
    pub async fn connect(config: &StoreConfig) -> Result<Self> {
        match &config.database_url {
            Some(url) => Self::connect_postgres(url.expose_secret()).await,
            None => Self::connect_sqlite(&config.data_dir()).await,
        }
    }

    async fn connect_postgres(url: &str) -> Result<Self> {
        if !(url.starts_with("postgres://") || url.starts_with("postgresql://")) {
            let scheme = url.split(':').next().unwrap_or_default();
            return Err(Error::bad_text("DATABASE_URL", scheme, "a URL of scheme postgres://"));
        }
        let mut options = ConnectOptions::new(url);
        options
            .max_connections(CONNECTIONS)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .statement_timeout(STATEMENT_TIMEOUT)
            .set_application_name("deskpulse")
            .sqlx_logging(false);
        Ok(Self { pool: Database::connect(options).await?, writers: None })
    }

    async fn connect_sqlite(folder: &Path) -> Result<Self> {
        std::fs::create_dir_all(folder).map_err(|cause| {
            let expected = format!("a folder that can be written ({cause})");
            Error::bad_text("data_dir", &folder.display().to_string(), &expected)
        })?;
        let file = folder.join(FILE_NAME);
        let mut options = ConnectOptions::new("sqlite:");
        options
            .max_connections(SQLITE_CONNECTIONS)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .sqlx_logging(false)
            .map_sqlx_sqlite_pool_opts(without_half_transactions)
            .map_sqlx_sqlite_opts(move |options| {
                options
                    .filename(&file)
                    .create_if_missing(true)
                    .journal_mode(SqliteJournalMode::Wal)
                    // An acknowledged event survives power loss only with FULL.
                    .synchronous(SqliteSynchronous::Full)
                    .busy_timeout(BUSY_TIMEOUT)
                    .pragma("cache_size", SQLITE_CACHE)
            });
        let pool = Database::connect(options).await?;
        Ok(Self { pool, writers: Some(Arc::default()) })
    }

    /// The pool, for single statements that read.
    pub fn pool(&self) -> &DatabaseConnection {
        &self.pool
    }

    pub fn backend(&self) -> DbBackend {
        self.pool.get_database_backend()
    }

    /// Begins a transaction in which every read sees the same instant of the database.
    pub async fn snapshot(&self) -> Result<DatabaseTransaction> {
        let transaction = match self.backend() {
            DbBackend::Postgres => {
                let level = Some(IsolationLevel::RepeatableRead);
                self.pool.begin_with_config(level, Some(AccessMode::ReadOnly)).await
            }
            _ => self.pool.begin().await,
        };
        Ok(transaction?)
    }

    /// Begins a transaction that writes.
    pub async fn write(&self) -> Result<WriteTransaction> {
        let turn = match &self.writers {
            Some(writers) => Some(Arc::clone(writers).lock_owned().await),
            None => None,
        };
        let mode = turn.is_some().then_some(SqliteTransactionMode::Immediate);
        let options = TransactionOptions {
            isolation_level: None,
            access_mode: None,
            sqlite_transaction_mode: mode,
        };
        let transaction = self.pool.begin_with_options(options).await?;
        Ok(WriteTransaction { transaction, _turn: turn })
    }

    /// Applies the migrations that are missing. Of several replicas one does, the others wait.
    pub async fn migrate(&self) -> Result<()> {
        let turn = self.write().await?;
        if self.backend() == DbBackend::Postgres {
            bulk::hold(&*turn, "migrations").await?;
            Migrator::up(&self.pool, None).await?;
            return turn.commit().await;
        }
        // SQLite has one writer: the migrations run in its turn.
        Migrator::up(&*turn, None).await?;
        turn.commit().await
    }

    /// The names of the migrations that are missing, oldest first.
    pub async fn missing_migrations(&self) -> Result<Vec<String>> {
        let missing = Migrator::get_pending_migrations(&self.pool).await?;
        Ok(missing.iter().map(|migration| migration.name().to_owned()).collect())
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), DbErr> {
        self.pool.ping().await
    }

    pub async fn close(self) {
        if let Err(error) = self.pool.close().await {
            tracing::warn!(%error, "cannot close the database");
        }
    }
}

/// Hands out no connection that counts a transaction as open. On a full disk SQLite ends the
/// transaction by itself, the driver's rollback then fails, and it would count on: what follows
/// becomes a savepoint, and its "commit" is acknowledged but may never be one.
fn without_half_transactions(pool: PoolOptions<Sqlite>) -> PoolOptions<Sqlite> {
    pool.before_acquire(|connection, _| {
        Box::pin(async move {
            // Answered only after the rollback of whoever had the connection before.
            connection.ping().await?;
            Ok(!connection.is_in_transaction())
        })
    })
}
