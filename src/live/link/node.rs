//! One server, or the master of the present where sentinels name it: one connection, and its watch.

use std::{
    fmt::Debug,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use redis::{
    Client, Cmd, Pipeline, RedisError, RedisFuture, RedisResult, Value,
    aio::{ConnectionLike, MultiplexedConnection},
};
use tokio::{
    sync::{Notify, watch},
    time::timeout,
};
use tokio_util::task::AbortOnDropHandle;

use super::{
    ANSWER_TIMEOUT, Ask, is_away, is_no_master, refusal,
    servers::address,
    silent,
    watchdog::{Source, Watchdog},
};

/// How long a caller waits for a connection in place of one that was lost.
const RENEWAL: Duration = Duration::from_millis(250);

/// The connection of the present, cheap to clone.
#[derive(Clone)]
pub struct Node {
    shared: Arc<Shared>,
    database: i64,
    may_move: bool,
    _watchdog: Arc<AbortOnDropHandle<()>>,
}

impl Debug for Node {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Node").field("address", &self.address()).finish_non_exhaustive()
    }
}

/// What callers and the watchdog share.
pub(super) struct Shared {
    state: watch::Sender<State>,
    /// Has the watchdog look at once.
    pub suspicion: Notify,
    /// The last time that Redis told, and when.
    told: Mutex<Option<(Instant, i64)>>,
    /// The server; none until it was found.
    client: Mutex<Option<Client>>,
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
    pub(super) fn is_up(&self) -> bool {
        matches!(*self.state.borrow(), State::Up { .. })
    }

    pub(super) fn turn_up(&self, connection: MultiplexedConnection, generation: u64) {
        let before = self.state.send_replace(State::Up { connection, generation });
        if matches!(before, State::Down) {
            tracing::info!(server = self.address(), "Redis answers again");
        }
    }

