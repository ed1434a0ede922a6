//! Fan-out through Redis pub/sub.

use std::{pin::pin, sync::Arc, time::Duration};

use async_trait::async_trait;
use redis::AsyncCommands as _;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio_stream::StreamExt as _;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Bus, MemoryBus};
use crate::{
    live::{
        audience::Audience,
        link::RedisLink,
        notice::{Notice, Streamed},
        outage::Outage,
    },
    tenant::TenantId,
};

/// Notices that may wait for Redis; more are not told to other replicas.
const OUTBOX: usize = 256;
/// Longest message but for a single event that is longer. Redis cuts off a subscriber to whom it
/// owes 32 MB, and a batch of large events has twice that.
const MESSAGE_BYTES: usize = 512 * 1024;
/// What a message has beside its events.
const ENVELOPE_BYTES: usize = 1_024;
const RECONNECT_PAUSE: Duration = Duration::from_millis(500);
/// A silent connection is tried this often: it may have died without a word.
const HEARTBEAT: Duration = Duration::from_secs(5);
const TIMEOUT: Duration = Duration::from_secs(1);

/// Fan-out through Redis pub/sub. This process hears of its own notices without Redis, so that
/// its watchers miss nothing while Redis is away or has just come back.
pub struct RedisBus {
    local: Arc<MemoryBus>,
    outbox: mpsc::Sender<Outgoing>,
    redis: RedisLink,
    /// Whether other replicas are not heard.
    deafness: Arc<Outage>,
}

/// What waits for Redis.
enum Outgoing {
    Notice(Arc<Notice>),
    /// Answered once what stood before it has left.
    Mark(oneshot::Sender<()>),
}

/// A notice as it stands in Redis.
#[derive(Serialize, Deserialize)]
struct Message {
    /// The process that sent it, and has shown it to its own watchers.
    origin: Uuid,
    notice: Notice,
    /// Says that someone listens to events there, and nothing else.
    #[serde(default)]
    listening: bool,
}

impl RedisBus {
    /// Listens on `channel` until `stop`, reconnecting as often as it takes; sends until dropped.
    pub fn start(redis: RedisLink, channel: String, stop: &CancellationToken) -> Self {
        let (local, origin) = (Arc::new(MemoryBus::default()), Uuid::new_v4());
        let deafness = Arc::new(Outage::of("changes of other replicas are not heard"));
        let listener = Listener {
            redis: redis.clone(),
            channel: channel.clone(),
            local: local.clone(),
            origin,
            outage: Arc::clone(&deafness),
        };
        tokio::spawn(listener.run(stop.clone()));
        let (outbox, waiting) = mpsc::channel(OUTBOX);
        let audience = Arc::clone(&local.audience);
        tokio::spawn(remind(redis.clone(), channel.clone(), origin, audience, stop.clone()));
        tokio::spawn(send_all(redis.clone(), channel, origin, waiting));
        Self { local, outbox, redis, deafness }
    }
}

#[async_trait]
impl Bus for RedisBus {
    fn publish(&self, notice: Notice) {
        let notice = self.local.send(notice);
        if self.outbox.try_send(Outgoing::Notice(notice)).is_err() {
            tracing::debug!("other replicas are not told of a change: Redis is too slow");
        }
    }

    fn subscribe(&self) -> broadcast::Receiver<Arc<Notice>> {
        self.local.subscribe()
    }

    fn audience(&self) -> &Arc<Audience> {
        &self.local.audience
    }

    fn events_heard(&self, tenant: &TenantId) -> u64 {
        self.local.events_heard(tenant)
    }

    fn is_degraded(&self) -> bool {
        self.deafness.lasts() || !self.redis.is_up()
    }

    async fn settle(&self) {
        let (mark, settled) = oneshot::channel();
        if self.outbox.send(Outgoing::Mark(mark)).await.is_ok() {
            let _ = settled.await;
        }
    }
}

/// Tells other replicas, again and again, that someone listens to events here.
async fn remind(
    redis: RedisLink,
    channel: String,
    origin: Uuid,
    audience: Arc<Audience>,
    stop: CancellationToken,
) {
    let notice = Notice::new(String::new(), Vec::new());
    let message = Message { origin, notice, listening: true };
    let text = serde_json::to_string(&message).unwrap_or_default();
    let remind = async {
        loop {
            audience.reminder().await;
            // Whoever misses it hears the next one.
            let _: redis::RedisResult<()> = redis.clone().publish(&channel, &text).await;
        }
    };
    stop.run_until_cancelled(remind).await;
}

/// Tells other replicas, one notice after the other.
async fn send_all(
    redis: RedisLink,
    channel: String,
    origin: Uuid,
    mut waiting: mpsc::Receiver<Outgoing>,
) {
    let outage = Outage::of("other replicas are not told of changes");
    while let Some(outgoing) = waiting.recv().await {
        let notice = match outgoing {
            Outgoing::Notice(notice) => notice,
            Outgoing::Mark(mark) => {
                let _ = mark.send(());
                continue;
            }
        };
        for message in messages(origin, &notice) {
            let sent: redis::RedisResult<()> = redis.clone().publish(&channel, message).await;
            match sent {
                Ok(()) => outage.succeeded(),
                Err(error) => {
                    // The rest would wait as long and fail as well.
                    outage.failed(&error);
                    break;
                }
            }
        }
    }
}

