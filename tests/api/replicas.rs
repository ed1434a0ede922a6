//! Two replicas over one database and one Redis.

use deskpulse::auth::Role;
use redis::AsyncCommands as _;
use serde_json::{Value, json};

use crate::harness::{AnyRedis, Client, PrivateRedis, RedisServers, TestApp, eventually};

const TRACK: &str = "mutation ($input: [TrackEventInput!]!) {
    trackEvents(input: $input) { status }
}";
const OVERVIEW: &str = "subscription { realtimeOverview { activeSessions version } }";
const BOOKS: &str = "{ ingestStatus { accepted stored duplicate conflict rejected pending } }";
const FIGURES: &str = "{
    realtime { overview { activeSessions } }
    stats { today { totalSessions avgResponseTime satisfactionRate } }
}";

pub(crate) async fn given_two(redis: &impl RedisServers) -> (TestApp, TestApp) {
    let first = TestApp::spawn_on(redis).await;
    let second = first.replica().await;
    (first, second)
}

pub(crate) fn start(id: &str) -> Value {
    json!({ "id": id, "name": "session.start", "product": "bot", "sessionId": id })
}

#[tokio::test]
async fn an_event_sent_to_one_shows_at_the_subscribers_of_the_other() {
    let redis = AnyRedis::start().await;
    let (first, second) = given_two(&redis).await;
    let mut stream = second.event_stream("default", "", ("x", "bot")).await;
    let mut wall = second.subscribe("default", Role::Viewer, OVERVIEW).await;
    assert_eq!(wall.data().await["realtimeOverview"]["activeSessions"], 0);
    heard_elsewhere(&first, &mut stream).await;
    first.product().track(&[start("a"), start("b")]).await;
    first.product().track(&[start("a"), start("c")]).await;
    assert_eq!(stream.ids_until("c").await, ["a", "b", "c"]);
    wall.until(|picture| picture["realtimeOverview"]["activeSessions"] == 3).await;
}

/// Returns once events of `replica` reach a stream of another.
pub(crate) async fn heard_elsewhere(replica: &TestApp, stream: &mut crate::harness::Subscriber) {
    let heard = async || {
        let id = uuid::Uuid::now_v7().to_string();
        replica.product().track(&[json!({ "id": id, "name": "x", "product": "bot" })]).await;
        let wait = std::time::Duration::from_millis(200);
        loop {
            let shown = tokio::time::timeout(wait, stream.data()).await.ok()?;
            if shown["eventStream"]["id"] == id.as_str() {
                return Some(());
            }
        }
    };
    eventually("a notice of the other replica", heard).await;
}

#[tokio::test]
async fn replicas_find_each_other_again_when_redis_restarts() {
    let mut redis = PrivateRedis::start().await;
    let (first, second) = given_two(&redis).await;
    let mut stream = second.event_stream("default", "", ("x", "bot")).await;
    let mut wall = second.subscribe("default", Role::Viewer, OVERVIEW).await;
    wall.data().await;
    redis.kill();
    first.product().track(&[start("a")]).await;
    // Without Redis the state is read again and again.
    wall.until(|picture| picture["realtimeOverview"]["activeSessions"] == 1).await;
    redis.revive().await;
    heard_elsewhere(&first, &mut stream).await;
    first.product().track(&[start("b")]).await;
    assert_eq!(stream.ids_until("b").await, ["b"]);
}

#[tokio::test]
async fn a_stream_says_that_redis_is_away_and_that_it_is_back() {
    const DEGRADED: &str = "subscription { realtimeOverview { activeSessions degraded } }";
    let mut redis = PrivateRedis::start().await;
    let (first, second) = given_two(&redis).await;
    let mut wall = second.subscribe("default", Role::Viewer, DEGRADED).await;
    wall.until(|picture| picture["realtimeOverview"]["degraded"] == false).await;
    redis.kill();
    wall.until(|picture| picture["realtimeOverview"]["degraded"] == true).await;
    first.product().track(&[start("a")]).await;
    let seen = wall.until(|picture| picture["realtimeOverview"]["activeSessions"] == 1).await;
    assert_eq!(seen["realtimeOverview"]["degraded"], true);
    redis.revive().await;
    let back = wall.until(|picture| picture["realtimeOverview"]["degraded"] == false).await;
    assert_eq!(back["realtimeOverview"]["activeSessions"], 1);
}

