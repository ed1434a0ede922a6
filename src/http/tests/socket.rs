//! `graphql-transport-ws`, clause by clause.

use std::time::{Duration, Instant};

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest as _},
};

use super::{Server, token};

pub(super) struct Socket(pub(super) WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Opens a socket with these headers.
    pub(super) async fn open(server: &Server, headers: &[(&'static str, &str)]) -> Self {
        let mut request =
            format!("ws://{}/graphql/ws", server.address).into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        Self(connect_async(request).await.unwrap().0)
    }

    pub(super) async fn connect(server: &Server) -> Self {
        Self::open(server, &[("sec-websocket-protocol", "graphql-transport-ws")]).await
    }

    /// Opens a socket and its connection.
    pub(super) async fn ready(server: &Server) -> Self {
        let mut socket = Self::connect(server).await;
        socket.say(json!({"type": "connection_init"})).await;
        assert_eq!(socket.hear().await, json!({"type": "connection_ack"}));
        socket
    }

    /// The same, as soon as there is a place for it.
    pub(super) async fn admitted(server: &Server) -> Self {
        let deadline = Instant::now() + Duration::from_secs(5);
        loop {
            let mut socket = Self::connect(server).await;
            socket.say(json!({"type": "connection_init"})).await;
            if matches!(socket.next().await, Message::Text(_)) {
                return socket;
            }
            assert!(Instant::now() < deadline, "no place became free");
        }
    }

    pub(super) async fn say(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    pub(super) async fn subscribe(&mut self, id: &str, query: &str) {
        self.say(json!({"type": "subscribe", "id": id, "payload": {"query": query}})).await;
    }

    async fn next(&mut self) -> Message {
        loop {
            let next = timeout(Duration::from_secs(5), self.0.next()).await.unwrap();
            match next.unwrap().unwrap() {
                Message::Ping(_) | Message::Pong(_) => {}
                other => return other,
            }
        }
    }

    pub(super) async fn hear(&mut self) -> Value {
        let message = self.next().await;
        serde_json::from_str(message.to_text().unwrap_or_else(|_| panic!("{message:?}"))).unwrap()
    }

    /// Code and reason of the close frame that comes next.
    pub(super) async fn closed(&mut self) -> (u16, String) {
        match self.next().await {
            Message::Close(Some(frame)) => (frame.code.into(), frame.reason.to_string()),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_subscription_is_a_row_of_nexts_and_a_complete() {
    let server = Server::open();
    let mut socket = Socket::ready(&server).await;
    socket.subscribe("1", "subscription { count(to: 2) }").await;
    for number in 0..2 {
        let payload = json!({"data": {"count": number}});
        assert_eq!(socket.hear().await, json!({"type": "next", "id": "1", "payload": payload}));
    }
    assert_eq!(socket.hear().await, json!({"type": "complete", "id": "1"}));
    // The id is free again.
    socket.subscribe("1", "{ slowB a }").await;
    assert_eq!(socket.hear().await["payload"]["data"], json!({"slowB": 2, "a": 1}));
    assert_eq!(socket.hear().await["type"], "complete");
    socket.subscribe("2", "mutation { touch }").await;
    assert_eq!(socket.hear().await["payload"], json!({"data": {"touch": true}}));
}

#[tokio::test]
async fn a_refused_operation_is_one_error_and_nothing_more() {
    let server = Server::open();
    let mut socket = Socket::ready(&server).await;
    let cases = [
        ("{", "BAD_USER_INPUT"),
        ("{ nothing }", "BAD_USER_INPUT"),
        ("subscription { count(to: \"x\") }", "BAD_USER_INPUT"),
        ("subscription { count(to: 1) never }", "BAD_USER_INPUT"),
        ("subscription { refused }", "FORBIDDEN"),
    ];
    for (query, code) in cases {
        socket.subscribe("1", query).await;
        let message = socket.hear().await;
        assert_eq!((&message["type"], &message["id"]), (&json!("error"), &json!("1")), "{message}");
        assert_eq!(message["payload"][0]["extensions"]["code"], code, "{message}");
    }
    socket.say(json!({"type": "ping"})).await;
    assert_eq!(socket.hear().await, json!({"type": "pong"}));
}

#[tokio::test]
async fn an_event_that_fails_does_not_end_the_subscription() {
    let server = Server::open();
    let mut socket = Socket::ready(&server).await;
    socket.subscribe("1", "subscription { failsOnce }").await;
    assert_eq!(socket.hear().await["payload"], json!({"data": {"failsOnce": 1}}));
    let failed = socket.hear().await;
    assert_eq!(failed["payload"]["data"], json!({"failsOnce": null}));
    assert_eq!(failed["payload"]["errors"][0]["extensions"]["code"], "FORBIDDEN");
    assert_eq!(socket.hear().await["payload"], json!({"data": {"failsOnce": 3}}));
    assert_eq!(socket.hear().await["type"], "complete");
}

#[tokio::test]
async fn a_panic_in_a_stream_ends_that_stream_only() {
    let server = Server::open();
    let mut socket = Socket::ready(&server).await;
    socket.subscribe("1", "subscription { breaks }").await;
    assert_eq!(socket.hear().await["payload"], json!({"data": {"breaks": 1}}));
    let broken = socket.hear().await;
    assert_eq!(broken["payload"]["errors"][0]["message"], "internal error");
    assert_eq!(socket.hear().await["type"], "complete");
    socket.subscribe("2", "{ a }").await;
    assert_eq!(socket.hear().await["payload"], json!({"data": {"a": 1}}));
}

#[tokio::test]
async fn a_client_completes_what_it_no_longer_wants() {
    let server = Server::open();
    let mut socket = Socket::ready(&server).await;
    socket.subscribe("1", "subscription { never }").await;
    socket.say(json!({"type": "complete", "id": "1"})).await;
    socket.say(json!({"type": "complete", "id": "unknown"})).await;
    socket.subscribe("1", "{ a }").await;
    assert_eq!(socket.hear().await["payload"], json!({"data": {"a": 1}}));
}

#[tokio::test]
async fn pings_are_answered_with_their_payload_even_before_the_connection() {
    let server = Server::open();
    let mut socket = Socket::connect(&server).await;
    socket.say(json!({"type": "ping", "payload": {"n": 1}})).await;
    assert_eq!(socket.hear().await, json!({"type": "pong", "payload": {"n": 1}}));
    socket.say(json!({"type": "pong"})).await;
}

#[tokio::test]
async fn breaches_of_the_protocol_close_with_their_codes() {
    let server = Server::open();
    let init = json!({"type": "connection_init"});
    let payload = json!({"query": "subscription { never }"});
    let never = json!({"type": "subscribe", "id": "é".repeat(100), "payload": payload});
    let cases = [
        (vec![never.clone()], 4401, "Unauthorized"),
        (vec![init.clone(), init.clone()], 4429, "Too many initialisation requests"),
        (vec![init.clone(), never.clone(), never.clone()], 4409, "Subscriber for é"),
        (vec![init.clone(), json!({"type": "start"})], 4400, "invalid message: unknown type"),
        (vec![json!(7)], 4400, "invalid message"),
        (vec![], 4408, "Connection initialisation timeout"),
    ];
    for (messages, code, reason) in cases {
        let mut socket = Socket::connect(&server).await;
        for message in &messages {
            socket.say(message.clone()).await;
        }
        if code != 4401 && messages.first() == Some(&init) {
            assert_eq!(socket.hear().await["type"], "connection_ack");
        }
        let closed = socket.closed().await;
        assert_eq!(closed.0, code, "{closed:?}");
        assert!(closed.1.starts_with(reason) && closed.1.len() <= 123, "{closed:?}");
    }
}

#[tokio::test]
async fn only_its_own_subprotocol_is_spoken() {
    let server = Server::open();
    let mut silent = Socket::open(&server, &[]).await;
    assert_eq!(silent.closed().await, (4406, "Subprotocol not acceptable".to_owned()));
    let both = [("sec-websocket-protocol", "graphql-ws, graphql-transport-ws")];
    let mut socket = Socket::open(&server, &both).await;
    socket.say(json!({"type": "connection_init"})).await;
    assert_eq!(socket.hear().await["type"], "connection_ack");
}

#[tokio::test]
async fn credentials_come_in_the_payload_or_the_upgrade() {
    let server = Server::guarded();
    let bearer = format!("Bearer {}", token(60));
    for payload in [json!({"Authorization": bearer}), json!({"authorization": bearer})] {
        let mut socket = Socket::connect(&server).await;
        socket.say(json!({"type": "connection_init", "payload": payload})).await;
        assert_eq!(socket.hear().await["type"], "connection_ack");
        socket.subscribe("1", "{ whoami }").await;
        assert_eq!(socket.hear().await["payload"], json!({"data": {"whoami": "ann"}}));
    }
    let headers = [("sec-websocket-protocol", "graphql-transport-ws"), ("authorization", &bearer)];
    let mut socket = Socket::open(&server, &headers).await;
    socket.say(json!({"type": "connection_init"})).await;
    assert_eq!(socket.hear().await["type"], "connection_ack");
    for payload in [json!({}), json!({"authorization": "Bearer x"})] {
        let mut refused = Socket::connect(&server).await;
        refused.say(json!({"type": "connection_init", "payload": payload})).await;
        let (code, reason) = refused.closed().await;
        assert!(code == 4403 && reason.starts_with("Forbidden: "), "{code} {reason}");
    }
}

#[tokio::test]
async fn a_client_that_closes_gets_its_handshake() {
    let server = Server::open();
    let mut socket = Socket::ready(&server).await;
    socket.0.close(None).await.unwrap();
    while let Some(message) = socket.0.next().await {
        assert!(matches!(message, Ok(Message::Close(_) | Message::Ping(_))), "{message:?}");
    }
}
