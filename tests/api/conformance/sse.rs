//! graphql-sse in its mode of distinct connections.

use deskpulse::auth::Role;
use serde_json::{Value, json};

use super::request::{Ask, Reply};
use crate::harness::TestApp;

const MEDIA: &str = "text/event-stream";

/// The events of a stream that has ended: names and data.
fn events(reply: &Reply) -> Vec<(String, String)> {
    let events = reply.text.split("\n\n").filter(|event| !event.is_empty());
    let line = |line: Option<&str>, name: &str| {
        let value = line.and_then(|line| line.strip_prefix(name)).expect("a field");
        value.strip_prefix(' ').unwrap_or(value).to_owned()
    };
    events
        .map(|event| {
            let mut lines = event.lines();
            let found = (line(lines.next(), "event:"), line(lines.next(), "data:"));
            assert_eq!(lines.next(), None, "{event}");
            found
        })
        .collect()
}

/// The one result of a stream that has ended in order.
fn only_result(reply: &Reply) -> Value {
    assert_eq!((reply.status, reply.media()), (200, MEDIA), "{}", reply.text);
    let events = events(reply);
    let [(next, data), (complete, nothing)] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((next.as_str(), complete.as_str(), nothing.as_str()), ("next", "complete", ""));
    serde_json::from_str(data).expect("a result")
}

// Distinct connections: an operation is a request of GraphQL over HTTP whose `Accept` asks for a
// stream; its results are `next` events, and `complete` is the end.
#[tokio::test]
async fn an_operation_is_a_stream_of_next_and_complete() {
    let app = TestApp::spawn().await;
    for query in ["{ __typename }", "mutation { __typename }"] {
        let reply = Ask::post(&app, &json!({ "query": query })).accept(MEDIA).send().await;
        assert!(only_result(&reply)["data"]["__typename"].is_string(), "{}", reply.text);
    }
    let get = Ask::get(&app, &[("query", "{ __typename }")]).accept(MEDIA).send().await;
    assert_eq!(only_result(&get), json!({ "data": { "__typename": "Query" } }));
}

// MUST: the content type is `text/event-stream`, and nothing on the way keeps or holds events back.
#[tokio::test]
async fn a_stream_says_that_it_is_one() {
    let app = TestApp::spawn().await;
    let reply = Ask::post(&app, &json!({ "query": "{ __typename }" })).accept(MEDIA).send().await;
    assert_eq!(reply.header("content-type"), "text/event-stream; charset=utf-8");
    assert_eq!(
        (reply.header("cache-control"), reply.header("x-accel-buffering")),
        ("no-store", "no")
    );
}

// MUST: what fails before the execution is an accepted stream with the errors in a `next`.
#[tokio::test]
async fn a_request_error_is_a_next() {
    let app = TestApp::spawn().await;
    for query in ["{", "{ nothing }", "query ($id: ID!) { session(id: $id) { id } }"] {
        let reply = Ask::post(&app, &json!({ "query": query })).accept(MEDIA).send().await;
        let result = only_result(&reply);
        assert_eq!(result["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{query}");
        assert_eq!(result.get("data"), None);
    }
}

// Errors of the execution are part of a result.
#[tokio::test]
async fn an_error_of_the_execution_is_part_of_a_result() {
    let app = TestApp::spawn().await;
    let body = json!({ "query": "{ quality { nextAudit { id } } }" });
    let result = only_result(&Ask::post(&app, &body).accept(MEDIA).send().await);
    assert_eq!(result["data"], json!({ "quality": { "nextAudit": null } }));
    assert_eq!(result["errors"][0]["extensions"]["code"], "FORBIDDEN");
}

// A streaming operation ends when its client closes the connection, and not before.
#[tokio::test]
async fn a_subscription_ends_with_its_connection() {
    let app = TestApp::spawn_with(|config| config.server.max_sockets_per_tenant = 1).await;
    let body = json!({ "query": "subscription { realtimeOverview { activeSessions } }" });
    let mut response = Ask::post(&app, &body).accept(MEDIA).open().await;
    let first = response.chunk().await.unwrap().expect("an event");
    assert!(first.starts_with(b"event: next\ndata: {\"data\":"), "{first:?}");
    assert_eq!(Ask::post(&app, &body).accept(MEDIA).send().await.status, 429);
    drop(response);
    crate::harness::eventually("the place of the stream", async || {
        let query = json!({ "query": "{ __typename }" });
        let reply = Ask::post(&app, &query).accept(MEDIA).send().await;
        (reply.status == 200).then_some(())
    })
    .await;
}

// The requests follow GraphQL over HTTP: credentials, methods, types and parameters by their status.
#[tokio::test]
async fn what_is_no_request_has_a_status() {
    let app = TestApp::spawn().await;
    let post = || Ask::bare(&app, "POST", "/graphql").header("content-type", "application/json");
    let token = format!("Bearer {}", app.token("default", Role::Viewer, "vera"));
    for (ask, status) in [
        (post().body(r#"{"query": "{ __typename }"}"#), 401),
        (Ask::with(&app, "PUT", "/graphql"), 405),
        (Ask::get(&app, &[("query", "mutation { __typename }")]), 405),
        (post().header("authorization", &token).body("NONSENSE"), 400),
        (post().header("authorization", &token).body("{}"), 400),
        (Ask::with(&app, "POST", "/graphql").body("{}"), 415),
    ] {
        let reply = ask.accept(MEDIA).send().await;
        assert_eq!((reply.status, reply.media()), (status, "application/json"), "{}", reply.text);
        assert!(reply.is_request_error());
    }
}

// Single connection mode is not served: its reservation by PUT is a 405.
#[tokio::test]
async fn a_reservation_is_refused() {
    let app = TestApp::spawn().await;
    let reply = Ask::with(&app, "PUT", "/graphql").accept(MEDIA).send().await;
    assert_eq!((reply.status, reply.header("allow")), (405, "GET, HEAD, POST"));
}