/// A notice in messages that Redis can carry, made one after the other: each event is written once,
/// and the worker is free in between.
fn messages(origin: Uuid, notice: &Notice) -> impl Iterator<Item = String> {
    let mut events = notice.events.iter();
    let mut next = events.next().map(|event| text_of(event));
    let mut is_first = true;
    std::iter::from_fn(move || {
        let mut part = Vec::new();
        let mut bytes = 0;
        while let Some(text) = next.take() {
            if !part.is_empty() && bytes + text.get().len() > MESSAGE_BYTES - ENVELOPE_BYTES {
                next = Some(text);
                break;
            }
            bytes += text.get().len() + 1;
            part.push(text);
            next = events.next().map(|event| text_of(event));
        }
        // Without events it is still a notice.
        let is_due = std::mem::take(&mut is_first) || !part.is_empty();
        let part = Part { origin, notice: PartOfNotice { tenant: &notice.tenant, events: &part } };
        is_due.then(|| serde_json::to_string(&part).unwrap_or_default())
    })
}

/// A [`Message`] whose events are written already.
#[derive(Serialize)]
struct Part<'a> {
    origin: Uuid,
    notice: PartOfNotice<'a>,
}

#[derive(Serialize)]
struct PartOfNotice<'a> {
    tenant: &'a str,
    events: &'a [Box<RawValue>],
}

fn text_of(event: &Streamed) -> Box<RawValue> {
    serde_json::value::to_raw_value(event).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

/// Hears what other replicas say.
struct Listener {
    redis: RedisLink,
    channel: String,
    local: Arc<MemoryBus>,
    origin: Uuid,
    outage: Arc<Outage>,
}

impl Listener {
    async fn run(self, stop: CancellationToken) {
        let listen = async {
            loop {
                if let Err(error) = self.listen().await {
                    self.outage.failed(&error);
                }
                tokio::time::sleep(RECONNECT_PAUSE).await;
            }
        };
        stop.run_until_cancelled(listen).await;
    }

    /// Listens until the connection is lost, or another server is the one to listen on: what is
    /// published on any server of a cluster, or on a master, is heard on all that belong to it.
    async fn listen(&self) -> redis::RedisResult<()> {
        let lost = |why: &str| redis::RedisError::from(std::io::Error::other(why.to_owned()));
        let place = self.redis.listening_place().ok_or_else(|| lost("no server answers"))?;
        let connect = async {
            let mut pubsub = place.get_async_pubsub().await?;
            pubsub.subscribe(&self.channel).await?;
            Ok::<_, redis::RedisError>(pubsub.split())
        };
        let (mut sink, mut heard) = in_time(connect).await?;
        self.outage.succeeded();
        let mut moved_on = pin!(self.redis.moved_on(&place));
        loop {
            let message = tokio::select! {
                message = tokio::time::timeout(HEARTBEAT, heard.next()) => message,
                () = &mut moved_on => return Err(lost("the server is away or replaced")),
            };
            match message {
                Ok(Some(message)) => self.hear(message.get_payload_bytes()),
                Ok(None) => return Err(lost("the connection was lost")),
                Err(_) => drop(in_time(sink.ping::<redis::Value>()).await?),
            }
        }
    }

    fn hear(&self, message: &[u8]) {
        match serde_json::from_slice::<Message>(message) {
            Ok(message) if message.origin == self.origin => {}
            Ok(message) if message.listening => self.local.audience.heard_elsewhere(),
            Ok(message) => self.local.publish(message.notice),
            Err(error) => tracing::warn!(%error, "a notice that cannot be read"),
        }
    }
}

async fn in_time<T>(answer: impl Future<Output = redis::RedisResult<T>>) -> redis::RedisResult<T> {
    let late = || std::io::Error::from(std::io::ErrorKind::TimedOut).into();
    tokio::time::timeout(TIMEOUT, answer).await.unwrap_or_else(|_| Err(late()))
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[test]
    fn a_large_notice_is_cut_and_loses_nothing() {
        let event = |index: usize| Streamed {
            id: index.to_string(),
            name: "x".into(),
            product: "p".into(),
            session_id: None,
            data: RawValue::from_string(format!("\"{}\"", "x".repeat(60_000))).unwrap(),
            occurred_at: DateTime::UNIX_EPOCH,
            received_at: DateTime::UNIX_EPOCH,
        };
        let events = (0..40).map(event).map(Arc::new).collect();
        let notice = Notice::new("t".into(), events);
        let messages: Vec<_> = messages(Uuid::nil(), &notice).collect();
        assert_eq!(messages.len(), 5);
        assert!(messages.iter().all(|message| message.len() <= MESSAGE_BYTES));
        let ids: Vec<_> = messages
            .iter()
            .flat_map(|text| serde_json::from_str::<Message>(text).unwrap().notice.events)
            .map(|event| event.id.clone())
            .collect();
        assert_eq!(ids, (0..40).map(|index| index.to_string()).collect::<Vec<_>>());
    }

    #[test]
    fn a_notice_without_events_is_one_message() {
        let notice = Notice::new("t".into(), Vec::new());
        let texts: Vec<_> = super::messages(Uuid::nil(), &notice).collect();
        assert_eq!(texts.len(), 1);
        assert_eq!(serde_json::from_str::<Message>(&texts[0]).unwrap().notice.tenant, "t");
    }
}
