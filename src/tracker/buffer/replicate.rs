//! Pushes that are answered once a replica of Redis has them.
//!
//! `WAIT` speaks of what its own connection has written, so that push and `WAIT` go to one server,
//! the master of the key, over one connection. It blocks that connection, so it is no other's, and
//! calls that come while a round is under way share the next: their pushes, then one `WAIT` that
//! covers them all (ADR 12). After a round that no replica confirmed, one call in [`RETRY`] tries
//! again and the others do not wait.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use redis::{
    Client, Cmd, RedisResult,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use tokio::sync::oneshot;

use crate::{
    error::{Error, Result},
    live::{Node, RedisLink},
};

/// Pause between two rounds while no replica confirms.
const RETRY: Duration = Duration::from_secs(1);
/// About how many events a round takes.
const ROUND_EVENTS: usize = 2_000;
/// How long Redis may take to answer beside the time that `WAIT` is given.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(1);

/// A replicator for each master.
pub(super) struct Replicators {
    redis: RedisLink,
    timeout: Duration,
    /// By address; those of servers that are masters no more go with the next one.
    of_masters: Mutex<HashMap<String, Arc<Replicator>>>,
}

impl Replicators {
    pub(super) fn new(redis: RedisLink, timeout: Duration) -> Self {
        Self { redis, timeout, of_masters: Mutex::default() }
    }

    /// Runs a push to `key`; returns what it said once a replica has it.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when no replica confirms in time, [`Error::Redis`] when Redis does
    /// not answer, or has the key no more; the push may have arrived all the same.
    pub(super) async fn push(&self, key: &str, push: Cmd, events: usize) -> Result<Said> {
        let master = self.redis.master_of(key);
        let client = master.as_ref().and_then(Node::client);
        let (Some(master), Some(client)) = (master, client) else { return Err(unconfirmed()) };
        self.of_master(master.address(), &client)?.push(push, events).await
    }

    fn of_master(&self, address: String, client: &Client) -> RedisResult<Arc<Replicator>> {
        let mut of_masters = lock(&self.of_masters);
        if let Some(replicator) = of_masters.get(&address) {
            return Ok(Arc::clone(replicator));
        }
        let present: Vec<_> = self.redis.masters().iter().map(Node::address).collect();
        of_masters.retain(|address, _| present.contains(address));
        let connection = connection(client, self.timeout + ANSWER_TIMEOUT)?;
        let replicator = Arc::new(Replicator::new(connection, self.timeout));
        of_masters.insert(address, Arc::clone(&replicator));
        Ok(replicator)
    }
}

/// A connection for `WAIT`, whose commands each try to connect again, so that none waits for more
/// than one attempt.
fn connection(client: &Client, response: Duration) -> RedisResult<ConnectionManager> {
    let settings = ConnectionManagerConfig::new()
        .set_connection_timeout(Some(ANSWER_TIMEOUT))
        .set_response_timeout(Some(response))
        .set_number_of_retries(0);
    ConnectionManager::new_lazy_with_config(client.clone(), settings)
}

/// Shares rounds among calls to one server.
struct Replicator {
    /// Held for a round.
    redis: tokio::sync::Mutex<ConnectionManager>,
    timeout: Duration,
    waiting: Mutex<VecDeque<Call>>,
    /// When a round failed, or was last tried since; none while replicas confirm.
    failed_at: Mutex<Option<Instant>>,
}

/// What a push says of itself; nothing when it came too late.
pub(super) type Said = Option<i64>;

/// One call's push on its way.
struct Call {
    push: Cmd,
    events: usize,
    /// What the push said, once a replica has it; dropped when none does.
    answer: oneshot::Sender<Said>,
}

impl Replicator {
    fn new(redis: ConnectionManager, timeout: Duration) -> Self {
        Self {
            redis: tokio::sync::Mutex::new(redis),
            timeout,
            waiting: Mutex::default(),
            failed_at: Mutex::default(),
        }
    }

    async fn push(&self, push: Cmd, events: usize) -> Result<Said> {
        let joined_at = self.join()?;
        let (answer, mut said) = oneshot::channel();
        lock(&self.waiting).push_back(Call { push, events, answer });
        loop {
            let mut redis = self.redis.lock().await;
            match said.try_recv() {
                Ok(said) => return Ok(said),
                Err(oneshot::error::TryRecvError::Closed) => return Err(unconfirmed()),
                // Whoever held the connection took others, or stopped waiting.
                Err(oneshot::error::TryRecvError::Empty) => {}
            }
            if lock(&self.failed_at).is_some_and(|failed_at| failed_at > joined_at) {
                return Err(unconfirmed());
            }
            self.round(&mut redis).await?;
        }
    }

    /// When a call may take part: now, or not while no replica confirms.
    fn join(&self) -> Result<Instant> {
        let now = Instant::now();
        let mut failed_at = lock(&self.failed_at);
        if let Some(tried_at) = &mut *failed_at {
            if now.duration_since(*tried_at) < RETRY {
                return Err(unconfirmed());
            }
            *tried_at = now;
        }
        Ok(now)
    }

    /// Sends the pushes that wait longest and waits for a replica.
    async fn round(&self, redis: &mut ConnectionManager) -> Result<()> {
        let calls = self.take();
        let said = self.run(redis, &calls).await;
        *lock(&self.failed_at) = said.is_err().then(Instant::now);
        for (call, said) in calls.into_iter().zip(said?) {
            // Who no longer listens was promised nothing.
            let _ = call.answer.send(said);
        }
        Ok(())
    }

    /// What each push said, once a replica has all of them.
    async fn run(&self, redis: &mut ConnectionManager, calls: &[Call]) -> Result<Vec<Said>> {
        // Where there is none, nothing waits for its time, and nothing is pushed to be found twice.
        let info: String = redis::cmd("INFO").arg("replication").query_async(redis).await?;
        if info.lines().any(|line| line == "connected_slaves:0") {
            return Err(unconfirmed());
        }
        let mut pipe = redis::pipe();
        for call in calls {
            pipe.add_command(call.push.clone());
        }
        pipe.cmd("WAIT").arg(1).arg(self.timeout.as_millis());
        let mut said: Vec<Said> = pipe.query_async(redis).await?;
        match said.pop() {
            Some(Some(1..)) => Ok(said),
            _ => Err(unconfirmed()),
        }
    }

    fn take(&self) -> Vec<Call> {
        let mut waiting = lock(&self.waiting);
        let mut taken = Vec::new();
        let mut events = 0;
        while events < ROUND_EVENTS {
            let Some(call) = waiting.pop_front() else { break };
            if !call.answer.is_closed() {
                events += call.events;
                taken.push(call);
            }
        }
        taken
    }
}

fn unconfirmed() -> Error {
    Error::unavailable("no replica of Redis confirms")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
