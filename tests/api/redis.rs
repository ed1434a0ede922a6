//! Redis as products in other languages meet it, and the service without it.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use deskpulse::auth::Role;
use redis::AsyncCommands;
use serde_json::{Value, json};

use crate::harness::{AnyRedis, Client, NOW, PrivateRedis, TestApp, eventually};

const BOOKS: &str = "{ ingestStatus { accepted stored duplicate conflict rejected pending } }";
const TRACK: &str = "mutation ($input: TrackEventInput!) { trackEvent(input: $input) { status } }";
/// What is bearable for someone who waits while Redis does not answer: a second, and the machine's
/// slowness.
const BEARABLE: Duration = Duration::from_secs(3);

/// Pushes events as the seed's products do.
async fn push(redis: &mut impl AsyncCommands, key: &str, events: &[Value]) {
    for event in events {
        let _: i64 = redis.lpush(key, event.to_string()).await.expect("a push");
    }
}

fn seed_event(name: &str, session: &str, data: Value) -> Value {
    json!({
        "event_name": name, "event_data": data, "session_id": session, "product": "ai_chatbot",
        "tenant_id": null, "created_at": "2026-03-10T03:59:30.250000",
    })
}

/// The books, once `settled` events have found their place in them.
async fn books(client: &Client, settled: i64) -> Value {
    eventually("the books to be complete", async || {
        let books = client.ask(BOOKS).await["ingestStatus"].clone();
        let complete = books["accepted"] == settled && books["pending"] == 0;
        complete.then_some(books)
    })
    .await
}

fn expected(stored: i64, duplicate: i64, rejected: i64) -> Value {
    json!({
        "accepted": stored + duplicate + rejected, "stored": stored, "duplicate": duplicate,
        "conflict": 0, "rejected": rejected, "pending": 0,
    })
}

fn event(id: &str) -> Value {
    json!({ "id": id, "name": "session.start", "product": "bot", "sessionId": id })
}

async fn active_sessions(client: &Client) -> i64 {
    let answer = client.ask("{ realtime { overview { activeSessions } } }").await;
    answer["realtime"]["overview"]["activeSessions"].as_i64().expect("a count")
}

#[tokio::test]
async fn an_event_pushed_into_the_list_is_counted_once_a_push() {
    let redis = AnyRedis::start().await;
    let app = TestApp::spawn_on(&redis).await;
    let list = format!("{}:event_buffer", app.prefix());
    let message = seed_event("message.ai", "s", json!({ "response_time": 1_500, "tokens": 12 }));
    let start = seed_event("session.start", "s", json!({ "channel": "app" }));
    let events = [start, message.clone(), message.clone(), message];
    push(&mut redis.connect().await, &list, &events).await;
    assert_eq!(books(&app.viewer(), 4).await, expected(4, 0, 0));
    let listed = app
        .viewer()
        .ask(
            "{ events(filter: { from: \"2026-03-10T00:00:00Z\", to: \"2026-03-11T00:00:00Z\" }) {
                edges { node { name product sessionId data occurredAt receivedAt } }
            } }",
        )
        .await;
    let edges = listed["events"]["edges"].as_array().unwrap();
    let message = edges.iter().find(|edge| edge["node"]["name"] == "message.ai").unwrap();
    assert_eq!(
        message["node"],
        json!({
            "name": "message.ai", "product": "ai_chatbot", "sessionId": "s",
            "data": { "response_time": 1_500, "tokens": 12 },
            "occurredAt": "2026-03-10T03:59:30.250Z", "receivedAt": NOW,
        })
    );
    let today = app.viewer().ask("{ stats { today { totalSessions avgResponseTime } } }").await;
    assert_eq!(today["stats"]["today"], json!({ "totalSessions": 1, "avgResponseTime": 1.5 }));
}

