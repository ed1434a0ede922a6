//! A `deskpulse serve` beside the tests, on a free port and an empty data folder.
//!
//! It never outlives xtask: a shell between the two stops it when xtask closes the pipe to that shell,
//! or is gone, however it went.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

use crate::process::{command, without_settings};

const START: Duration = Duration::from_secs(30);
const STOP: Duration = Duration::from_secs(20);

/// Prints the service's process id, waits for the end of stdin, then for the service. Deaf to the
/// signals that end xtask, because that is when it has something to do.
const SUPERVISOR: &str = r#"
sh -c 'echo "$$"; exec "$@"' sh "$@" </dev/null 2>&1 &
trap '' INT TERM HUP
exec >&- 2>&-
read -r _
kill -TERM "$!"
wait "$!"
"#;

pub(crate) struct Service {
    /// Where it listens, e.g. `http://127.0.0.1:40123`.
    pub(crate) url: String,
    pid: String,
    supervisor: Child,
    keep_alive: Option<ChildStdin>,
    log: Arc<Mutex<String>>,
    reader: JoinHandle<()>,
}

impl Service {
    /// Returns once the service has said where it listens.
    pub(crate) fn start(binary: &Path, data_dir: &Path, config: &Path) -> Result<Self> {
        let mut command = serve(binary, data_dir);
        command.arg("--config").arg(config);
        Self::supervise(command)
    }

    fn supervise(mut command: Command) -> Result<Self> {
        let mut supervisor = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("could not start sh")?;
        let keep_alive = supervisor.stdin.take();
        let output = supervisor.stdout.take().context("sh has no stdout")?;
        let mut lines = BufReader::new(output).lines();
        let pid = lines.next().context("sh printed no process id")??;
        let (found, address) = mpsc::channel();
        let log = Arc::<Mutex<String>>::default();
        let written = Arc::clone(&log);
        let reader = thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if let Some(url) = address_in(&line) {
                    // Nobody listens any more once the address is known.
                    let _ = found.send(url.to_owned());
                }
                if let Ok(mut log) = written.lock() {
                    log.push_str(&line);
                    log.push('\n');
                }
            }
        });
        let service = Self { url: String::new(), pid, supervisor, keep_alive, log, reader };
        service.with_url(&address)
    }

    fn with_url(mut self, address: &Receiver<String>) -> Result<Self> {
        let problem = match address.recv_timeout(START) {
            Ok(url) => {
                self.url = url;
                return Ok(self);
            }
            Err(RecvTimeoutError::Timeout) => "said no address within 30 s",
            Err(RecvTimeoutError::Disconnected) => "ended before it said its address",
        };
        let log = self.end().1;
        bail!("deskpulse serve {problem} (a line with `listening on http://…`); it said:\n{log}")
    }

    /// Stops it by SIGTERM and returns what it printed.
    ///
    /// # Errors
    ///
    /// Says so when it ends with another code than 0, or not within 20 s.
    pub(crate) fn stop(self) -> Result<String> {
        let (status, log) = self.end();
        let status = status?;
        ensure!(
            status.success(),
            "deskpulse serve ended with {status} after SIGTERM; it said:\n{log}"
        );
        Ok(log)
    }

    /// How the service ended, and all that it printed.
    fn end(mut self) -> (Result<ExitStatus>, String) {
        drop(self.keep_alive.take());
        let status = self.wait();
        // Not without a deadline: a process that the service left behind could hold the pipe open.
        let deadline = Instant::now() + Duration::from_secs(1);
        while !self.reader.is_finished() && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(10));
        }
        let log = self.log.lock().map(|log| log.clone()).unwrap_or_default();
        (status, log)
    }

    fn wait(&mut self) -> Result<ExitStatus> {
        let deadline = Instant::now() + STOP;
        while Instant::now() < deadline {
            if let Some(status) = self.supervisor.try_wait()? {
                return Ok(status);
            }
            thread::sleep(Duration::from_millis(50));
        }
        command("sh").args(["-c", "kill -KILL \"$1\"", "sh", &self.pid]).status()?;
        self.supervisor.wait()?;
        bail!("deskpulse serve did not stop within 20 s of SIGTERM")
    }
}

fn serve(binary: &Path, data_dir: &Path) -> Command {
    let mut command = without_settings(command("sh"));
    command.args(["-c", SUPERVISOR, "supervisor"]).arg(binary);
    command.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(data_dir);
    command
}

/// The URL in `listening on http://127.0.0.1:40123`, be the line text or JSON.
fn address_in(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once("listening on ")?;
    let url = rest.split(|char: char| char.is_whitespace() || "\"',".contains(char)).next()?;
    url.starts_with("http://").then(|| url.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stand-in for the service: a script instead of the binary.
    fn service(script: &str) -> Result<Service> {
        let mut command = command("sh");
        command.args(["-c", SUPERVISOR, "supervisor", "sh", "-c", script]);
        Service::supervise(command)
    }

    #[test]
    fn the_address_is_found_in_text_and_in_json() {
        let cases = [
            ("listening on http://127.0.0.1:8080", Some("http://127.0.0.1:8080")),
            ("INFO listening on http://[::1]:80/ as operator", Some("http://[::1]:80")),
            (r#"{"message":"listening on http://127.0.0.1:9","x":1}"#, Some("http://127.0.0.1:9")),
            ("playground on http://127.0.0.1:8080/playground", None),
            ("listening on a socket", None),
        ];
        for (line, expected) in cases {
            assert_eq!(address_in(line), expected, "{line}");
        }
    }

    #[test]
    fn a_service_that_stops_cleanly_is_no_error() {
        let script =
            "trap 'exit 0' TERM; echo listening on http://h:1; while :; do sleep 0.1; done";
        let service = service(script).unwrap();
        assert_eq!(service.url, "http://h:1");
        service.stop().unwrap();
    }

    #[test]
    fn a_service_that_stops_with_another_code_is_an_error_with_its_log() {
        let script = "trap 'echo lost 3; exit 7' TERM; echo listening on http://h:1; while :; do sleep 0.1; done";
        let error = service(script).unwrap().stop().unwrap_err().to_string();
        assert!(error.contains("exit status: 7") && error.contains("lost 3"), "{error}");
    }

    #[test]
    fn a_service_that_ends_at_once_is_an_error_with_its_log() {
        let error = service("echo no such key >&2; exit 2").map(|_| ()).unwrap_err().to_string();
        assert!(error.contains("ended before") && error.contains("no such key"), "{error}");
    }
}
