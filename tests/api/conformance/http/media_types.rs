//! § 3.1 Media types, and § 5.1 Body.

use serde_json::json;

use crate::{
    conformance::request::{Ask, GRAPHQL, JSON},
    harness::TestApp,
};

// § 3.1 MUST: a `Content-Type` without an encoding means UTF-8. § 4.4 the same of POST.
#[tokio::test]
async fn a_body_without_an_encoding_is_utf_8() {
    let app = TestApp::spawn().await;
    let body = json!({ "query": "{ session(id: \"é界\") { id } }" }).to_string();
    for kind in ["application/json", "application/json; charset=utf-8", "Application/JSON"] {
        let ask = Ask::with(&app, "POST", "/graphql").header("content-type", kind);
        let reply = ask.body(body.clone()).send().await;
        assert_eq!((reply.status, reply.json()), (200, json!({ "data": { "session": null } })));
    }
    let ask = Ask::with(&app, "POST", "/graphql").header("content-type", "application/json");
    let latin = ask.body(b"{\"query\": \"{ session(id: \\\"\xe9\\\") { id } }\"}".to_vec());
    let reply = latin.send().await;
    assert_eq!((reply.status, reply.message().as_str()), (400, NOT_UTF_8));
}

const NOT_UTF_8: &str = "`body` is not UTF-8, expected JSON in UTF-8";

// § 3.1 MUST: an `Accept` without an encoding means UTF-8.
#[tokio::test]
async fn an_accept_without_an_encoding_is_utf_8() {
    let app = TestApp::spawn().await;
    let query = json!({ "query": "{ session(id: \"é界\") { id } }" });
    for accept in [GRAPHQL, JSON, "application/graphql-response+json; charset=utf-8"] {
        let reply = Ask::post(&app, &query).accept(accept).send().await;
        assert_eq!((reply.status, reply.json()), (200, json!({ "data": { "session": null } })));
    }
}

// § 5.1 MUST: the answer names its media type; SHOULD: and its encoding.
#[tokio::test]
async fn an_answer_names_its_media_type_and_encoding() {
    let app = TestApp::spawn().await;
    for (accept, query) in [(GRAPHQL, "{ __typename }"), (JSON, "{ __typename }"), (GRAPHQL, "{")] {
        let reply = Ask::post(&app, &json!({ "query": query })).accept(accept).send().await;
        assert_eq!(reply.header("content-type"), format!("{accept}; charset=utf-8"));
    }
}

// § 5.1 MUST: the body is an execution result or a request error, as the specification of GraphQL has
// them: `data` with perhaps `errors`, or `errors` alone, and nothing else but `extensions`.
#[tokio::test]
async fn a_body_is_a_result_of_graphql_and_nothing_else() {
    let app = TestApp::spawn().await;
    for (query, keys) in [
        ("{ __typename }", vec!["data"]),
        ("{ quality { nextAudit { id } } }", vec!["data", "errors"]),
        ("{ nothing }", vec!["errors"]),
        ("{", vec!["errors"]),
    ] {
        let reply = Ask::post(&app, &json!({ "query": query })).accept(GRAPHQL).send().await;
        let body = reply.json();
        let mut found: Vec<_> = body.as_object().unwrap().keys().collect();
        found.sort();
        assert_eq!(found, keys, "{query}");
        for error in body["errors"].as_array().into_iter().flatten() {
            let known = ["message", "locations", "path", "extensions"];
            let keys = error.as_object().unwrap().keys();
            assert!(keys.into_iter().all(|key| known.contains(&key.as_str())), "{error}");
        }
    }
}
