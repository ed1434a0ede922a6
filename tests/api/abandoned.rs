//! Statements whose operation is over end on PostgreSQL too.

use std::time::{Duration, Instant};

use deskpulse::{db::Db, tenant::TenantId};
use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::json;

use crate::harness::{PrivatePostgres, TestApp, eventually};

const AUDITS: &str = "{ quality { records { items { id } } } }";
/// Long before PostgreSQL would give up a statement or a lock by itself.
const SOON: Duration = Duration::from_secs(3);

async fn spawn(postgres: &PrivatePostgres, operation_timeout_ms: u64) -> TestApp {
    TestApp::spawn_with(|config| {
        config.store.database_url = Some(postgres.url().into());
        config.store.redis_url = None;
        // Whatever it holds in memory is not asked of the database.
        config.quality.index_memory_mb = 0;
        config.server.operation_timeout_ms = operation_timeout_ms;
    })
    .await
}

/// Statements of the service that the server works at and that hold this text.
async fn count(db: &Db, text: &str) -> i64 {
    const ACTIVE: &str = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' \
        AND application_name LIKE 'deskpulse %' AND pid <> pg_backend_pid() \
        AND strpos(query, $1) > 0";
    let count = Statement::from_sql_and_values(db.backend(), ACTIVE, [text.into()]);
    let row = db.pool().query_one_raw(count).await.expect("an answer").expect("a row");
    row.try_get_by_index(0).expect("a number")
}

async fn assert_ends(db: &Db, text: &str) {
    let since = Instant::now();
    eventually("the statement to end", async || (count(db, text).await == 0).then_some(())).await;
    assert!(since.elapsed() < SOON, "it ran on for {:?}", since.elapsed());
}

#[tokio::test]
async fn a_statement_of_a_snapshot_ends_with_who_waits_for_it() {
    let postgres = PrivatePostgres::start().await;
    let app = spawn(&postgres, 30_000).await;
    let db = app.app.services.db.clone();
    let tenant = TenantId::new("default");
    let snapshot = db.of(&tenant).snapshot().await.expect("a snapshot");
    let long = snapshot.execute_unprepared("SELECT pg_sleep(20)");
    let cut = tokio::time::timeout(Duration::from_millis(300), long).await;
    assert!(cut.is_err());
    drop(snapshot);
    assert_ends(&db, "pg_sleep(20)").await;
    // Connections are left for others, and statements that are waited for are not touched.
    for _ in 0..20 {
        let snapshot = db.of(&tenant).snapshot().await.expect("a snapshot");
        snapshot.execute_unprepared("SELECT pg_sleep(0.01)").await.expect("an answer");
    }
}

#[tokio::test]
async fn a_statement_ends_when_its_operation_takes_too_long_or_its_client_goes() {
    let postgres = PrivatePostgres::start().await;
    for operation_timeout_ms in [300, 30_000] {
        let app = spawn(&postgres, operation_timeout_ms).await;
        let db = app.app.services.db.clone();
        let holder = Db::connect(&app.config.store).await.expect("a database");
        let held = holder.write().await.expect("a transaction");
        let lock = "LOCK TABLE analytics_quality_audits IN ACCESS EXCLUSIVE MODE";
        held.execute_unprepared(lock).await.expect("a lock");
        let viewer = app.viewer();
        let asked = tokio::spawn(async move { viewer.send(AUDITS, json!({})).await });
        if operation_timeout_ms < 1_000 {
            let answer = asked.await.expect("an answer");
            assert_eq!(answer.codes(), ["UNAVAILABLE"], "{answer:?}");
        } else {
            let waiting = async || (count(&db, "analytics_quality_audits").await > 0).then_some(());
            eventually("the statement to wait for the lock", waiting).await;
            asked.abort();
        }
        assert_ends(&db, "analytics_quality_audits").await;
        held.commit().await.expect("a commit");
        app.viewer().ask(AUDITS).await;
    }
}
