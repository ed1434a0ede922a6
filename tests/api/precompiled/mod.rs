//! The precompiled path of tracking mutations: taken where it should be, and never to be noticed.
//!
//! Every body goes to two services that differ in the switch alone; see [`Pair`].

mod operation;

use std::collections::BTreeMap;

use deskpulse::config::Config;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Client, TestApp};

const MEDIA: [&str; 2] = ["application/graphql-response+json", "application/json"];
const LIST: &str = "mutation ($input: [TrackEventInput!]!, $durability: Durability) {
    trackEvents(input: $input, durability: $durability) { id status reason }
}";
const ONE: &str = "mutation ($input: TrackEventInput!) {
    sent: trackEvent(input: $input, durability: STORED) { __typename status key: id reason }
}";

/// Counts who ran the mutations of this thread's services, until the guard is dropped.
macro_rules! given_metrics {
    ($handle:ident) => {
        let recorder = PrometheusBuilder::new().build_recorder();
        let $handle = recorder.handle();
        let _guard = metrics::set_default_local_recorder(&recorder);
    };
}

/// Calls that went by `path`.
fn count(metrics: &PrometheusHandle, path: &str) -> usize {
    let name = format!("graphql_ingest_path_total{{path=\"{path}\"}} ");
    let text = metrics.render();
    let line = text.lines().find_map(|line| line.strip_prefix(&name));
    line.map_or(0, |count| count.parse().expect("a number"))
}

/// Two services on stores of their own, with the precompiled path and without.
struct Pair {
    with: TestApp,
    without: TestApp,
}

impl Pair {
    async fn spawn() -> Self {
        Self::spawn_with(|_| {}).await
    }

    async fn spawn_with(change: impl Fn(&mut Config)) -> Self {
        let with = TestApp::spawn_with(&change).await;
        let without = TestApp::spawn_with(|config| {
            change(config);
            config.server.precompiled_ingest = false;
        });
        Self { with, without: without.await }
    }

    /// What both say to a product; whatever it is, it is the same to the byte.
    async fn send(&self, body: &str, media: &str) -> (u16, String) {
        self.send_as(TestApp::product, body, media).await
    }

    async fn send_as(
        &self,
        caller: impl Fn(&TestApp) -> Client,
        body: &str,
        media: &str,
    ) -> (u16, String) {
        let [with, without] = [&self.with, &self.without].map(|app| {
            let (client, body) = (caller(app), body.to_owned());
            async move {
                let (status, kind, text) = client.post_text(body, media).await;
                app.flushed("default").await;
                (status, kind, without_made_ids(&text))
            }
        });
        let (with, without) = tokio::join!(with, without);
        assert_eq!(with, without, "{body}");
        (with.0, with.2)
    }

    /// What both hold in the end is the same as well.
    async fn compare_stores(&self) {
        let [with, without] = [&self.with, &self.without].map(|app| async move {
            let books = "{ ingestStatus { stored duplicate conflict rejected pending } }";
            (app.viewer().ask(books).await, all_events(&app.viewer()).await)
        });
        let (with, without) = tokio::join!(with, without);
        assert_eq!(with, without);
    }
}

/// Ids made by the server are those of the text's strings that are UUIDs.
fn without_made_ids(text: &str) -> String {
    let parts = text.split('"');
    let made = |part: &str| part.len() == 36 && Uuid::try_parse(part).is_ok();
    parts.map(|part| if made(part) { "made" } else { part }).collect::<Vec<_>>().join("\"")
}

/// How often each event is there, its id left out where the server made it.
async fn all_events(viewer: &Client) -> BTreeMap<String, usize> {
    const QUERY: &str = "query ($after: String) {
        events(
            filter: { from: \"2026-02-20T00:00:00Z\", to: \"2026-03-20T00:00:00Z\" },
            first: 500, after: $after
        ) {
            edges { node { id name product sessionId data occurredAt receivedAt } }
            pageInfo { hasNextPage endCursor }
        }
    }";
    let (mut events, mut after) = (BTreeMap::new(), Value::Null);
    loop {
        let page = viewer.data(QUERY, json!({ "after": after })).await;
        for edge in page["events"]["edges"].as_array().expect("edges") {
            *events.entry(without_made_ids(&edge["node"].to_string())).or_default() += 1;
        }
        if page["events"]["pageInfo"]["hasNextPage"] == false {
            return events;
        }
        after = page["events"]["pageInfo"]["endCursor"].clone();
    }
}

fn page_view(id: &str) -> Value {
    json!({ "id": id, "name": "page.view", "product": "shop", "data": { "page": "/" } })
}

fn body(query: &str, variables: &Value) -> String {
    json!({ "query": query, "variables": variables }).to_string()
}

