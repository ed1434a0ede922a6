//! § 4.2 Accept, and what § 5.1 says of it.

use serde_json::json;

use crate::{
    conformance::request::{Ask, GRAPHQL, JSON, Reply},
    harness::TestApp,
};

async fn answer(app: &TestApp, accept: &str) -> Reply {
    Ask::post(app, &json!({ "query": "{ __typename }" })).accept(accept).send().await
}

// § 5.1 MUST: `application/graphql-response+json` is supported.
#[tokio::test]
async fn the_media_type_of_graphql_is_supported() {
    let app = TestApp::spawn().await;
    let reply = answer(&app, GRAPHQL).await;
    assert_eq!((reply.status, reply.media()), (200, GRAPHQL));
}

// § 5.1 MUST: the acceptable type of the highest priority is the one that is answered with.
#[tokio::test]
async fn the_most_wanted_media_type_is_chosen() {
    let app = TestApp::spawn().await;
    for (accept, media) in [
        ("application/graphql-response+json, application/json;q=0.9", GRAPHQL),
        (
            "application/graphql-response+json; charset=utf-8, application/json; charset=utf-8",
            GRAPHQL,
        ),
        ("application/json, application/graphql-response+json;q=0.9", JSON),
        ("application/json;q=0.8, application/graphql-response+json;q=0.9", GRAPHQL),
        ("application/graphql-response+json;q=0, */*", JSON),
        ("text/html, application/json;q=0.5", JSON),
        ("*/*", GRAPHQL),
        ("application/*", GRAPHQL),
    ] {
        let reply = answer(&app, accept).await;
        assert_eq!((reply.status, reply.media()), (200, media), "{accept}");
    }
}

// § 5.1 SHOULD: where nothing is acceptable, 406, and nothing is executed.
#[tokio::test]
async fn nothing_acceptable_is_a_406_before_anything_is_done() {
    let app = TestApp::spawn().await;
    for accept in ["text/html", "application/xml", "application/json;q=0"] {
        let mutation = json!({ "query": "mutation { acknowledgeAlert(sessionId: \"s\") { id } }" });
        let reply = Ask::post(&app, &mutation).accept(accept).send().await;
        assert_eq!(reply.status, 406, "{accept}");
        assert!(reply.message().starts_with("`accept` is "), "{}", reply.text);
    }
}

// § 5.1 SHOULD: who accepts `application/json` alone gets what succeeds under that name.
#[tokio::test]
async fn a_legacy_client_gets_its_json() {
    let app = TestApp::spawn().await;
    for query in ["{ __typename }", "{ quality { nextAudit { id } } }"] {
        let reply = Ask::post(&app, &json!({ "query": query })).accept(JSON).send().await;
        assert_eq!((reply.status, reply.media()), (200, JSON), "{query}");
    }
}

// § 4.2 note: without `Accept` the choice is the server's.
#[tokio::test]
async fn without_accept_it_is_the_media_type_of_graphql() {
    let app = TestApp::spawn().await;
    let reply = Ask::post(&app, &json!({ "query": "{ __typename }" })).send().await;
    assert_eq!((reply.status, reply.media()), (200, GRAPHQL));
}

// RFC 9110 § 12.5.5: an answer that depends on `Accept` says so to caches.
#[tokio::test]
async fn caches_are_told_what_an_answer_depends_on() {
    let app = TestApp::spawn().await;
    let reply = answer(&app, GRAPHQL).await;
    assert_eq!((reply.header("vary"), reply.header("cache-control")), ("accept", "no-store"));
}
