//! `durability: REPLICATED`: on a second Redis before the answer, or in the database.

use std::time::{Duration, Instant};

use deskpulse::config::Config;
use redis::AsyncCommands as _;
use serde_json::{Value, json};

use crate::harness::{Client, PrivateRedis, TestApp, eventually};

const TRACK: &str = "mutation ($input: [TrackEventInput!]!) {
    trackEvents(input: $input, durability: REPLICATED) { id status reason }
}";
/// Longer than a test waits for anything: what is answered sooner did not wait for its end.
const LONG_MS: u64 = 10_000;

fn event(id: &str) -> Value {
    json!({ "id": id, "name": "page.view", "product": "bot" })
}

async fn send(client: &Client, ids: &[&str]) -> Vec<Value> {
    let input: Vec<_> = ids.iter().map(|id| event(id)).collect();
    let answer = client.data(TRACK, json!({ "input": input })).await;
    let results = answer["trackEvents"].as_array().expect("results");
    results.iter().map(|result| result["status"].clone()).collect()
}

/// The elements of all lists of a server, claimed or not.
async fn elements(redis: &PrivateRedis) -> Vec<String> {
    let mut connection = redis.connect().await;
    let keys: Vec<String> = connection.keys("*event_buffer*").await.expect("keys");
    let mut elements = Vec::new();
    for key in keys.iter().filter(|key| !key.ends_with(":leases")) {
        let list: Vec<String> = connection.lrange(key, 0, -1).await.expect("a list");
        elements.extend(list);
    }
    elements
}

async fn is_on(redis: &PrivateRedis, id: &str) -> bool {
    let needle = format!("\"event_id\":\"{id}\"");
    elements(redis).await.iter().any(|element| element.contains(&needle))
}

/// Shows that an event is committed: only the database tells a repeat from the first.
async fn assert_committed(app: &TestApp, id: &str) {
    let status = &app.product().track(&[event(id)]).await[0];
    assert_eq!(status, "DUPLICATE", "{id} is not committed");
}

fn slow(config: &mut Config) {
    config.ingest.replication_timeout_ms = LONG_MS;
}

#[tokio::test]
async fn a_replicated_event_is_on_the_second_redis_before_the_answer() {
    for precompiled in [true, false] {
        let redis = PrivateRedis::start().await;
        let replica = redis.replica().await;
        let app = TestApp::spawn_on_with(&redis, |config| {
            slow(config);
            config.server.precompiled_ingest = precompiled;
        })
        .await;
        // Nothing but the replica can be what the answers stand on.
        let held = app.hold_database().await;
        let asked = Instant::now();
        assert_eq!(send(&app.product(), &["a", "b", "a"]).await, ["ACCEPTED"; 3]);
        assert!(asked.elapsed() < Duration::from_millis(LONG_MS) / 2, "{:?}", asked.elapsed());
        // From here on nothing reaches the replica, and nothing moves on it.
        redis.freeze();
        eventually("the events on the replica", async || {
            (is_on(&replica, "a").await && is_on(&replica, "b").await).then_some(())
        })
        .await;
        redis.thaw();
        drop(held);
        app.flushed("default").await;
        assert_committed(&app, "b").await;
    }
}

#[tokio::test]
async fn calls_at_once_share_their_wait_for_the_replica() {
    let redis = PrivateRedis::start().await;
    let replica = redis.replica().await;
    let app = TestApp::spawn_on_with(&redis, slow).await;
    let waits = async || {
        let mut connection = redis.connect().await;
        let info: String =
            redis::cmd("INFO").arg("commandstats").query_async(&mut connection).await.unwrap();
        let line = info.lines().find_map(|line| line.strip_prefix("cmdstat_wait:calls="));
        let count = line.and_then(|line| line.split(',').next());
        count.map_or(0, |count| count.parse::<usize>().expect("a number"))
    };
    let held = app.hold_database().await;
    let ids: Vec<_> = (0..200).map(|index| format!("e{index}")).collect();
    let product = app.product();
    let calls = ids.iter().map(|id| send_one(product.clone(), id.clone()));
    let mut calls: tokio::task::JoinSet<_> = calls.collect();
    while let Some(status) = calls.join_next().await {
        assert_eq!(status.unwrap(), ["ACCEPTED"]);
    }
    let waits = waits().await;
    assert!((1..ids.len()).contains(&waits), "{waits} waits for {} calls", ids.len());
    redis.freeze();
    eventually("the events on the replica", async || {
        (elements(&replica).await.len() == ids.len()).then_some(())
    })
    .await;
    redis.thaw();
    drop(held);
    app.flushed("default").await;
    let books = app.viewer().ask("{ ingestStatus { accepted stored } }").await;
    assert_eq!(books["ingestStatus"], json!({ "accepted": 200, "stored": 200 }));
}

