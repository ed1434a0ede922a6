//! A PostgreSQL and a Redis of one test alone.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
};

/// Both servers; gone with their owner. `tests/with-servers.sh` starts them, so that a machine that
/// runs the other tests runs these.
pub(crate) struct Servers {
    script: Child,
    pub database_url: String,
    pub redis_url: String,
}

impl Servers {
    /// Starts them and waits until they answer.
    pub(crate) fn start() -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/with-servers.sh");
        // The servers live until the command has read the end of its input.
        let command = "echo \"$TEST_DATABASE_URL\"; echo \"$TEST_REDIS_URL\"; read -r _ || true";
        let mut script = Command::new(script)
            .args(["sh", "-c", command])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("tests/with-servers.sh");
        let mut lines = BufReader::new(script.stdout.take().expect("an output")).lines();
        let mut next = || {
            let line = lines.next().and_then(Result::ok);
            line.expect(
                "servers: see the script's own message, and `tests/with-servers.sh --check`",
            )
        };
        let (database_url, redis_url) = (next(), next());
        Self { script, database_url, redis_url }
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        drop(self.script.stdin.take());
        let _ = self.script.wait();
    }
}
