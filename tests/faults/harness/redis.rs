//! A Redis of one test alone, durable as production has to be: AOF, and no eviction. One server, or a
//! cluster of three masters, which die and come back together.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use redis::{RedisResult, aio::MultiplexedConnection};

use super::{Process, ports::free_port, within};

const START: Duration = Duration::from_secs(30);
/// Slots of the masters of a cluster.
const SLOTS: [&str; 3] = ["0 5460", "5461 10922", "10923 16383"];

pub(crate) struct Redis {
    members: Vec<Member>,
}

/// One server.
struct Member {
    folder: PathBuf,
    log: PathBuf,
    port: u16,
    /// The port on which members of a cluster talk to each other.
    bus_port: Option<u16>,
    process: Option<Process>,
}

impl Redis {
    /// Starts an empty server in a new folder.
    pub(crate) async fn create(folder: PathBuf, log: PathBuf) -> Self {
        let mut redis = Self { members: vec![Member::new(folder, log, None)] };
        redis.revive().await;
        redis
    }

    /// Starts a cluster of three masters, each in a new folder.
    pub(crate) async fn create_cluster(folder: &Path, log: &Path) -> Self {
        fs::create_dir(folder).expect("a folder for a cluster");
        let member = |name| Member::new(folder.join(name), log.to_owned(), Some(free_port()));
        let mut redis = Self { members: ["a", "b", "c"].map(member).into() };
        redis.start_all().await;
        for (number, (member, slots)) in redis.members.iter().zip(SLOTS).enumerate() {
            member.tell(&format!("CLUSTER ADDSLOTSRANGE {slots}")).await;
            member.tell(&format!("CLUSTER SET-CONFIG-EPOCH {}", number + 1)).await;
        }
        for other in &redis.members[1..] {
            let bus_port = other.bus_port.expect("a port of its own");
            let meet = format!("CLUSTER MEET 127.0.0.1 {} {bus_port}", other.port);
            redis.members[0].tell(&meet).await;
        }
        redis.serves().await;
        redis
    }

    /// The port of the one server.
    pub(crate) fn port(&self) -> u16 {
        self.members[0].port
    }

    /// The URL by which a service finds it, over `port` where that is another way to the one server.
    pub(crate) fn url(&self, port: u16) -> String {
        let places = self.members.iter().map(|member| format!("127.0.0.1:{}", member.port));
        match self.members.len() {
            1 => format!("redis://127.0.0.1:{port}/"),
            _ => format!("redis+cluster://{}", places.collect::<Vec<_>>().join(",")),
        }
    }

    /// Starts it on what it had written down, and waits until it answers.
    pub(crate) async fn revive(&mut self) {
        self.start_all().await;
        self.serves().await;
    }

    async fn start_all(&mut self) {
        for member in &mut self.members {
            member.revive().await;
        }
    }

    /// Returns once every member knows who has which slot.
    async fn serves(&self) {
        for member in self.members.iter().filter(|member| member.bus_port.is_some()) {
            let is_ok = async || {
                let info: String = member.ask("CLUSTER INFO").await.ok()?;
                info.contains("cluster_state:ok").then_some(())
            };
            within(START, "a cluster that serves", is_ok).await;
        }
    }

    pub(crate) fn kill(&mut self) {
        for member in &mut self.members {
            member.process.take().expect("a running Redis").kill();
        }
    }

    pub(crate) fn freeze(&self) {
        for member in &self.members {
            member.process().freeze();
        }
    }

    pub(crate) fn thaw(&self) {
        for member in &self.members {
            member.process().thaw();
        }
    }

    /// Lets it forget everything.
    pub(crate) async fn empty(&self) {
        for member in &self.members {
            member.tell("FLUSHALL").await;
        }
    }

    /// A connection of a product that pushes to the one server by itself.
    pub(crate) async fn connect(&self) -> MultiplexedConnection {
        self.members[0].try_connect().await.expect("a connection to Redis")
    }
}

impl Member {
    fn new(folder: PathBuf, log: PathBuf, bus_port: Option<u16>) -> Self {
        fs::create_dir(&folder).expect("a folder for Redis");
        Self { folder, log, port: free_port(), bus_port, process: None }
    }

    async fn revive(&mut self) {
        let ready = async || {
            if self.process.as_mut().is_none_or(|process| process.has_ended().is_some()) {
                self.process = Some(self.start());
            }
            self.ask::<redis::Value>("PING").await.ok()
        };
        within(START, "an answer of Redis", ready).await;
    }

    fn start(&self) -> Process {
        let mut command = Command::new("redis-server");
        command.args(["--bind", "127.0.0.1", "--port", &self.port.to_string(), "--save", ""]);
        command.args(["--appendonly", "yes", "--appendfsync", "everysec"]);
        command.args(["--maxmemory-policy", "noeviction"]).current_dir(&self.folder);
        if let Some(port) = self.bus_port {
            command.args(["--cluster-enabled", "yes", "--cluster-port", &port.to_string()]);
            command.args(["--cluster-node-timeout", "1000"]);
        }
        Process::start(&mut command, &self.log)
    }

    fn process(&self) -> &Process {
        self.process.as_ref().expect("a running Redis")
    }

    async fn try_connect(&self) -> RedisResult<MultiplexedConnection> {
        let settings = redis::AsyncConnectionConfig::new().set_response_timeout(Some(START));
        let client = redis::Client::open(format!("redis://127.0.0.1:{}/", self.port))?;
        client.get_multiplexed_async_connection_with_config(&settings).await
    }

    /// Says a command of words.
    async fn ask<T: redis::FromRedisValue>(&self, words: &str) -> RedisResult<T> {
        let mut connection = self.try_connect().await?;
        let mut command = redis::Cmd::new();
        for word in words.split(' ') {
            command.arg(word);
        }
        command.query_async(&mut connection).await
    }

    async fn tell(&self, words: &str) {
        self.ask::<redis::Value>(words).await.expect("a command that Redis takes");
    }
}