#[tokio::test]
async fn an_event_pushed_with_an_id_is_stored_once_at_all() {
    let redis = AnyRedis::start().await;
    let app = TestApp::spawn_on(&redis).await;
    let list = format!("{}:event_buffer", app.prefix());
    let mut start = seed_event("session.start", "s", json!({}));
    start["event_id"] = json!("e1");
    let mut connection = redis.connect().await;
    push(&mut connection, &list, &[start.clone(), start.clone()]).await;
    books(&app.viewer(), 2).await;
    push(&mut connection, &list, &[start]).await;
    assert_eq!(books(&app.viewer(), 3).await, expected(1, 2, 0));
    // The API knows the same id.
    let through_api =
        json!({ "id": "e1", "name": "session.start", "product": "ai_chatbot", "sessionId": "s" });
    let mut again = through_api;
    again["data"] = json!({});
    assert_eq!(app.product().track(&[again]).await, ["DUPLICATE"]);
    assert_eq!(active_sessions(&app.viewer()).await, 1);
}

#[tokio::test]
async fn garbage_in_the_list_is_counted_and_stops_nobody() {
    let redis = AnyRedis::start().await;
    let app = TestApp::spawn_on(&redis).await;
    let list = format!("{}:event_buffer", app.prefix());
    let mut connection = redis.connect().await;
    let good = |session: &str| seed_event("session.start", session, json!({})).to_string();
    let mut bad_time = seed_event("session.start", "s", json!({}));
    bad_time["created_at"] = json!("2026-03-10T04:06:00");
    let mut foreign = seed_event("session.start", "s", json!({}));
    foreign["tenant_id"] = json!("acme");
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let garbage: [Vec<u8>; 11] = [
        b"garbage".into(),
        b"".into(),
        b"\xff\xfe\x00".into(),
        b"{}".into(),
        b"[1, 2]".into(),
        br#"{"event_name": 7, "product": "p"}"#.into(),
        br#"{"event_name": "x", "product": "far longer than thirty characters can be"}"#.into(),
        bad_time.to_string().into(),
        foreign.to_string().into(),
        deep.into(),
        seed_event("rating.submit", "s", json!({ "score": 101 })).to_string().into(),
    ];
    for (index, garbage) in garbage.iter().enumerate() {
        let _: i64 = connection.lpush(&list, garbage).await.unwrap();
        let _: i64 = connection.lpush(&list, good(&format!("s{index}"))).await.unwrap();
    }
    assert_eq!(books(&app.viewer(), 22).await, expected(11, 0, 11));
    // A batch of nothing else is in the books as well, and stays there.
    for garbage in garbage {
        let _: i64 = connection.lpush(&list, garbage).await.unwrap();
    }
    assert_eq!(books(&app.viewer(), 33).await, expected(11, 0, 22));
    let app = app.restart().await;
    assert_eq!(books(&app.viewer(), 33).await, expected(11, 0, 22));
}

#[tokio::test]
async fn another_tenant_has_a_list_of_its_own() {
    let redis = AnyRedis::start().await;
    let app = TestApp::spawn_on(&redis).await;
    let list = format!("{}:{{acme}}:event_buffer", app.prefix());
    let mut named = seed_event("session.start", "b", json!({}));
    named["tenant_id"] = json!("acme");
    let events = [seed_event("session.start", "a", json!({})), named];
    push(&mut redis.connect().await, &list, &events).await;
    let acme = app.caller("acme", Role::Viewer, "ada");
    assert_eq!(books(&acme, 2).await, expected(2, 0, 0));
    assert_eq!(active_sessions(&acme).await, 2);
    assert_eq!(active_sessions(&app.viewer()).await, 0);
}

#[tokio::test]
async fn a_tenant_whose_list_never_empties_does_not_starve_the_others() {
    let redis = AnyRedis::start().await;
    // Batches so small that `acme`, whose name comes first, keeps a list for the whole test.
    let app = TestApp::spawn_on_with(&redis, |config| config.ingest.batch_events = 1).await;
    let prefix = app.prefix().to_owned();
    let mut connection = redis.connect().await;
    let busy = format!("{prefix}:{{acme}}:event_buffer");
    let many: Vec<_> =
        (0..5_000).map(|_| seed_event("page.view", "s", json!({})).to_string()).collect();
    let _: i64 = connection.lpush(&busy, many).await.unwrap();
    push(&mut connection, &format!("{prefix}:event_buffer"), &[seed_event("x", "s", json!({}))])
        .await;
    books(&app.viewer(), 1).await;
    let waiting: i64 = connection.llen(&busy).await.unwrap();
    assert!(waiting > 0, "the busy list was emptied first");
}

