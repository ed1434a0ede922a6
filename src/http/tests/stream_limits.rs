//! What an event stream may cost, and what ends it.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use super::{Answer, Server, socket::Socket, stream::Events, token};
use crate::config::Config;

#[tokio::test]
async fn an_operation_ends_when_its_client_goes() {
    let server = Server::open();
    let events = Events::open(&server, "subscription { never }").await;
    server.runs(1).await;
    drop(events);
    server.runs(0).await;
}

#[tokio::test]
async fn a_stop_ends_a_subscription_without_a_complete() {
    let server = Server::open();
    let mut events = Events::open(&server, "subscription { never }").await;
    server.runs(1).await;
    server.stop.cancel();
    assert_eq!(events.next().await, None);
    let watched = server.watched.clone();
    server.task.await.unwrap();
    assert_eq!(watched.running(), 0);
}

#[tokio::test]
async fn a_stop_lets_a_query_complete() {
    let server = Server::open();
    let mut events = Events::open(&server, "{ slowB }").await;
    server.stop.cancel();
    assert_eq!(events.result().await, json!({"data": {"slowB": 2}}));
    events.completes().await;
}

#[tokio::test]
async fn a_subscription_ends_when_its_token_expires() {
    let server = Server::guarded();
    let ask = || Events::asked(&server, "subscription { never }");
    let bearer = token(2);
    let mut events = Events::of(ask().bearer_auth(&bearer)).await;
    server.runs(1).await;
    assert_eq!(events.next().await, None);
    assert_eq!(server.watched.running(), 0);
}

#[tokio::test]
async fn a_client_that_does_not_read_holds_its_operation_up_and_is_cut_off() {
    let server = Server::open();
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let body = r#"{"query": "subscription { floods }"}"#;
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    server.runs(1).await;
    // The cut is what ends it; until then the system's buffers have filled.
    server.runs(0).await;
    let (asked, mut sent) = (server.watched.events(), 0);
    let mut piece = vec![0; 65_536];
    while let Ok(read @ 1..) =
        timeout(Duration::from_secs(5), stream.read(&mut piece)).await.unwrap()
    {
        sent += read;
    }
    // One in the channel, one in the hand of the operation, and a connection's worth of them.
    assert!(asked <= sent / 100_000 + 4, "{asked} events asked for, {sent} bytes sent");
}

#[tokio::test]
async fn a_client_that_reads_slowly_is_not_cut_off() {
    let server = Server::open();
    let mut events = Events::open(&server, "subscription { floods }").await;
    let started = Instant::now();
    while started.elapsed() < Duration::from_millis(1_200) {
        assert_eq!(events.result().await["data"]["floods"].as_str().unwrap().len(), 100_000);
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(server.watched.running(), 1);
}

#[tokio::test]
async fn a_stream_takes_a_place_of_its_tenant() {
    let mut config = Config::default();
    config.server.max_sockets_per_tenant = 1;
    let server = Server::start(config);
    let events = Events::open(&server, "subscription { never }").await;
    let refused = Answer::to(Events::asked(&server, "{ a }")).await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, "1"));
    let error = &refused.json()["errors"][0];
    assert_eq!(error["extensions"], json!({"code": "RATE_LIMITED", "retryAfterMs": 1_000}));
    let message = "too many sockets of tenant default: 1, the most allowed, retry in 1000 ms";
    assert_eq!(error["message"], message);
    drop(events);
    let socket = Socket::admitted(&server).await;
    assert_eq!(Answer::to(Events::asked(&server, "{ a }")).await.status, 429);
    drop(socket);
    server_has_room(&server).await;
    // A stream gives its place back before its client hears of the end.
    for _ in 0..20 {
        assert_eq!(Answer::to(Events::asked(&server, "{ a }")).await.status, 200);
    }
}

/// Waits until a stream is let in, and lets it end.
async fn server_has_room(server: &Server) {
    let deadline = Instant::now() + Duration::from_secs(5);
    while Answer::to(Events::asked(server, "{ a }")).await.status != 200 {
        assert!(Instant::now() < deadline, "no place became free");
    }
}
