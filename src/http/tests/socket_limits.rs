//! What a socket may cost, and what ends it.

use std::{sync::Arc, time::Duration};

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::json;
use tokio_tungstenite::{
    connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest as _},
};

use super::{Answer, Server, client, socket::Socket, token, token_of};
use crate::config::Config;

#[tokio::test]
async fn the_hundred_and_first_operation_is_an_error() {
    let server = Server::open();
    let mut socket = Socket::ready(&server).await;
    for number in 0..=100 {
        socket.subscribe(&number.to_string(), "subscription { never }").await;
    }
    let refused = socket.hear().await;
    assert_eq!((&refused["type"], &refused["id"]), (&json!("error"), &json!("100")));
    assert_eq!(refused["payload"][0]["extensions"]["code"], "RATE_LIMITED");
    socket.say(json!({"type": "complete", "id": "0"})).await;
    socket.subscribe("100", "{ a }").await;
    assert_eq!(socket.hear().await["payload"], json!({"data": {"a": 1}}));
}

#[tokio::test]
async fn the_limit_of_operations_is_configured_and_named() {
    let mut config = Config::default();
    config.server.max_operations_per_socket = 1;
    let server = Server::start(config);
    let mut socket = Socket::ready(&server).await;
    socket.subscribe("1", "subscription { never }").await;
    socket.subscribe("2", "{ a }").await;
    let refused = socket.hear().await;
    let message = "1 operations run on this socket, the most allowed, retry in 1000 ms";
    assert_eq!((&refused["id"], &refused["payload"][0]["message"]), (&json!("2"), &json!(message)));
    socket.say(json!({"type": "complete", "id": "1"})).await;
    socket.subscribe("2", "{ a }").await;
    assert_eq!(socket.hear().await["payload"], json!({"data": {"a": 1}}));
}

#[tokio::test]
async fn a_tenants_next_socket_gets_in_once_one_has_left() {
    let mut config = Config::default();
    config.server.max_sockets_per_tenant = 1;
    let server = Server::start(config);
    for leaves_in_order in [true, false] {
        let mut first = Socket::admitted(&server).await;
        let mut second = Socket::connect(&server).await;
        second.say(json!({"type": "connection_init"})).await;
        let reason = "too many sockets of tenant default: 1, the most allowed".to_owned();
        assert_eq!(second.closed().await, (1013, reason));
        if leaves_in_order {
            first.0.close(None).await.unwrap();
        }
        drop(first);
    }
    Socket::admitted(&server).await;
}

#[tokio::test]
async fn a_socket_takes_no_place_of_another_tenant_nor_before_its_connection() {
    let mut config = Config::default();
    config.server.max_sockets_per_tenant = 1;
    config.auth.jwt_secret = Some(super::SECRET.to_owned().into());
    config.tenants.insert("other".to_owned(), Arc::default());
    let server = Server::start(config.checked().unwrap());
    let mut open = vec![Socket::connect(&server).await];
    for tenant in ["default", "other"] {
        let mut socket = Socket::connect(&server).await;
        let bearer = format!("Bearer {}", token_of(tenant, 60));
        let payload = json!({"authorization": bearer});
        socket.say(json!({"type": "connection_init", "payload": payload})).await;
        assert_eq!(socket.hear().await["type"], "connection_ack");
        open.push(socket);
    }
}

#[tokio::test]
async fn a_socket_closes_when_its_token_expires() {
    let server = Server::guarded();
    let mut socket = Socket::connect(&server).await;
    let payload = json!({"authorization": format!("Bearer {}", token(1))});
    socket.say(json!({"type": "connection_init", "payload": payload})).await;
    assert_eq!(socket.hear().await["type"], "connection_ack");
    assert_eq!(socket.closed().await, (4403, "token expired".to_owned()));
}

#[tokio::test]
async fn a_message_over_the_limit_closes_the_socket() {
    let mut config = Config::default();
    config.server.max_body_bytes = 1_024;
    let server = Server::start(config);
    let mut socket = Socket::ready(&server).await;
    socket.subscribe("1", &" ".repeat(2_000)).await;
    assert_eq!(socket.closed().await, (1009, "message too big".to_owned()));
}

#[tokio::test]
async fn a_binary_message_is_invalid() {
    let server = Server::open();
    let mut socket = Socket::ready(&server).await;
    socket.0.send(Message::binary(vec![1])).await.unwrap();
    assert_eq!(socket.closed().await.0, 4400);
}

#[tokio::test]
async fn a_silent_socket_is_pinged_and_then_dropped() {
    let server = Server::open();
    let mut alive = Socket::ready(&server).await;
    // Reading answers the pings.
    let reading = tokio::time::timeout(Duration::from_millis(900), alive.0.next());
    assert!(matches!(reading.await, Ok(Some(Ok(Message::Ping(_))))));
    let silent = Socket::ready(&server).await;
    tokio::time::sleep(Duration::from_millis(700)).await;
    let mut silent = silent.0;
    let mut ended = false;
    while let Some(message) = silent.next().await {
        ended = message.is_err();
    }
    assert!(ended, "dropped without a close frame");
}

#[tokio::test]
async fn a_stop_closes_sockets_with_1001() {
    let server = Server::open();
    let mut socket = Socket::ready(&server).await;
    socket.subscribe("1", "subscription { never }").await;
    server.stop.cancel();
    assert_eq!(socket.closed().await, (1001, "going away".to_owned()));
    server.task.await.unwrap();
}

#[tokio::test]
async fn a_foreign_page_cannot_open_a_socket_to_an_open_service() {
    let server = Server::open();
    let mut request = format!("ws://{}/graphql", server.address).into_client_request().unwrap();
    let headers = request.headers_mut();
    headers.insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
    headers.insert("origin", "https://evil.example".parse().unwrap());
    match connect_async(request).await {
        Err(Error::Http(response)) => assert_eq!(response.status().as_u16(), 403),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_socket_address_says_that_it_wants_an_upgrade() {
    let server = Server::open();
    let answer = Answer::to(client().get(server.url("/graphql/ws"))).await;
    assert_eq!((answer.status, answer.header("upgrade")), (426, "websocket"));
}

#[tokio::test]
async fn the_graphql_address_opens_sockets_too() {
    let server = Server::open();
    let mut request = format!("ws://{}/graphql", server.address).into_client_request().unwrap();
    let protocol = "graphql-transport-ws".parse().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", protocol);
    let mut socket = Socket(connect_async(request).await.unwrap().0);
    socket.say(json!({"type": "connection_init"})).await;
    assert_eq!(socket.hear().await, json!({"type": "connection_ack"}));
}
