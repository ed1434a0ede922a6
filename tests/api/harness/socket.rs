//! A subscriber: speaks `graphql-transport-ws`, one operation a socket.

use std::time::Duration;

use deskpulse::auth::Role;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest as _, http::HeaderValue},
};

use super::TestApp;

/// How long a message may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A socket with one subscription.
pub(crate) struct Subscriber {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl TestApp {
    /// Subscribes with a token in the payload of `connection_init`.
    pub(crate) async fn subscribe(&self, tenant: &str, role: Role, query: &str) -> Subscriber {
        self.subscribe_as(&self.token(tenant, role, "walter"), query).await
    }

    /// The same as whoever holds a token or key.
    pub(crate) async fn subscribe_as(&self, credential: &str, query: &str) -> Subscriber {
        let mut subscriber = self.socket_as(credential).await;
        assert_eq!(subscriber.message().await["type"], "connection_ack");
        subscriber
            .send(json!({ "type": "subscribe", "id": "1", "payload": { "query": query } }))
            .await;
        subscriber
    }

    /// A socket that has sent its `connection_init`.
    pub(crate) async fn socket_as(&self, credential: &str) -> Subscriber {
        let url = format!("{}/graphql/ws", self.url().replacen("http", "ws", 1));
        let mut request = url.into_client_request().expect("a request");
        let protocol = HeaderValue::from_static("graphql-transport-ws");
        request.headers_mut().insert("sec-websocket-protocol", protocol);
        let (socket, _) = connect_async(request).await.expect("a handshake");
        let mut subscriber = Subscriber { socket };
        let token = format!("Bearer {credential}");
        subscriber
            .send(json!({ "type": "connection_init", "payload": { "authorization": token } }))
            .await;
        subscriber
    }

    /// Subscribes to the events of `tenant` that `arguments` name, and returns once the
    /// subscription is sure to be heard: it has no snapshot that would tell. `beacon` is an event
    /// that it shows.
    pub(crate) async fn event_stream(
        &self,
        tenant: &str,
        arguments: &str,
        beacon: (&str, &str),
    ) -> Subscriber {
        let query = format!("subscription {{ eventStream{arguments} {{ id name product }} }}");
        let mut subscriber = self.subscribe(tenant, Role::Viewer, &query).await;
        let product = self.caller(tenant, Role::Ingest, "beacon");
        for beat in 0.. {
            assert!(beat < 100, "the subscription shows nothing");
            let (name, id) = (beacon.0, format!("beacon-{}", uuid::Uuid::now_v7()));
            product.track(&[json!({ "id": id, "name": name, "product": beacon.1 })]).await;
            let shown = tokio::time::timeout(Duration::from_millis(200), subscriber.data());
            match shown.await {
                // Those before it were sent too early.
                Ok(shown) if shown["eventStream"]["id"] == id.as_str() => break,
                Ok(_) => while subscriber.data().await["eventStream"]["id"] != id.as_str() {},
                Err(_) => continue,
            }
            break;
        }
        subscriber
    }
}

impl Subscriber {
    async fn send(&mut self, message: Value) {
        self.socket.send(Message::text(message.to_string())).await.expect("an open socket");
    }

    /// The next message, whatever it says.
    pub(crate) async fn message(&mut self) -> Value {
        loop {
            let message = tokio::time::timeout(PATIENCE, self.socket.next()).await;
            match message.expect("a message in time").expect("an open socket") {
                Ok(Message::Text(text)) => {
                    break serde_json::from_str(&text).expect("a message in JSON");
                }
                Ok(Message::Ping(_) | Message::Pong(_)) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// The data of the next message, which must be `next` without errors.
    pub(crate) async fn data(&mut self) -> Value {
        let mut message = self.message().await;
        assert_eq!(message["type"], "next", "{message}");
        assert_eq!(message["payload"].get("errors"), None, "{message}");
        message["payload"]["data"].take()
    }

    /// The first data that `wanted` holds for.
    pub(crate) async fn until(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        let found = tokio::time::timeout(PATIENCE, async {
            loop {
                last = self.data().await;
                if wanted(&last) {
                    break;
                }
            }
        });
        assert!(found.await.is_ok(), "the last that came was {last}");
        last
    }

    /// Code and reason of the close frame that comes in the end, whatever comes before.
    pub(crate) async fn closed(&mut self) -> (u16, String) {
        loop {
            let message = tokio::time::timeout(PATIENCE, self.socket.next()).await;
            match message.expect("a message in time").expect("a close frame") {
                Ok(Message::Close(Some(frame))) => {
                    break (frame.code.into(), frame.reason.to_string());
                }
                Ok(_) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// The code of the next message, which must be `error`.
    pub(crate) async fn refusal(&mut self) -> String {
        let message = self.message().await;
        assert_eq!(message["type"], "error", "{message}");
        let code = &message["payload"][0]["extensions"]["code"];
        code.as_str().expect("a code").to_owned()
    }

    /// The ids of an event stream up to `last`.
    pub(crate) async fn ids_until(&mut self, last: &str) -> Vec<String> {
        let mut ids = Vec::new();
        while ids.last().is_none_or(|id| id != last) {
            let event = self.data().await;
            ids.push(event["eventStream"]["id"].as_str().expect("an id").to_owned());
        }
        ids
    }
}
