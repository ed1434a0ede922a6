//! § 2 URL.

use serde_json::json;

use crate::{
    conformance::request::{Ask, GRAPHQL},
    harness::TestApp,
};

// § 2 MUST: the schema is served at a URL, and queries and mutations of it at the same.
#[tokio::test]
async fn queries_and_mutations_have_one_address() {
    let app = TestApp::spawn().await;
    for query in ["{ __typename }", "mutation { __typename }"] {
        let reply = Ask::post(&app, &json!({ "query": query })).send().await;
        assert_eq!(reply.status, 200, "{query}: {}", reply.text);
    }
}

// § 2 MAY forbid requests; SHOULD then use a 4xx. § 5.4: not permitted SHOULD be 401 or 403.
#[tokio::test]
async fn who_may_not_enter_gets_a_401() {
    let app = TestApp::spawn().await;
    for ask in [
        Ask::bare(&app, "POST", "/graphql").header("content-type", "application/json"),
        Ask::bare(&app, "GET", "/graphql?query=%7B__typename%7D"),
        Ask::bare(&app, "POST", "/graphql").header("authorization", "Bearer wrong"),
    ] {
        let reply = ask.accept(GRAPHQL).body(r#"{"query": "{ __typename }"}"#).send().await;
        assert_eq!((reply.status, reply.header("www-authenticate")), (401, "Bearer"));
        assert!(reply.is_request_error() && reply.code() == "UNAUTHENTICATED", "{}", reply.text);
    }
}

// § 2 SHOULD NOT forbid by the contents of a well-formed request: rights are decided in the schema,
// so that the rest of the answer stays.
#[tokio::test]
async fn rights_are_decided_field_by_field() {
    let app = TestApp::spawn().await;
    let query = "{ __typename quality { nextAudit { id } } }";
    let reply = Ask::post(&app, &json!({ "query": query })).accept(GRAPHQL).send().await;
    assert_eq!((reply.status, reply.code().as_str()), (200, "FORBIDDEN"), "{}", reply.text);
    let expected = json!({ "__typename": "Query", "quality": { "nextAudit": null } });
    assert_eq!(reply.json()["data"], expected);
}