#[tokio::test]
async fn versions_never_go_back_whichever_replica_is_asked() {
    const VERSION: &str = "{ realtime { overview { activeSessions version } } }";
    let mut redis = PrivateRedis::start().await;
    let (first, second) = given_two(&redis).await;
    let mut seen: Vec<(i64, i64)> = Vec::new();
    for round in 0..12_i64 {
        if round == 4 {
            redis.connect().await.flushall::<()>().await.expect("an empty Redis");
        }
        if round == 8 {
            redis.kill();
            redis.revive().await;
            // Until both have found it again each counts alone.
            for app in [&first, &second] {
                let link = app.app.services.redis.as_ref().expect("a Redis");
                eventually("Redis", async || link.is_up().then_some(())).await;
            }
        }
        first.product().track(&[start(&format!("s{round}"))]).await;
        let ask = async |app: &TestApp| {
            let overview = &app.viewer().ask(VERSION).await["realtime"]["overview"];
            let number = |field: &str| overview[field].as_i64().expect("a number");
            (number("version"), number("activeSessions"))
        };
        // What one has committed shows at the other once it was told.
        eventually("the session at the other replica", async || {
            (ask(&second).await.1 == round + 1).then_some(())
        })
        .await;
        for app in [&second, &first, &second] {
            seen.push(ask(app).await);
        }
    }
    assert!(seen.is_sorted(), "{seen:?}");
    let versions: std::collections::BTreeSet<_> = seen.iter().map(|(version, _)| version).collect();
    assert_eq!(versions.len(), 12, "one for each floor: {seen:?}");
}

#[tokio::test]
async fn whoever_comes_to_another_replica_sees_nothing_older() {
    const OVERVIEW: &str = "subscription { realtimeOverview { activeSessions version } }";
    let redis = AnyRedis::start().await;
    let (first, second) = given_two(&redis).await;
    // Someone watches at both, so that pictures are held; the second may hold an older one.
    let mut walls = [
        first.subscribe("default", Role::Viewer, OVERVIEW).await,
        second.subscribe("default", Role::Viewer, OVERVIEW).await,
    ];
    for wall in &mut walls {
        wall.data().await;
    }
    for round in 1..=20_i64 {
        first.product().track(&[start(&format!("s{round}"))]).await;
        let active = |picture: &Value| picture["realtimeOverview"]["activeSessions"].clone();
        walls[0].until(|picture| active(picture) == json!(round)).await;
        // Moves the version, and nothing that these watch.
        let visit = json!({ "id": format!("v{round}"), "name": "visitor.seen", "product": "bot",
            "data": { "channel": "web", "visitor_id": format!("v{round}") } });
        first.product().track(&[visit]).await;
        let seen = first.subscribe("default", Role::Viewer, OVERVIEW).await.data().await;
        let there = second.subscribe("default", Role::Viewer, OVERVIEW).await.data().await;
        let version = |picture: &Value| picture["realtimeOverview"]["version"].as_i64();
        assert_eq!(active(&there), json!(round), "after {seen}");
        assert!(version(&there) >= version(&seen), "{there} after {seen}");
    }
}

#[tokio::test]
async fn one_id_sent_to_both_is_stored_once() {
    let redis = AnyRedis::start().await;
    let (first, second) = given_two(&redis).await;
    let (one, other) = (first.product(), second.product());
    let mut fresh = 0;
    for index in 0..20 {
        let event = [start(&format!("s{index}"))];
        let (a, b) = tokio::join!(one.track(&event), other.track(&event));
        let mut both = [a, b].concat();
        both.sort();
        assert_eq!(both, ["ACCEPTED", "DUPLICATE"]);
        fresh += 1;
    }
    let answer = second.viewer().ask(FIGURES).await;
    assert_eq!(answer["stats"]["today"]["totalSessions"], fresh);
}

