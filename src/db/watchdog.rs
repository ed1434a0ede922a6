//! The task that finds out whether PostgreSQL answers, and replaces a pool that fell silent.
//!
//! The driver's pool never recovers from connections that stop answering without a reset
//! (launchbadge/sqlx issue 4349). So it is asked four times a second; when it does not answer, a
//! fresh connection tells whether the pool is at fault or the database.

use std::{future::pending, time::Duration};

use sea_orm::{
    ConnectionTrait as _,
    sqlx::{self, Connection as _, PgConnection},
};
use tokio::time::{sleep, timeout};

use super::{
    pool::Pool,
    postgres::{CONNECTIONS, Postgres},
};

const PERIOD: Duration = Duration::from_millis(250);
/// How long the pool is asked alone.
const HEAD_START: Duration = Duration::from_millis(100);
const POOL_TIMEOUT: Duration = Duration::from_secs(1);
const FRESH_TIMEOUT: Duration = Duration::from_millis(650);
const CLOSE_TIMEOUT: Duration = Duration::from_millis(100);
/// How long the server may take to end the connections of an old pool; nobody waits for it.
const END_TIMEOUT: Duration = Duration::from_secs(5);
/// Between two looks at which connections are in use: what is seen twice is no chance.
const SECOND_LOOK: Duration = Duration::from_millis(100);
/// Without any answer for longer, the database is down.
const SILENCE: Duration = Duration::from_secs(1);
/// Without an answer for longer, the pool is replaced.
const PATIENCE: Duration = Duration::from_secs(3);

/// The condition `too_many_connections`.
const FULL: &str = "53300";

/// Watches one pool until it is dropped.
pub(super) struct Watchdog {
    pub(super) pool: Pool,
    pub(super) postgres: Postgres,
}

/// What a look has found.
enum Found {
    /// The pool answers.
    Pool,
    /// The pool does not, a fresh connection does.
    Server(PgConnection),
    /// The server answers, but has no connection left for a look.
    Full,
    /// The server takes no connection.
    Refused(sqlx::Error),
    /// Nobody has said anything.
    Nothing,
}

impl Watchdog {
    pub(super) async fn run(self) {
        loop {
            self.pool.health().suspected(PERIOD).await;
            self.look().await;
        }
    }

    async fn look(&self) {
        let health = self.pool.health();
        match self.probe().await {
            Found::Pool => {
                health.pool_answered();
                self.look_at_long_waits().await;
            }
            Found::Full => health.reached(),
            Found::Server(fresh) => {
                health.reached();
                if health.pool_answered_within(PATIENCE) {
                    close(fresh).await;
                } else {
                    self.judge(fresh).await;
                }
            }
            Found::Refused(cause) => health.failed(&cause.to_string()),
            Found::Nothing if health.reached_within(SILENCE) => {}
            Found::Nothing => health.failed("it does not answer"),
        }
    }

    /// Asks the pool, then a fresh connection beside it.
    async fn probe(&self) -> Found {
        let pool = self.pool.connection();
        let mut answer = Box::pin(async {
            match timeout(POOL_TIMEOUT, pool.execute_unprepared("SELECT 1")).await {
                Ok(Ok(_)) => {}
                // Whatever else is wrong, the fresh connection finds it out.
                _ => pending().await,
            }
        });
        if !self.pool.health().is_down() && timeout(HEAD_START, &mut answer).await.is_ok() {
            return Found::Pool;
        }
        let mut fresh = Box::pin(self.ask_afresh());
        let found = tokio::select! {
            biased;
            () = &mut answer => return Found::Pool,
            found = &mut fresh => found,
        };
        // A pool that is merely slow gets the time that is its own.
        match found {
            Found::Server(_) if timeout(POOL_TIMEOUT, answer).await.is_ok() => Found::Pool,
            found => found,
        }
    }

    async fn ask_afresh(&self) -> Found {
        let ask = async {
            let mut fresh = PgConnection::connect_with(&self.postgres.plain).await?;
            fresh.ping().await?;
            Ok(fresh)
        };
        match timeout(FRESH_TIMEOUT, ask).await {
            Ok(Ok(fresh)) => Found::Server(fresh),
            Ok(Err(sqlx::Error::Database(cause))) if cause.code().as_deref() == Some(FULL) => {
                Found::Full
            }
            Ok(Err(cause)) => Found::Refused(cause),
            Err(_) => Found::Nothing,
        }
    }

    /// Replaces a pool that answers, but has connections in use that are silent.
    async fn look_at_long_waits(&self) {
        let health = self.pool.health();
        if health.stuck() == 0 && health.waiting() == 0 {
            return;
        }
        let Found::Server(mut fresh) = self.ask_afresh().await else { return };
        match timeout(FRESH_TIMEOUT, self.waits_in_vain(&mut fresh)).await {
            Ok(Ok(true)) => {
                tracing::warn!("connections in use are silent; replacing all");
                self.replace(fresh);
            }
            _ => close(fresh).await,
        }
    }

