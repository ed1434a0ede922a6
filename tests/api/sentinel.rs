//! Redis behind sentinels, whose master is replaced.

use std::time::Duration;

use chrono::TimeDelta;
use deskpulse::auth::Role;
use serde_json::json;

use crate::{
    harness::{PrivateSentinel, TestApp, eventually},
    redis::assert_events_are_buffered,
    replicas::{given_two, heard_elsewhere, start},
};

const TRACK: &str = "mutation ($input: [TrackEventInput!]!, $durability: Durability!) {
    trackEvents(input: $input, durability: $durability) { status }
}";

/// Returns once events are buffered in the new master. Until a replica of the service has heard of
/// it, the old one may take events that go with it.
async fn recovers(app: &TestApp, redis: &PrivateSentinel) {
    let link = app.app.services.redis.as_ref().expect("a Redis");
    let master = format!("127.0.0.1:{}", redis.servers[1].port());
    eventually("the new master to be found", async || {
        (link.is_up() && link.masters()[0].address() == master).then_some(())
    })
    .await;
    let held = app.hold_database().await;
    eventually("events to be buffered again", async || {
        let variables = json!({ "input": [start("recovered")], "durability": "BUFFERED" });
        let product = app.product();
        let sent = product.try_send(TRACK, variables);
        tokio::time::timeout(Duration::from_millis(1_500), sent).await.ok()?.then_some(())
    })
    .await;
    drop(held);
}

#[tokio::test]
async fn a_new_master_is_used_whether_the_old_one_is_dead_or_its_replica() {
    const OVERVIEW: &str = "subscription { realtimeOverview { activeSessions degraded } }";
    for is_dead in [true, false] {
        let mut redis = PrivateSentinel::start().await;
        let (first, second) = given_two(&redis).await;
        let mut stream = second.event_stream("default", "", ("x", "bot")).await;
        let mut wall = second.subscribe("default", Role::Viewer, OVERVIEW).await;
        assert_events_are_buffered(&first, "before").await;
        heard_elsewhere(&first, &mut stream).await;
        // What is still buffered may go with its master.
        first.flushed("default").await;
        if is_dead {
            redis.servers[0].kill();
            redis.has_failed_over().await;
        } else {
            redis.fail_over().await;
        }
        recovers(&second, &redis).await;
        recovers(&first, &redis).await;
        heard_elsewhere(&first, &mut stream).await;
        first.product().track(&[start("after")]).await;
        wall.until(|picture| {
            picture["realtimeOverview"] == json!({ "activeSessions": 3, "degraded": false })
        })
        .await;
    }
}

#[tokio::test]
async fn a_replicated_event_outlives_its_master() {
    let mut redis = PrivateSentinel::start().await;
    let app =
        TestApp::spawn_on_with(&redis, |config| config.ingest.replication_timeout_ms = 10_000)
            .await;
    let held = app.hold_database().await;
    let input: Vec<_> = (0..20).map(|index| start(&format!("e{index}"))).collect();
    let variables = json!({ "input": input, "durability": "REPLICATED" });
    let answer = app.product().data(TRACK, variables).await;
    assert_eq!(answer["trackEvents"], json!(vec![json!({ "status": "ACCEPTED" }); 20]));
    // With nothing but the new master to read them from.
    let stopped = app.halt(Duration::ZERO);
    redis.servers[0].kill();
    let stopped = stopped.await;
    drop(held);
    redis.has_failed_over().await;
    stopped.advance(TimeDelta::seconds(31));
    let app = stopped.start().await;
    eventually("the events", async || {
        let books = app.viewer().send("{ ingestStatus { stored pending } }", json!({})).await;
        (books.body["data"]["ingestStatus"] == json!({ "stored": 20, "pending": 0 })).then_some(())
    })
    .await;
}

#[tokio::test]
async fn without_sentinels_the_master_of_the_present_is_used_on() {
    let mut redis = PrivateSentinel::start().await;
    let app = TestApp::spawn_on(&redis).await;
    redis.kill_sentinel();
    // Longer than it takes to ask for the master again.
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_events_are_buffered(&app, "a").await;
    assert!(app.app.services.redis.as_ref().is_some_and(deskpulse::live::RedisLink::is_up));
}