/// Four events for each of 500 sessions.
fn two_thousand_events() -> Vec<Value> {
    let of_session = |session: usize| {
        let event = |part: &str, name: &str, data: Value| {
            json!({
                "id": format!("{session}-{part}"), "name": name, "product": "bot",
                "sessionId": format!("s{session}"), "data": data,
                "occurredAt": "2026-03-10T03:59:00Z",
            })
        };
        [
            event("start", "session.start", json!({ "channel": "app" })),
            event("ai", "message.ai", json!({ "response_time": session * 4 })),
            event("rate", "rating.submit", json!({ "score": 1 + session % 5 })),
            event("end", "session.end", json!({ "by": "ai" })),
        ]
    };
    (0..500).flat_map(of_session).collect()
}

/// Sends chunks as a product does that retries whatever it is told.
async fn send(product: Client, events: Vec<Value>) {
    for chunk in events.chunks(100) {
        for _ in 0..2 {
            product.data(TRACK, json!({ "input": chunk })).await;
        }
    }
}

#[tokio::test]
async fn two_flushers_double_nothing_and_lose_nothing() {
    let redis = AnyRedis::start().await;
    let (first, second) = given_two(&redis).await;
    let events = two_thousand_events();
    // The middle part goes to both.
    let (to_first, to_second) = (events[..1_200].to_vec(), events[800..].to_vec());
    let mut connection = redis.connect().await;
    let pushed: Vec<_> = events[900..1_100]
        .iter()
        .map(|event| {
            json!({
                "event_id": event["id"], "event_name": event["name"], "product": "bot",
                "session_id": event["sessionId"], "event_data": event["data"],
            })
            .to_string()
        })
        .collect();
    tokio::join!(send(first.product(), to_first), send(second.product(), to_second), async {
        let list = format!("{}:event_buffer", first.prefix());
        let _: i64 = connection.lpush(list, pushed).await.unwrap();
    },);
    // 1,200 events twice to each, and 200 pushed.
    let books = eventually("everything to be stored", async || {
        let books = first.viewer().ask(BOOKS).await["ingestStatus"].clone();
        (books["pending"] == 0 && books["accepted"] == 5_000).then_some(books)
    });
    assert_eq!(
        books.await,
        json!({
            "accepted": 5_000, "stored": 2_000, "duplicate": 3_000, "conflict": 0, "rejected": 0,
            "pending": 0,
        })
    );
    for replica in [&first, &second] {
        assert_eq!(
            replica.viewer().ask(FIGURES).await,
            json!({
                "realtime": { "overview": { "activeSessions": 0 } },
                "stats": { "today": {
                    "totalSessions": 500, "avgResponseTime": 0.998, "satisfactionRate": 40.0,
                } },
            })
        );
    }
}

// On one thread alone, taking such a batch apart would keep Redis waiting for its answers.
#[tokio::test(flavor = "multi_thread")]
async fn a_batch_of_the_largest_events_reaches_the_other_replica_too() {
    let redis = PrivateRedis::start().await;
    let (first, second) = given_two(&redis).await;
    let mut stream = second.event_stream("default", "", ("x", "bot")).await;
    heard_elsewhere(&first, &mut stream).await;
    // Redis cuts off subscribers with more than 32 MB to send.
    let text = "x".repeat(64_000);
    let ids: Vec<_> = (0..600).map(|index| format!("big-{index}")).collect();
    let events: Vec<_> = ids
        .iter()
        .map(|id| {
            json!({
                "event_id": id, "event_name": "x", "product": "bot", "event_data": { "t": text },
            })
            .to_string()
        })
        .collect();
    let list = format!("{}:event_buffer", first.prefix());
    let _: i64 = redis.connect().await.lpush(list, events).await.unwrap();
    first.flushed("default").await;
    second.product().track(&[start("last")]).await;
    first.product().track(&[start("really last")]).await;
    let mut shown = stream.ids_until("really last").await;
    shown.retain(|id| id.starts_with("big"));
    shown.sort_by_key(|id| id[4..].parse::<u32>().expect("a number"));
    assert_eq!(shown, ids);
}
