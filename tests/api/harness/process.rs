//! A `redis-server` of one test alone.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
};

use super::eventually;

/// Ended with its owner.
pub(super) struct RedisProcess(Child);

impl RedisProcess {
    pub(super) fn start(folder: &Path, arguments: &[String]) -> Self {
        let process = Command::new("redis-server")
            .args(arguments)
            .current_dir(folder)
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is needed (Debian package redis-server)");
        Self(process)
    }

    pub(super) fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.0.id().to_string()]).status();
        assert!(sent.expect("the command kill").success());
    }
}

impl Drop for RedisProcess {
    /// Without a word, as a crash does.
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Returns once a server answers.
pub(super) async fn answers(client: impl Fn() -> redis::RedisResult<redis::Client>) {
    eventually("an answer of Redis", async || {
        let mut connection = client().ok()?.get_multiplexed_async_connection().await.ok()?;
        redis::cmd("PING").query_async::<()>(&mut connection).await.ok()
    })
    .await;
}

/// A port that was free a moment ago.
pub(super) fn free_port() -> u16 {
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    free.local_addr().expect("an address").port()
}
