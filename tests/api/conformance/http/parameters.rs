//! § 4.1 The parameters, and § 4.4.1 their encoding in JSON.

use serde_json::{Value, json};

use crate::{
    conformance::request::{Ask, GRAPHQL, JSON},
    harness::TestApp,
};

// § 4.1: a parameter of the wrong type, or `query` missing, is no well-formed request.
#[tokio::test]
async fn a_parameter_of_the_wrong_type_is_named() {
    let app = TestApp::spawn().await;
    let with = |name: &str, value: Value| {
        let mut body = json!({ "query": "{ __typename }" });
        body[name] = value;
        body
    };
    let wrong = |of_what: &[Value], name: &str, expected: &str| {
        let cases = of_what.iter().map(|value| {
            (with(name, value.clone()), format!("`{name}` is {value}, expected {expected}"))
        });
        cases.collect::<Vec<_>>()
    };
    let not_text = [json!({}), json!(0), json!(false), json!([])];
    let not_map = [json!("text"), json!(0), json!(false), json!([])];
    let mut cases = wrong(&not_text, "query", "a string");
    cases.extend(wrong(&not_text, "operationName", "a string"));
    cases.extend(wrong(&not_map, "variables", "an object"));
    cases.extend(wrong(&not_map, "extensions", "an object"));
    let missing = "`query` is missing, expected a GraphQL document as a string";
    cases.push((json!({ "qeury": "{ __typename }" }), missing.to_owned()));
    cases.push((json!({ "query": null }), missing.to_owned()));
    for (body, expected) in cases {
        for accept in [GRAPHQL, JSON] {
            let reply = Ask::post(&app, &body).accept(accept).send().await;
            assert_eq!((reply.status, reply.message()), (400, expected.clone()), "{body}");
            assert!(reply.is_request_error() && reply.code() == "BAD_USER_INPUT");
        }
    }
}

// § 4.4.1: `null` is the same as not giving an optional parameter.
#[tokio::test]
async fn a_null_parameter_is_none() {
    let app = TestApp::spawn().await;
    let body = json!({
        "query": "{ __typename }", "operationName": null, "variables": null, "extensions": null,
    });
    let reply = Ask::post(&app, &body).send().await;
    assert_eq!((reply.status, reply.json()), (200, json!({ "data": { "__typename": "Query" } })));
}

// § 4.4.1 MUST: properties that are not understood are ignored.
#[tokio::test]
async fn other_properties_are_ignored() {
    let app = TestApp::spawn().await;
    let body = json!({ "query": "{ __typename }", "id": 1, "onError": "NULL", "batch": [] });
    let reply = Ask::post(&app, &body).send().await;
    assert_eq!((reply.status, reply.json()), (200, json!({ "data": { "__typename": "Query" } })));
}

// § 4.1: `extensions` are for those who know them.
#[tokio::test]
async fn extensions_that_are_not_known_are_ignored() {
    let app = TestApp::spawn().await;
    for extensions in [json!({}), json!({ "own": { "version": 2 } })] {
        let body = json!({ "query": "{ __typename }", "extensions": extensions });
        let reply = Ask::post(&app, &body).send().await;
        assert_eq!(reply.status, 200, "{}", reply.text);
    }
}

// § 4.1 note: `query` need not parse to be of a well-formed request.
#[tokio::test]
async fn a_document_that_does_not_parse_is_a_request_all_the_same() {
    let app = TestApp::spawn().await;
    for query in ["", "{", "{ nothing }"] {
        let reply = Ask::post(&app, &json!({ "query": query })).accept(JSON).send().await;
        assert_eq!(reply.status, 200, "{query}");
        assert!(reply.is_request_error(), "{}", reply.text);
    }
}
