//! § 4.3 GET.

use serde_json::json;

use crate::{
    conformance::request::{Ask, GRAPHQL, JSON},
    harness::TestApp,
};

const SESSION: &str = "query S($id: ID!) { session(id: $id) { id } } query Q { __typename }";

// § 4.3 MUST: the parameters are in the query component, as a form encodes them, and maps in JSON.
#[tokio::test]
async fn parameters_are_read_from_the_address() {
    let app = TestApp::spawn().await;
    let parameters = [
        ("query", SESSION),
        ("operationName", "S"),
        ("variables", r#"{"id": "a b+é&%"}"#),
        ("extensions", r#"{"own": {"x": 1}}"#),
    ];
    let reply = Ask::get(&app, &parameters).send().await;
    assert_eq!((reply.status, reply.json()), (200, json!({ "data": { "session": null } })));
    let form = "/graphql?query=query+Q(%24id%3AID!)%7Bsession(id%3A%24id)%7Bid%7D%7D&variables=%7B%22id%22%3A%22a+b%22%7D";
    let reply = Ask::with(&app, "GET", form).send().await;
    assert_eq!((reply.status, reply.json()), (200, json!({ "data": { "session": null } })));
}

// § 4.3: the empty string is the same as not giving an optional parameter.
#[tokio::test]
async fn an_empty_parameter_is_none() {
    let app = TestApp::spawn().await;
    let parameters =
        [("query", "{ __typename }"), ("operationName", ""), ("variables", ""), ("extensions", "")];
    let reply = Ask::get(&app, &parameters).send().await;
    assert_eq!((reply.status, reply.json()), (200, json!({ "data": { "__typename": "Query" } })));
}

// § 4.3 note: `operationName=null` is an operation called `null`.
#[tokio::test]
async fn an_operation_may_be_called_null() {
    let app = TestApp::spawn().await;
    let query = "query null { a: __typename } query Q { b: __typename }";
    let reply = Ask::get(&app, &[("query", query), ("operationName", "null")]).send().await;
    assert_eq!((reply.status, reply.json()), (200, json!({ "data": { "a": "Query" } })));
}

// § 4.3 MUST: a mutation by GET is refused with a 4xx, 405 RECOMMENDED, and not executed. RFC 9110
// § 15.5.6: with `Allow`.
#[tokio::test]
async fn a_mutation_by_get_is_a_405_and_does_nothing() {
    let app = TestApp::spawn().await;
    let mutation = "mutation M { trackEvent(input: { name: \"a\", product: \"p\" }) { id } }";
    let both = format!("{mutation} query Q {{ __typename }}");
    for accept in [GRAPHQL, JSON, "text/event-stream"] {
        for parameters in
            [vec![("query", mutation)], vec![("query", &both), ("operationName", "M")]]
        {
            let reply = Ask::get(&app, &parameters).accept(accept).send().await;
            assert_eq!((reply.status, reply.header("allow")), (405, "POST"), "{accept}");
            assert!(reply.is_request_error(), "{}", reply.text);
        }
    }
    let query = Ask::get(&app, &[("query", &both), ("operationName", "Q")]).send().await;
    assert_eq!(query.status, 200, "{}", query.text);
    let books = app.operator().ask("{ ingestStatus { accepted } }").await;
    assert_eq!(books["ingestStatus"]["accepted"], 0);
}

// RFC 9110 § 9.3.2: HEAD is GET without the body.
#[tokio::test]
async fn head_is_get_without_a_body() {
    let app = TestApp::spawn().await;
    let path = "/graphql?query=%7B__typename%7D";
    let reply = Ask::with(&app, "HEAD", path).send().await;
    assert_eq!((reply.status, reply.media(), reply.text.as_str()), (200, GRAPHQL, ""));
    let refused = Ask::with(&app, "HEAD", "/graphql?query=mutation%7B__typename%7D").send().await;
    assert_eq!(refused.status, 405);
}

// § 4.3: what is no well-formed request is named, with the value and what is expected.
#[tokio::test]
async fn a_wrong_parameter_of_an_address_is_named() {
    let app = TestApp::spawn().await;
    for (parameters, expected) in [
        (vec![], "`query` is missing, expected a GraphQL document as a string"),
        (vec![("query", "{a}"), ("query", "{b}")], "`query` is given twice, expected one value"),
        (vec![("query", "{a}"), ("variables", "[7]")], "`variables` is [7], expected an object"),
        (
            vec![("query", "{a}"), ("variables", "{")],
            "`variables` is \"{\", expected an object as JSON text",
        ),
        (vec![("query", "{a}"), ("extensions", "7")], "`extensions` is 7, expected an object"),
    ] {
        for accept in [GRAPHQL, JSON] {
            let reply = Ask::get(&app, &parameters).accept(accept).send().await;
            assert_eq!((reply.status, reply.message().as_str()), (400, expected));
        }
    }
}