    /// Whether something is waited for that the server knows nothing of.
    async fn waits_in_vain(&self, fresh: &mut PgConnection) -> Result<bool, sqlx::Error> {
        let health = self.pool.health();
        let stuck = health.stuck();
        if stuck > 0 {
            let at_work = self.count_at_work(fresh).await?;
            // Those that were answered meanwhile are none.
            let stuck = stuck.min(health.stuck());
            if i64::try_from(stuck).is_ok_and(|stuck| stuck > at_work) {
                return Ok(true);
            }
        }
        Ok(health.waiting() > 0 && self.are_idle_in_use(fresh).await?)
    }

    /// Whether connections are in use that the server takes for idle: the driver waits for a sign of
    /// life, or for a transaction to begin. Meanwhile the pool answers over others that it opens.
    async fn are_idle_in_use(&self, fresh: &mut PgConnection) -> Result<bool, sqlx::Error> {
        let Some(pool) = self.pool.postgres() else { return Ok(false) };
        for _ in 0..2 {
            let known = pool.num_idle();
            let idle = self.count_idle(fresh).await?;
            let known = known.max(pool.num_idle());
            if i64::try_from(known).is_ok_and(|known| idle <= known) {
                return Ok(false);
            }
            sleep(SECOND_LOOK).await;
        }
        Ok(true)
    }

    /// Replaces the pool, unless it only waits for statements that the server works at.
    async fn judge(&self, mut fresh: PgConnection) {
        let at_work = timeout(FRESH_TIMEOUT, self.is_at_work(&mut fresh)).await;
        if matches!(at_work, Ok(Ok(true))) {
            close(fresh).await;
        } else {
            tracing::warn!("the connections to the database are silent; replacing them");
            self.replace(fresh);
        }
    }

    /// Replaces the pool, and has the server end the connections of the old one: their transactions
    /// would hold their locks until it finds out by itself that nobody is there.
    fn replace(&self, fresh: PgConnection) {
        let name = self.name();
        self.pool.replace(self.postgres.pool());
        tokio::spawn(end(name, fresh));
    }

    /// What the names begin with by which the server knows the connections of the pool.
    fn name(&self) -> String {
        let options = self.pool.postgres().map(|pool| pool.connect_options());
        let name = options.as_ref().and_then(|options| options.get_application_name());
        name.unwrap_or_default().to_owned()
    }

    /// Whether all connections are taken, and the server works for half of them or more.
    async fn is_at_work(&self, fresh: &mut PgConnection) -> Result<bool, sqlx::Error> {
        let Some(pool) = self.pool.postgres() else { return Ok(false) };
        if pool.num_idle() > 0 || pool.size() < CONNECTIONS {
            return Ok(false);
        }
        Ok(self.count_at_work(fresh).await? * 2 >= i64::from(CONNECTIONS))
    }

    /// Counts the pool's statements that the server has worked at for a while. It does not while it
    /// waits for the rows of a COPY, which no limit ends: they are at most some megabytes.
    async fn count_at_work(&self, fresh: &mut PgConnection) -> Result<i64, sqlx::Error> {
        const AT_WORK: &str = "SELECT count(*) FROM pg_stat_activity \
            WHERE starts_with(application_name, $1) AND state = 'active' \
            AND query_start < clock_timestamp() - interval '1 second' \
            AND (wait_event IS DISTINCT FROM 'ClientRead' \
                OR query_start > clock_timestamp() - interval '5 seconds')";
        sqlx::query_scalar(AT_WORK).bind(self.name()).fetch_one(fresh).await
    }

    /// Counts the pool's connections over which the server has heard nothing for a while, not even
    /// the first statement of a transaction.
    async fn count_idle(&self, fresh: &mut PgConnection) -> Result<i64, sqlx::Error> {
        const IDLE: &str = "SELECT count(*) FROM pg_stat_activity \
            WHERE starts_with(application_name, $1) \
            AND state_change < clock_timestamp() - interval '2 seconds' \
            AND (state = 'idle' OR state = 'idle in transaction' \
                AND query ~* '^(BEGIN|START TRANSACTION|SET TRANSACTION)')";
        sqlx::query_scalar(IDLE).bind(self.name()).fetch_one(fresh).await
    }
}

/// Has the server end the connections whose names begin so.
async fn end(name: String, mut fresh: PgConnection) {
    const END: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
        WHERE starts_with(application_name, $1) AND usename = current_user";
    let end = sqlx::query(END).bind(name).execute(&mut fresh);
    if !matches!(timeout(END_TIMEOUT, end).await, Ok(Ok(_))) {
        tracing::warn!("cannot end the silent connections; their locks last until a time-out");
    }
    close(fresh).await;
}

/// Takes leave of a connection; one that does not listen is dropped.
async fn close(fresh: PgConnection) {
    let _ = timeout(CLOSE_TIMEOUT, fresh.close()).await;
}
