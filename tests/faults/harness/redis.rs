//! A Redis of one test alone, durable as production has to be: AOF, and no eviction.

use std::{fs, path::PathBuf, process::Command, time::Duration};

use redis::aio::MultiplexedConnection;

use super::{Process, ports::free_port, within};

const START: Duration = Duration::from_secs(30);

pub(crate) struct Redis {
    folder: PathBuf,
    log: PathBuf,
    port: u16,
    process: Option<Process>,
}

impl Redis {
    /// Starts an empty server in a new folder.
    pub(crate) async fn create(folder: PathBuf, log: PathBuf) -> Self {
        fs::create_dir(&folder).expect("a folder for Redis");
        let mut server = Self { folder, log, port: free_port(), process: None };
        server.revive().await;
        server
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Starts it on what it had written down, and waits until it answers.
    pub(crate) async fn revive(&mut self) {
        let ready = async || {
            if self.process.as_mut().is_none_or(|process| process.has_ended().is_some()) {
                self.process = Some(self.start());
            }
            let mut connection = self.try_connect().await.ok()?;
            redis::cmd("PING").query_async::<()>(&mut connection).await.ok()
        };
        within(START, "an answer of Redis", ready).await;
    }

    fn start(&self) -> Process {
        let mut command = Command::new("redis-server");
        command.args(["--bind", "127.0.0.1", "--port", &self.port.to_string(), "--save", ""]);
        command.args(["--appendonly", "yes", "--appendfsync", "everysec"]);
        command.args(["--maxmemory-policy", "noeviction"]).current_dir(&self.folder);
        Process::start(&mut command, &self.log)
    }

    pub(crate) fn kill(&mut self) {
        self.process.take().expect("a running Redis").kill();
    }

    pub(crate) fn freeze(&self) {
        self.process.as_ref().expect("a running Redis").freeze();
    }

    pub(crate) fn thaw(&self) {
        self.process.as_ref().expect("a running Redis").thaw();
    }

    async fn try_connect(&self) -> redis::RedisResult<MultiplexedConnection> {
        let settings = redis::AsyncConnectionConfig::new().set_response_timeout(Some(START));
        let client = redis::Client::open(format!("redis://127.0.0.1:{}/", self.port))?;
        client.get_multiplexed_async_connection_with_config(&settings).await
    }

    /// A connection of a product that pushes by itself.
    pub(crate) async fn connect(&self) -> MultiplexedConnection {
        self.try_connect().await.expect("a connection to Redis")
    }
}
