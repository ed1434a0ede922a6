//! One who watches the overview over a WebSocket.

use std::{sync::Arc, time::Duration};

use futures_util::{SinkExt as _, StreamExt as _};
use serde::Deserialize;
use serde_json::json;
use tokio::{net::TcpStream, sync::watch};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async_with_config,
    tungstenite::{
        Message, client::IntoClientRequest as _, http::HeaderValue, protocol::WebSocketConfig,
    },
};

use super::Desk;
use crate::bench::{error::BenchError, latency::Latencies};

const SUBSCRIPTION: &str = "subscription { realtimeOverview { activeSessions queueCount \
     onlineAgents totalAgents slaAlerts systemLoad systemLoadLabel version asOf } }";
const BUFFER_BYTES: usize = 4_096;
const PATIENCE: Duration = Duration::from_secs(30);

/// A socket with one subscription.
pub(super) struct Subscriber {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    url: String,
    last: Overview,
}

/// What subscribers have seen.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) messages: u64,
    pub(super) latencies: Latencies,
}

impl Seen {
    pub(super) fn add(&mut self, other: Self) {
        self.messages += other.messages;
        self.latencies.extend(other.latencies);
    }
}

#[derive(Deserialize)]
struct Next {
    payload: Payload,
}

#[derive(Deserialize)]
struct Payload {
    data: Data,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    realtime_overview: Overview,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Overview {
    active_sessions: i64,
    version: i64,
}

impl Subscriber {
    /// Opens a socket and waits for the first picture.
    pub(super) async fn open(desk: &Desk) -> Result<Self, BenchError> {
        let url = format!("{}/ws", desk.watched.url().replacen("http", "ws", 1));
        let lost = |reason: String| BenchError::Unreachable { url: url.clone(), reason };
        let mut request = url.as_str().into_client_request().map_err(|e| lost(e.to_string()))?;
        let protocol = HeaderValue::from_static("graphql-transport-ws");
        request.headers_mut().insert("sec-websocket-protocol", protocol);
        let config = WebSocketConfig::default()
            .read_buffer_size(BUFFER_BYTES)
            .write_buffer_size(BUFFER_BYTES);
        let connect = connect_async_with_config(request, Some(config), true);
        let (mut socket, _) = connect.await.map_err(|error| lost(error.to_string()))?;
        let payload = json!({ "authorization": desk.authorization });
        for message in [
            json!({ "type": "connection_init", "payload": payload }),
            json!({ "type": "subscribe", "id": "1", "payload": { "query": SUBSCRIPTION } }),
        ] {
            // Both at once would be refused: operations need the acknowledgement first.
            let sent = socket.send(Message::text(message.to_string())).await;
            sent.map_err(|error| lost(error.to_string()))?;
            if message["type"] == "connection_init" {
                text(&mut socket, &url).await?;
            }
        }
        let first = overview(&text(&mut socket, &url).await?)?;
        Ok(Self { socket, url, last: first })
    }

    /// Reads pictures until `stopped`.
    pub(super) async fn watch(
        mut self,
        desk: Arc<Desk>,
        mut stopped: watch::Receiver<bool>,
    ) -> Result<Seen, BenchError> {
        let (mut seen, mut shown) = (Seen::default(), 0);
        loop {
            let message = tokio::select! {
                biased;
                _ = stopped.wait_for(|stopped| *stopped) => {
                    let expected = desk.last.get().copied().unwrap_or_default();
                    let last = self.last.active_sessions;
                    if last != expected {
                        return Err(BenchError::Stale { seen: last, expected });
                    }
                    return Ok(seen);
                }
                message = next(&mut self.socket, &self.url) => message?,
            };
            let Some(message) = message else { continue };
            let arrived = desk.timeline.now();
            let picture = overview(&message)?;
            if picture.version <= self.last.version {
                let (before, after) = (self.last.version, picture.version);
                return Err(BenchError::Version { before, after });
            }
            let before = std::mem::replace(&mut self.last, picture);
            seen.messages += 1;
            let first = desk.first.get().copied().unwrap_or_default();
            let accepted = desk.accepted();
            // What was shown before its own answer had come.
            shown += accepted[shown..]
                .partition_point(|(_, sessions)| first + sessions <= before.active_sessions);
            let fresh = &accepted[shown..];
            let count =
                fresh.partition_point(|(_, sessions)| first + sessions <= picture.active_sessions);
            if count > 0 {
                seen.latencies.add((arrived - fresh[0].0).to_std().unwrap_or_default());
                shown += count;
            }
        }
    }
}

/// The next text.
async fn text(
    socket: &mut WebSocketStream<MaybeTlsStream<TcpStream>>,
    url: &str,
) -> Result<String, BenchError> {
    loop {
        let message = tokio::time::timeout(PATIENCE, next(socket, url)).await;
        let late = |_| BenchError::Unreachable { url: url.to_owned(), reason: "no message".into() };
        if let Some(text) = message.map_err(late)?? {
            return Ok(text);
        }
    }
}

/// The next message, if it is text.
async fn next(
    socket: &mut WebSocketStream<MaybeTlsStream<TcpStream>>,
    url: &str,
) -> Result<Option<String>, BenchError> {
    let lost = |reason: String| BenchError::Unreachable { url: url.to_owned(), reason };
    match socket.next().await {
        Some(Ok(Message::Text(text))) => Ok(Some(text.to_string())),
        Some(Ok(Message::Close(frame))) => Err(lost(format!("closed: {frame:?}"))),
        Some(Ok(_)) => Ok(None),
        Some(Err(error)) => Err(lost(error.to_string())),
        None => Err(lost("the connection ended".to_owned())),
    }
}

fn overview(text: &str) -> Result<Overview, BenchError> {
    let next: serde_json::Result<Next> = serde_json::from_str(text);
    let wrong = |_| BenchError::Answer { status: 200, text: text.chars().take(300).collect() };
    Ok(next.map_err(wrong)?.payload.data.realtime_overview)
}
