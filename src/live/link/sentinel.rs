//! Asks sentinels which server is the master.

use std::time::Duration;

use futures_util::future::select_ok;
use redis::{AsyncConnectionConfig, Client, ErrorKind, RedisResult, aio::MultiplexedConnection};
use tokio::time::{Instant, timeout};

use super::{servers::at, silent};

/// Without an answer for longer another sentinel is asked.
const PATIENCE: Duration = Duration::from_millis(750);
/// A master that is fine may have been replaced all the same, behind a network that was parted.
const PERIOD: Duration = Duration::from_secs(1);

/// Those who know the master.
#[derive(Debug)]
pub struct Sentinels {
    members: Vec<Client>,
    master: String,
    /// How the master is talked to, wherever it is.
    pattern: Client,
    /// The way to whoever answered last.
    last: Option<MultiplexedConnection>,
    asked_at: Instant,
}

impl Sentinels {
    pub(super) fn new(members: Vec<Client>, master: String, pattern: Client) -> Self {
        Self { members, master, pattern, last: None, asked_at: Instant::now() }
    }

    /// Whether it is time to ask again about a master that answers.
    pub(super) fn are_due(&self) -> bool {
        self.asked_at.elapsed() >= PERIOD
    }

    pub(super) fn database(&self) -> i64 {
        self.pattern.get_connection_info().redis_settings().db()
    }

    /// The master, as the sentinel says that answered last; all are asked when it does not.
    pub(super) async fn present(&mut self) -> RedisResult<Client> {
        self.asked_at = Instant::now();
        if let Some(last) = self.last.take()
            && let Ok(found) = self.ask(last).await
        {
            return self.found(found);
        }
        self.afresh().await
    }

    /// The master, as the first sentinel says that answers.
    pub(super) async fn afresh(&mut self) -> RedisResult<Client> {
        self.asked_at = Instant::now();
        let asked = self.members.iter().map(|member| Box::pin(self.connect_and_ask(member)));
        let (found, _) = select_ok(asked).await?;
        self.found(found)
    }

    fn found(&mut self, found: Found) -> RedisResult<Client> {
        self.last = Some(found.sentinel);
        at(&self.pattern, &found.host, found.port)
    }

    async fn connect_and_ask(&self, member: &Client) -> RedisResult<Found> {
        let limits = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE));
        let connection = member.get_multiplexed_async_connection_with_config(&limits);
        let connection = timeout(PATIENCE, connection).await.unwrap_or_else(|_| Err(silent()))?;
        self.ask(connection).await
    }

    async fn ask(&self, mut sentinel: MultiplexedConnection) -> RedisResult<Found> {
        let mut question = redis::cmd("SENTINEL");
        question.arg("GET-MASTER-ADDR-BY-NAME").arg(&self.master);
        let answer = question.query_async::<Option<(String, u16)>>(&mut sentinel);
        let known = timeout(PATIENCE, answer).await.unwrap_or_else(|_| Err(silent()))?;
        let unknown = (ErrorKind::MasterNameNotFoundBySentinel, "no such master");
        let (host, port) = known.ok_or(unknown)?;
        Ok(Found { sentinel, host, port })
    }

    #[cfg(test)]
    pub(super) fn parts(&self) -> (&str, &[Client], &Client) {
        (&self.master, &self.members, &self.pattern)
    }
}

/// What a sentinel said.
struct Found {
    sentinel: MultiplexedConnection,
    host: String,
    port: u16,
}
