//! PostgreSQL that falls silent, dies or is frozen, and comes back: no restart is needed.

use std::time::{Duration, Instant};

use deskpulse::{
    db::{Db, bulk},
    tenant::TenantId,
};
use sea_orm::{ConnectionTrait as _, DbBackend, DbErr, Statement};
use serde_json::{Value, json};

use crate::harness::{PrivatePostgres, Proxy, TestApp, eventually};

const TRACK: &str = "mutation ($input: TrackEventInput!) {
    trackEvent(input: $input, durability: STORED) { status }
}";
const BOOKS: &str = "{ ingestStatus { stored } }";
/// The bound of the promise.
const RECOVERY: Duration = Duration::from_secs(10);

/// A service over this way to a database, without Redis.
async fn spawn(url: String) -> TestApp {
    TestApp::spawn_with(|config| {
        config.store.database_url = Some(url.into());
        config.store.redis_url = None;
    })
    .await
}

fn event(id: &str) -> Value {
    json!({ "input": { "id": id, "name": "page.view", "product": "shop" } })
}

/// Sends an event, again and again, until it is stored.
async fn store(app: &TestApp, id: &str) {
    let product = app.product();
    eventually("an event to be stored", async || {
        product.try_send(TRACK, event(id)).await.then_some(())
    })
    .await;
}

/// Asserts that events and questions are answered again, soon enough after `since`.
async fn assert_recovered(app: &TestApp, id: &str, since: Instant) {
    store(app, id).await;
    eventually("an answer", async || app.viewer().try_send(BOOKS, json!({})).await.then_some(()))
        .await;
    let took = since.elapsed();
    assert!(took < RECOVERY, "recovery took {took:?}");
    assert!(!app.app.services.db.is_down());
}

/// Has the pool open all the connections it may.
async fn fill_pool(db: &Db) {
    let hold = || async { db.pool().execute_unprepared("SELECT pg_sleep(0.3)").await };
    for held in futures_util::future::join_all((0..16).map(|_| hold())).await {
        held.expect("an answer");
    }
}

#[tokio::test]
async fn silent_connections_are_replaced() {
    let postgres = PrivatePostgres::start().await;
    let proxy = Proxy::to(postgres.port()).await;
    let app = spawn(PrivatePostgres::url_at(proxy.port())).await;
    for round in 0..2 {
        store(&app, &format!("before-{round}")).await;
        fill_pool(&app.app.services.db).await;
        // A statement under way is among those that wait for an answer.
        let (viewer, product) = (app.viewer(), app.product());
        let waiting = tokio::spawn(async move { product.try_send(TRACK, event("waiting")).await });
        proxy.silence();
        let since = Instant::now();
        assert_recovered(&app, &format!("after-{round}"), since).await;
        waiting.await.unwrap();
        assert!(since.elapsed() < RECOVERY, "the waiting call took {:?}", since.elapsed());
        viewer.ask(BOOKS).await;
    }
}

#[tokio::test]
async fn a_transaction_on_a_silent_connection_ends_though_the_pool_can_open_others() {
    let postgres = PrivatePostgres::start().await;
    let proxy = Proxy::to(postgres.port()).await;
    let app = spawn(PrivatePostgres::url_at(proxy.port())).await;
    let db = app.app.services.db.clone();
    let transaction = db.write().await.unwrap();
    transaction.execute_unprepared("SELECT 1").await.unwrap();
    proxy.silence();
    let since = Instant::now();
    let lost = transaction.execute_unprepared("SELECT 1");
    let lost = tokio::time::timeout(RECOVERY, lost).await.expect("an end").unwrap_err();
    assert_eq!(deskpulse::error::Error::from(lost).code().as_str(), "UNAVAILABLE");
    assert_recovered(&app, "after", since).await;
}

#[tokio::test]
async fn a_statement_that_takes_long_is_left_alone() {
    let postgres = PrivatePostgres::start().await;
    let app = spawn(postgres.url()).await;
    let db = app.app.services.db.clone();
    let transaction = db.write().await.unwrap();
    transaction.execute_unprepared("SELECT pg_sleep(6)").await.expect("an answer, late");
    transaction.commit().await.unwrap();
}

#[tokio::test]
async fn a_network_that_swallows_everything_is_an_outage_until_new_connections_work() {
    let postgres = PrivatePostgres::start().await;
    let proxy = Proxy::to(postgres.port()).await;
    let app = spawn(PrivatePostgres::url_at(proxy.port())).await;
    let db = app.app.services.db.clone();
    fill_pool(&db).await;
    proxy.swallow(true);
    tokio::time::timeout(Duration::from_secs(5), db.went_down()).await.expect("a notice");
    let asked = Instant::now();
    assert_eq!(app.product().refusal(TRACK, event("meanwhile")).await.0, "UNAVAILABLE");
    assert!(asked.elapsed() < Duration::from_secs(1), "answered after {:?}", asked.elapsed());
    // The connections of before stay silent for good.
    proxy.swallow(false);
    assert_recovered(&app, "after", Instant::now()).await;
}

