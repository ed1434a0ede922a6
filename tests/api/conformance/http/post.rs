//! § 4.4 POST.

use serde_json::json;

use crate::{
    conformance::request::{Ask, GRAPHQL, JSON},
    harness::TestApp,
};

// § 4 MUST: POST is supported. § 4.4 MUST: with a body of JSON in UTF-8.
#[tokio::test]
async fn a_body_of_json_is_executed() {
    let app = TestApp::spawn().await;
    let body = json!({
        "query": "query S($id: ID!) { session(id: $id) { id } } query Q { __typename }",
        "operationName": "S", "variables": { "id": "é" }, "extensions": { "own": 1 },
    });
    let reply = Ask::post(&app, &body).send().await;
    assert_eq!((reply.status, reply.json()), (200, json!({ "data": { "session": null } })));
}

// § 4.4 SHOULD: a body without `Content-Type` is refused with a 4xx. § 5.4 SHOULD: another type is a
// 415. What a form of a foreign page can send is among them (CSRF).
#[tokio::test]
async fn another_content_type_is_a_415_and_does_nothing() {
    let app = TestApp::spawn().await;
    let mutation = "mutation { acknowledgeAlert(sessionId: \"s\") { sessionId } }";
    let body = json!({ "query": mutation }).to_string();
    let form = format!(
        "--x\r\ncontent-disposition: form-data; name=\"operations\"\r\n\r\n{body}\r\n--x--\r\n"
    );
    let kinds = [
        (None, body.clone()),
        (Some("text/plain"), body.clone()),
        (Some("text/plain; charset=utf-8"), body.clone()),
        (Some("application/x-www-form-urlencoded"), format!("query={mutation}")),
        (Some("multipart/form-data; boundary=x"), form),
        (Some("application/graphql"), mutation.to_owned()),
        (Some("application/json; charset=utf-16"), body.clone()),
        (Some("application/jsonp"), body.clone()),
        (Some(""), body.clone()),
    ];
    for accept in [GRAPHQL, JSON, "text/event-stream"] {
        for (kind, body) in &kinds {
            let mut ask = Ask::with(&app, "POST", "/graphql").accept(accept).body(body.clone());
            if let Some(kind) = kind {
                ask = ask.header("content-type", kind);
            }
            let reply = ask.send().await;
            assert_eq!(reply.status, 415, "{kind:?} {accept}: {}", reply.text);
            assert!(reply.is_request_error(), "{}", reply.text);
        }
    }
}

// § 5.4 SHOULD: a body that is compressed in a way that is not supported is a 415, too (RFC 9110
// § 8.4).
#[tokio::test]
async fn a_compressed_body_is_a_415() {
    let app = TestApp::spawn().await;
    let ask = Ask::text(&app, "x").header("content-encoding", "gzip");
    let reply = ask.send().await;
    let expected = "`content-encoding` is \"gzip\", expected identity";
    assert_eq!((reply.status, reply.message().as_str()), (415, expected));
}

// § 5.4 SHOULD: another method is a 405, with `Allow`.
#[tokio::test]
async fn another_method_is_a_405() {
    let app = TestApp::spawn().await;
    for method in ["PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"] {
        let reply = Ask::with(&app, method, "/graphql").header("content-type", JSON).send().await;
        assert_eq!((reply.status, reply.header("allow")), (405, "GET, HEAD, POST"), "{method}");
    }
}

// Not in the specification: a list of requests is refused as a whole, with a clear word.
#[tokio::test]
async fn a_batch_is_refused() {
    let app = TestApp::spawn().await;
    let one = json!({ "query": "mutation { acknowledgeAlert(sessionId: \"s\") { sessionId } }" });
    for accept in [GRAPHQL, JSON, "text/event-stream"] {
        for batch in [json!([one]), json!([]), json!(vec![one.clone(); 1_000])] {
            let reply = Ask::post(&app, &batch).accept(accept).send().await;
            let expected = "`body` is a list, expected one request: batches are not supported";
            assert_eq!((reply.status, reply.message().as_str()), (400, expected));
        }
    }
}
