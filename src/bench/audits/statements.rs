//! The time that PostgreSQL has spent on statements, where it counts them (`pg_stat_statements`).

use std::time::Duration;

use sea_orm::sqlx::{
    PgPool, Row as _,
    postgres::{PgConnectOptions, PgPoolOptions},
    query,
};
use secrecy::{ExposeSecret as _, SecretString};

use crate::{bench::error::BenchError, db::prompt};

/// Of all statements in this database but this one.
const TIME: &str = "SELECT COALESCE(SUM(total_exec_time + total_plan_time), 0)::float8 \
     FROM pg_stat_statements \
     WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) \
         AND query NOT LIKE '%pg_stat_statements%'";

/// A database that counts.
pub(super) struct Statements(PgPool);

impl Statements {
    /// None where it does not, or there is no PostgreSQL.
    pub(super) async fn find(url: Option<&SecretString>) -> Option<Self> {
        let options: PgConnectOptions = url?.expose_secret().parse().ok()?;
        let pool = prompt(PgPoolOptions::new(), options.get_port()).max_connections(1);
        let found = Self(pool.connect_with(options).await.ok()?);
        found.read().await.ok()?;
        Some(found)
    }

    pub(super) async fn read(&self) -> Result<Duration, BenchError> {
        let row = query(TIME).fetch_one(&self.0).await.map_err(BenchError::Statements)?;
        let millis: f64 = row.try_get(0).map_err(BenchError::Statements)?;
        Ok(Duration::from_secs_f64(millis / 1_000.0))
    }
}