#[tokio::test]
async fn a_killed_server_is_noticed_at_once_and_used_again_once_it_is_back() {
    let mut postgres = PrivatePostgres::start().await;
    let app = spawn(postgres.url()).await;
    store(&app, "before").await;
    let db = app.app.services.db.clone();
    let killed = Instant::now();
    postgres.kill();
    tokio::time::timeout(Duration::from_secs(2), db.went_down()).await.expect("a notice");
    assert!(killed.elapsed() < Duration::from_secs(2), "noticed after {:?}", killed.elapsed());
    // Nobody waits for a server that is known to be away.
    let asked = Instant::now();
    assert!(db.write().await.is_err());
    let tenant = TenantId::new("default");
    assert!(db.of(&tenant).snapshot().await.is_err());
    assert!(db.of(&tenant).execute_unprepared("SELECT 1").await.is_err());
    assert!(db.pool().execute_unprepared("SELECT 1").await.is_err());
    assert!(asked.elapsed() < Duration::from_millis(100), "refused after {:?}", asked.elapsed());
    let asked = Instant::now();
    let refusal = app.product().refusal(TRACK, event("meanwhile")).await;
    assert_eq!(refusal.0, "UNAVAILABLE");
    assert!(asked.elapsed() < Duration::from_secs(1), "answered after {:?}", asked.elapsed());
    postgres.revive().await;
    assert_recovered(&app, "after", Instant::now()).await;
    let stored = app.viewer().ask(BOOKS).await;
    assert_eq!(stored["ingestStatus"]["stored"], 2);
}

#[tokio::test]
async fn a_frozen_server_is_down_after_a_second_and_used_again_once_it_thaws() {
    let postgres = PrivatePostgres::start().await;
    let app = spawn(postgres.url()).await;
    store(&app, "before").await;
    let db = app.app.services.db.clone();
    postgres.freeze();
    let frozen = Instant::now();
    tokio::time::timeout(Duration::from_secs(5), db.went_down()).await.expect("a notice");
    let took = frozen.elapsed();
    assert!(took > Duration::from_millis(800), "down after {took:?}");
    assert!(took < Duration::from_secs(4), "down after {took:?}");
    assert_eq!(app.product().refusal(TRACK, event("meanwhile")).await.0, "UNAVAILABLE");
    postgres.thaw();
    assert_recovered(&app, "after", Instant::now()).await;
}

#[tokio::test]
async fn a_pool_that_only_waits_for_locks_is_left_alone() {
    let postgres = PrivatePostgres::start().await;
    let app = spawn(postgres.url()).await;
    let db = app.app.services.db.clone();
    let admin = Db::connect(&app.config.store).await.expect("a database");
    let lock = admin.write().await.expect("a transaction");
    lock.execute_unprepared("LOCK TABLE analytics_events IN ACCESS EXCLUSIVE MODE")
        .await
        .expect("a lock");
    let waiting: Vec<_> = (0..16)
        .map(|_| {
            let db = db.clone();
            tokio::spawn(async move {
                db.pool().execute_unprepared("SELECT count(*) FROM analytics_events").await
            })
        })
        .collect();
    // Longer than it takes to replace a silent pool.
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert!(!db.is_down());
    drop(lock);
    for waiting in waiting {
        // Late, but over its own connection; one may have found none free.
        let answer = waiting.await.unwrap();
        let fine = matches!(answer, Ok(_) | Err(DbErr::ConnectionAcquire(_)));
        assert!(fine, "{answer:?}");
    }
}

#[tokio::test]
async fn every_connection_brings_its_limits() {
    let postgres = PrivatePostgres::start().await;
    let app = TestApp::spawn_with(|config| {
        config.store.database_url = Some(postgres.url().into());
        config.store.redis_url = None;
        config.store.statement_timeout_ms = 3_000;
        config.store.lock_timeout_ms = 500;
        config.store.idle_transaction_timeout_ms = 2_000;
    })
    .await;
    let db = &app.app.services.db;
    let sql = "SELECT string_agg(name || '=' || setting, ' ' ORDER BY name) AS limits \
        FROM pg_settings WHERE name IN ('statement_timeout', 'lock_timeout', \
        'idle_in_transaction_session_timeout', 'client_connection_check_interval', \
        'tcp_user_timeout', 'tcp_keepalives_idle')";
    let row = db.pool().query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await;
    let limits: String = row.unwrap().unwrap().try_get("", "limits").unwrap();
    assert_eq!(
        limits,
        "client_connection_check_interval=2000 idle_in_transaction_session_timeout=2000 \
         lock_timeout=500 statement_timeout=3000 tcp_keepalives_idle=10 tcp_user_timeout=10000"
    );
    let slow = db.pool().execute_unprepared("SELECT pg_sleep(8)").await.unwrap_err();
    assert_eq!(deskpulse::error::Error::from(slow).code().as_str(), "UNAVAILABLE");
    let idle = db.write().await.unwrap();
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    let ended = idle.execute_unprepared("SELECT 1").await.unwrap_err();
    assert_eq!(deskpulse::error::Error::from(ended).code().as_str(), "UNAVAILABLE");
    let (first, second) = (db.write().await.unwrap(), db.write().await.unwrap());
    let lock = "LOCK TABLE analytics_agents";
    first.execute_unprepared(lock).await.unwrap();
    let asked = Instant::now();
    let refused = second.execute_unprepared(lock).await.unwrap_err();
    assert_eq!(deskpulse::error::Error::from(refused).code().as_str(), "UNAVAILABLE");
    assert!(asked.elapsed() < Duration::from_millis(2_500), "waited {:?}", asked.elapsed());
    drop((first, second));
    // A turn is waited for until the limit of statements.
    let (first, second) = (db.write().await.unwrap(), db.write().await.unwrap());
    bulk::hold(&*first, "a turn").await.unwrap();
    let release = async {
        tokio::time::sleep(Duration::from_millis(1_200)).await;
        drop(first);
    };
    let (held, ()) = tokio::join!(bulk::hold(&*second, "a turn"), release);
    held.expect("the turn");
    // A migration may take longer than any statement of the service.
    let migrations = db.for_migrations();
    migrations.execute_unprepared("SELECT pg_sleep(3.5)").await.expect("time enough");
}
