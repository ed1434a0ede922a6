//! The same rows by COPY alone: what the database takes when nothing else is asked of it.
//!
//! The rows that a pass has stored are read back, and sent into copies of the tables they came
//! from, with all indexes, over two connections. The copies are dropped.

use std::time::Instant;

use futures_util::{TryStreamExt as _, future::try_join_all};
use sea_orm::sqlx::{
    AssertSqlSafe, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
    raw_sql,
};
use serde::Serialize;

use super::{cpu::Watched, data::PRODUCT, error::BenchError};
use crate::db::prompt;

const CONNECTIONS: u32 = 2;
/// Most rows that are read into memory, some 600 bytes each.
const MAX_ROWS: u64 = 500_000;

/// A table that ingestion writes each event into: its copy, and the rows of an event.
struct Table {
    name: &'static str,
    copy: &'static str,
    columns: &'static str,
    rows: &'static str,
}

const TABLES: [Table; 2] = [
    Table {
        name: "analytics_events",
        copy: "bench_copy_events",
        columns: "tenant_id, event_id, event_name, event_data, session_id, product, occurred_at, \
                  received_at, created_at, response_ms, rating, agent_id, channel, visitor_id",
        rows: "product = '{product}'",
    },
    Table {
        name: "analytics_event_ids",
        copy: "bench_copy_event_ids",
        columns: "tenant_id, event_id, body_digest, occurred_at, stored_at",
        rows: "(tenant_id, event_id) IN (SELECT tenant_id, event_id FROM analytics_events \
               WHERE product = '{product}')",
    },
];

/// What COPY alone took.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct CopyAlone {
    /// Events, each a row in both tables.
    pub(super) rows: u64,
    pub(super) rows_per_second: f64,
    pub(super) postgres_cpu_seconds_per_million: Option<f64>,
}

/// Copies the rows of the benchmark's events, at most [`MAX_ROWS`] of them.
pub(super) async fn copy_alone(url: &str, watched: &Watched) -> Result<CopyAlone, BenchError> {
    let options: PgConnectOptions = url.parse()?;
    let pool = prompt(PgPoolOptions::new(), options.get_port());
    let pool = pool.max_connections(CONNECTIONS).connect_with(options).await?;
    let measured = measure(&pool, watched).await;
    for table in &TABLES {
        run(&pool, &format!("DROP TABLE IF EXISTS {}", table.copy)).await?;
    }
    measured
}

async fn measure(pool: &PgPool, watched: &Watched) -> Result<CopyAlone, BenchError> {
    let mut parts = Vec::new();
    for table in &TABLES {
        let (name, copy) = (table.name, table.copy);
        run(pool, &format!("DROP TABLE IF EXISTS {copy}")).await?;
        run(pool, &format!("CREATE TABLE {copy} (LIKE {name} INCLUDING ALL)")).await?;
        for part in 0..CONNECTIONS {
            parts.push((table, part, read(pool, table, part).await?));
        }
    }
    run(pool, "CHECKPOINT").await?;
    let before = watched.read()?;
    let started = Instant::now();
    let lanes = (0..CONNECTIONS).map(|lane| {
        let own = parts.iter().filter(move |(_, part, _)| *part == lane);
        async move {
            let mut rows = 0;
            for (table, _, bytes) in own {
                rows += write(pool, table, bytes).await?;
            }
            Ok::<_, BenchError>(rows)
        }
    });
    let rows = try_join_all(lanes).await?.into_iter().sum::<u64>() / TABLES.len() as u64;
    let elapsed = started.elapsed().as_secs_f64();
    let used = watched.read()?.per_million(&before, rows);
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    let rows_per_second = rows as f64 / elapsed;
    Ok(CopyAlone { rows, rows_per_second, postgres_cpu_seconds_per_million: used.postgres })
}

/// The rows of one part of a table, in the binary format.
async fn read(pool: &PgPool, table: &Table, part: u32) -> Result<Vec<u8>, BenchError> {
    let rows = table.rows.replace("{product}", PRODUCT);
    let sql = format!(
        "COPY (SELECT {} FROM (SELECT * FROM {} WHERE {rows} LIMIT {MAX_ROWS}) AS rows \
         WHERE ABS(hashtext(event_id)::bigint) % {CONNECTIONS} = {part}) TO STDOUT (FORMAT BINARY)",
        table.columns, table.name,
    );
    let mut connection = pool.acquire().await?;
    let stream = connection.copy_out_raw(&sql).await?;
    let bytes = stream.try_fold(Vec::new(), |mut all, piece| async move {
        all.extend_from_slice(&piece);
        Ok(all)
    });
    Ok(bytes.await?)
}

async fn write(pool: &PgPool, table: &Table, bytes: &[u8]) -> Result<u64, BenchError> {
    let sql = format!("COPY {} ({}) FROM STDIN (FORMAT BINARY)", table.copy, table.columns);
    let mut connection = pool.acquire().await?;
    let mut copy = connection.copy_in_raw(&sql).await?;
    copy.send(bytes).await?;
    Ok(copy.finish().await?)
}

async fn run(pool: &PgPool, sql: &str) -> Result<(), BenchError> {
    raw_sql(AssertSqlSafe(sql.to_owned())).execute(pool).await?;
    Ok(())
}
