//! The pool as it stands: one that fell silent is replaced by a new one under the feet of its users.
//!
//! Whoever waits for an answer when that happens, or when the database goes down, gets an error at
//! once; the driver alone would wait for its time-outs, and on a silent connection for ever.

use std::{convert::Infallible, fmt::Debug, future::pending, sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr,
    Statement, sqlx::PgPool,
};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::health::{Counted, Health};
use crate::error::is_connection_loss;

/// How long a statement may take before its connection is suspected.
const LONG: Duration = Duration::from_secs(3);

/// The connections of the present, cheap to clone. Statements run on any of them.
#[derive(Clone, Debug)]
pub struct Pool(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    present: ArcSwap<Generation>,
    health: Health,
    /// Beyond it an answer does not come: the server would have given the statement up.
    limit: Duration,
}

/// A pool, from its making to its replacement.
#[derive(Debug)]
struct Generation {
    connection: DatabaseConnection,
    replaced: CancellationToken,
}

impl Generation {
    fn new(connection: DatabaseConnection) -> Arc<Self> {
        Arc::new(Self { connection, replaced: CancellationToken::new() })
    }
}

impl Pool {
    pub(super) fn new(connection: DatabaseConnection, limit: Duration) -> Self {
        let present = ArcSwap::new(Generation::new(connection));
        Self(Arc::new(Shared { present, health: Health::new(), limit }))
    }

    pub(super) fn health(&self) -> &Health {
        &self.0.health
    }

    /// The pool of the present. It may be replaced at any time: not to be kept.
    pub(super) fn connection(&self) -> DatabaseConnection {
        self.0.present.load().connection.clone()
    }

    /// The same in the driver's terms; none on SQLite.
    pub(super) fn postgres(&self) -> Option<PgPool> {
        let present = self.0.present.load();
        (present.connection.get_database_backend() == DbBackend::Postgres)
            .then(|| present.connection.get_postgres_connection_pool().clone())
    }

    /// Puts a new pool in place of the present one, which nobody waits for.
    pub(super) fn replace(&self, connection: DatabaseConnection) {
        let old = self.0.present.swap(Generation::new(connection));
        old.replaced.cancel();
        // The call alone closes the pool to newcomers; the future would wait for silent connections.
        drop(old.connection.get_postgres_connection_pool().close());
        self.health().pool_answered();
    }

    /// The pool of the present, to be worked with for a while.
    pub(super) fn lease(&self) -> Lease {
        Lease { pool: self.clone(), generation: self.0.present.load_full() }
    }

    /// Does some work with the pool of the present: see [`Lease::run`].
    pub(super) async fn run<T, F, W>(&self, work: F) -> Result<T, DbErr>
    where
        F: FnOnce(DatabaseConnection) -> W,
        W: Future<Output = Result<T, DbErr>>,
    {
        let lease = self.lease();
        lease.run(work(lease.connection())).await
    }
}

/// A pool that somebody works with, whether or not it is still that of the present.
#[derive(Clone, Debug)]
pub(super) struct Lease {
    pool: Pool,
    generation: Arc<Generation>,
}

impl Lease {
    pub(super) fn connection(&self) -> DatabaseConnection {
        self.generation.connection.clone()
    }

    /// Does some work that may have to find a connection first, unless the database is down, and
    /// gives it up when the database goes down or the pool is replaced meanwhile. The watchdog hears
    /// of it when it takes long.
    pub(super) async fn run<T>(
        &self,
        work: impl Future<Output = Result<T, DbErr>>,
    ) -> Result<T, DbErr> {
        // Boxed: opening a connection is a large future, and each layer around it would be as large.
        let work = Box::pin(work);
        self.conclude(while_counted(work, || self.pool.health().count_waiting())).await
    }

    /// The same for a statement on a connection that is held already.
    pub(super) async fn statement<T>(
        &self,
        work: impl Future<Output = Result<T, DbErr>>,
    ) -> Result<T, DbErr> {
        self.conclude(while_counted(work, || self.pool.health().count_stuck())).await
    }

    /// Does some work, and tells what it says of the database.
    async fn conclude<T>(&self, work: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        let health = self.pool.health();
        let done = self.while_up(work).await.unwrap_or_else(|| Err(unanswered()));
        match &done {
            Ok(_) => health.pool_answered(),
            // A database that is known to be down is looked at anyway.
            Err(error) if is_connection_loss(error) && !health.is_down() => health.suspect(),
            Err(_) => {}
        }
        done
    }

    /// Does some work, of which nothing is concluded; none when it was given up.
    pub(super) async fn while_up<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let health = self.pool.health();
        if health.is_down() {
            return None;
        }
        tokio::select! {
            biased;
            done = work => Some(done),
            () = health.went_down() => None,
            () = self.generation.replaced.cancelled() => None,
            () = sleep(self.pool.0.limit) => None,
        }
    }
}

/// Does some work that is counted from when it has taken long: a silent connection that is in use
/// is not seen from the pool.
async fn while_counted<'a, T>(
    work: impl Future<Output = T>,
    count: impl FnOnce() -> Counted<'a>,
) -> T {
    let watch = async {
        sleep(LONG).await;
        let _counted = count();
        pending::<Infallible>().await
    };
    tokio::select! {
        biased;
        done = work => done,
        never = watch => match never {},
    }
}

/// A transaction whose statements end with an error, and not never, when its connection falls
/// silent.
#[derive(Debug)]
pub struct Watched<C> {
    pub(super) connection: C,
    pub(super) lease: Lease,
}

#[async_trait]
impl<C: ConnectionTrait + Send> ConnectionTrait for Watched<C> {
    fn get_database_backend(&self) -> DbBackend {
        self.connection.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.lease.statement(self.connection.execute_raw(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.lease.statement(self.connection.execute_unprepared(sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.lease.statement(self.connection.query_one_raw(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.lease.statement(self.connection.query_all_raw(statement)).await
    }
}

fn unanswered() -> DbErr {
    DbErr::Conn(RuntimeErr::Internal("the database does not answer".to_owned()))
}

#[async_trait]
impl ConnectionTrait for Pool {
    fn get_database_backend(&self) -> DbBackend {
        self.0.present.load().connection.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.run(|pool| async move { pool.execute_raw(statement).await }).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.run(|pool| async move { pool.execute_unprepared(sql).await }).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.run(|pool| async move { pool.query_one_raw(statement).await }).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.run(|pool| async move { pool.query_all_raw(statement).await }).await
    }
}
