//! graphql-transport-ws: what is said on a socket, message by message.

use std::time::Duration;

use deskpulse::auth::Role;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest as _, http::Response},
};

use crate::harness::TestApp;

pub(super) const PROTOCOL: &str = "graphql-transport-ws";
const LIVE: &str = "subscription { realtimeOverview { activeSessions } }";

/// A client that says what a test wants it to.
pub(super) struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    pub(super) handshake: Response<Option<Vec<u8>>>,
}

impl Socket {
    /// Opens a socket that offers these subprotocols.
    pub(super) async fn open(app: &TestApp, protocols: &str) -> Self {
        let url = format!("{}/graphql/ws", app.url().replacen("http", "ws", 1));
        let mut request = url.into_client_request().expect("a request");
        if !protocols.is_empty() {
            request
                .headers_mut()
                .insert("sec-websocket-protocol", protocols.parse().expect("a header"));
        }
        let (stream, handshake) = connect_async(request).await.expect("a socket");
        Self { stream, handshake }
    }

    /// Opens a socket and its connection, as a viewer of tenant `default`.
    pub(super) async fn ready(app: &TestApp) -> Self {
        let mut socket = Self::open(app, PROTOCOL).await;
        socket.init(app).await;
        assert_eq!(socket.hear().await, json!({ "type": "connection_ack" }));
        socket
    }

    pub(super) async fn init(&mut self, app: &TestApp) {
        let token = format!("Bearer {}", app.token("default", Role::Viewer, "vera"));
        let payload = json!({ "Authorization": token });
        self.say(&json!({ "type": "connection_init", "payload": payload })).await;
    }

    pub(super) async fn say(&mut self, message: &Value) {
        self.send(Message::text(message.to_string())).await;
    }

    pub(super) async fn send(&mut self, message: Message) {
        self.stream.send(message).await.expect("an open socket");
    }

    pub(super) async fn subscribe(&mut self, id: &str, query: &str) {
        let payload = json!({ "query": query });
        self.say(&json!({ "type": "subscribe", "id": id, "payload": payload })).await;
    }

    /// The next frame but pings and pongs of WebSocket itself.
    async fn next(&mut self) -> Message {
        loop {
            let next = timeout(Duration::from_secs(20), self.stream.next()).await;
            match next.expect("a message in time").expect("an open socket").expect("a message") {
                Message::Ping(_) | Message::Pong(_) => {}
                other => return other,
            }
        }
    }

    pub(super) async fn hear(&mut self) -> Value {
        let message = self.next().await;
        let Message::Text(text) = &message else { panic!("{message:?}") };
        serde_json::from_str(text).expect("JSON")
    }

    /// Code and reason of the close frame that comes next.
    pub(super) async fn closed(&mut self) -> (u16, String) {
        match self.next().await {
            Message::Close(Some(frame)) => (frame.code.into(), frame.reason.to_string()),
            other => panic!("{other:?}"),
        }
    }

    /// The same, past what operations still say.
    pub(super) async fn closed_after_all(&mut self) -> (u16, String) {
        loop {
            match self.next().await {
                Message::Text(_) => {}
                Message::Close(Some(frame)) => {
                    return (frame.code.into(), frame.reason.to_string());
                }
                other => panic!("{other:?}"),
            }
        }
    }

    /// Shows that nothing else was said: what is asked now is answered next.
    async fn is_silent(&mut self) {
        self.say(&json!({ "type": "ping", "payload": { "mark": 1 } })).await;
        assert_eq!(self.hear().await, json!({ "type": "pong", "payload": { "mark": 1 } }));
    }

    /// The next message but results of subscriptions, which may cross what a client says.
    async fn hear_past_results(&mut self) -> Value {
        loop {
            let message = self.hear().await;
            if message["payload"]["data"]["realtimeOverview"].is_null()
                && message["payload"]["data"]["eventStream"].is_null()
            {
                return message;
            }
        }
    }
}

