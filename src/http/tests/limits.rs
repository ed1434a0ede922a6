//! What is refused because it is too much, each with the limit and the actual value.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::{Answer, Server, client};
use crate::config::Config;

fn server(change: impl FnOnce(&mut Config)) -> Server {
    let mut config = Config::default();
    change(&mut config);
    Server::start(config)
}

#[tokio::test]
async fn a_document_of_too_many_tokens_is_refused_unparsed() {
    let server = server(|config| config.server.max_document_tokens = 10);
    // It has no end.
    let answer = server.query("{ a a a a a a a a a a").await;
    assert_eq!(answer.error().1, "`query` is a document of 11 tokens, expected at most 10");
    assert_eq!(server.query("{ a b: a }").await.status, 200);
}

#[tokio::test]
async fn brackets_that_nest_too_deep_are_refused_unparsed() {
    let server = server(|config| config.server.max_document_tokens = 100_000);
    // The parser would need as many frames of the stack, and the process would end.
    for document in [
        format!("{}{}", "{a".repeat(10_000), "}".repeat(10_000)),
        format!("{{a(b:{}{})}}", "[".repeat(10_000), "]".repeat(10_000)),
        format!("query($n: {}Int{}) {{a}}", "[".repeat(10_000), "]".repeat(10_000)),
    ] {
        let message = server.query(&document).await.error().1;
        assert!(message.ends_with("levels of brackets, expected at most 100"), "{message}");
    }
}

#[tokio::test]
async fn a_list_that_is_too_long_is_refused_wherever_it_stands() {
    let server = server(|config| config.server.max_list_items = 3);
    let judge = "query($tags: [String!]) { judge(input: {score: 1, tags: $tags}) }";
    let ask = |tags: usize| json!({"query": judge, "variables": {"tags": vec!["x"; tags]}});
    assert_eq!(server.ask(ask(3)).await.json(), json!({"data": {"judge": 4}}));
    let long = server.ask(ask(4)).await.error();
    let expected = "`variables.tags` is a list of 4 items, expected at most 3";
    assert_eq!(long, ("BAD_USER_INPUT".to_owned(), expected.to_owned()));
    let written = server.query(r#"{ judge(input: {score: 1, tags: ["", "", "", ""]}) }"#).await;
    let expected = "`query` is a document with a list of 4 items, expected at most 3";
    assert_eq!(written.error().1, expected);
}

#[tokio::test]
async fn too_many_values_are_refused_before_they_are_read() {
    let server = server(|config| config.server.max_variable_values = 10);
    let values = json!({"unused": vec![json!({"a": 1}); 5]});
    for field in ["variables", "extensions"] {
        let answer = server.ask(json!({"query": "{ a }", field: values})).await;
        let expected = format!("`{field}` is 12 values, expected at most 10 in all");
        assert_eq!(answer.error().1, expected);
    }
}

#[tokio::test]
async fn the_cost_is_shown_to_who_asks_and_bounded_for_all() {
    let server = server(|config| config.server.max_cost = 3);
    let asked = json!({"query": "{ a b: a }", "extensions": {"cost": true}});
    let shown =
        json!({"data": {"a": 1, "b": 1}, "extensions": {"cost": {"actual": 2, "limit": 3}}});
    assert_eq!(server.ask(asked).await.json(), shown);
    let address = "/graphql?query=%7Ba%20b:a%7D&extensions=%7B%22cost%22:true%7D";
    assert_eq!(Answer::to(client().get(server.url(address))).await.json(), shown);
    assert!(server.query("{ a }").await.json().get("extensions").is_none());
    let dear = server.query("{ a b: a c: a d: a }").await;
    assert_eq!(dear.error().1, "`query` is an operation of cost 4, expected at most 3");
}

#[tokio::test]
async fn a_caller_over_its_rate_is_told_when_to_come_again() {
    let server = server(|config| {
        config.limits.requests_per_second = 1;
        config.limits.burst = 2;
    });
    for _ in 0..2 {
        assert_eq!(server.query("{ a }").await.status, 200);
    }
    let refused = Answer::to(server.post("NONSENSE")).await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, "1"));
    let (code, message) = refused.error();
    assert_eq!(code, "RATE_LIMITED");
    assert!(message.starts_with("caller `local` sends more than 1 requests a second"), "{message}");
    let wait = refused.json()["errors"][0]["extensions"]["retryAfterMs"].as_u64().unwrap();
    assert!((1..=1_000).contains(&wait), "{wait}");
    let stream = server.post(r#"{"query": "{ a }"}"#).header("accept", "text/event-stream");
    assert_eq!(Answer::to(stream).await.status, 429);
    tokio::time::sleep(Duration::from_millis(wait)).await;
    assert_eq!(server.query("{ a }").await.status, 200);
}

#[tokio::test]
async fn a_caller_runs_so_many_operations_at_once() {
    let server = server(|config| config.limits.max_concurrent_operations = 1);
    let under_way = tokio::spawn(server.post(r#"{"query": "{ forever }"}"#).send());
    let refused = loop {
        let answer = server.query("{ a }").await;
        if answer.status != 200 {
            break answer;
        }
    };
    assert_eq!((refused.status, refused.error().0.as_str()), (429, "RATE_LIMITED"));
    // Its client goes away, and with it the operation.
    under_way.abort();
    let started = Instant::now();
    while server.query("{ a }").await.status != 200 {
        assert!(started.elapsed() < Duration::from_secs(5));
    }
}

async fn connected(server: &Server) -> TcpStream {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let request = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";
    // Who is refused may be gone before it has written.
    let _ = stream.write_all(request).await;
    stream
}

/// Whether an answer comes.
async fn is_answered(stream: &mut TcpStream) -> bool {
    stream.read(&mut [0; 1_024]).await.is_ok_and(|read| read > 0)
}

#[tokio::test]
async fn a_connection_too_many_is_closed_until_another_ends() {
    let server = server(|config| config.server.max_connections = 2);
    let mut first = connected(&server).await;
    let mut second = connected(&server).await;
    assert!(is_answered(&mut first).await && is_answered(&mut second).await);
    assert!(!is_answered(&mut connected(&server).await).await);
    drop(first);
    let started = Instant::now();
    while !is_answered(&mut connected(&server).await).await {
        assert!(started.elapsed() < Duration::from_secs(5));
    }
}

#[tokio::test]
async fn a_websocket_counts_as_the_connection_that_it_was() {
    let server = server(|config| config.server.max_connections_per_address = 1);
    let url = format!("ws://{}/graphql/ws", server.address);
    let (socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    assert!(!is_answered(&mut connected(&server).await).await);
    drop(socket);
    let started = Instant::now();
    while !is_answered(&mut connected(&server).await).await {
        assert!(started.elapsed() < Duration::from_secs(5));
    }
}

#[tokio::test]
async fn silence_headers_that_do_not_come_and_silence_after_an_answer_end_the_connection() {
    let server = server(|config| config.server.header_timeout_ms = 200);
    let silent = connected(&server).await;
    let mut slow = TcpStream::connect(server.address).await.unwrap();
    slow.write_all(b"GET /healthz HTTP/1.1\r\nhost: lo").await.unwrap();
    let mut idle = connected(&server).await;
    assert!(is_answered(&mut idle).await);
    for mut stream in [silent, slow, idle] {
        let mut rest = Vec::new();
        let end = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut rest)).await;
        assert!(end.is_ok());
    }
}
