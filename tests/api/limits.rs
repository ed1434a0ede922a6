//! Limits of operations and callers on the service's own schema.

use deskpulse::auth::Role;
use serde_json::{Value, json};

use crate::harness::{Client, TestApp};

const DEAR: &str = "query($n: Int!) { sessions(first: $n) { edges { node { id events(first: $n) { \
                    edges { node { id name } } } } } } }";

async fn refusal(client: &Client, query: &str, variables: Value) -> (String, String) {
    let answer = client.send(query, variables).await;
    let error = &answer.body["errors"][0];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (text(&error["extensions"]["code"]), text(&error["message"]))
}

#[tokio::test]
async fn a_page_of_pages_costs_their_product() {
    let app = TestApp::spawn().await;
    let (code, message) = refusal(&app.viewer(), DEAR, json!({ "n": 500 })).await;
    assert_eq!(code, "BAD_USER_INPUT");
    assert!(message.starts_with("`query` is an operation of cost 1"), "{message}");
    assert!(message.ends_with("expected at most 500000"), "{message}");
    let asked = json!({ "query": DEAR, "variables": { "n": 10 }, "extensions": { "cost": true } });
    let answer = app.viewer().post(&asked).await;
    assert_eq!(answer.body["data"], json!({ "sessions": { "edges": [] } }));
    let cost = answer.body["extensions"]["cost"]["actual"].as_u64().expect("a cost");
    assert!((1_000..5_000).contains(&cost), "{cost}");
}

#[tokio::test]
async fn a_value_beyond_a_field_s_own_bound_is_refused_in_the_field_s_words() {
    let app = TestApp::spawn().await;
    let sessions = "query($n: Int!) { sessions(first: $n) { edges { cursor } } }";
    let (_, message) = refusal(&app.viewer(), sessions, json!({ "n": 2_000_000_000 })).await;
    assert_eq!(message, "`first` is 2000000000, expected 1 to 500");
}

#[tokio::test]
async fn a_list_within_an_input_is_named_by_its_path() {
    let app = TestApp::spawn_with(|config| config.server.max_list_items = 5).await;
    let metrics = "query($f: MetricFilter) { metrics(ids: [\"total_sessions\"], \
                   from: \"2026-03-01\", to: \"2026-03-02\", filter: $f) { asOf } }";
    let given = json!({ "f": { "channels": vec!["web"; 6] } });
    let (_, message) = refusal(&app.viewer(), metrics, given).await;
    assert_eq!(message, "`variables.f.channels` is a list of 6 items, expected at most 5");
}

#[tokio::test]
async fn a_batch_beyond_the_limit_of_lists_is_refused_on_either_way() {
    let app = TestApp::spawn_with(|config| config.server.max_list_items = 2).await;
    let event = json!({ "name": "a", "product": "bot", "data": { "long": [1, 2, 3, 4] } });
    let track = "mutation($input: [TrackEventInput!]!) { trackEvents(input: $input) { status } }";
    for _ in 0..2 {
        let two = app.product().send(track, json!({ "input": [event, event] })).await;
        assert_eq!(two.body["data"]["trackEvents"][0]["status"], "ACCEPTED", "{}", two.body);
        let three = json!({ "input": [event, event, event] });
        let (_, message) = refusal(&app.product(), track, three).await;
        assert_eq!(message, "`variables.input` is a list of 3 items, expected at most 2");
    }
}

#[tokio::test]
async fn a_caller_s_rate_holds_for_requests_and_operations_on_sockets() {
    let app = TestApp::spawn_with(|config| {
        config.limits.requests_per_second = 1;
        config.limits.burst = 3;
    })
    .await;
    let walter = app.caller("default", Role::Viewer, "walter");
    for _ in 0..3 {
        walter.data("{ realtime { overview { version } } }", json!({})).await;
    }
    let refused = walter.send("{ realtime { overview { version } } }", json!({})).await;
    assert_eq!(refused.status, 429);
    assert_eq!(refused.body["errors"][0]["extensions"]["code"], "RATE_LIMITED");
    // A token comes back each second, so that some of many at once are refused.
    let overview = "subscription { realtimeOverview { version } }";
    let asked = (0..30).map(|_| async {
        let mut socket = app.subscribe("default", Role::Viewer, overview).await;
        socket.message().await["payload"][0]["extensions"]["code"].clone()
    });
    let codes = futures_util::future::join_all(asked).await;
    assert!(codes.contains(&json!("RATE_LIMITED")), "{codes:?}");
    // Another caller is not concerned.
    app.viewer().data("{ realtime { overview { version } } }", json!({})).await;
}

#[tokio::test]
async fn replicas_over_one_redis_share_a_caller_s_rate() {
    let app = TestApp::spawn_with(|config| {
        config.limits.requests_per_second = 1;
        config.limits.burst = 20;
    })
    .await;
    let other = app.replica().await;
    let shares = app.config.store.redis_url.is_some();
    let started = std::time::Instant::now();
    let mut taken = 0;
    for _ in 0..30 {
        for replica in [&app, &other] {
            let answer = replica.viewer().send("{ __typename }", json!({})).await;
            taken += u64::from(answer.status == 200);
        }
    }
    let refilled = started.elapsed().as_secs() + 2;
    let expected = if shares { 20 } else { 40 };
    assert!((expected..=expected + 2 * refilled).contains(&taken), "{taken} of {expected}");
}