// Communication: the subprotocol is `graphql-transport-ws`, whatever else is offered.
#[tokio::test]
async fn its_subprotocol_is_selected() {
    let app = TestApp::spawn().await;
    for offered in ["graphql-transport-ws", "graphql-ws, graphql-transport-ws"] {
        let mut socket = Socket::open(&app, offered).await;
        assert_eq!(socket.handshake.headers()["sec-websocket-protocol"], PROTOCOL);
        socket.init(&app).await;
        assert_eq!(socket.hear().await, json!({ "type": "connection_ack" }));
    }
}

// ConnectionInit, ConnectionAck: a connection is acknowledged, and only once.
#[tokio::test]
async fn a_connection_is_acknowledged() {
    let app = TestApp::spawn().await;
    let mut socket = Socket::ready(&app).await;
    socket.is_silent().await;
}

// Ping: answered with a pong as soon as possible, at any time, with its payload.
#[tokio::test]
async fn a_ping_is_answered_at_any_time() {
    let app = TestApp::spawn().await;
    let mut socket = Socket::open(&app, PROTOCOL).await;
    socket.say(&json!({ "type": "ping" })).await;
    assert_eq!(socket.hear().await, json!({ "type": "pong" }));
    socket.init(&app).await;
    assert_eq!(socket.hear().await, json!({ "type": "connection_ack" }));
    socket.subscribe("1", LIVE).await;
    assert_eq!(socket.hear().await["type"], "next");
    for payload in [json!({ "a": [1, { "b": null }] }), json!({})] {
        socket.say(&json!({ "type": "ping", "payload": payload })).await;
        assert_eq!(socket.hear_past_results().await, json!({ "type": "pong", "payload": payload }));
    }
    socket.say(&json!({ "type": "ping", "payload": null })).await;
    assert_eq!(socket.hear_past_results().await, json!({ "type": "pong" }));
}

// Pong: may come unasked, and is no reason to say anything.
#[tokio::test]
async fn a_pong_may_come_unasked() {
    let app = TestApp::spawn().await;
    let mut socket = Socket::open(&app, PROTOCOL).await;
    socket.say(&json!({ "type": "pong" })).await;
    socket.say(&json!({ "type": "pong", "payload": { "beat": 1 } })).await;
    socket.is_silent().await;
}

// Subscribe, Next, Complete: an operation with a single result is one `next` and a `complete`.
#[tokio::test]
async fn a_single_result_is_a_next_and_a_complete() {
    let app = TestApp::spawn().await;
    let mut socket = Socket::ready(&app).await;
    for (query, data) in [
        ("{ __typename }", json!({ "__typename": "Query" })),
        ("mutation { __typename }", json!({ "__typename": "Mutation" })),
    ] {
        socket.subscribe("one", query).await;
        let next = json!({ "type": "next", "id": "one", "payload": { "data": data } });
        assert_eq!(socket.hear().await, next);
        assert_eq!(socket.hear().await, json!({ "type": "complete", "id": "one" }));
    }
    socket.is_silent().await;
}

// Subscribe: the payload has `query`, `operationName`, `variables` and `extensions`; null is none.
#[tokio::test]
async fn all_parameters_of_an_operation_are_taken() {
    let app = TestApp::spawn().await;
    let mut socket = Socket::ready(&app).await;
    let query = "query A { __typename } query S($id: ID!) { session(id: $id) { id } }";
    let payload = json!({
        "query": query, "operationName": "S", "variables": { "id": "s" }, "extensions": { "own": 1 },
    });
    socket.say(&json!({ "type": "subscribe", "id": "1", "payload": payload })).await;
    assert_eq!(socket.hear().await["payload"], json!({ "data": { "session": null } }));
    assert_eq!(socket.hear().await["type"], "complete");
    let payload = json!({
        "query": "{ __typename }", "operationName": null, "variables": null, "extensions": null,
    });
    socket.say(&json!({ "type": "subscribe", "id": "2", "payload": payload })).await;
    assert_eq!(socket.hear().await["payload"], json!({ "data": { "__typename": "Query" } }));
}

// Next: errors of the execution are part of a result.
#[tokio::test]
async fn an_error_of_the_execution_is_part_of_a_next() {
    let app = TestApp::spawn().await;
    let mut socket = Socket::ready(&app).await;
    socket.subscribe("1", "{ quality { nextAudit { id } } }").await;
    let next = socket.hear().await;
    assert_eq!(next["payload"]["data"], json!({ "quality": { "nextAudit": null } }));
    assert_eq!(next["payload"]["errors"][0]["extensions"]["code"], "FORBIDDEN");
    assert_eq!(socket.hear().await, json!({ "type": "complete", "id": "1" }));
}