#[tokio::test]
async fn the_seed_s_keys_say_what_the_api_says() {
    let redis = AnyRedis::start().await;
    let app = TestApp::spawn_on(&redis).await;
    for (tenant, keys) in
        [("default", app.prefix().to_owned()), ("acme", format!("{}:{{acme}}", app.prefix()))]
    {
        let product = app.caller(tenant, Role::Ingest, "bot");
        given_a_floor(&product).await;
        let viewer = app.caller(tenant, Role::Viewer, "vera");
        let answer = viewer.ask(FIGURES).await;
        let mut connection = redis.connect().await;
        for (key, fields) in published(&keys, &answer) {
            let shown = eventually(&key, async || {
                let shown: BTreeMap<String, String> = connection.hgetall(&key).await.unwrap();
                (shown == fields).then_some(shown)
            });
            shown.await;
            let ttl: i64 = connection.ttl(&key).await.unwrap();
            assert!(ttl > 0, "{key} would stay for ever");
        }
    }
}

const FIGURES: &str = "{
    realtime {
        overview { activeSessions queueCount onlineAgents totalAgents slaAlerts systemLoadLabel }
        channels { id name onlineUsers load trend }
        agents { agentId name status durationSeconds load }
    }
    stats { today { totalSessions avgResponseTime } }
    billing { daily(days: 1, until: \"2026-03-10\") { date totalTokens totalApiCalls } }
}";

async fn given_a_floor(product: &Client) {
    let tokens = json!({ "requestId": "r1", "tokens": 1_234, "model": "gpt-4o-mini" });
    product
        .data(
            "mutation ($input: TokenUsageInput!) { recordTokenUsage(input: $input) { recorded } }",
            json!({ "input": tokens }),
        )
        .await;
    let event = |id: &str, name: &str, session: &str, data: Value| json!({ "id": id, "name": name, "product": "bot", "sessionId": session, "data": data });
    let visit = json!({ "channel": "app", "visitor_id": "v1" });
    product
        .track(&[
            event("1", "session.start", "a", visit),
            event("2", "message.ai", "a", json!({ "response_time": 1_500 })),
            event("3", "message.agent", "a", json!({ "response_time": 2_500 })),
            event("4", "session.end", "a", json!({ "by": "ai" })),
            event("5", "session.start", "b", json!({})),
            event("6", "session.transfer", "b", json!({ "to": "desk" })),
            event("7", "session.queue", "b", json!({})),
            event("8", "session.start", "c", json!({})),
            event("9", "session.assign", "c", json!({ "agent_id": "li" })),
            event(
                "10",
                "agent.status",
                "c",
                json!({
                    "agent_id": "li", "agent_name": "李建国", "status": "serving", "capacity": 2,
                }),
            ),
        ])
        .await;
}

/// The seed's keys with their fields, made of the answers of the API.
fn published(prefix: &str, answer: &Value) -> Vec<(String, BTreeMap<String, String>)> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let lower = |value: &Value| text(value).to_lowercase();
    let hash = |tail: String, fields: Vec<(&str, String)>| {
        let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        (format!("{prefix}:{tail}"), fields)
    };
    let (overview, channel, agent) = (
        &answer["realtime"]["overview"],
        &answer["realtime"]["channels"][0],
        &answer["realtime"]["agents"][0],
    );
    let day = &answer["billing"]["daily"][0];
    vec![
        hash(
            "realtime:overview".to_owned(),
            vec![
                ("active_sessions", text(&overview["activeSessions"])),
                ("queue_count", text(&overview["queueCount"])),
                ("online_agents", text(&overview["onlineAgents"])),
                ("total_agents", text(&overview["totalAgents"])),
                ("sla_alerts", text(&overview["slaAlerts"])),
                ("system_load", text(&overview["systemLoadLabel"])),
            ],
        ),
        hash(
            format!("realtime:channels:{}", text(&channel["id"])),
            vec![
                ("name", text(&channel["name"])),
                ("online_users", text(&channel["onlineUsers"])),
                ("load_percent", format!("{:.0}", channel["load"].as_f64().expect("a load"))),
                ("trend", lower(&channel["trend"])),
            ],
        ),
        hash(
            format!("realtime:agents:{}", text(&agent["agentId"])),
            vec![
                ("name", text(&agent["name"])),
                ("status", lower(&agent["status"])),
                ("current_session_duration", text(&agent["durationSeconds"])),
                ("load", lower(&agent["load"])),
            ],
        ),
        hash(
            "daily:2026-03-10".to_owned(),
            vec![
                ("sessions", text(&answer["stats"]["today"]["totalSessions"])),
                ("ai_resolved", "1".to_owned()),
                ("transferred", "1".to_owned()),
                ("total_response_time", "4000".to_owned()),
                ("response_count", "2".to_owned()),
            ],
        ),
        hash(
            "billing:2026-03-10".to_owned(),
            vec![
                ("tokens_used", text(&day["totalTokens"])),
                ("api_calls", text(&day["totalApiCalls"])),
            ],
        ),
    ]
}

