//! The buffer in Redis: one list a tenant, under the seed's key, shared by all replicas.
//!
//! A claim moves events to a list of their own and notes a lease, both in one script, so that a
//! worker that dies leaves its batch to whoever looks next. All keys of a tenant share a hash tag.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use redis::{AsyncCommands as _, Script};
use tokio::sync::Notify;
use uuid::Uuid;

use super::{
    Claim, EventBuffer, Pending,
    aof::{put_off_by, written_down},
    replicate::{Replicators, Said},
    wire,
};
use crate::{
    clock::Clock,
    config::Config,
    error::{Error, Result, STORE_RETRY_MS},
    live::{Keys, RedisLink, is_away},
    tenant::TenantId,
    tracker::model::NewEvent,
};

/// Pushes unless the list would grow beyond its bound, or it is too late: Redis was frozen, and the
/// caller was told long ago that nothing is kept, or that the database has it. Answers how many
/// events wait where they are too many, -1 when it has pushed, and less by the number of the process
/// that may not have written it down yet.
const PUSH: &str = concat!(
    r"
local now, latest = redis.call('TIME'), tonumber(ARGV[2])
if latest > 0 and now[1] * 1000 + now[2] / 1000 > latest then return false end
local len = redis.call('LLEN', KEYS[1])
if len + #ARGV - 2 > tonumber(ARGV[1]) then return len end
for first = 3, #ARGV, 1000 do
  redis.call('LPUSH', KEYS[1], unpack(ARGV, first, math.min(first + 999, #ARGV)))
end",
    put_off_by!(),
    "return -1 - (put_off_by or 0)"
);

/// Renews an expired lease and names its batch. One that ends later than any lease could was given
/// by a clock that ran ahead: its batch would wait for as long.
const RECLAIM: &str = r"
local expired = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, 1)
if not expired[1] then
  expired = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. ARGV[3], '+inf', 'LIMIT', 0, 1)
end
if expired[1] then redis.call('ZADD', KEYS[1], ARGV[2], expired[1]) end
return expired[1]";

/// Moves the oldest events to the batch's own list under a new lease.
const CLAIM: &str = concat!(
    r"
local moved = 0
while moved < tonumber(ARGV[1]) and redis.call('LMOVE', KEYS[1], KEYS[2], 'RIGHT', 'LEFT') do
  moved = moved + 1
end
if moved == 0 then return { 0, 0 } end
redis.call('ZADD', KEYS[3], ARGV[2], ARGV[3])",
    put_off_by!(),
    "return { moved, put_off_by or 0 }"
);

/// Counts what waits and names the oldest element of each list, in one step: a batch that is
/// claimed meanwhile would be in neither list. The claimed lists are in the slot of the others.
const PENDING: &str = r"
local lists = { KEYS[1] }
for _, id in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
  lists[#lists + 1] = ARGV[1] .. id
end
local events, oldest = 0, {}
for _, list in ipairs(lists) do
  events = events + redis.call('LLEN', list)
  oldest[#oldest + 1] = redis.call('LINDEX', list, -1) or nil
end
return { events, oldest }";

/// What [`PUSH`] answers when it has pushed.
const PUSHED: i64 = -1;
/// How late a push may be: less than its caller waits for the answer. So long it may be put off.
const PUSH_LIMIT: Duration = Duration::from_millis(900);
/// How long a claim may be put off; what was claimed in vain waits for its lease.
const CLAIM_LIMIT: Duration = Duration::from_secs(3);

/// What is taken apart in one turn.
const TURN_BYTES: usize = 1024 * 1024;
/// Elements of a batch that are read at once.
const READ_PIECE: isize = 100;

/// Events in Redis.
pub struct RedisBuffer {
    redis: RedisLink,
    replicators: Replicators,
    clock: Arc<dyn Clock>,
    keys: Keys,
    tenants: Vec<TenantId>,
    /// Where the next claim starts to look.
    turn: AtomicUsize,
    capacity: usize,
    lease_ms: i64,
    poll: Duration,
    pushed: Notify,
}

impl RedisBuffer {
    pub fn new(redis: RedisLink, clock: Arc<dyn Clock>, config: &Config) -> Self {
        let timeout = Duration::from_millis(config.ingest.replication_timeout_ms);
        Self {
            replicators: Replicators::new(redis.clone(), timeout),
            redis,
            clock,
            keys: Keys::new(config.store.redis_prefix()),
            tenants: config.tenants.keys().map(|id| TenantId::new(id)).collect(),
            turn: AtomicUsize::new(0),
            capacity: config.ingest.max_pending_events,
            lease_ms: i64::try_from(config.ingest.lease_ms).unwrap_or(i64::MAX),
            poll: Duration::from_millis(config.ingest.poll_ms),
            pushed: Notify::new(),
        }
    }

    async fn push_of(&self, tenant: &TenantId, events: Vec<String>) -> Result<()> {
        let script = Script::new(PUSH);
        let list = self.keys.event_buffer(tenant);
        let mut call = script.key(&list);
        call.arg(self.capacity).arg(self.latest_ms(&list));
        for event in events {
            call.arg(event);
        }
        self.taken(&list, call.invoke_async(&mut self.redis.clone()).await?).await
    }

    /// Until when a push to a list is not too late, by the clock of whoever has the list; 0 for ever,
    /// where that clock cannot be seen.
    fn latest_ms(&self, list: &str) -> i64 {
        let master = self.redis.master_of(list);
        master.and_then(|master| master.time_after(PUSH_LIMIT)).unwrap_or_default()
    }

    async fn push_replicated_of(&self, tenant: &TenantId, events: Vec<String>) -> Result<()> {
        let list = self.keys.event_buffer(tenant);
        let mut push = redis::cmd("EVAL");
        push.arg(PUSH).arg(1).arg(&list);
        push.arg(self.capacity).arg(self.latest_ms(&list)).arg(&events);
        self.taken(&list, self.replicators.push(&list, push, events.len()).await?).await
    }

    /// Reads what [`PUSH`] said; returns once what was pushed is written down.
    async fn taken(&self, list: &str, said: Said) -> Result<()> {
        match said {
            None => Err(Error::unavailable("Redis was asked too late")),
            Some(PUSHED) => Ok(()),
            Some(put_off @ ..PUSHED) => {
                let master = self.redis.master_of(list);
                written_down(master, PUSHED - put_off, PUSH_LIMIT).await
            }
            Some(waiting) => {
                let what =
                    format!("the buffer is full: {waiting} of {} events wait", self.capacity);
                Err(Error::RateLimited { what, retry_after_ms: STORE_RETRY_MS })
            }
        }
    }

    async fn claim_of(&self, tenant: &TenantId, max: usize) -> Result<Option<Claim>> {
        match self.reclaim(tenant).await? {
            Some(id) => self.read(tenant, id).await.map(Some),
            None => self.claim_new(tenant, max).await,
        }
    }

    async fn reclaim(&self, tenant: &TenantId) -> Result<Option<Uuid>> {
        let now = self.clock.now().timestamp_millis();
        let id: Option<String> = Script::new(RECLAIM)
            .key(self.keys.leases(tenant))
            .arg(now)
            .arg(now + self.lease_ms)
            .arg(now.saturating_add(self.lease_ms.saturating_mul(2)))
            .invoke_async(&mut self.redis.clone())
            .await?;
        Ok(id.and_then(|id| id.parse().ok()))
    }

    async fn claim_new(&self, tenant: &TenantId, max: usize) -> Result<Option<Claim>> {
        let id = Uuid::now_v7();
        let (moved, put_off_by): (usize, i64) = Script::new(CLAIM)
            .key(self.keys.event_buffer(tenant))
            .key(self.keys.claimed(tenant, id))
            .key(self.keys.leases(tenant))
            .arg(max)
            .arg(self.clock.now().timestamp_millis() + self.lease_ms)
            .arg(id.to_string())
            .invoke_async(&mut self.redis.clone())
            .await?;
        if moved == 0 {
            return Ok(None);
        }
        if put_off_by > 0 {
            // Found unclaimed after a crash, an event without an id would be stored under another.
            let master = self.redis.master_of(&self.keys.event_buffer(tenant));
            written_down(master, put_off_by, CLAIM_LIMIT).await?;
        }
        self.read(tenant, id).await.map(Some)
    }

    async fn read(&self, tenant: &TenantId, id: Uuid) -> Result<Claim> {
        let key = self.keys.claimed(tenant, id);
        let elements = self.elements(&key).await?;
        let now = self.clock.now();
        let mut claim =
            Claim { id, source: tenant.clone(), events: Vec::new(), rejects: Vec::new() };
        let mut bytes = 0;
        // The newest stands at the head.
        for (index, element) in elements.iter().rev().enumerate() {
            bytes += element.len();
            if bytes > TURN_BYTES {
                // Other tasks of the thread wait meanwhile.
                tokio::task::yield_now().await;
                bytes = 0;
            }
            match wire::decode(element, tenant, id, index, now) {
                Ok(event) => claim.events.push(event),
                Err(reject) => claim.rejects.push(reject),
            }
        }
        Ok(claim)
    }

    /// Counts the elements of a list by product, as many as it has now.
    async fn count_products(&self, key: &str, products: &mut BTreeMap<String, u64>) -> Result<()> {
        let len: isize = self.redis.clone().llen(key).await?;
        for start in (0..len).step_by(READ_PIECE.unsigned_abs()) {
            let end = (start + READ_PIECE).min(len) - 1;
            let piece: Vec<Vec<u8>> = self.redis.clone().lrange(key, start, end).await?;
            for element in piece {
                *products.entry(wire::product(&element)).or_default() += 1;
            }
        }
        Ok(())
    }

    /// All of a list, in pieces: a batch of the largest events has 64 MB, more than a slow network
    /// brings in the time for one answer.
    async fn elements(&self, key: &str) -> Result<Vec<Vec<u8>>> {
        let mut elements: Vec<Vec<u8>> = Vec::new();
        loop {
            let start = isize::try_from(elements.len()).unwrap_or(isize::MAX);
            let end = start.saturating_add(READ_PIECE - 1);
            let piece: Vec<Vec<u8>> = self.redis.clone().lrange(key, start, end).await?;
            let last = piece.len() < READ_PIECE.unsigned_abs();
            elements.extend(piece);
            if last {
                return Ok(elements);
            }
        }
    }
}

#[async_trait]
impl EventBuffer for RedisBuffer {
    async fn push(&self, events: &[NewEvent]) -> Result<()> {
        // A call's events are of one tenant, so that one script takes all of them or none.
        for chunk in events.chunk_by(|a, b| a.tenant == b.tenant) {
            let texts = chunk.iter().map(wire::encode).collect();
            self.push_of(&chunk[0].tenant, texts).await?;
        }
        self.pushed.notify_one();
        Ok(())
    }

    async fn push_replicated(&self, events: &[NewEvent]) -> Result<()> {
        for chunk in events.chunk_by(|a, b| a.tenant == b.tenant) {
            let texts = chunk.iter().map(wire::encode).collect();
            self.push_replicated_of(&chunk[0].tenant, texts).await?;
        }
        self.pushed.notify_one();
        Ok(())
    }

    async fn claim(&self, max: usize) -> Result<Option<Claim>> {
        // Each claim starts with another tenant, so that a list that never empties, or cannot be
        // read, keeps nobody else waiting.
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % self.tenants.len().max(1);
        let (last, first) = self.tenants.split_at(turn);
        let mut away = None;
        for tenant in first.iter().chain(last) {
            match self.claim_of(tenant, max).await {
                Ok(Some(claim)) => return Ok(Some(claim)),
                Ok(None) => {}
                // Others may be on another server of a cluster.
                Err(Error::Redis(error)) if is_away(&error) => away = Some(error),
                Err(error) => return Err(error),
            }
        }
        away.map_or(Ok(None), |error| Err(error.into()))
    }

    async fn ack(&self, claim: &Claim) -> Result<()> {
        let tenant = &claim.source;
        let mut redis = self.redis.clone();
        redis::pipe()
            .unlink(self.keys.claimed(tenant, claim.id))
            .ignore()
            .zrem(self.keys.leases(tenant), claim.id.to_string())
            .ignore()
            .query_async::<()>(&mut redis)
            .await?;
        Ok(())
    }

    async fn pending(&self, tenant: &TenantId) -> Result<Pending> {
        let (events, oldest): (u64, Vec<Vec<u8>>) = Script::new(PENDING)
            .key(self.keys.event_buffer(tenant))
            .key(self.keys.leases(tenant))
            .arg(self.keys.claims(tenant))
            .invoke_async(&mut self.redis.clone())
            .await?;
        let now = self.clock.now();
        let received_at_ms = |element: &Vec<u8>| {
            let event = wire::decode(element, tenant, Uuid::nil(), 0, now).ok()?;
            Some(event.received_at.timestamp_millis())
        };
        let oldest_at_ms = oldest.iter().filter_map(received_at_ms).min();
        Ok(Pending { events, oldest_at_ms })
    }

    async fn pending_by_product(&self, tenant: &TenantId) -> Result<BTreeMap<String, u64>> {
        let mut products = BTreeMap::new();
        self.count_products(&self.keys.event_buffer(tenant), &mut products).await?;
        // After the list they are claimed from, so that none is in neither.
        let claims: Vec<String> =
            self.redis.clone().zrange(self.keys.leases(tenant), 0, -1).await?;
        for claim in claims {
            let key = format!("{}{claim}", self.keys.claims(tenant));
            self.count_products(&key, &mut products).await?;
        }
        Ok(products)
    }

    async fn wait(&self) {
        // Other replicas and Python products push without telling this process.
        let _ = tokio::time::timeout(self.poll, self.pushed.notified()).await;
    }
}