// Error: what fails before the execution is one `error` with a list of errors, and it is the last word:
// no `complete` follows, and the id is free.
#[tokio::test]
async fn a_request_error_is_an_error_and_no_complete() {
    let app = TestApp::spawn().await;
    let mut socket = Socket::ready(&app).await;
    for query in ["{", "{ nothing }", "query ($id: ID!) { session(id: $id) { id } }"] {
        socket.subscribe("1", query).await;
        let error = socket.hear().await;
        assert_eq!((&error["type"], &error["id"]), (&json!("error"), &json!("1")), "{error}");
        assert_eq!(error["payload"][0]["extensions"]["code"], "BAD_USER_INPUT");
        socket.is_silent().await;
    }
    socket.subscribe("1", "{ __typename }").await;
    assert_eq!(socket.hear().await["type"], "next");
}

// Subscribe: a subscription gives results until it is completed.
#[tokio::test]
async fn a_subscription_goes_on_until_it_is_completed() {
    let app = TestApp::spawn().await;
    let mut socket = Socket::ready(&app).await;
    let query = "subscription { eventStream { name } }";
    socket.subscribe("events", query).await;
    let product = app.product();
    let mut seen = 0;
    // Sent before the subscription has begun, an event is not seen.
    while seen < 3 {
        product.track(&[json!({ "name": "a", "product": "p" })]).await;
        let next = timeout(Duration::from_millis(200), socket.hear());
        let Ok(next) = next.await else { continue };
        assert_eq!((&next["type"], &next["id"]), (&json!("next"), &json!("events")));
        seen += 1;
    }
    socket.say(&json!({ "type": "complete", "id": "events" })).await;
    socket.say(&json!({ "type": "ping" })).await;
    assert_eq!(socket.hear_past_results().await["type"], "pong");
    product.track(&[json!({ "name": "a", "product": "p" })]).await;
    socket.is_silent().await;
}

// Complete: may cross the end of the operation, and one of no operation is ignored.
#[tokio::test]
async fn a_complete_of_no_operation_is_ignored() {
    let app = TestApp::spawn().await;
    let mut socket = Socket::ready(&app).await;
    socket.say(&json!({ "type": "complete", "id": "none" })).await;
    socket.subscribe("1", "{ __typename }").await;
    assert_eq!(socket.hear().await["type"], "next");
    assert_eq!(socket.hear().await["type"], "complete");
    socket.say(&json!({ "type": "complete", "id": "1" })).await;
    socket.is_silent().await;
}

// Complete, Subscribe: once completed, from either side, an id may be used again.
#[tokio::test]
async fn an_id_is_free_once_its_operation_is_complete() {
    let app = TestApp::spawn().await;
    let mut socket = Socket::ready(&app).await;
    for _ in 0..2 {
        socket.subscribe("1", LIVE).await;
        assert_eq!(socket.hear().await["type"], "next");
        socket.say(&json!({ "type": "complete", "id": "1" })).await;
        socket.subscribe("1", "{ __typename }").await;
        let next = socket.hear_past_results().await;
        assert_eq!(next["payload"], json!({ "data": { "__typename": "Query" } }));
        assert_eq!(socket.hear().await["type"], "complete");
    }
}

// Subscribe: operations of one socket run at the same time, told apart by their ids.
#[tokio::test]
async fn operations_of_one_socket_run_side_by_side() {
    let app = TestApp::spawn().await;
    let mut socket = Socket::ready(&app).await;
    socket.subscribe("a", LIVE).await;
    assert_eq!(socket.hear().await["id"], "a");
    socket.subscribe("b", "{ b: __typename }").await;
    loop {
        let message = socket.hear().await;
        if message["id"] == "b" {
            assert_eq!(message["payload"], json!({ "data": { "b": "Query" } }));
            break;
        }
        assert_eq!((&message["id"], &message["type"]), (&json!("a"), &json!("next")));
    }
}
