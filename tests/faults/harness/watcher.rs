//! One who watches the floor, whose connection is cut at random, and who comes back each time.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::{SinkExt as _, StreamExt as _};
use rand::Rng as _;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};
use tokio_tungstenite::{
    connect_async,
    tungstenite::{Message, client::IntoClientRequest as _, http::HeaderValue},
};
use tokio_util::task::AbortOnDropHandle;

use super::Caller;

const SUBSCRIPTION: &str = "subscription { realtimeOverview { activeSessions version degraded } }";
const PAUSE: Duration = Duration::from_millis(100);
/// How long a connection lasts before it is cut.
const LIFE_MS: std::ops::Range<u64> = 50..2_000;
/// A socket that says nothing for longer is given up: its server may be gone without a word.
const SILENCE: Duration = Duration::from_secs(30);

/// A picture that arrived.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Picture {
    pub version: i64,
    pub active_sessions: i64,
}

/// Watches until it is dropped, over whichever of its ways works.
pub(crate) struct Watcher {
    seen: Arc<Mutex<Vec<Picture>>>,
    _task: AbortOnDropHandle<()>,
}

impl Watcher {
    pub(crate) fn start(ways: Vec<Caller>) -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let pictures = Arc::clone(&seen);
        let task = tokio::spawn(async move {
            let mut way = 0;
            loop {
                let life = Duration::from_millis(rand::rng().random_range(LIFE_MS));
                // Cut, lost, refused or not there: another one comes next.
                let _ = timeout(life, watch(&ways[way % ways.len()], &pictures)).await;
                way += 1;
                sleep(PAUSE).await;
            }
        });
        Self { seen, _task: AbortOnDropHandle::new(task) }
    }

    /// All pictures so far, in the order they came.
    pub(crate) fn seen(&self) -> Vec<Picture> {
        self.seen.lock().expect("no panic").clone()
    }
}

/// Watches over one socket until it is lost.
async fn watch(way: &Caller, seen: &Mutex<Vec<Picture>>) -> Option<()> {
    let url = format!("{}/ws", way.url().replacen("http", "ws", 1));
    let mut request = url.into_client_request().ok()?;
    let protocol = HeaderValue::from_static("graphql-transport-ws");
    request.headers_mut().insert("sec-websocket-protocol", protocol);
    let (mut socket, _) = connect_async(request).await.ok()?;
    let authorization = format!("Bearer {}", way.token());
    let init = json!({ "type": "connection_init", "payload": { "authorization": authorization } });
    let subscribe = json!({ "type": "subscribe", "id": "1", "payload": { "query": SUBSCRIPTION } });
    socket.send(Message::text(init.to_string())).await.ok()?;
    while let Some(Ok(message)) = timeout(SILENCE, socket.next()).await.ok()? {
        let Message::Text(text) = message else { continue };
        let message: Value = serde_json::from_str(&text).ok()?;
        match message["type"].as_str()? {
            "connection_ack" => {
                socket.send(Message::text(subscribe.to_string())).await.ok()?;
            }
            "next" => {
                let overview = &message["payload"]["data"]["realtimeOverview"];
                let number = |field: &str| overview[field].as_i64();
                let picture = Picture {
                    version: number("version")?,
                    active_sessions: number("activeSessions")?,
                };
                seen.lock().expect("no panic").push(picture);
            }
            _ => return None,
        }
    }
    None
}
