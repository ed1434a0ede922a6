//! graphql-transport-ws: what closes a socket, code by code.

use deskpulse::auth::Role;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use super::ws::{PROTOCOL, Socket};
use crate::harness::TestApp;

/// Opens a connection, says this, and returns how the socket is closed.
async fn closed_by(app: &TestApp, message: Message) -> (u16, String) {
    let mut socket = Socket::ready(app).await;
    socket.send(message).await;
    socket.closed().await
}

// Invalid message: of a type or form that the protocol does not know, 4400.
#[tokio::test]
async fn an_invalid_message_closes_with_4400() {
    let app = TestApp::spawn().await;
    let subscribe =
        |id: Value, payload: Value| json!({ "type": "subscribe", "id": id, "payload": payload });
    let query = json!({ "query": "{ __typename }" });
    let messages = [
        json!(null),
        json!("ping"),
        json!([{ "type": "ping" }]),
        json!({}),
        json!({ "type": 7 }),
        json!({ "type": "start", "id": "1", "payload": query }),
        json!({ "type": "connection_ack" }),
        json!({ "type": "next", "id": "1", "payload": {} }),
        json!({ "type": "error", "id": "1", "payload": [] }),
        json!({ "type": "ping", "payload": 7 }),
        json!({ "type": "pong", "payload": [] }),
        json!({ "type": "complete" }),
        json!({ "type": "complete", "id": 7 }),
        json!({ "type": "subscribe", "payload": query }),
        subscribe(json!(""), query.clone()),
        subscribe(json!(1), query.clone()),
        subscribe(json!("x".repeat(257)), query.clone()),
        json!({ "type": "subscribe", "id": "1" }),
        subscribe(json!("1"), json!({})),
        subscribe(json!("1"), json!({ "query": 7 })),
        subscribe(json!("1"), json!({ "query": "{ __typename }", "variables": [] })),
        subscribe(json!("1"), json!([query])),
    ];
    let texts = messages.iter().map(ToString::to_string);
    for text in texts.chain(["", "NONSENSE", "{\"type\":"].map(str::to_owned)) {
        let (code, reason) = closed_by(&app, Message::text(text.clone())).await;
        assert_eq!(code, 4400, "{text}: {reason}");
        assert!(reason.starts_with("invalid message") && reason.len() <= 123, "{reason}");
    }
}

// Messages are text of JSON: a binary one is invalid.
#[tokio::test]
async fn a_binary_message_closes_with_4400() {
    let app = TestApp::spawn().await;
    let ping = br#"{"type":"ping"}"#.to_vec();
    assert_eq!(closed_by(&app, Message::binary(ping)).await.0, 4400);
}

// Subscribe: before the connection is acknowledged, 4401.
#[tokio::test]
async fn an_operation_before_the_connection_closes_with_4401() {
    let app = TestApp::spawn().await;
    let mut socket = Socket::open(&app, PROTOCOL).await;
    socket.subscribe("1", "{ __typename }").await;
    assert_eq!(socket.closed().await, (4401, "Unauthorized".to_owned()));
}

// ConnectionInit: a connection that is refused closes with 4403.
#[tokio::test]
async fn a_refused_connection_closes_with_4403() {
    let app = TestApp::spawn().await;
    let gone = format!("Bearer {}", app.token("gone", Role::Viewer, "vera"));
    for payload in [
        Value::Null,
        json!({}),
        json!({ "Authorization": "Bearer x" }),
        json!({ "Authorization": gone }),
    ] {
        let mut socket = Socket::open(&app, PROTOCOL).await;
        socket.say(&json!({ "type": "connection_init", "payload": payload })).await;
        let (code, reason) = socket.closed().await;
        assert!(code == 4403 && reason.starts_with("Forbidden: "), "{code} {reason}");
    }
}

// Communication: another subprotocol, or none, is 4406.
#[tokio::test]
async fn another_subprotocol_closes_with_4406() {
    let app = TestApp::spawn().await;
    let mut socket = Socket::open(&app, "").await;
    assert_eq!(socket.closed().await, (4406, "Subprotocol not acceptable".to_owned()));
}

// Subscribe: an id that an operation has is 4409, which names it.
#[tokio::test]
async fn an_id_that_is_taken_closes_with_4409() {
    let app = TestApp::spawn().await;
    for id in ["one", &"é".repeat(100)] {
        let mut socket = Socket::ready(&app).await;
        for _ in 0..2 {
            socket.subscribe(id, "subscription { realtimeOverview { version } }").await;
        }
        let (code, reason) = socket.closed_after_all().await;
        assert_eq!(code, 4409, "{reason}");
        assert!(reason.starts_with(&format!("Subscriber for {}", &id[..2])), "{reason}");
        assert!(reason.len() <= 123, "{reason}");
    }
}

// ConnectionInit: a second one is 4429, before the acknowledgement or after it.
#[tokio::test]
async fn a_second_connection_closes_with_4429() {
    let app = TestApp::spawn().await;
    let mut socket = Socket::open(&app, PROTOCOL).await;
    socket.init(&app).await;
    socket.init(&app).await;
    let (code, reason) = socket.closed_after_all().await;
    assert_eq!((code, reason.as_str()), (4429, "Too many initialisation requests"));
}

// Communication: a client closes with 1000, and gets its half of the handshake.
#[tokio::test]
async fn a_client_that_closes_is_answered() {
    let app = TestApp::spawn().await;
    let mut socket = Socket::ready(&app).await;
    socket
        .send(Message::Close(Some(tokio_tungstenite::tungstenite::protocol::CloseFrame {
            code: 1000.into(),
            reason: "bye".into(),
        })))
        .await;
    assert_eq!(socket.closed().await.0, 1000);
}

// A handshake that is none of WebSocket is told what is expected.
#[tokio::test]
async fn what_is_no_handshake_is_a_426() {
    let app = TestApp::spawn().await;
    let reply = super::request::Ask::with(&app, "GET", "/graphql/ws").send().await;
    assert_eq!((reply.status, reply.header("upgrade")), (426, "websocket"));
}
