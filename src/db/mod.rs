//! The database behind every domain: PostgreSQL when configured, otherwise a SQLite file.
//!
//! What is done for a tenant begins with [`Db::of`], and sees the rows of no other on PostgreSQL; the
//! reads of one answer run in one snapshot. Work across tenants uses [`Db::write`] and [`Db::pool`].
//! On SQLite writers are queued here, because its own lock is taken by polling and starves whoever is
//! unlucky. On PostgreSQL a watchdog knows whether the server answers ([`Db::is_down`]) and replaces
//! a pool that fell silent, so that nobody has to be restarted.

pub mod bulk;
mod cancel;
mod copy;
mod health;
mod lease;
mod nodelay;
mod pg_transaction;
mod pool;
mod postgres;
mod tenant;
#[cfg(test)]
pub(crate) mod testing;
mod transaction;
mod watchdog;

use std::{path::Path, sync::Arc, time::Duration};

use migration::{Migrator, MigratorTrait};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr,
    SqliteTransactionMode, TransactionOptions, TransactionTrait,
    sqlx::{
        Connection as _, PgPool, Sqlite,
        pool::PoolOptions,
        sqlite::{SqliteJournalMode, SqliteSynchronous},
    },
};
use secrecy::ExposeSecret;
use tokio::sync::Mutex;
use tokio_util::task::AbortOnDropHandle;

pub(crate) use self::postgres::prompt;
use self::{
    cancel::Canceller,
    postgres::{ACQUIRE_TIMEOUT, Postgres},
    transaction::unless_answered,
    watchdog::Watchdog,
};
pub use self::{
    copy::CopyRows,
    lease::{Lease, Turn},
    pg_transaction::{PgTransaction, column},
    pool::{Pool, Watched},
    tenant::TenantDb,
    transaction::{Ingest, Transaction, WriteTransaction},
};
use crate::{
    config::StoreConfig,
    error::{Error, Result, is_connection_loss},
    tenant::TenantId,
};

const FILE_NAME: &str = "deskpulse.sqlite3";
/// Readers beside the one writer, and the pages each of them keeps, in KiB below zero.
const SQLITE_CONNECTIONS: u32 = 8;
const SQLITE_CACHE: &str = "-8192";
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
const BEGIN: &str = "BEGIN";

/// A pool of connections, cheap to clone.
#[derive(Clone, Debug)]
pub struct Db {
    pool: Pool,
    /// The turn of the one writer of SQLite.
    writers: Option<Arc<Mutex<()>>>,
    /// None on SQLite, which is never down.
    server: Option<Arc<Server>>,
}

/// A PostgreSQL that is watched until its last user is gone.
#[derive(Debug)]
struct Server {
    postgres: Postgres,
    watchdog: AbortOnDropHandle<()>,
    canceller: Canceller,
}

/// Which way to migrate.
enum Step {
    Up,
    Down(u32),
}

impl Db {
    /// Opens the database that the configuration names.
    pub async fn connect(config: &StoreConfig) -> Result<Self> {
        match &config.database_url {
            Some(url) => Self::connect_postgres(url.expose_secret(), config).await,
            None => Self::connect_sqlite(&config.data_dir()).await,
        }
    }

    async fn connect_postgres(url: &str, config: &StoreConfig) -> Result<Self> {
        let postgres = Postgres::new(url, config)?;
        let connection = postgres.pool();
        connection.ping().await?;
        let pool = Pool::new(connection, postgres.answer_limit);
        let watchdog = Watchdog { pool: pool.clone(), postgres: postgres.clone() };
        let watchdog = AbortOnDropHandle::new(tokio::spawn(watchdog.run()));
        let canceller = Canceller::start(postgres.plain.clone());
        let server = Arc::new(Server { postgres, watchdog, canceller });
        Ok(Self { pool, writers: None, server: Some(server) })
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
        let pool = Pool::new(Database::connect(options).await?, Duration::MAX);
        Ok(Self { pool, writers: Some(Arc::default()), server: None })
    }

    /// The pool, for single statements that read.
    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    /// The driver's pool of the present, for what only the driver can do; none on SQLite. It may be
    /// replaced at any time: ask for it each time, and wait for it under [`Db::watched`].
    pub fn postgres(&self) -> Option<PgPool> {
        self.pool.postgres()
    }

    pub fn backend(&self) -> DbBackend {
        self.pool.get_database_backend()
    }

    /// Whether PostgreSQL is known to be out of reach: it refuses connections, or has not answered
    /// for a second. Costs nothing.
    pub fn is_down(&self) -> bool {
        self.pool.health().is_down()
    }

    /// Returns once [`Db::is_down`]; at once when it is so already.
    pub async fn went_down(&self) {
        self.pool.health().went_down().await;
    }

    /// Has it looked at once whether the database answers. For whoever has lost a connection.
    pub fn suspect(&self) {
        self.pool.health().suspect();
    }

    /// Notes that the database has answered, where it was not asked through this type.
    pub fn answered(&self) {
        self.pool.health().pool_answered();
    }

