//! `/readyz`: red for events that wait too long, never for errors.

use chrono::TimeDelta;
use redis::AsyncCommands as _;
use serde_json::{Value, json};

use crate::harness::{PrivatePostgres, PrivateRedis, TestApp, eventually};

const BUFFER: &str = "mutation ($input: [TrackEventInput!]!) {
    trackEvents(input: $input) { status }
}";

fn event(id: &str) -> Value {
    json!({ "id": id, "name": "page.view", "product": "shop" })
}

async fn buffer(app: &TestApp, id: &str) {
    let answer = app.product().data(BUFFER, json!({ "input": [event(id)] })).await;
    assert_eq!(answer["trackEvents"][0]["status"], "ACCEPTED");
}

async fn assert_ready_soon(app: &TestApp) {
    eventually("readiness", async || (app.readiness().await == 200).then_some(())).await;
}

#[tokio::test]
async fn events_that_wait_for_postgres_turn_it_red_by_their_age() {
    let mut postgres = PrivatePostgres::start().await;
    let redis = PrivateRedis::start().await;
    let app = TestApp::spawn_on_with(&redis, |config| {
        config.store.database_url = Some(postgres.url().into());
    })
    .await;
    postgres.kill();
    app.app.services.db.went_down().await;
    // A replica that takes events stays in.
    assert_eq!(app.readiness().await, 200);
    buffer(&app, "e1").await;
    app.advance(TimeDelta::seconds(60));
    assert_eq!(app.readiness().await, 200);
    app.advance(TimeDelta::seconds(1));
    assert_eq!(app.readiness().await, 503);
    postgres.revive().await;
    assert_ready_soon(&app).await;
    app.flushed("default").await;
}

#[tokio::test]
async fn events_that_wait_in_this_process_turn_it_red_by_their_age() {
    let mut redis = PrivateRedis::start().await;
    let app = TestApp::spawn_on(&redis).await;
    redis.kill();
    let held = app.hold_database().await;
    let product = app.product();
    let waiting =
        tokio::spawn(
            async move { product.try_send(BUFFER, json!({ "input": [event("e1")] })).await },
        );
    let tenant = deskpulse::tenant::TenantId::new("default");
    eventually("the event to wait", async || {
        let waiting = app.app.services.tracker.pending_here(&tenant);
        (waiting.events == 1).then_some(())
    })
    .await;
    assert_eq!(app.readiness().await, 200);
    app.advance(TimeDelta::seconds(61));
    assert_eq!(app.readiness().await, 503);
    drop(held);
    assert_ready_soon(&app).await;
    waiting.await.unwrap();
}

#[tokio::test]
async fn without_any_store_it_is_red() {
    let mut postgres = PrivatePostgres::start().await;
    let mut redis = PrivateRedis::start().await;
    let app = TestApp::spawn_on_with(&redis, |config| {
        config.store.database_url = Some(postgres.url().into());
    })
    .await;
    redis.kill();
    assert_eq!(app.readiness().await, 200);
    postgres.kill();
    app.app.services.db.went_down().await;
    assert_eq!(app.readiness().await, 503);
    redis.revive().await;
    assert_ready_soon(&app).await;
}

#[tokio::test]
async fn errors_alone_leave_it_green() {
    let redis = PrivateRedis::start().await;
    let app = TestApp::spawn_on(&redis).await;
    let mut connection = redis.connect().await;
    let list = format!("{}:event_buffer", app.prefix());
    let garbage: Vec<_> = (0..500).map(|index| format!("garbage {index}")).collect();
    let _: i64 = connection.lpush(&list, garbage).await.unwrap();
    let bad: Vec<_> = (0..500).map(|_| json!({ "name": "", "product": "shop" })).collect();
    app.product().data(BUFFER, json!({ "input": bad })).await;
    app.flushed("default").await;
    for _ in 0..10 {
        app.product().refusal("{ events { edges { cursor } } }", json!({})).await;
    }
    assert_eq!(app.readiness().await, 200);
}
