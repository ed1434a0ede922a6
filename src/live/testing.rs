//! A Redis for unit tests.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use redis::aio::MultiplexedConnection;

/// A Redis of one test alone, on a socket in a folder of its own.
pub(crate) struct PrivateRedis {
    process: Option<Child>,
    append_only: &'static str,
    folder: tempfile::TempDir,
}

impl PrivateRedis {
    /// Starts one that answers.
    pub(crate) async fn start() -> Self {
        let mut server = Self::absent();
        server.revive().await;
        server
    }

    /// One that keeps a file, as production has to.
    pub(crate) async fn durable() -> Self {
        let mut server = Self::absent();
        server.append_only = "yes";
        server.revive().await;
        server
    }

    /// One that is not there yet.
    pub(crate) fn absent() -> Self {
        Self { process: None, append_only: "no", folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) async fn revive(&mut self) {
        let process = Command::new("redis-server")
            .args(["--port", "0", "--save", "", "--unixsocket", "redis.sock"])
            .args(["--appendonly", self.append_only, "--appendfsync", "everysec"])
            .current_dir(self.folder.path())
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is needed (Debian package redis-server)");
        self.process = Some(process);
        for _ in 0..100 {
            if self.client().get_multiplexed_async_connection().await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("redis-server does not answer");
    }

    pub(crate) fn client(&self) -> redis::Client {
        let url = format!("redis+unix://{}/redis.sock", self.folder.path().display());
        redis::Client::open(url).unwrap()
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Ends it as `kill -9` does.
    pub(crate) fn kill(&mut self) {
        let mut process = self.process.take().expect("a running Redis");
        process.kill().unwrap();
        process.wait().unwrap();
    }

    /// A connection past what is tested.
    pub(crate) async fn aside(&self) -> MultiplexedConnection {
        self.client().get_multiplexed_async_connection().await.unwrap()
    }

    /// Lets it say nothing, with its connections open.
    pub(crate) fn freeze(&self) {
        self.signal(Signal::SIGSTOP);
    }

    pub(crate) fn thaw(&self) {
        self.signal(Signal::SIGCONT);
    }

    fn signal(&self, signal: Signal) {
        let process = self.process.as_ref().expect("a running Redis");
        kill(Pid::from_raw(process.id().try_into().unwrap()), signal).unwrap();
    }
}

impl Drop for PrivateRedis {
    fn drop(&mut self) {
        if self.process.is_some() {
            self.kill();
        }
    }
}
