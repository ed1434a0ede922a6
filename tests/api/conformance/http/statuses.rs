//! § 5.4 Status codes, and § 5.2 and 5.3 which of them a request comes to.

use serde_json::{Value, json};

use crate::{
    conformance::request::{Ask, GRAPHQL, JSON, september_2026},
    harness::TestApp,
};

/// What a body is answered with: by default under the media type of GraphQL and of JSON, and the
/// status of the edition of September 2026 under either.
struct Case {
    body: String,
    graphql: u16,
    json: u16,
    edition: u16,
}

fn case(body: impl ToString, graphql: u16, json: u16, edition: u16) -> Case {
    Case { body: body.to_string(), graphql, json, edition }
}

/// A well-formed request that is refused before its execution.
fn refused(body: &Value, edition: u16) -> Case {
    case(body, 400, 200, edition)
}

/// Sends all cases to both kinds of service.
async fn are_request_errors(cases: &[Case]) {
    let (default, edition) = (TestApp::spawn().await, september_2026().await);
    for case in cases {
        for (app, accept, status, media) in [
            (&default, GRAPHQL, case.graphql, GRAPHQL),
            (&default, JSON, case.json, JSON),
            (&edition, GRAPHQL, case.edition, GRAPHQL),
        ] {
            let reply = Ask::text(app, &case.body).accept(accept).send().await;
            assert_eq!((reply.status, reply.media()), (status, media), "{}", case.body);
            assert!(reply.is_request_error(), "{}", reply.text);
        }
        let legacy = Ask::text(&edition, &case.body).accept(JSON).send().await;
        assert_eq!(legacy.status, case.edition, "{}", case.body);
    }
}

// § 5.4 SHOULD: a body that is no JSON is a 400.
#[tokio::test]
async fn a_body_that_is_no_json_is_a_400() {
    let bodies = ["NONSENSE", "{\"query\":", "", "{\"query\": \"{ __typename }\"} x"];
    are_request_errors(&bodies.map(|body| case(body, 400, 400, 400))).await;
}

// § 5.4 SHOULD: what is no well-formed request is a 422; before that edition, a 400.
#[tokio::test]
async fn what_is_no_request_is_a_400_or_422() {
    let bodies = [
        json!({ "qeury": "{ __typename }" }),
        json!({ "query": "query ($i: Int!) { a(i: $i) }", "variables": [7] }),
        json!(7),
        json!("{ __typename }"),
        json!([{ "query": "{ __typename }" }]),
    ];
    are_request_errors(&bodies.map(|body| case(body, 400, 400, 422))).await;
}

// § 5.4 SHOULD: a document that cannot be parsed is a 400; under JSON alone, before, a 200.
#[tokio::test]
async fn a_document_that_cannot_be_parsed_is_a_400() {
    let queries = ["{", "", "type Query { a: Int }", "{ a(: 1) }"];
    are_request_errors(&queries.map(|query| refused(&json!({ "query": query }), 400))).await;
}

// § 5.4 SHOULD: what does not pass validation is a 422; before, a 400. § 5.2 SHOULD: all rules of the
// specification are applied; MAY: others, such as a limit of depth.
#[tokio::test]
async fn a_document_that_is_not_valid_is_a_400_or_422() {
    let deep = format!(
        "{{ __schema {{ types {{ {} name {} }} }} }}",
        "ofType {".repeat(40),
        "}".repeat(40)
    );
    let queries = [
        "{ nothing }",
        "{ session { id } }",
        "{ session(id: \"s\", colour: 1) { id } }",
        "{ session(id: \"s\") }",
        "{ __typename { a } }",
        "{ ...F }",
        "{ ...F } fragment F on Nothing { a }",
        "{ __typename } fragment F on Query { __typename }",
        "{ __typename @nothing }",
        "query ($a: Nothing) { __typename }",
        "query ($a: Int) { __typename }",
        "{ session(id: $a) { id } }",
        "query ($a: Int!, $a: Int!) { session(id: $a) { id } }",
        "{ a: __typename a: session(id: \"s\") { id } }",
        "query A { __typename } query A { __typename }",
        "subscription { realtimeOverview { version } realtimeAgents { agentId } }",
        &deep,
    ];
    let cases =
        queries.map(|query| refused(&json!({ "query": query, "operationName": null }), 422));
    are_request_errors(&cases).await;
}

