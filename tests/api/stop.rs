//! Stopping: nothing that was acknowledged is lost, and nobody waits for ever.

use std::time::Duration;

use chrono::TimeDelta;
use deskpulse::auth::Role;
use serde_json::{Value, json};

use crate::harness::{PrivateRedis, TestApp, eventually};

const TRACK: &str = "mutation ($input: [TrackEventInput!]!, $durability: Durability!) {
    trackEvents(input: $input, durability: $durability) { status }
}";
const BOOKS: &str = "{ ingestStatus { stored duplicate pending } }";

fn events(count: usize) -> Vec<Value> {
    let event = |index: usize| {
        json!({
            "id": format!("e{index}"), "name": "session.start", "product": "bot",
            "sessionId": format!("s{index}"),
        })
    };
    (0..count).map(event).collect()
}

async fn buffer(app: &TestApp, count: usize) {
    for chunk in events(count).chunks(1_000) {
        let variables = json!({ "input": chunk, "durability": "BUFFERED" });
        app.product().data(TRACK, variables).await;
    }
}

async fn assert_stored(app: &TestApp, count: usize) {
    let stored = async || {
        let books = app.viewer().ask(BOOKS).await["ingestStatus"].clone();
        (books["pending"] == 0 && books["stored"] == count).then_some(books)
    };
    let books = eventually("everything to be stored", stored).await;
    assert_eq!(books["duplicate"], 0);
}

#[tokio::test]
async fn a_stop_drains_the_buffer() {
    let redis = PrivateRedis::start().await;
    let app = TestApp::spawn_on(&redis).await;
    let held = app.hold_database().await;
    buffer(&app, 3_000).await;
    let release = async move { drop(held) };
    let (stopped, ()) = tokio::join!(app.halt(Duration::from_secs(20)), release);
    assert_eq!(stopped.left, 0);
    let app = stopped.start().await;
    assert_stored(&app, 3_000).await;
}

#[tokio::test]
async fn a_stop_at_its_deadline_says_what_is_left_and_the_next_start_stores_it() {
    let redis = PrivateRedis::start().await;
    let app = TestApp::spawn_on(&redis).await;
    let held = app.hold_database().await;
    buffer(&app, 3_000).await;
    let stopped = app.halt(Duration::from_millis(500)).await;
    assert_eq!(stopped.left, 3_000);
    assert!(stopped.took < Duration::from_secs(5), "the stop took {:?}", stopped.took);
    drop(held);
    // What the stopped worker had claimed is free again after its lease.
    stopped.advance(TimeDelta::seconds(31));
    let app = stopped.start().await;
    assert_stored(&app, 3_000).await;
}

#[tokio::test]
async fn a_stop_does_not_wait_for_a_subscriber_that_does_not_read() {
    let redis = PrivateRedis::start().await;
    let app = TestApp::spawn_on_with(&redis, |config| config.server.stop_timeout_ms = 500).await;
    let query = "subscription { eventStream { id data } }";
    let _deaf = app.subscribe("default", Role::Viewer, query).await;
    // More than the buffers of the socket and of the system hold.
    let text = "x".repeat(60_000);
    for chunk in 0..4 {
        let events: Vec<_> = (0..100)
            .map(|index| {
                json!({
                    "id": format!("{chunk}-{index}"), "name": "x", "product": "bot",
                    "data": { "text": text },
                })
            })
            .collect();
        app.product().track(&events).await;
    }
    buffer(&app, 1_000).await;
    let stopped = app.halt(Duration::from_secs(20)).await;
    assert_eq!(stopped.left, 0);
    assert!(stopped.took < Duration::from_secs(15), "the stop took {:?}", stopped.took);
    let app = stopped.start().await;
    assert_stored(&app, 1_400).await;
}

#[tokio::test]
async fn a_stop_does_not_wait_for_a_redis_that_is_dead_or_silent() {
    for silent in [false, true] {
        let mut redis = PrivateRedis::start().await;
        let app = TestApp::spawn_on(&redis).await;
        if silent {
            redis.freeze();
        } else {
            redis.kill();
        }
        let stopped = app.halt(Duration::from_secs(10)).await;
        assert_eq!(stopped.left, 0);
        assert!(stopped.took < Duration::from_secs(6), "the stop took {:?}", stopped.took);
    }
}

#[tokio::test]
async fn a_stop_counts_what_waits_in_this_process_even_without_redis() {
    let mut redis = PrivateRedis::start().await;
    let app = TestApp::spawn_on_with(&redis, |config| config.server.stop_timeout_ms = 500).await;
    let held = app.hold_database().await;
    redis.kill();
    let client = app.product();
    let variables = json!({ "input": events(10), "durability": "STORED" });
    let waiting = tokio::spawn(async move { client.try_send(TRACK, variables).await });
    let tenant = deskpulse::tenant::TenantId::new("default");
    eventually("the events to wait", async || {
        let waiting = app.app.services.tracker.pending_here(&tenant);
        (waiting.events == 10).then_some(())
    })
    .await;
    let stopped = app.halt(Duration::from_millis(500)).await;
    assert_eq!(stopped.left, 10);
    assert!(stopped.took < Duration::from_secs(6), "the stop took {:?}", stopped.took);
    drop(held);
    assert!(!waiting.await.unwrap(), "nobody was told that the events are stored");
}