#[tokio::test]
async fn the_usual_calls_take_the_path_and_others_the_engine() {
    given_metrics!(metrics);
    let app = TestApp::spawn().await;
    let odd = |key: &str, value: Value| {
        let mut event = page_view("a");
        event[key] = value;
        body(LIST, &json!({ "input": [event] }))
    };
    let event = page_view("a");
    let inline = "mutation { trackEvent(input: {name: \"a\", product: \"b\"}) { id } }";
    let fragment = "mutation ($input: TrackEventInput!) {
        trackEvent(input: $input) { ...F }
    } fragment F on TrackResult { id }";
    for (path, text) in [
        ("precompiled", body(LIST, &json!({ "input": [event, event] }))),
        ("precompiled", body(LIST, &json!({ "durability": "STORED", "input": [event] }))),
        ("precompiled", body(LIST, &json!({ "input": [event], "durability": null }))),
        ("precompiled", body(ONE, &json!({ "input": event }))),
        ("precompiled", odd("occurredAt", json!("soon"))),
        ("precompiled", odd("data", Value::Null)),
        ("engine", body(LIST, &json!({ "input": event }))),
        ("engine", body(LIST, &json!({ "input": [event], "more": 1 }))),
        ("engine", odd("id", json!(7))),
        ("engine", odd("data", json!(1e300))),
        ("engine", body(inline, &json!({}))),
        ("engine", body(fragment, &json!({ "input": event }))),
        (
            "engine",
            json!({
                "query": ONE, "variables": { "input": event }, "extensions": {},
            })
            .to_string(),
        ),
    ] {
        let before = count(&metrics, path);
        let other = if path == "engine" { "precompiled" } else { "engine" };
        let elsewhere = count(&metrics, other);
        let (status, _, answer) = app.product().post_text(text.clone(), MEDIA[0]).await;
        assert!(status == 200 && !answer.contains("errors"), "{text}: {answer}");
        assert_eq!(count(&metrics, path), before + 1, "{text}");
        assert_eq!(count(&metrics, other), elsewhere, "{text}");
    }
}

#[tokio::test]
async fn the_switch_leaves_everything_to_the_engine() {
    given_metrics!(metrics);
    let app = TestApp::spawn_with(|config| config.server.precompiled_ingest = false).await;
    app.product().data(ONE, json!({ "input": page_view("a") })).await;
    assert_eq!((count(&metrics, "precompiled"), count(&metrics, "engine")), (0, 1));
}

#[tokio::test]
async fn a_call_that_fails_as_a_whole_gives_the_engine_s_error() {
    given_metrics!(metrics);
    let pair = Pair::spawn().await;
    let event = page_view("a");
    let none = body(LIST, &json!({ "input": [] }));
    let one = body(ONE, &json!({ "input": event }));
    for media in MEDIA {
        let (status, answer) = pair.send(&none, media).await;
        assert!(status == 200 && answer.contains(r#""path":["trackEvents"]"#), "{answer}");
        let (status, answer) = pair.send_as(TestApp::viewer, &one, media).await;
        assert!(status == 200 && answer.contains(r#""path":["sent"]"#), "{answer}");
        assert!(answer.ends_with(r#"}],"data":null}"#), "{answer}");
        let (status, _) = pair.send_as(TestApp::nobody, &one, media).await;
        assert_eq!(status, 401);
        let many = json!({ "input": vec![&event; 1_001] });
        let (_, answer) = pair.send(&body(LIST, &many), media).await;
        assert!(answer.contains("1001 events"), "{answer}");
    }
    // All but those without credentials and those with too many events.
    assert_eq!(count(&metrics, "precompiled"), 4);
    pair.compare_stores().await;
}

#[tokio::test]
async fn a_call_that_takes_too_long_gives_the_engine_s_error() {
    given_metrics!(metrics);
    let pair = Pair::spawn_with(|config| config.server.operation_timeout_ms = 300).await;
    let with = pair.with.hold_database().await;
    let without = pair.without.hold_database().await;
    let text = body(ONE, &json!({ "input": page_view("a") }));
    for (media, expected) in MEDIA.into_iter().zip([503, 200]) {
        let answers = [&pair.with, &pair.without].map(|app| {
            let (client, text) = (app.product(), text.clone());
            async move { client.post_text(text, media).await }
        });
        let [first, second] = answers;
        let (first, second) = tokio::join!(first, second);
        assert_eq!(first, second);
        assert_eq!(first.0, expected);
        assert!(first.2.contains("did not end within 300 ms"), "{}", first.2);
    }
    assert_eq!((count(&metrics, "precompiled"), count(&metrics, "engine")), (2, 2));
    drop((with, without));
}

#[test]
fn no_operation_tells_the_path_from_the_engine() {
    given_metrics!(metrics);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let pair = runtime.block_on(Pair::spawn());
    let settings = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = proptest::test_runner::TestRunner::new(settings);
    let cases = (operation::body(), prop::sample::select(&MEDIA[..]));
    let result = runner.run(&cases, |(body, media)| {
        // The first time its document is new, the second time it is known.
        for _ in 0..2 {
            runtime.block_on(pair.send(&body, media));
        }
        Ok(())
    });
    result.unwrap_or_else(|failure| panic!("{failure}"));
    runtime.block_on(pair.compare_stores());
    let (path, engine) = (count(&metrics, "precompiled"), count(&metrics, "engine"));
    // The engine has run all of one service's, and what did not fit of the other's.
    assert!(path >= 100 && engine >= path + 40, "{path} and {engine} calls compare too little");
}
