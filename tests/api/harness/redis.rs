//! A Redis of one test alone, which the test may kill, freeze and start again.

use std::time::Duration;

use redis::aio::MultiplexedConnection;

use super::{
    RedisServers, eventually,
    process::{RedisProcess, answers, free_port},
};

/// A server on a socket in a folder of its own; what it was told outlives its end.
pub(crate) struct PrivateRedis {
    folder: tempfile::TempDir,
    process: Option<RedisProcess>,
    /// Whose replica it is: address and port.
    primary: Option<(String, u16)>,
}

impl PrivateRedis {
    pub(crate) async fn start() -> Self {
        Self::start_behind(None).await
    }

    async fn start_behind(primary: Option<(String, u16)>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut redis = Self { folder, process: None, primary };
        redis.revive().await;
        redis
    }

    /// Starts a replica, and returns once it follows.
    pub(crate) async fn replica(&self) -> Self {
        let port = free_port();
        let mut connection = self.connect().await;
        for (key, value) in [("repl-diskless-sync-delay", 0), ("port", port)] {
            let set = redis::cmd("CONFIG").arg("SET").arg(key).arg(value).to_owned();
            set.query_async::<()>(&mut connection).await.expect("a setting");
        }
        let replica = Self::start_behind(Some(("127.0.0.1".to_owned(), port))).await;
        replica.replication("master_link_status:up").await;
        // Until its first word it is connected, and not yet counted on.
        self.replication("state=online").await;
        replica
    }

    /// Returns once the server says so of its replication.
    async fn replication(&self, what: &str) {
        let connection = self.connect().await;
        eventually(what, async || {
            let mut connection = connection.clone();
            let info = redis::cmd("INFO").arg("replication").to_owned();
            let info: String = info.query_async(&mut connection).await.ok()?;
            info.contains(what).then_some(())
        })
        .await;
    }

    /// Starts the server again on what it had written down.
    pub(crate) async fn revive(&mut self) {
        let settings = "--port 0 --unixsocket redis.sock --appendonly yes --appendfsync always";
        let mut arguments: Vec<_> = settings.split(' ').map(str::to_owned).collect();
        arguments.extend(["--save".to_owned(), String::new()]);
        if let Some((address, port)) = &self.primary {
            arguments.extend(["--replicaof".to_owned(), address.clone(), port.to_string()]);
        }
        self.process = Some(RedisProcess::start(self.folder.path(), &arguments));
        answers(|| self.client()).await;
    }

    /// Ends the server without a word, as a crash does.
    pub(crate) fn kill(&mut self) {
        self.process = None;
    }

    /// Lets the server neither answer nor hang up, as a network that swallows everything.
    pub(crate) fn freeze(&self) {
        self.signal("-STOP");
    }

    pub(crate) fn thaw(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        self.process.as_ref().expect("a running server").signal(signal);
    }

    fn client(&self) -> redis::RedisResult<redis::Client> {
        redis::Client::open(self.url())
    }

    /// A connection of a product that reads and writes Redis by itself.
    pub(crate) async fn connect(&self) -> MultiplexedConnection {
        let settings =
            redis::AsyncConnectionConfig::new().set_response_timeout(Some(Duration::from_secs(30)));
        let client = self.client().expect("a URL");
        let connection = client.get_multiplexed_async_connection_with_config(&settings);
        connection.await.expect("a connection")
    }
}

impl RedisServers for PrivateRedis {
    fn url(&self) -> String {
        format!("redis+unix://{}/redis.sock", self.folder.path().display())
    }
}
