//! A master, its replica and a sentinel that watches them, of one test alone.

use std::fs;

use super::{
    RedisServers, eventually,
    member::Member,
    process::{RedisProcess, free_port},
};

pub(crate) struct PrivateSentinel {
    /// The master at first, and the replica.
    pub(crate) servers: [Member; 2],
    port: u16,
    _folder: tempfile::TempDir,
    process: Option<RedisProcess>,
}

impl PrivateSentinel {
    /// Returns once the sentinel knows the replica.
    pub(crate) async fn start() -> Self {
        let master = Member::start(&["--repl-diskless-sync-delay", "0"]).await;
        let of = master.port().to_string();
        let replica = Member::start(&["--replicaof", "127.0.0.1", &of]).await;
        replica.says("INFO replication", "master_link_status:up").await;
        master.says("INFO replication", "state=online").await;
        let (folder, port) = (tempfile::tempdir().expect("a folder"), free_port());
        let settings = format!(
            "port {port}\nbind 127.0.0.1\nsentinel monitor main 127.0.0.1 {of} 1\n\
             sentinel down-after-milliseconds main 1000\nsentinel failover-timeout main 5000\n"
        );
        fs::write(folder.path().join("sentinel.conf"), settings).expect("settings");
        let arguments = ["sentinel.conf", "--sentinel"].map(str::to_owned);
        let process = RedisProcess::start(folder.path(), &arguments);
        let sentinel =
            Self { servers: [master, replica], port, _folder: folder, process: Some(process) };
        let replica = sentinel.servers[1].port().to_string();
        eventually("a sentinel that knows the replica", async || {
            let known: Vec<Vec<String>> = sentinel.say(&["SENTINEL", "REPLICAS", "main"]).await?;
            // Until its first answer it could not be promoted.
            let is_fine = |state: &Vec<String>| {
                state.contains(&replica) && state.contains(&"slave".to_owned())
            };
            known.iter().any(is_fine).then_some(())
        })
        .await;
        sentinel
    }

    async fn say<T: redis::FromRedisValue>(&self, words: &[&str]) -> Option<T> {
        let client = redis::Client::open(format!("redis://127.0.0.1:{}/", self.port)).ok()?;
        let mut connection = client.get_multiplexed_async_connection().await.ok()?;
        redis::cmd(words[0]).arg(&words[1..]).query_async(&mut connection).await.ok()
    }

    pub(crate) fn kill_sentinel(&mut self) {
        self.process = None;
    }

    /// Has the replica take the place of a master that is fine.
    pub(crate) async fn fail_over(&self) {
        eventually("a promise of a fail-over", async || {
            self.say::<()>(&["SENTINEL", "FAILOVER", "main"]).await
        })
        .await;
        self.has_failed_over().await;
    }

    /// Returns once the replica is the master.
    pub(crate) async fn has_failed_over(&self) {
        self.servers[1].says("INFO replication", "role:master").await;
    }
}

impl RedisServers for PrivateSentinel {
    fn url(&self) -> String {
        // The first sentinel is not there.
        format!("redis+sentinel://127.0.0.1:{},127.0.0.1:{}/main", free_port(), self.port)
    }
}
