//! The same body in other words: the two paths of tracking mutations spell JSON differently, and
//! clients may too. Whatever the spelling, a repeat is a repeat.

use serde_json::{Value, json};

use crate::harness::{Client, TestApp};

const TRACK: &str = "mutation ($input: [TrackEventInput!]!) {
    trackEvents(input: $input, durability: STORED) { status }
}";
/// One body, with white space, other escapes and another order of keys.
const SPELLINGS: [&str; 4] = [
    r#"{"a":1,"b":[1.5,{"c":"é"}],"d":null}"#,
    "{ \"a\" : 1,\n\t\"b\": [ 1.5, { \"c\": \"é\" } ], \"d\": null }",
    r#"{"a":1,"b":[1.5,{"c":"\u00e9"}],"d":null}"#,
    r#"{"d":null,"b":[1.5,{"c":"é"}],"a":1}"#,
];

fn event(id: &str, data: &str) -> String {
    format!(r#"{{"id":"{id}","name":"page.view","product":"bot","data":{data}}}"#)
}

/// Sends events spelled as they are.
async fn send(client: &Client, events: &[String]) -> Vec<String> {
    let query = json!(TRACK);
    let body = format!(r#"{{"query":{query},"variables":{{"input":[{}]}}}}"#, events.join(","));
    let (_, _, text) = client.post_text(body, "application/json").await;
    let answer: Value = serde_json::from_str(&text).expect("JSON");
    let results = answer["data"]["trackEvents"].as_array().expect("results");
    let status = |result: &Value| result["status"].as_str().expect("a status").to_owned();
    results.iter().map(status).collect()
}

#[tokio::test]
async fn a_repeat_in_another_spelling_is_a_duplicate_on_both_paths() {
    let mut app = TestApp::spawn().await;
    for (first_path, second_path) in [(true, true), (true, false), (false, true), (false, false)] {
        for (index, first) in SPELLINGS.iter().enumerate() {
            let id = format!("{first_path}-{second_path}-{index}");
            app = with_path(app, first_path).await;
            assert_eq!(send(&app.product(), &[event(&id, first)]).await, ["ACCEPTED"], "{first}");
            app = with_path(app, second_path).await;
            let again: Vec<_> = SPELLINGS.iter().map(|data| event(&id, data)).collect();
            assert_eq!(send(&app.product(), &again).await, ["DUPLICATE"; 4], "after {first}");
            let other = event(&id, r#"{"a":1,"b":[1.5,{"c":"e"}],"d":null}"#);
            assert_eq!(send(&app.product(), &[other]).await, ["CONFLICT"], "after {first}");
        }
    }
}

#[tokio::test]
async fn two_spellings_in_one_call_are_one_event() {
    for precompiled in [true, false] {
        let app =
            TestApp::spawn_with(|config| config.server.precompiled_ingest = precompiled).await;
        let all: Vec<_> = SPELLINGS.iter().map(|data| event("x", data)).collect();
        let expected = ["ACCEPTED", "DUPLICATE", "DUPLICATE", "DUPLICATE"];
        assert_eq!(send(&app.product(), &all).await, expected);
    }
}

/// The service with the precompiled path or without.
async fn with_path(app: TestApp, precompiled: bool) -> TestApp {
    if app.config.server.precompiled_ingest == precompiled {
        return app;
    }
    app.restart_with(|config| config.server.precompiled_ingest = precompiled).await
}