async fn send_one(product: Client, id: String) -> Vec<Value> {
    send(&product, &[&id]).await
}

#[tokio::test]
async fn without_a_replica_the_event_is_committed_before_the_answer() {
    let redis = PrivateRedis::start().await;
    let app = TestApp::spawn_on_with(&redis, slow).await;
    assert_eq!(send(&app.product(), &["a"]).await, ["ACCEPTED"]);
    assert_committed(&app, "a").await;
    // Nobody waits for a replica that is not there, and all are told what the database says.
    let asked = Instant::now();
    assert_eq!(send(&app.product(), &["a", "b"]).await, ["DUPLICATE", "ACCEPTED"]);
    assert!(asked.elapsed() < Duration::from_millis(500), "{:?}", asked.elapsed());
    assert_committed(&app, "b").await;
}

#[tokio::test]
async fn a_replica_that_stops_costs_the_promise_nothing() {
    let redis = PrivateRedis::start().await;
    let replica = redis.replica().await;
    let app = TestApp::spawn_on(&redis).await;
    // On a busy machine the replica may confirm too late, and the flusher be first.
    let answer = send(&app.product(), &["a"]).await;
    assert!(answer == ["ACCEPTED"] || answer == ["DUPLICATE"], "{answer:?}");
    replica.freeze();
    for id in ["b", "c"] {
        assert_eq!(send(&app.product(), &[id]).await.len(), 1);
        assert_committed(&app, id).await;
    }
    replica.thaw();
    // Once it is back the database is not asked again.
    let held = app.hold_database().await;
    let product = app.product();
    eventually("the replica to be used again", async || {
        let id = uuid::Uuid::now_v7().to_string();
        let sent = product.try_send(TRACK, json!({ "input": [event(&id)] }));
        let sent = tokio::time::timeout(Duration::from_millis(1_500), sent).await;
        (sent.is_ok_and(|sent| sent) && is_on(&replica, &id).await).then_some(())
    })
    .await;
    drop(held);
    app.flushed("default").await;
}

#[tokio::test]
async fn without_redis_it_is_the_same_as_stored() {
    let mut redis = PrivateRedis::start().await;
    let app = TestApp::spawn_on(&redis).await;
    redis.kill();
    for id in ["a", "b"] {
        assert_eq!(send(&app.product(), &[id]).await, ["ACCEPTED"]);
        assert_committed(&app, id).await;
    }
    let embedded = TestApp::spawn().await;
    assert_eq!(embedded.product().track(&[event("a")]).await, ["ACCEPTED"]);
    if embedded.config.store.redis_url.is_none() {
        assert_eq!(send(&embedded.product(), &["a"]).await, ["DUPLICATE"]);
    }
}

#[tokio::test]
async fn a_full_buffer_refuses_replicated_events_too() {
    let redis = PrivateRedis::start().await;
    let _replica = redis.replica().await;
    let app = TestApp::spawn_on_with(&redis, |config| {
        slow(config);
        config.ingest.max_pending_events = 1_000;
    })
    .await;
    let _held = app.hold_database().await;
    let many: Vec<_> = (0..1_000).map(|index| event(&index.to_string())).collect();
    app.product().data(TRACK, json!({ "input": many })).await;
    // Two writers may have claimed what they can; the list fills up behind them.
    let full = eventually("a full buffer", async || {
        let answer = app.product().send(TRACK, json!({ "input": many })).await;
        answer.codes().first().map(|code| (*code).to_owned())
    });
    assert_eq!(full.await, "RATE_LIMITED");
}
