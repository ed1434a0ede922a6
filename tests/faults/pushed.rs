//! Events that Python products push themselves, in the seed's form and without an id.

use std::time::Duration;

use redis::AsyncCommands as _;
use serde_json::json;

use crate::{
    check::{books, settle},
    harness::{Desk, Layout, now, within},
};

const BUFFER: &str = "analytics:event_buffer";

/// An event as the seed's module pushes it.
fn seed_form(name: &str, data: &serde_json::Value) -> String {
    json!({
        "event_name": name,
        "event_data": data,
        "session_id": null,
        "product": "ai_chatbot",
        "tenant_id": null,
        // What `datetime.utcnow().isoformat()` gives.
        "created_at": now().format("%Y-%m-%dT%H:%M:%S%.6f").to_string(),
    })
    .to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_push_counts_once_though_flushers_die_in_mid_batch() {
    const EVENTS: i64 = 12_000;
    let layout = Layout::servers(2).set("ingest.lease_ms", 1_000);
    let mut desk = Desk::start(&layout).await;
    let mut redis = desk.redis().connect().await;
    let event = seed_form("message.ai", &json!({ "response_time": 1_000 }));
    for round in 0..12 {
        let events = vec![event.as_str(); 1_000];
        redis.lpush::<_, _, ()>(BUFFER, events).await.expect("a push");
        // Both in turn, each as soon as it has claimed something.
        let claimed = async || {
            let waiting: usize = redis.llen(BUFFER).await.expect("a length");
            (waiting < 1_000).then_some(())
        };
        within(Duration::from_secs(30), "a claim", claimed).await;
        desk.replicas[round % 2].kill();
        desk.replicas[round % 2].revive().await;
    }
    settle(&desk).await;
    let kept = books(&desk, "default").await.expect("books");
    assert_eq!(desk.rows().await.count("default").await, EVENTS, "{kept:?}");
    assert_eq!((kept.accepted, kept.stored), (EVENTS, EVENTS), "{kept:?}");
    assert_eq!(messages_of(&desk, "default").await, json!(EVENTS));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_equal_pushes_are_two_events() {
    let mut desk = Desk::start(&Layout::servers(1)).await;
    let mut redis = desk.redis().connect().await;
    let event = seed_form("message.customer", &json!({}));
    redis.lpush::<_, _, ()>(BUFFER, &[&event, &event]).await.expect("a push");
    redis.lpush::<_, _, ()>(BUFFER, &event).await.expect("a push");
    stored(&desk, "default", 3).await;
    assert_eq!(messages_of(&desk, "default").await, json!(3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_push_with_an_id_counts_once_for_each_id() {
    let mut desk = Desk::start(&Layout::servers(1)).await;
    let mut redis = desk.redis().connect().await;
    let event = |id: &str| {
        json!({ "event_id": id, "event_name": "message.ai", "product": "p" }).to_string()
    };
    let events = [event("a"), event("b"), event("a")];
    redis.lpush::<_, _, ()>(BUFFER, &events).await.expect("a push");
    settle(&desk).await;
    redis.lpush::<_, _, ()>(BUFFER, &events).await.expect("a push");
    settle(&desk).await;
    let kept = books(&desk, "default").await.expect("books");
    assert_eq!((kept.stored, kept.duplicate, kept.accepted), (2, 4, 6), "{kept:?}");
    assert_eq!(desk.rows().await.count("default").await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_tenant_s_pushes_lie_under_its_own_key() {
    let mut desk = Desk::start(&Layout::servers(1)).await;
    let mut redis = desk.redis().connect().await;
    let event = json!({ "event_name": "message.ai", "product": "p", "tenant_id": "acme" });
    let key = "analytics:{acme}:event_buffer";
    redis.lpush::<_, _, ()>(key, event.to_string()).await.expect("a push");
    stored(&desk, "acme", 1).await;
    assert_eq!(desk.rows().await.count("default").await, 0);
}

async fn stored(desk: &Desk, tenant: &str, events: i64) {
    let rows = desk.rows().await;
    let all = async || (rows.count(tenant).await >= events).then_some(());
    within(Duration::from_secs(30), "stored pushes", all).await;
    settle(desk).await;
    assert_eq!(rows.count(tenant).await, events);
}

/// Messages of today and yesterday: midnight may have come in between.
async fn messages_of(desk: &Desk, tenant: &str) -> serde_json::Value {
    let day = |days| (now() + chrono::TimeDelta::days(days)).date_naive();
    let query = "query($from: Date!, $to: Date!) {
        stats { period(from: $from, to: $to) { totalMessages } } }";
    let variables = json!({ "from": day(-2), "to": day(2) });
    let answer = desk.caller(0, tenant).ask(query, variables).await;
    answer["stats"]["period"]["totalMessages"].clone()
}
