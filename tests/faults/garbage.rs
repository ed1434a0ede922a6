//! Bad input, by Redis and by GraphQL: bounded, answered, and refused with a reason.

use std::time::Duration;

use redis::AsyncCommands as _;
use serde_json::{Value, json};

use crate::{
    check::{books, settle},
    harness::{Answer, Desk, Layout, id_of, message, messages},
};

const BUFFER: &str = "analytics:event_buffer";
const TENANT: &str = "default";

/// An element with this text as its data.
fn with_data(data: &str) -> Vec<u8> {
    format!(r#"{{"event_name":"page.view","event_data":{data},"product":"p"}}"#).into_bytes()
}

/// What is no event, whatever is wrong with it.
fn garbage() -> Vec<(&'static str, Vec<u8>)> {
    let deep = format!("{}{}", "[".repeat(1_000), "]".repeat(1_000));
    let huge = format!("\"{}\"", "x".repeat(8 << 20));
    let mut invalid = with_data("\"?\"");
    let place = invalid.iter().position(|byte| *byte == b'?').expect("a place");
    invalid[place] = 0xff;
    vec![
        ("nothing", Vec::new()),
        ("no JSON", b"{]".to_vec()),
        ("half of an event", b"{\"event_name\":\"page.view\",\"prod".to_vec()),
        ("a number", b"42".to_vec()),
        ("a list", b"[1,2,3]".to_vec()),
        ("no name", br#"{"product":"p"}"#.to_vec()),
        ("a name that is a number", br#"{"event_name":7,"product":"p"}"#.to_vec()),
        (
            "a time that is none",
            br#"{"event_name":"x","product":"p","created_at":"soon"}"#.to_vec(),
        ),
        ("bytes beside UTF-8", invalid),
        ("only NUL", vec![0; 16]),
        ("NUL in data", with_data(r#""a\u0000b""#)),
        ("half a surrogate", with_data(r#""\ud800""#)),
        ("more than a double", with_data("1e400")),
        ("a thousand levels", with_data(&deep)),
        ("eight megabytes", with_data(&huge)),
        ("a rating of nine", {
            br#"{"event_name":"rating.submit","event_data":{"score":9},"product":"p"}"#.to_vec()
        }),
        ("a session without an id", {
            br#"{"event_name":"session.start","event_data":{},"product":"p"}"#.to_vec()
        }),
        ("another tenant's", br#"{"event_name":"x","product":"p","tenant_id":"acme"}"#.to_vec()),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn garbage_in_the_buffer_is_quarantined_and_its_neighbours_are_stored() {
    let mut desk = Desk::start(&Layout::servers(1)).await;
    let mut redis = desk.redis().connect().await;
    let garbage = garbage();
    for (index, (_, element)) in garbage.iter().enumerate() {
        let good =
            json!({ "event_id": format!("good-{index}"), "event_name": "x", "product": "p" });
        redis.lpush::<_, _, ()>(BUFFER, good.to_string()).await.expect("a push");
        redis.lpush::<_, _, ()>(BUFFER, element).await.expect("a push");
    }
    let last = json!({ "event_id": "good-last", "event_name": "x", "product": "p" });
    redis.lpush::<_, _, ()>(BUFFER, last.to_string()).await.expect("a push");
    settle(&desk).await;

    let (good, bad) = (garbage.len() + 1, garbage.len());
    let stored = desk.rows().await.of(TENANT).await;
    let uncalled_for: Vec<_> = stored.iter().filter(|(id, _)| !id.starts_with("good-")).collect();
    assert!(uncalled_for.is_empty(), "stored: {uncalled_for:?}");
    assert_eq!(stored.len(), good);
    let rejected = async || {
        let books = books(&desk, TENANT).await.ok()?;
        (usize::try_from(books.rejected) == Ok(bad)).then_some(())
    };
    crate::harness::within(Duration::from_secs(5), "every reject in the books", rejected).await;
    let text = desk.replicas[0].done(&["quarantine", "list"]);
    // Each with the reason, on a line of its own; what is shown of a huge one is bounded.
    assert!(text.lines().count() >= bad, "{text}");
    assert!(text.len() < 100_000, "{} bytes", text.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_beyond_64_bits_is_stored_as_it_is_or_refused() {
    let mut desk = Desk::start(&Layout::servers(1)).await;
    // 2^70 + 1 is no double: whoever rounds it is found out.
    let number = "1180591620717411303425";
    let mut redis = desk.redis().connect().await;
    let pushed = format!(
        r#"{{"event_id":"pushed","event_name":"x","product":"p","event_data":{{"n":{number}}}}}"#
    );
    redis.lpush::<_, _, ()>(BUFFER, pushed).await.expect("a push");
    settle(&desk).await;
    let rows = desk.rows().await;
    let stored = rows.data_text(TENANT, "pushed").await;
    assert!(stored.is_none_or(|data| data.contains(number)), "rounded on the way from Redis");

    let sent = r#"{"query":"mutation($e: TrackEventInput!) { trackEvent(input: $e, durability: STORED) { status reason } }",
        "variables":{"e":{"id":"sent","name":"x","product":"p","data":{"n":NUMBER}}}}"#;
    let (status, answer) = post(&desk, sent.replace("NUMBER", number).into_bytes()).await;
    assert!(status < 500, "{answer}");
    let stored = rows.data_text(TENANT, "sent").await;
    let refused = answer.contains("REJECTED") || answer.contains("BAD_USER_INPUT");
    assert!(refused || stored.is_some_and(|data| data.contains(number)), "rounded: {answer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_bodies_are_answered_and_leave_the_service_well() {
    let desk = Desk::start(&Layout::embedded()).await;
    let call = |data: &[u8]| {
        let head = br#"{"query":"mutation($e: TrackEventInput!) { trackEvent(input: $e) { status reason } }","variables":{"e":{"name":"x","product":"p","data":"#;
        [head, data, b"}}}"].concat()
    };
    let deep = format!("{}{}", "[".repeat(1_000), "]".repeat(1_000));
    let long = format!("\"{}\"", "x".repeat(100_000));
    let bad: [(&str, &[u8]); 7] = [
        ("bytes beside UTF-8", b"\"\xff\xfe\""),
        ("a raw NUL", b"\"\0\""),
        ("an escaped NUL", br#""\u0000""#),
        ("half a surrogate", br#""\ud800""#),
        ("more than a double", b"1e400"),
        ("a thousand levels", deep.as_bytes()),
        ("too long", long.as_bytes()),
    ];
    for (what, data) in bad {
        let (status, answer) = post(&desk, call(data)).await;
        let refused = answer.contains("REJECTED") || answer.contains("BAD_USER_INPUT");
        assert!(status < 500 && refused, "{what}: {status} {answer}");
    }
    desk.caller(0, TENANT).track(&messages(1), "STORED").await.told();
    assert_eq!(desk.rows().await.count(TENANT).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_event_harms_none_of_its_neighbours() {
    let desk = Desk::start(&Layout::servers(1)).await;
    let mut events = messages(9);
    events[4]["data"] = json!({ "note": "a\u{0}b" });
    for durability in ["STORED", "BUFFERED"] {
        let told = desk.caller(0, TENANT).track(&events, durability).await.told();
        let rejected: Vec<_> = told.iter().filter(|told| told.status == "REJECTED").collect();
        assert_eq!(rejected.len(), 1, "{told:?}");
        assert!(rejected[0].reason.as_deref().is_some_and(|why| why.contains("`data`")));
    }
    settle(&desk).await;
    assert_eq!(desk.rows().await.count(TENANT).await, 8);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_of_nothing_but_duplicates_changes_nothing() {
    for layout in [Layout::servers(1), Layout::embedded()] {
        let desk = Desk::start(&layout).await;
        let caller = desk.caller(0, TENANT);
        let events = messages(1_000);
        caller.track(&events, "STORED").await.told();
        let told = caller.track(&events, "STORED").await.told();
        assert!(told.iter().all(|told| told.status == "DUPLICATE"), "{:?}", told[0]);
        caller.track(&events, "BUFFERED").await.told();
        settle(&desk).await;
        let kept = books(&desk, TENANT).await.expect("books");
        assert_eq!((kept.stored, kept.duplicate), (1_000, 2_000), "{kept:?}");
        assert_eq!(desk.rows().await.count(TENANT).await, 1_000);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_names_cost_no_more_than_one() {
    let desk = Desk::start(&Layout::servers(1)).await;
    let caller = desk.caller(0, TENANT);
    let named = |index: usize| {
        let mut event = message();
        event["name"] = json!(format!("name.{index}"));
        event["product"] = json!(format!("product-{index}"));
        event
    };
    let events: Vec<Value> = (0..10_000).map(named).collect();
    for batch in events.chunks(1_000) {
        let begun = std::time::Instant::now();
        while !matches!(caller.track(batch, "BUFFERED").await, Answer::Told(_)) {
            assert!(begun.elapsed() < Duration::from_secs(30), "not taken");
        }
    }
    settle(&desk).await;
    assert_eq!(desk.rows().await.count_of(TENANT, &events).await, 10_000);
    let (_, metrics) = caller.get("/metrics").await;
    assert!(metrics.len() < 100_000, "{} bytes of metrics", metrics.len());
    assert!(!metrics.contains("name.9999") && !metrics.contains(id_of(&events[0])));
    let kib = desk.replicas[0].process().resident_kib();
    assert!(kib < 300 * 1024, "{} MiB", kib / 1024);
}

/// Sends bytes as they are.
async fn post(desk: &Desk, body: Vec<u8>) -> (u16, String) {
    desk.caller(0, TENANT).post(body).await
}