    pub(super) fn turn_down(&self, error: &RedisError) {
        let before = self.state.send_replace(State::Down);
        if !matches!(before, State::Down) {
            tracing::warn!(%error, server = self.address(), "Redis is down");
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

    /// Goes on with a server; the connection to another is given up.
    pub(super) fn settle_at(&self, client: Client) {
        let is_other = !self.is_at(&address(&client));
        let before = lock(&self.client).replace(client);
        if let Some(before) = before.filter(|_| is_other) {
            let (from, to) = (address(&before), self.address());
            tracing::info!(from, to, "Redis has another master");
            let give_up = |state: &mut State| {
                let was_up = matches!(state, State::Up { .. });
                if was_up {
                    *state = State::Lost;
                }
                was_up
            };
            self.state.send_if_modified(give_up);
        }
    }

    pub(super) fn is_at(&self, place: &str) -> bool {
        lock(&self.client).as_ref().is_some_and(|client| address(client) == place)
    }

    fn address(&self) -> String {
        lock(&self.client).as_ref().map(address).unwrap_or_default()
    }

    pub(super) fn client(&self) -> Option<Client> {
        lock(&self.client).clone()
    }

    pub(super) fn tell(&self, told: Option<(Instant, i64)>) {
        *lock(&self.told) = told;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Node {
    /// Connects, and watches the server from now on. One that is away is waited for in the
    /// background.
    ///
    /// # Errors
    /// What one that answers has against this client.
    pub(super) async fn connect(source: Source) -> RedisResult<Self> {
        let (node, mut watchdog) = Self::unwatched(source);
        match watchdog.look().await {
            Err(error) if !is_away(&error) => return Err(error),
            _ => {}
        }
        Ok(node.watched_by(watchdog))
    }

    /// The same without waiting for the first answer.
    pub(super) fn spawn(client: Client) -> Self {
        let (node, watchdog) = Self::unwatched(Source::One(client));
        node.shared.suspicion.notify_one();
        node.watched_by(watchdog)
    }

    fn unwatched(source: Source) -> (Unwatched, Watchdog) {
        let shared = Arc::new(Shared {
            state: watch::Sender::new(State::Lost),
            suspicion: Notify::new(),
            told: Mutex::default(),
            client: Mutex::new(source.client()),
        });
        let (database, may_move) = (source.database(), source.may_move());
        let watchdog = Watchdog::new(Arc::clone(&shared), source);
        (Unwatched { shared, database, may_move }, watchdog)
    }

    /// Whether the server answered when it was last asked.
    pub fn is_up(&self) -> bool {
        self.shared.is_up()
    }

    /// The number of the present connection; none while there is none.
    pub(super) fn generation(&self) -> Option<u64> {
        match &*self.shared.state.borrow() {
            State::Up { generation, .. } => Some(*generation),
            State::Lost | State::Down => None,
        }
    }

    /// What its clock, in milliseconds since 1970, shows after `wait`; none while that is not known.
    pub fn time_after(&self, wait: Duration) -> Option<i64> {
        self.time_at(Instant::now() + wait)
    }

    /// The same at an instant. It may show more then, by the time that its answer took, never less.
    pub(super) fn time_at(&self, at: Instant) -> Option<i64> {
        let (told_at, time_ms) = (*lock(&self.shared.told))?;
        let millis = |span: Duration| i64::try_from(span.as_millis()).ok();
        let before_ms = millis(told_at.saturating_duration_since(at))?;
        let ahead_ms = millis(at.saturating_duration_since(told_at))?;
        time_ms.checked_add(ahead_ms - before_ms)
    }

    /// Whether another server may take its place.
    pub fn may_move(&self) -> bool {
        self.may_move
    }

    /// Host and port, or the path of a socket; empty while it is not known.
    pub fn address(&self) -> String {
        self.shared.address()
    }

    /// How to connect to the server of the present; none while it is not known.
    pub fn client(&self) -> Option<Client> {
        self.shared.client()
    }

    /// Returns once the server at this place is away or replaced.
    pub(super) async fn left(&self, place: &str) {
        let mut states = self.shared.state.subscribe();
        let left = |state: &State| matches!(state, State::Down) || !self.shared.is_at(place);
        let _ = states.wait_for(left).await;
    }

    /// Asks over the connection of the present, and gives it up when it does not answer.
    pub(super) async fn ask(&self, ask: Ask<'_>) -> RedisResult<Vec<Value>> {
        let mut states = self.shared.state.subscribe();
        let (mut connection, own) = present(&mut states).await?;
        let replaced = states
            .wait_for(|state| !matches!(state, State::Up { generation, .. } if *generation == own));
        let answer = tokio::select! {
            biased;
            answer = timeout(ANSWER_TIMEOUT, ask.over(&mut connection)) => {
                answer.unwrap_or_else(|_| Err(silent()))
            }
            _ = replaced => return Err(silent()),
        };
        let is_replaced = |error| self.may_move && is_no_master(&error);
        let is_lost = answer.as_ref().is_err_and(RedisError::is_io_error);
        if is_lost || refusal(&answer).is_some_and(is_replaced) {
            self.shared.lose(own);
        }
        answer
    }
}

/// A node in the making.
struct Unwatched {
    shared: Arc<Shared>,
    database: i64,
    may_move: bool,
}

impl Unwatched {
    fn watched_by(self, watchdog: Watchdog) -> Node {
        let Self { shared, database, may_move } = self;
        let watchdog = Arc::new(AbortOnDropHandle::new(tokio::spawn(watchdog.run())));
        Node { shared, database, may_move, _watchdog: watchdog }
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

impl ConnectionLike for Node {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        Box::pin(async move { Ok(self.ask(Ask::One(command)).await?.pop().unwrap_or(Value::Nil)) })
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        Box::pin(self.ask(Ask::Several { pipeline, offset, count }))
    }

    fn get_db(&self) -> i64 {
        self.database
    }
}