    /// Does some work with the database, and gives it up when the database goes down or its
    /// connections turn out to be silent. For work with statements of its own, which would wait.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when it was given up, or not begun.
    pub async fn watched<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        // Its statements tell whether the database answered: work that failed says nothing of it.
        let done = self.pool.lease().while_up(Box::pin(work)).await;
        let done = done.unwrap_or_else(|| Err(Error::unavailable("the database does not answer")));
        if matches!(&done, Err(Error::Database(cause)) if is_connection_loss(cause)) {
            self.suspect();
        }
        done
    }

    /// What is done for one tenant.
    pub fn of<'a>(&'a self, tenant: &'a TenantId) -> TenantDb<'a> {
        TenantDb::new(self, tenant)
    }

    /// Begins a transaction that reads with a script that starts with `BEGIN`, on SQLite without it. On
    /// PostgreSQL a statement of it that nobody waits for any more is ended.
    async fn read_by(&self, script: String) -> Result<Transaction, DbErr> {
        match &self.server {
            Some(server) => self.begin_postgres(script, Some(&server.canceller)).await,
            None => self.begin_sqlite(None).await,
        }
    }

    async fn begin_postgres(
        &self,
        script: String,
        canceller: Option<&Canceller>,
    ) -> Result<Transaction, DbErr> {
        PgTransaction::begin(&self.pool, script, canceller).await.map(Transaction::Postgres)
    }

    async fn begin_sqlite(
        &self,
        mode: Option<SqliteTransactionMode>,
    ) -> Result<Transaction, DbErr> {
        let lease = self.pool.lease();
        let connection = lease.connection();
        let options = TransactionOptions {
            isolation_level: None,
            access_mode: None,
            sqlite_transaction_mode: mode,
        };
        let connection = lease.run(connection.begin_with_options(options)).await?;
        Ok(Transaction::Sqlite(Watched { connection, lease }))
    }

    /// Begins a transaction that writes, in any tenant.
    ///
    /// # Errors
    /// [`Error::Unavailable`] at once when the database is down.
    pub async fn write(&self) -> Result<WriteTransaction> {
        self.write_by(BEGIN.to_owned()).await
    }

    async fn write_by(&self, script: String) -> Result<WriteTransaction> {
        let (begun, turn) = match &self.writers {
            Some(writers) => {
                let turn = Arc::clone(writers).lock_owned().await;
                (self.begin_sqlite(Some(SqliteTransactionMode::Immediate)).await, Some(turn))
            }
            None => (self.begin_postgres(script, None).await, None),
        };
        Ok(WriteTransaction::new(begun.map_err(unless_answered)?, turn))
    }

    /// Begins a transaction that stores a batch of events.
    pub async fn ingest(&self) -> Result<Ingest> {
        match self.backend() {
            DbBackend::Postgres => Ok(Ingest::Postgres(
                PgTransaction::begin(&self.pool, BEGIN.to_owned(), None).await?,
            )),
            _ => Ok(Ingest::Sqlite(self.write().await?)),
        }
    }

    /// Applies the migrations that are missing. Of several replicas one does, the others wait.
    pub async fn migrate(&self) -> Result<()> {
        let Some(server) = &self.server else {
            return self.migrate_sqlite(Step::Up).await;
        };
        let migrations = server.postgres.pool_of_migrations();
        let turn = migrations.begin().await?;
        bulk::hold(&turn, "migrations").await?;
        Migrator::up(&migrations, None).await?;
        turn.commit().await?;
        Ok(migrations.close().await?)
    }

    /// Takes back the latest migrations, on SQLite all of them or none.
    pub async fn migrate_down(&self, steps: u32) -> Result<()> {
        if self.server.is_some() {
            return Ok(Migrator::down(&self.for_migrations(), Some(steps)).await?);
        }
        self.migrate_sqlite(Step::Down(steps)).await
    }

    /// One transaction: another connection may still know an index that was just dropped, and refuse its
    /// name.
    async fn migrate_sqlite(&self, step: Step) -> Result<()> {
        let turn = self.write().await?;
        if let Transaction::Sqlite(inner) = &*turn {
            match step {
                Step::Up => Migrator::up(&inner.connection, None).await?,
                Step::Down(steps) => Migrator::down(&inner.connection, Some(steps)).await?,
            }
        }
        turn.commit().await
    }

    /// A connection on which statements may take as long as migrations need.
    pub fn for_migrations(&self) -> DatabaseConnection {
        match &self.server {
            Some(server) => server.postgres.pool_of_migrations(),
            None => self.pool.connection(),
        }
    }

    /// The names of the migrations that are missing, oldest first.
    pub async fn missing_migrations(&self) -> Result<Vec<String>> {
        let missing = Migrator::get_pending_migrations(&self.pool.connection()).await?;
        Ok(missing.iter().map(|migration| migration.name().to_owned()).collect())
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), DbErr> {
        self.pool.run(|pool| async move { pool.ping().await }).await
    }

    pub async fn close(self) {
        if let Some(server) = &self.server {
            server.watchdog.abort();
        }
        if let Err(error) = self.pool.connection().close().await {
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
