//! The way to Redis: one connection that all callers share, and that is never waited for twice.
//!
//! While Redis is known to be away a call fails at once and nothing is sent, so that a Redis that
//! was merely frozen finds no work of hours ago once it goes on. A connection that fell silent is
//! given up and replaced; whoever waits on it gets an error.

#[cfg(test)]
mod tests;
mod watchdog;

use std::{
    fmt::Debug,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use redis::{
    Cmd, Pipeline, RedisError, RedisFuture, RedisResult, Value,
    aio::{ConnectionLike, MultiplexedConnection},
};
use tokio::{
    sync::{Notify, watch},
    time::timeout,
};
use tokio_util::task::AbortOnDropHandle;

use self::watchdog::Watchdog;

/// How long Redis may take to answer before a caller goes on without it.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(1);
/// How long a caller waits for a connection in place of one that was lost.
const RENEWAL: Duration = Duration::from_millis(250);

/// Whether an error says that Redis does not serve now, as opposed to refusing a command.
pub fn is_away(error: &RedisError) -> bool {
    error.is_io_error() || error.code() == Some("LOADING")
}

/// The connection of the present, cheap to clone.
#[derive(Clone)]
pub struct RedisLink {
    shared: Arc<Shared>,
    database: i64,
    _watchdog: Arc<AbortOnDropHandle<()>>,
}

impl Debug for RedisLink {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("RedisLink").finish_non_exhaustive()
    }
}

/// What callers and the watchdog share.
struct Shared {
    state: watch::Sender<State>,
    /// Has the watchdog look at once.
    suspicion: Notify,
    /// The last time that Redis told, and when.
    told: Mutex<Option<(Instant, i64)>>,
}

#[derive(Clone)]
enum State {
    Up {
        connection: MultiplexedConnection,
        generation: u64,
    },
    /// The connection was lost; that says nothing of Redis yet.
    Lost,
    Down,
}

impl Shared {
    fn is_up(&self) -> bool {
        matches!(*self.state.borrow(), State::Up { .. })
    }

    fn turn_up(&self, connection: MultiplexedConnection, generation: u64) {
        let before = self.state.send_replace(State::Up { connection, generation });
        if matches!(before, State::Down) {
            tracing::info!("Redis answers again");
        }
    }

    fn turn_down(&self, error: &RedisError) {
        let before = self.state.send_replace(State::Down);
        if !matches!(before, State::Down) {
            tracing::warn!(%error, "Redis is down");
        }
    }

    /// Gives up a connection, unless it was replaced already.
    fn lose(&self, lost: u64) {
        let give_up = |state: &mut State| {
            let is_present = matches!(state, State::Up { generation, .. } if *generation == lost);
            if is_present {
                *state = State::Lost;
            }
            is_present
        };
        if self.state.send_if_modified(give_up) {
            self.suspicion.notify_one();
        }
    }
}

impl RedisLink {
    /// Connects, and watches Redis from now on. A Redis that is away is waited for in the
    /// background.
    ///
    /// # Errors
    /// What a Redis that answers has against this client.
    pub async fn connect(client: redis::Client) -> RedisResult<Self> {
        let database = client.get_connection_info().redis_settings().db();
        let shared = Arc::new(Shared {
            state: watch::Sender::new(State::Lost),
            suspicion: Notify::new(),
            told: Mutex::default(),
        });
        let mut watchdog = Watchdog::new(Arc::clone(&shared), client);
        match watchdog.look().await {
            Err(error) if !is_away(&error) => return Err(error),
            _ => {}
        }
        let watchdog = Arc::new(AbortOnDropHandle::new(tokio::spawn(watchdog.run())));
        Ok(Self { shared, database, _watchdog: watchdog })
    }

    /// Whether Redis answered when it was last asked.
    pub fn is_up(&self) -> bool {
        self.shared.is_up()
    }

    /// What the clock of Redis, in milliseconds since 1970, shows after `wait`; none while that is
    /// not known.
    pub fn time_after(&self, wait: Duration) -> Option<i64> {
        let (told_at, time_ms) = (*self.told())?;
        let ahead_ms = i64::try_from((told_at.elapsed() + wait).as_millis()).ok()?;
        time_ms.checked_add(ahead_ms)
    }

    fn told(&self) -> std::sync::MutexGuard<'_, Option<(Instant, i64)>> {
        self.shared.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks over the connection of the present, and gives it up when it does not answer.
    async fn ask<T, F>(&self, ask: impl FnOnce(MultiplexedConnection) -> F) -> RedisResult<T>
    where
        F: Future<Output = RedisResult<T>>,
    {
        let mut states = self.shared.state.subscribe();
        let (connection, own) = present(&mut states).await?;
        let replaced = states
            .wait_for(|state| !matches!(state, State::Up { generation, .. } if *generation == own));
        let answer = tokio::select! {
            biased;
            answer = timeout(ANSWER_TIMEOUT, ask(connection)) => {
                answer.unwrap_or_else(|_| Err(silent()))
            }
            _ = replaced => return Err(silent()),
        };
        if answer.as_ref().is_err_and(RedisError::is_io_error) {
            self.shared.lose(own);
        }
        answer
    }
}

/// The connection of the present with its generation; it is waited for only when it was just lost.
async fn present(states: &mut watch::Receiver<State>) -> RedisResult<(MultiplexedConnection, u64)> {
    let settled = states.wait_for(|state| !matches!(state, State::Lost));
    let Ok(Ok(state)) = timeout(RENEWAL, settled).await else { return Err(silent()) };
    match &*state {
        State::Up { connection, generation } => Ok((connection.clone(), *generation)),
        State::Lost | State::Down => Err(silent()),
    }
}

fn silent() -> RedisError {
    std::io::Error::new(std::io::ErrorKind::TimedOut, "Redis does not answer").into()
}

impl ConnectionLike for RedisLink {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        Box::pin(self.ask(async |mut connection| connection.req_packed_command(command).await))
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        let ask = move |mut connection: MultiplexedConnection| async move {
            connection.req_packed_commands(pipeline, offset, count).await
        };
        Box::pin(self.ask(ask))
    }

    fn get_db(&self) -> i64 {
        self.database
    }
}
