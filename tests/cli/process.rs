//! Runs the binary in a folder of its own, with nothing of the surrounding environment.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tempfile::TempDir;

/// How long anything here may take.
const DEADLINE: Duration = Duration::from_secs(30);

/// A folder in which commands run; gone with its owner.
pub(crate) struct Desk {
    folder: TempDir,
    environment: Vec<(String, String)>,
}

/// What a command that ended has said.
#[derive(Debug)]
pub(crate) struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder"), environment: Vec::new() }
    }

    /// The same with an environment variable.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file into the folder.
    pub(crate) fn given(self, name: &str, content: &str) -> Self {
        fs::write(self.path().join(name), content).expect("a written file");
        self
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).expect("a file")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_deskpulse"));
        command.args(arguments).current_dir(self.path()).env_clear().stdin(Stdio::null());
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        let output = self.command(arguments).output().expect("the binary");
        let text = |bytes| String::from_utf8(bytes).expect("text");
        Said { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// What a command has written within a time, after which it is killed.
    pub(crate) fn tried(&self, arguments: &[&str], time: Duration) -> String {
        let log = self.path().join("tried.log");
        let file = fs::File::create(&log).expect("a log");
        let mut command = self.command(arguments);
        command.stdout(file.try_clone().expect("a log")).stderr(file);
        let mut child = command.spawn().expect("the binary");
        let started = Instant::now();
        while started.elapsed() < time && child.try_wait().expect("a child").is_none() {
            thread::sleep(Duration::from_millis(10));
        }
        let _ = child.kill();
        let _ = child.wait();
        fs::read_to_string(log).expect("a log")
    }

    /// The output of a command that must succeed.
    pub(crate) fn done(&self, arguments: &[&str]) -> String {
        let said = self.run(arguments);
        assert_eq!(said.code, Some(0), "{arguments:?}: {said:?}");
        said.out
    }

    /// The one line of a command that must fail.
    pub(crate) fn refused(&self, arguments: &[&str]) -> String {
        self.refused_with(1, arguments)
    }

    pub(crate) fn refused_with(&self, code: i32, arguments: &[&str]) -> String {
        let said = self.run(arguments);
        assert_eq!((said.code, said.out.as_str()), (Some(code), ""), "{arguments:?}: {said:?}");
        // A command that came as far as starting has logged something, in JSON.
        let lines: Vec<_> = said.err.lines().filter(|line| !line.starts_with('{')).collect();
        assert_eq!(lines.len(), 1, "{}", said.err);
        lines[0].strip_prefix("deskpulse: ").expect("our name").to_owned()
    }

    /// Starts `serve` on a free port and waits for its line.
    pub(crate) fn serve(&self) -> Service {
        self.serve_with(&[])
    }

    pub(crate) fn serve_with(&self, arguments: &[&str]) -> Service {
        let arguments = [&["serve", "--listen", "127.0.0.1:0"], arguments].concat();
        let log = fs::File::create(self.path().join("serve.log")).expect("a log");
        let mut command = self.command(&arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().expect("the binary");
        let lines = lines(&mut child);
        let first = lines.recv_timeout(DEADLINE);
        let first = first.unwrap_or_else(|_| panic!("no line: {}", self.read("serve.log")));
        let url = first.strip_prefix("deskpulse is listening on ");
        let url = url.unwrap_or_else(|| panic!("no address in {first:?}")).to_owned();
        Service { child, url, lines, token: None }
    }
}

/// The lines that a process prints.
fn lines(child: &mut Child) -> mpsc::Receiver<String> {
    let (sender, lines) = mpsc::channel();
    let out = BufReader::new(child.stdout.take().expect("an output"));
    thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
    lines
}

/// A running service; killed with its owner unless it was stopped.
pub(crate) struct Service {
    child: Child,
    pub url: String,
    pub lines: mpsc::Receiver<String>,
    token: Option<String>,
}

impl Service {
    /// The same, asked with a token or key from now on.
    pub(crate) fn bearer(mut self, credential: &str) -> Self {
        self.token = Some(credential.trim().to_owned());
        self
    }

    /// Status and body of an address.
    pub(crate) async fn get(&self, path: &str) -> (u16, String) {
        let request = client().get(format!("{}{path}", self.url));
        let response = request.send().await.expect("an answer");
        (response.status().as_u16(), response.text().await.expect("a body"))
    }

    /// Sends an operation.
    pub(crate) async fn ask(&self, query: &str, variables: Value) -> Value {
        let mut request = client().post(format!("{}/graphql", self.url));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let body = json!({ "query": query, "variables": variables });
        request.json(&body).send().await.expect("an answer").json().await.expect("JSON")
    }

    /// Tells the process to look at its files again.
    pub(crate) fn hang_up(&self) {
        let kill = format!("kill -HUP {}", self.child.id());
        let status = Command::new("sh").args(["-c", &kill]).status().expect("a shell");
        assert!(status.success());
    }

    /// Asks the process to end, as an init system does, and waits until it has.
    pub(crate) fn stop(mut self) -> ExitStatus {
        let kill = format!("kill -TERM {}", self.child.id());
        let status = Command::new("sh").args(["-c", &kill]).status().expect("a shell");
        assert!(status.success());
        let started = Instant::now();
        while started.elapsed() < DEADLINE {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return status;
            }
            thread::sleep(Duration::from_millis(10));
        }
        panic!("the service does not stop");
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}
