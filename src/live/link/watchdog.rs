//! The task that finds out whether Redis answers, on a connection of its own.

use std::{
    sync::{Arc, PoisonError},
    time::{Duration, Instant},
};

use redis::{AsyncConnectionConfig, Client, RedisError, RedisResult, aio::MultiplexedConnection};
use tokio::time::timeout;

use super::{Shared, is_away, silent};

const PERIOD: Duration = Duration::from_millis(250);
/// Without an answer for longer, Redis is down.
const SILENCE: Duration = Duration::from_millis(750);

/// Watches one Redis until it is dropped.
pub(super) struct Watchdog {
    shared: Arc<Shared>,
    client: Client,
    own: Option<MultiplexedConnection>,
    generation: u64,
}

impl Watchdog {
    pub(super) fn new(shared: Arc<Shared>, client: Client) -> Self {
        Self { shared, client, own: None, generation: 0 }
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
                Ok(own) => {
                    self.own = Some(own);
                    return self.renew().await;
                }
                // A new connection may still be silent for as long: callers are told before.
                Err(error) if error.is_timeout() => self.shared.turn_down(&error),
                Err(_) => {}
            }
        }
        let afresh = async { self.tell(self.connect().await?).await };
        match afresh.await {
            Ok(own) => self.own = Some(own),
            Err(error) => {
                self.shared.turn_down(&error);
                return Err(error);
            }
        }
        self.renew().await
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
        // The limits are those of whoever asks.
        let limits = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(SILENCE))
            .set_response_timeout(None);
        let connection = self.client.get_multiplexed_async_connection_with_config(&limits);
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
        *self.shared.told.lock().unwrap_or_else(PoisonError::into_inner) = told;
        Ok(connection)
    }
}