/// Everything that must hold while Redis does not answer.
async fn assert_all_works_without_redis(app: &TestApp, id: &str) {
    let before = active_sessions(&app.viewer()).await;
    for attempt in 0..3 {
        let input = json!({ "input": event(&format!("{id}-{attempt}")) });
        let asked = Instant::now();
        let answer = app.product().data(TRACK, input).await;
        assert_eq!(answer["trackEvent"]["status"], "ACCEPTED");
        assert!(asked.elapsed() < BEARABLE, "an event took {:?}", asked.elapsed());
    }
    let asked = Instant::now();
    assert_eq!(active_sessions(&app.viewer()).await, before + 3);
    assert!(asked.elapsed() < BEARABLE, "the floor took {:?}", asked.elapsed());
    let asked = Instant::now();
    assert_eq!(app.readiness().await, 200);
    assert!(asked.elapsed() < BEARABLE * 2, "readiness took {:?}", asked.elapsed());
    let asked = Instant::now();
    assert_eq!(app.viewer().refusal(BOOKS, json!({})).await.0, "UNAVAILABLE");
    assert!(asked.elapsed() < BEARABLE, "the books took {:?}", asked.elapsed());
}

/// Shows that events are buffered in Redis: nothing else could take them now.
pub(crate) async fn assert_events_are_buffered(app: &TestApp, id: &str) {
    let held = app.hold_database().await;
    let input = json!({ "input": event(id) });
    let buffered = async {
        // The first command after a failure may find the dead connection.
        let answer = app.product().data(TRACK, input).await;
        assert_eq!(answer["trackEvent"]["status"], "ACCEPTED");
    };
    tokio::time::timeout(BEARABLE, buffered).await.expect("an answer without the database");
    drop(held);
}

#[tokio::test]
async fn nothing_fails_while_redis_is_dead_and_buffering_resumes_by_itself() {
    let mut redis = PrivateRedis::start().await;
    let app = TestApp::spawn_on(&redis).await;
    assert_events_are_buffered(&app, "before").await;
    app.flushed("default").await;
    redis.kill();
    assert_all_works_without_redis(&app, "dead").await;
    redis.revive().await;
    let resumed = async || app.viewer().send(BOOKS, json!({})).await.body.get("errors").is_none();
    eventually("Redis to be used again", async || resumed().await.then_some(())).await;
    assert_events_are_buffered(&app, "after").await;
    let list = format!("{}:event_buffer", app.prefix());
    push(&mut redis.connect().await, &list, &[seed_event("session.start", "s", json!({}))]).await;
    assert_eq!(books(&app.viewer(), 6).await, expected(6, 0, 0));
    assert_eq!(active_sessions(&app.viewer()).await, 6);
}

#[tokio::test]
async fn nothing_waits_long_while_redis_is_silent() {
    let redis = PrivateRedis::start().await;
    let app = TestApp::spawn_on(&redis).await;
    redis.freeze();
    assert_all_works_without_redis(&app, "silent").await;
    redis.thaw();
    let resumed = async || app.viewer().send(BOOKS, json!({})).await.body.get("errors").is_none();
    eventually("Redis to be used again", async || resumed().await.then_some(())).await;
    assert_events_are_buffered(&app, "after").await;
    eventually("the last event", async || {
        (active_sessions(&app.viewer()).await == 4).then_some(())
    })
    .await;
    // What Redis had been told before it fell silent may arrive twice, and is stored once.
    let books = app.viewer().ask(BOOKS).await["ingestStatus"].clone();
    assert_eq!((&books["stored"], &books["conflict"]), (&json!(4), &json!(0)), "{books}");
}

