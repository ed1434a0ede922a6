//! A Redis on a port, which belongs to others: a member of a cluster, or what sentinels watch.

use redis::aio::MultiplexedConnection;

use super::{
    eventually,
    process::{RedisProcess, answers, free_port},
};

/// A server of one test alone; what it was told outlives its end.
pub(crate) struct Member {
    folder: tempfile::TempDir,
    process: Option<RedisProcess>,
    arguments: Vec<String>,
    port: u16,
}

impl Member {
    /// Starts one that writes down what it is told.
    pub(super) async fn start(arguments: &[&str]) -> Self {
        // With `everysec` a push waits for a sync that is under way, on a busy disk too long for a
        // test that holds the database meanwhile.
        let settings = "--bind 127.0.0.1 --appendonly yes --appendfsync always".split(' ');
        let (folder, port) = (tempfile::tempdir().expect("a folder"), free_port());
        let arguments = settings.chain(["--save", ""]).chain(arguments.iter().copied());
        let arguments = arguments.map(str::to_owned).chain(["--port".to_owned(), port.to_string()]);
        let arguments = arguments.collect();
        let mut member = Self { folder, process: None, arguments, port };
        member.revive().await;
        member
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Starts the server again on what it had written down.
    pub(crate) async fn revive(&mut self) {
        self.process = Some(RedisProcess::start(self.folder.path(), &self.arguments));
        answers(|| self.client()).await;
    }

    /// Ends the server without a word, as a crash does.
    pub(crate) fn kill(&mut self) {
        self.process = None;
    }

    pub(crate) fn freeze(&self) {
        self.process.as_ref().expect("a running server").signal("-STOP");
    }

    pub(crate) fn thaw(&self) {
        self.process.as_ref().expect("a running server").signal("-CONT");
    }

    fn client(&self) -> redis::RedisResult<redis::Client> {
        redis::Client::open(format!("redis://127.0.0.1:{}/", self.port))
    }

    async fn try_connect(&self) -> redis::RedisResult<MultiplexedConnection> {
        self.client()?.get_multiplexed_async_connection().await
    }

    /// A connection past what is tested.
    pub(crate) async fn connect(&self) -> MultiplexedConnection {
        self.try_connect().await.expect("a connection")
    }

    /// Says a command, in words.
    pub(crate) async fn say<T: redis::FromRedisValue>(&self, words: &str) -> redis::RedisResult<T> {
        let mut command = redis::Cmd::new();
        for word in words.split(' ') {
            command.arg(word);
        }
        // A server that changes its role ends connections.
        command.query_async(&mut self.try_connect().await?).await
    }

    /// Returns once the answer to a command contains `what`.
    pub(crate) async fn says(&self, words: &str, what: &str) {
        eventually(what, async || {
            let said: String = self.say(words).await.ok()?;
            said.contains(what).then_some(())
        })
        .await;
    }
}
