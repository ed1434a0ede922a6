//! The task that finds out whether Redis answers, on a connection of its own.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use redis::{
    AsyncConnectionConfig, Client, RedisError, RedisResult, Value, aio::MultiplexedConnection,
};
use tokio::time::timeout;

use super::{is_away, node::Shared, sentinel::Sentinels, servers::address, silent};

const PERIOD: Duration = Duration::from_millis(250);
/// Without an answer for longer, Redis is down.
const SILENCE: Duration = Duration::from_millis(750);

/// Who says where the server is.
pub(super) enum Source {
    One(Client),
    Sentinel(Sentinels),
}

impl Source {
    /// The server, where that is known without asking.
    pub(super) fn client(&self) -> Option<Client> {
        match self {
            Self::One(client) => Some(client.clone()),
            Self::Sentinel(_) => None,
        }
    }

    pub(super) fn database(&self) -> i64 {
        match self {
            Self::One(client) => client.get_connection_info().redis_settings().db(),
            Self::Sentinel(sentinels) => sentinels.database(),
        }
    }

    pub(super) fn may_move(&self) -> bool {
        matches!(self, Self::Sentinel(_))
    }
}

/// Watches one Redis until it is dropped.
pub(super) struct Watchdog {
    shared: Arc<Shared>,
    source: Source,
    own: Option<MultiplexedConnection>,
    generation: u64,
}

impl Watchdog {
    pub(super) fn new(shared: Arc<Shared>, source: Source) -> Self {
        Self { shared, source, own: None, generation: 0 }
    }

    pub(super) async fn run(mut self) {
        loop {
            let _ = timeout(PERIOD, self.shared.suspicion.notified()).await;
            // Whoever calls is told through the state.
            let _ = self.look().await;
        }
    }

    /// Asks Redis, and puts a connection in place where there is none.
    pub(super) async fn look(&mut self) -> RedisResult<()> {
        if let Some(own) = self.own.take() {
            match self.tell(own).await {
                Ok(_) if self.is_replaced().await => {}
                Ok(own) => {
                    self.own = Some(own);
                    return self.renew().await;
                }
                // A new connection may still be silent for as long: callers are told before.
                Err(error) if error.is_timeout() => self.shared.turn_down(&error),
                Err(_) => {}
            }
        }
        match self.afresh().await {
            Ok(own) => self.own = Some(own),
            Err(error) => {
                self.shared.turn_down(&error);
                return Err(error);
            }
        }
        self.renew().await
    }

    /// Whether the sentinels name another master than the one that answers. Sentinels that say
    /// nothing change nothing.
    async fn is_replaced(&mut self) -> bool {
        let Source::Sentinel(sentinels) = &mut self.source else { return false };
        if !sentinels.are_due() {
            return false;
        }
        let named = sentinels.present().await;
        named.is_ok_and(|client| !self.shared.is_at(&address(&client)))
    }

    /// A connection that was answered on, to the server as it is known now.
    async fn afresh(&mut self) -> RedisResult<MultiplexedConnection> {
        if let Source::Sentinel(sentinels) = &mut self.source {
            let master = sentinels.afresh().await?;
            self.shared.settle_at(master);
        }
        let connection = self.connect().await?;
        self.tell(connection).await
    }

    async fn renew(&mut self) -> RedisResult<()> {
        if self.shared.is_up() {
            return Ok(());
        }
        match self.connect().await {
            Ok(connection) => {
                self.generation += 1;
                self.shared.turn_up(connection, self.generation);
                Ok(())
            }
            Err(error) => {
                self.shared.turn_down(&error);
                Err(error)
            }
        }
    }

    async fn connect(&self) -> RedisResult<MultiplexedConnection> {
        let client = self.shared.client().ok_or_else(silent)?;
        // The limits are those of whoever asks.
        let limits = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(SILENCE))
            .set_response_timeout(None);
        let connection = client.get_multiplexed_async_connection_with_config(&limits);
        timeout(SILENCE, connection).await.unwrap_or_else(|_| Err(silent()))
    }

    /// Asks for the time; gives the connection back when there was an answer.
    async fn tell(
        &self,
        mut connection: MultiplexedConnection,
    ) -> Result<MultiplexedConnection, RedisError> {
        let time = redis::cmd("TIME");
        let answer = timeout(SILENCE, time.query_async::<(i64, i64)>(&mut connection)).await;
        let told = match answer.unwrap_or_else(|_| Err(silent())) {
            Ok((secs, micros)) => Some((Instant::now(), secs * 1_000 + micros / 1_000)),
            Err(error) if is_away(&error) => return Err(error),
            // It answers; that is what counts.
            Err(_) => None,
        };
        self.shared.tell(told);
        if self.source.may_move() {
            check_role(&mut connection).await?;
        }
        Ok(connection)
    }
}

/// Refuses a server that is master no more, which would take connections all the same.
async fn check_role(connection: &mut MultiplexedConnection) -> RedisResult<()> {
    let role = redis::cmd("ROLE");
    let answer = timeout(SILENCE, role.query_async::<Vec<Value>>(connection)).await;
    match answer.unwrap_or_else(|_| Err(silent())) {
        Ok(role) if role.first().is_some_and(is_master) => Ok(()),
        Ok(_) => Err(std::io::Error::other("it is a replica").into()),
        Err(error) if is_away(&error) => Err(error),
        // Forbidden to ask, the first refused write tells.
        Err(_) => Ok(()),
    }
}

fn is_master(role: &Value) -> bool {
    matches!(role, Value::BulkString(name) if name == b"master")
        || matches!(role, Value::SimpleString(name) if name == "master")
}
