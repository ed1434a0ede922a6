//! Connections to PostgreSQL, and the limits that each of them brings along.

use std::{sync::Arc, time::Duration};

use sea_orm::{
    DatabaseConnection, SqlxPostgresConnector,
    sqlx::{
        ConnectOptions as _, PgPool,
        postgres::{PgConnectOptions, PgPoolOptions},
    },
};
use uuid::Uuid;

use super::nodelay;
use crate::{
    config::StoreConfig,
    error::{Error, Result},
};

pub(super) const CONNECTIONS: u32 = 16;
const MIGRATION_CONNECTIONS: u32 = 2;
pub(super) const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a migration may wait for a lock: whoever comes behind it waits as well.
const MIGRATION_LOCK_MS: u64 = 60_000;
/// Statements are short; compiling one takes longer than running it.
const JIT: [(&str, &str); 1] = [("jit", "off")];
/// How the server finds a peer that vanished: it asks after 10 s, three times, and looks for a
/// closed connection while a statement runs.
const PEER_CHECKS: [(&str, &str); 5] = [
    ("tcp_keepalives_idle", "10"),
    ("tcp_keepalives_interval", "5"),
    ("tcp_keepalives_count", "3"),
    ("tcp_user_timeout", "10000"),
    ("client_connection_check_interval", "2000"),
];

/// How to reach a database.
#[derive(Clone, Debug)]
pub(super) struct Postgres {
    /// Without limits, for a look at whether it answers.
    pub(super) plain: PgConnectOptions,
    /// Beyond it no statement is answered, its wait for a connection included.
    pub(super) answer_limit: Duration,
    limits: Arc<[(&'static str, u64)]>,
    migration_limits: Arc<[(&'static str, u64)]>,
}

impl Postgres {
    pub(super) fn new(url: &str, config: &StoreConfig) -> Result<Self> {
        if !(url.starts_with("postgres://") || url.starts_with("postgresql://")) {
            let scheme = url.split(':').next().unwrap_or_default();
            return Err(Error::bad_text("DATABASE_URL", scheme, "a URL of scheme postgres://"));
        }
        let plain: PgConnectOptions = url.parse().map_err(|_| {
            let expected = "a URL such as postgres://deskpulse@localhost/deskpulse";
            Error::bad_input("DATABASE_URL", "not valid", expected)
        })?;
        let plain = plain.application_name("deskpulse").disable_statement_logging();
        let limits = [
            ("statement_timeout", config.statement_timeout_ms),
            ("lock_timeout", config.lock_timeout_ms),
            ("idle_in_transaction_session_timeout", config.idle_transaction_timeout_ms),
        ];
        let migration_limits = [
            ("statement_timeout", config.migration_timeout_secs.saturating_mul(1_000)),
            ("lock_timeout", MIGRATION_LOCK_MS),
        ];
        let (limits, migration_limits) = (Arc::new(limits), Arc::new(migration_limits));
        let answer_limit = Duration::from_millis(config.statement_timeout_ms) + ACQUIRE_TIMEOUT * 2;
        Ok(Self { plain, answer_limit, limits, migration_limits })
    }

    /// A pool that connects when it is first used.
    pub(super) fn pool(&self) -> DatabaseConnection {
        // The name tells this pool's connections from all others.
        let name = format!("deskpulse {}", &Uuid::new_v4().simple().to_string()[..12]);
        connect_lazily(self.plain.clone().application_name(&name), &self.limits, CONNECTIONS)
    }

    /// A pool whose statements may take as long as a migration needs.
    pub(super) fn pool_of_migrations(&self) -> DatabaseConnection {
        let options = self.plain.clone().application_name("deskpulse migrate");
        connect_lazily(options, &self.migration_limits, MIGRATION_CONNECTIONS)
    }
}

/// Lets connections to a port send small messages at once.
pub(crate) fn prompt(options: PgPoolOptions, port: u16) -> PgPoolOptions {
    options.after_connect(move |_, _| {
        if let Err(error) = nodelay::set_on_connections_to(port) {
            tracing::debug!(%error, "small messages to the database may be delayed");
        }
        Box::pin(std::future::ready(Ok(())))
    })
}

fn connect_lazily(
    options: PgConnectOptions,
    limits: &[(&'static str, u64)],
    connections: u32,
) -> DatabaseConnection {
    let options = options.options(limits.iter().copied()).options(JIT).options(PEER_CHECKS);
    let port = options.get_port();
    let pool: PgPool = prompt(PgPoolOptions::new(), port)
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_lazy_with(options);
    SqlxPostgresConnector::from_sqlx_postgres_pool(pool)
}