#[tokio::test]
async fn the_event_stream_misses_nothing_of_its_own_replica_when_redis_restarts() {
    let mut redis = PrivateRedis::start().await;
    let app = TestApp::spawn_on(&redis).await;
    let mut stream = app.event_stream("default", "", ("x", "bot")).await;
    let mut sent = Vec::new();
    for round in 0..3 {
        redis.kill();
        sent.push(format!("dead-{round}"));
        app.product().track(&[event(sent.last().unwrap())]).await;
        redis.revive().await;
        // Before the subscription to Redis is back.
        for index in 0..5 {
            sent.push(format!("back-{round}-{index}"));
            app.product().track(&[event(sent.last().unwrap())]).await;
        }
    }
    assert_eq!(stream.ids_until(sent.last().unwrap()).await, sent);
}

#[tokio::test]
async fn a_service_starts_without_redis_and_uses_it_once_it_is_there() {
    let mut redis = PrivateRedis::start().await;
    redis.kill();
    let app = TestApp::spawn_on(&redis).await;
    assert_all_works_without_redis(&app, "dead").await;
    redis.revive().await;
    let list = format!("{}:event_buffer", app.prefix());
    push(&mut redis.connect().await, &list, &[seed_event("session.start", "s", json!({}))]).await;
    eventually("the event in Redis", async || {
        (active_sessions(&app.viewer()).await == 4).then_some(())
    })
    .await;
}

#[tokio::test]
async fn events_that_wait_in_redis_are_stored_by_the_next_start() {
    let redis = AnyRedis::start().await;
    let app = TestApp::spawn_on(&redis).await;
    let list = format!("{}:event_buffer", app.prefix());
    let stopped = app.halt(Duration::from_secs(10)).await;
    let mut connection = redis.connect().await;
    for session in ["a", "b", "c"] {
        push(&mut connection, &list, &[seed_event("session.start", session, json!({}))]).await;
    }
    let app = stopped.start().await;
    assert_eq!(books(&app.viewer(), 3).await, expected(3, 0, 0));
    assert_eq!(active_sessions(&app.viewer()).await, 3);
}

#[tokio::test]
async fn the_claim_of_a_dead_worker_is_taken_over_after_its_lease() {
    let redis = AnyRedis::start().await;
    let app = TestApp::spawn_on(&redis).await;
    let (prefix, batch) = (app.prefix().to_owned(), uuid::Uuid::now_v7());
    let lease_ends_at = NOW.parse::<chrono::DateTime<chrono::Utc>>().unwrap()
        + TimeDelta::milliseconds(i64::try_from(app.config.ingest.lease_ms).unwrap());
    let mut connection = redis.connect().await;
    let event = seed_event("session.start", "claimed", json!({})).to_string();
    let _: () = redis::pipe()
        .atomic()
        .lpush(format!("{{{prefix}:event_buffer}}:p:{batch}"), event)
        .zadd(
            format!("{{{prefix}:event_buffer}}:leases"),
            batch.to_string(),
            lease_ends_at.timestamp_millis(),
        )
        .query_async(&mut connection)
        .await
        .unwrap();
    // The worker has looked at Redis once this one is stored.
    push(
        &mut connection,
        &format!("{prefix}:event_buffer"),
        &[seed_event("session.start", "waiting", json!({}))],
    )
    .await;
    let one = async || {
        let books = app.viewer().ask(BOOKS).await["ingestStatus"].clone();
        // Between its commit and its acknowledgement an event counts as stored and as pending.
        (books["stored"] == 1 && books["pending"] == 1).then_some(())
    };
    eventually("the event that waits to be stored, and the claimed one to stay", one).await;
    app.advance(TimeDelta::milliseconds(30_001));
    assert_eq!(books(&app.viewer(), 2).await, expected(2, 0, 0));
    for left in ["leases".to_owned(), format!("p:{batch}")] {
        let key = format!("{{{prefix}:event_buffer}}:{left}");
        assert_eq!(connection.exists(&key).await, Ok(false), "{key}");
    }
}