// § 5.4 SHOULD: where the operation is not determined, 422; before, a 400.
#[tokio::test]
async fn an_operation_that_is_not_determined_is_a_400_or_422() {
    let query = "query A { __typename } query B { __typename }";
    let cases = [
        refused(&json!({ "query": query }), 422),
        refused(&json!({ "query": query, "operationName": "C" }), 422),
        refused(&json!({ "query": "{ __typename }", "operationName": "C" }), 422),
    ];
    are_request_errors(&cases).await;
}

// § 5.4 SHOULD: variables that cannot be coerced are a 422; before, a 400.
#[tokio::test]
async fn variables_that_do_not_fit_are_a_400_or_422() {
    let query = "query ($id: ID!, $first: Int) { session(id: $id) { id } sessions(first: $first) { edges { cursor } } }";
    let of = |variables: Value| json!({ "query": query, "variables": variables });
    let cases = [json!({}), json!({ "id": null }), json!({ "id": "s", "first": "x" })];
    are_request_errors(&cases.map(|variables| refused(&of(variables), 422))).await;
}

// § 5.4 MUST: data that is not null is a 2xx; SHOULD be 294 beside errors, 200 without. Before, 200
// either way. § 6.1: 294 is for the media type of GraphQL.
#[tokio::test]
async fn data_beside_errors_is_a_200_or_294() {
    let (default, edition) = (TestApp::spawn().await, september_2026().await);
    let part = json!({ "query": "{ __typename quality { nextAudit { id } } }" });
    // The field cannot be null, and neither can what is above it.
    let none = json!({ "query": "mutation { reviewAudit(input: { auditId: \"QA-1\", finalScore: 9 }) { id } }" });
    let whole = json!({ "query": "{ __typename }" });
    for (app, accept, body, status) in [
        (&default, GRAPHQL, &part, 200),
        (&default, JSON, &part, 200),
        (&default, GRAPHQL, &none, 200),
        (&edition, GRAPHQL, &whole, 200),
        (&edition, GRAPHQL, &part, 294),
        (&edition, GRAPHQL, &none, 294),
        (&edition, JSON, &part, 200),
    ] {
        let reply = Ask::post(app, body).accept(accept).send().await;
        assert_eq!((reply.status, reply.media()), (status, accept), "{body}");
        assert!(reply.json().as_object().unwrap().contains_key("data"), "{}", reply.text);
    }
    assert_eq!(Ask::post(&default, &none).send().await.json()["data"], Value::Null);
}

// § 5.4 SHOULD: a body over the limit is a 413.
#[tokio::test]
async fn a_body_over_the_limit_is_a_413() {
    let app = TestApp::spawn_with(|config| config.server.max_body_bytes = 1_024).await;
    for accept in [GRAPHQL, JSON] {
        let reply = Ask::text(&app, &" ".repeat(2_000)).accept(accept).send().await;
        assert_eq!(reply.status, 413);
        assert!(reply.is_request_error(), "{}", reply.text);
    }
}

// § 5.4 SHOULD: a URI that is too long is a 414, headers that are too long a 431.
#[tokio::test]
async fn a_head_over_the_limit_is_a_414_or_431() {
    let app = TestApp::spawn().await;
    let long = format!("/graphql?query={}", "a".repeat(40_000));
    let reply = Ask::with(&app, "GET", &long).send().await;
    let expected = "`url` is 40015 bytes, expected at most 32768 bytes, or a POST";
    assert_eq!((reply.status, reply.message().as_str()), (414, expected));
    for (bytes, expected) in [(65_000, 400), (65_536, 431), (70_000, 431)] {
        let header = "a".repeat(bytes);
        let ask = Ask::with(&app, "GET", "/graphql").header("x-long", &header);
        assert_eq!(ask.send().await.status, expected, "{bytes} bytes");
    }
}
