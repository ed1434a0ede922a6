//! What is refused before anything is executed, and with which status.

use bytes::Bytes;
use http_body_util::StreamBody;
use hyper::body::Frame;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::{Answer, Server, client, token};

#[tokio::test]
async fn request_errors_have_no_data_and_the_status_of_their_media_type() {
    let server = Server::open();
    let requests = [
        json!({"query": "{"}),
        json!({"query": "{ nothing }"}),
        json!({"query": "{ a }", "operationName": "Q"}),
        json!({"query": "query($n: Int!) { judge(input: {score: $n}) }"}),
        json!({"query": "{ judge(input: {score: true}) }"}),
        json!({"query": "subscription { never }"}),
        json!({"query": format!("{{{}}}", "x: a ".repeat(150))}),
    ];
    for (accept, status) in [("application/json", 200), ("application/graphql-response+json", 400)]
    {
        for request in &requests {
            let answer =
                Answer::to(server.post(request.to_string()).header("accept", accept)).await;
            assert_eq!((answer.status, answer.has_data()), (status, false), "{request}");
            assert_eq!(answer.header("content-type"), format!("{accept}; charset=utf-8"));
            assert_eq!(answer.error().0, "BAD_USER_INPUT", "{request}");
        }
    }
}

#[tokio::test]
async fn a_malformed_request_is_a_400_in_every_media_type() {
    let server = Server::open();
    let bodies =
        ["", "NONSENSE", "{\"query\":", "[{\"query\": \"{ a }\"}]", "{\"qeury\": \"{ a }\"}"];
    for accept in ["application/json", "application/graphql-response+json"] {
        for body in bodies {
            let answer = Answer::to(server.post(body).header("accept", accept)).await;
            assert_eq!((answer.status, answer.has_data()), (400, false), "{body}");
            assert_eq!(answer.error().0, "BAD_USER_INPUT", "{body}");
        }
    }
    let wrong = server.ask(json!({"query": "{ a }", "variables": [7]})).await;
    assert_eq!(wrong.error().1, "`variables` is [7], expected an object");
    let unknown = server.ask(json!({"query": "{ a }", "id": 1})).await;
    assert_eq!(unknown.json(), json!({"data": {"a": 1}}));
}

#[tokio::test]
async fn what_is_not_acceptable_is_refused_first() {
    let server = Server::guarded();
    let answer = Answer::to(server.post("").header("accept", "text/html")).await;
    assert_eq!((answer.status, answer.error().0.as_str()), (406, "BAD_USER_INPUT"));
}

#[tokio::test]
async fn credentials_are_asked_for_before_anything_else_is_said() {
    let server = Server::guarded();
    let requests = [
        server.post("NONSENSE"),
        client().delete(server.url("/graphql")),
        server.post("{}").bearer_auth("wrong"),
        server.post("{}").bearer_auth(token(-3_600)),
        server.post("{}").header("authorization", "Basic YTpi"),
    ];
    for request in requests {
        let answer = Answer::to(request).await;
        assert_eq!((answer.status, answer.header("www-authenticate")), (401, "Bearer"));
        assert_eq!((answer.error().0.as_str(), answer.has_data()), ("UNAUTHENTICATED", false));
    }
}

#[tokio::test]
async fn other_methods_and_content_types_are_refused() {
    let server = Server::open();
    let answer = Answer::to(client().put(server.url("/graphql"))).await;
    assert_eq!((answer.status, answer.header("allow")), (405, "GET, HEAD, POST"));
    let kinds =
        ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1"];
    for kind in kinds {
        let request = client().post(server.url("/graphql")).header("content-type", kind);
        assert_eq!(Answer::to(request.body(r#"{"query": "{ a }"}"#)).await.status, 415, "{kind}");
    }
    let bare =
        Answer::to(client().post(server.url("/graphql")).body(r#"{"query": "{ a }"}"#)).await;
    assert_eq!(bare.error().1, "`content-type` is missing, expected application/json");
    let packed = server.post("x").header("content-encoding", "gzip");
    assert_eq!(Answer::to(packed).await.status, 415);
}

#[tokio::test]
async fn a_foreign_page_does_not_reach_an_open_service() {
    let server = Server::open();
    let request = server.post(r#"{"query": "{ a }"}"#).header("origin", "https://evil.example");
    let answer = Answer::to(request).await;
    assert_eq!((answer.status, answer.error().0.as_str()), (403, "FORBIDDEN"));
    let rebound = client().get(server.url("/graphql?query=%7Ba%7D")).header("host", "evil.example");
    assert_eq!(Answer::to(rebound).await.status, 403);
    let own = server.post(r#"{"query": "{ a }"}"#).header("origin", server.url(""));
    assert_eq!(Answer::to(own).await.status, 200);
}

#[tokio::test]
async fn a_body_over_the_limit_is_a_413_that_arrives() {
    let mut config = crate::config::Config::default();
    config.server.max_body_bytes = 1_024;
    let server = Server::start(config);
    let declared = Answer::to(server.post(vec![b' '; 3_000_000])).await;
    assert_eq!((declared.status, declared.error().0.as_str()), (413, "BAD_USER_INPUT"));
    let piece = || Ok::<_, std::io::Error>(Frame::data(Bytes::from(vec![b' '; 4_096])));
    let pieces = StreamBody::new(futures_util::stream::iter((0..100).map(move |_| piece())));
    let streamed = Answer::to(server.post(reqwest::Body::wrap(pieces))).await;
    assert_eq!(streamed.status, 413);
}

#[tokio::test]
async fn a_body_that_stops_coming_is_a_408() {
    let server = Server::open();
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let head = "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
                content-length: 100\r\n\r\n{\"query\"";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
}

#[tokio::test]
async fn a_document_over_the_limit_is_refused_unparsed() {
    let server = Server::open();
    let answer = server.query(&format!("{{ a }}{}", " ".repeat(70_000))).await;
    assert_eq!(answer.error().1, "`query` is a document of 70005 bytes, expected at most 65536");
}
