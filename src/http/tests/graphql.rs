//! What is executed, and how it is answered.

use serde_json::json;

use super::{Answer, Server, client};

#[tokio::test]
async fn keys_come_in_the_order_of_the_query() {
    let server = Server::open();
    let answer = server.query("{ slowB z: a a node { node { id } id } }").await;
    let expected = r#"{"data":{"slowB":2,"z":1,"a":1,"node":{"node":{"id":7},"id":7}}}"#;
    assert_eq!(answer.text, expected);
}

#[tokio::test]
async fn a_null_goes_up_to_the_nearest_nullable_field() {
    let server = Server::open();
    let cases = [
        (
            "{ a node { nullable id } }",
            json!({"a": 1, "node": {"nullable": null, "id": 7}}),
            "node.nullable",
        ),
        ("{ a node { id required } }", json!({"a": 1, "node": null}), "node.required"),
        (
            "{ node { id node { required } } }",
            json!({"node": {"id": 7, "node": null}}),
            "node.node.required",
        ),
        ("{ a nodes { id required } }", json!({"a": 1, "nodes": [null, null]}), "nodes.0.required"),
        (
            "{ node { optionalItems id } }",
            json!({"node": {"optionalItems": [1, null, null], "id": 7}}),
            "node.optionalItems.1",
        ),
        (
            "{ node { id requiredItems } }",
            json!({"node": {"id": 7, "requiredItems": null}}),
            "node.requiredItems.1",
        ),
        ("{ a strict { required } }", json!(null), "strict.required"),
    ];
    for (query, data, path) in cases {
        let answer = server.query(query).await;
        let body = answer.json();
        assert_eq!(answer.status, 200, "{query}");
        assert_eq!(body["data"], data, "{query}: {body}");
        let given = body["errors"][0]["path"].as_array().unwrap().iter();
        let given: Vec<_> = given.map(|part| part.to_string().replace('"', "")).collect();
        assert_eq!(given.join("."), path, "{query}");
        assert_eq!(answer.error().0, "FORBIDDEN", "{query}");
        assert_eq!(body["errors"].as_array().unwrap().len(), 1, "{query}");
    }
}

#[tokio::test]
async fn a_panic_is_an_internal_error_without_its_text() {
    let server = Server::open();
    let answer = server.query("{ a panics }").await;
    assert_eq!((answer.status, answer.json()["data"].is_null()), (200, true));
    assert_eq!(answer.error(), ("INTERNAL_SERVER_ERROR".into(), "internal error".into()));
    assert!(!answer.text.contains("secret"));
}

#[tokio::test]
async fn a_librarys_error_text_stays_inside() {
    let server = Server::open();
    let answer = server.query("{ leaks }").await;
    assert_eq!(answer.error(), ("INTERNAL_SERVER_ERROR".into(), "internal error".into()));
}

#[tokio::test]
async fn an_operation_over_time_ends_without_data() {
    let mut config = crate::config::Config::default();
    config.server.operation_timeout_ms = 50;
    let server = Server::start(config);
    let answer = server.query("{ forever }").await;
    assert_eq!((answer.status, answer.has_data()), (503, false));
    let message = "the operation did not end within 50 ms".to_owned();
    assert_eq!(answer.error(), ("UNAVAILABLE".to_owned(), message));
}

#[tokio::test]
async fn wrong_arguments_are_named_with_value_and_expectation() {
    let server = Server::open();
    let in_part = "query($n: Int!) { judge(input: {score: $n}) }";
    let in_variable = "query($input: Sample!) { judge(input: $input) }";
    let cases = [
        (
            json!({"query": "{ judge(input: {score: \"high\"}) }"}),
            "`input.score` is \"high\", expected Int",
        ),
        (
            json!({"query": in_variable, "variables": {"input": {"score": 1, "tags": [7]}}}),
            "`input.tags.0` is 7, expected String",
        ),
        (
            json!({"query": in_variable, "variables": {"input": {}}}),
            "`input.score` is missing, expected Int!",
        ),
        (json!({"query": in_variable}), "`variables.input` is missing, expected Sample!"),
        (
            json!({"query": "{ judge(input: {score: 1, points: 2}) }"}),
            "`input.points` is given, but Sample has no such field",
        ),
        (
            json!({"query": "{ since(at: \"soon\") }"}),
            "`at` is \"soon\", expected an RFC 3339 instant such as 2025-12-25T08:00:00Z",
        ),
        (
            json!({"query": in_part, "variables": {"n": 3_000_000_000_u32}}),
            "`input.score` is 3000000000, expected an integer from -2147483648 to 2147483647",
        ),
    ];
    for (params, expected) in cases {
        let answer = server.ask(params).await;
        assert_eq!(
            answer.error(),
            ("BAD_USER_INPUT".to_owned(), expected.to_owned()),
            "{}",
            answer.text
        );
    }
    let unknown = server.query("{ b }").await;
    assert_eq!(unknown.error().0, "BAD_USER_INPUT");
    assert!(unknown.error().1.contains("\"b\""), "{}", unknown.text);
}

#[tokio::test]
async fn get_queries_and_does_not_mutate() {
    let server = Server::open();
    let url = server.url(
        "/graphql?query=query+Q(%24n:Int!)%7Bjudge(input:%7Bscore:%24n%7D)%7D\
         &variables=%7B%22n%22:4%7D",
    );
    assert_eq!(Answer::to(client().get(url)).await.json(), json!({"data": {"judge": 4}}));
    let url = server.url("/graphql?query=mutation%7Btouch%7D");
    let refused = Answer::to(client().get(url)).await;
    assert_eq!((refused.status, refused.header("allow")), (405, "POST"));
    assert_eq!(server.query("mutation { touch }").await.json(), json!({"data": {"touch": true}}));
}

#[tokio::test]
async fn an_answer_is_not_cached_and_varies_with_accept() {
    let server = Server::open();
    let answer = server.query("{ a }").await;
    assert_eq!(answer.header("content-type"), "application/graphql-response+json; charset=utf-8");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("vary"), "accept");
}

#[tokio::test]
async fn graphiqls_introspection_is_answered() {
    let server = Server::open();
    let answer = server.query(include_str!("../../graphql/introspection.graphql")).await;
    assert_eq!(answer.json()["errors"], json!(null));
    assert_eq!(answer.json()["data"]["__schema"]["queryType"]["name"], "Query");
}

#[tokio::test]
async fn the_caller_reaches_the_resolvers() {
    let server = Server::guarded();
    let body = json!({"query": "{ whoami }"}).to_string();
    let request = server.post(body).bearer_auth(super::token(60));
    assert_eq!(Answer::to(request).await.json(), json!({"data": {"whoami": "ann"}}));
}
