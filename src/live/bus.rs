//! Carries notices to every replica. A notice is a hint: whoever misses one reads the state.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use redis::{AsyncCommands, aio::ConnectionManager};
use tokio::sync::broadcast;
use tokio_stream::StreamExt as _;
use tokio_util::sync::CancellationToken;

use super::notice::Notice;

/// Notices kept for a slow reader; a reader that falls further behind is told how many it missed.
const BACKLOG: usize = 1_024;
const RECONNECT_PAUSE: Duration = Duration::from_millis(500);

/// Fan-out of notices.
#[async_trait]
pub trait Bus: Send + Sync {
    /// Tells every replica, this one included.
    async fn publish(&self, notice: Notice);

    /// Notices from now on, of all tenants.
    fn subscribe(&self) -> broadcast::Receiver<Arc<Notice>>;
}

/// Fan-out within this process.
#[derive(Debug)]
pub struct MemoryBus(broadcast::Sender<Arc<Notice>>);

impl Default for MemoryBus {
    fn default() -> Self {
        Self(broadcast::channel(BACKLOG).0)
    }
}

#[async_trait]
impl Bus for MemoryBus {
    async fn publish(&self, notice: Notice) {
        // Nobody listens when nobody watches.
        let _ = self.0.send(Arc::new(notice));
    }

    fn subscribe(&self) -> broadcast::Receiver<Arc<Notice>> {
        self.0.subscribe()
    }
}

/// Fan-out through Redis pub/sub; within this process alone while Redis is away.
pub struct RedisBus {
    local: Arc<MemoryBus>,
    redis: ConnectionManager,
    channel: String,
}

impl RedisBus {
    /// Listens on `channel` until `stop`, reconnecting as often as it takes.
    pub fn start(
        client: redis::Client,
        redis: ConnectionManager,
        channel: String,
        stop: CancellationToken,
    ) -> Self {
        let local = Arc::new(MemoryBus::default());
        tokio::spawn(listen(client, channel.clone(), Arc::clone(&local), stop));
        Self { local, redis, channel }
    }
}

#[async_trait]
impl Bus for RedisBus {
    async fn publish(&self, notice: Notice) {
        let text = serde_json::to_string(&notice).unwrap_or_default();
        let sent: redis::RedisResult<()> = self.redis.clone().publish(&self.channel, text).await;
        if let Err(error) = sent {
            tracing::warn!(%error, "cannot tell other replicas of a change");
            self.local.publish(notice).await;
        }
    }

    fn subscribe(&self) -> broadcast::Receiver<Arc<Notice>> {
        self.local.subscribe()
    }
}

async fn listen(
    client: redis::Client,
    channel: String,
    local: Arc<MemoryBus>,
    stop: CancellationToken,
) {
    while !stop.is_cancelled() {
        tokio::select! {
            () = stop.cancelled() => return,
            result = listen_once(&client, &channel, &local) => {
                if let Err(error) = result {
                    tracing::warn!(%error, "lost the subscription to changes");
                }
            }
        }
        tokio::time::sleep(RECONNECT_PAUSE).await;
    }
}

async fn listen_once(
    client: &redis::Client,
    channel: &str,
    local: &MemoryBus,
) -> redis::RedisResult<()> {
    let mut pubsub = client.get_async_pubsub().await?;
    pubsub.subscribe(channel).await?;
    let mut messages = pubsub.on_message();
    while let Some(message) = messages.next().await {
        match serde_json::from_slice(message.get_payload_bytes()) {
            Ok(notice) => local.publish(notice).await,
            Err(error) => tracing::warn!(%error, "a notice that cannot be read"),
        }
    }
    Ok(())
}
