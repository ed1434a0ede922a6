//! The built binary on the embedded store, with two tenants.

use std::{
    fs,
    net::TcpListener,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use deskpulse::{
    auth::{Role, issue_token},
    clock::{Clock as _, SystemClock},
    config::StoreConfig,
    db::Db,
};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::{Value, json};
use tempfile::TempDir;

const CONFIG: &str = "[tenants.default]\nlanguage = \"en\"\n[tenants.acme]\nlanguage = \"en\"\n";
const START: Duration = Duration::from_mins(1);

/// A running service; it ends with its last clone.
#[derive(Clone)]
pub(crate) struct Service {
    process: Arc<Process>,
    http: reqwest::Client,
    pub address: String,
}

struct Process {
    child: Child,
    folder: TempDir,
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = kill(Pid::from_raw(self.child.id().cast_signed()), Signal::SIGKILL);
        let _ = self.child.wait();
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub status: u16,
    pub body: Value,
}

impl Answer {
    /// The code of the first error.
    pub(crate) fn code(&self) -> &str {
        self.body["errors"][0]["extensions"]["code"].as_str().unwrap_or_default()
    }

    pub(crate) fn message(&self) -> &str {
        self.body["errors"][0]["message"].as_str().unwrap_or_default()
    }
}

impl Service {
    /// What its tokens are signed with.
    pub(crate) const SECRET: &str = "a secret of the tests, longer than thirty-two bytes";

    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// The same with other settings: `DESKPULSE_<SECTION>__<KEY>` and their values.
    pub(crate) async fn start_with(settings: &[(&str, &str)]) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::Builder::new().prefix("attacks-").tempdir().expect("a folder");
        fs::write(folder.path().join("deskpulse.toml"), CONFIG).expect("a file");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        drop(listener);
        let child = Command::new(env!("CARGO_BIN_EXE_deskpulse"))
            .args(["serve", "--listen", &address, "--config", "deskpulse.toml"])
            .current_dir(folder.path())
            .env_clear()
            .env("DESKPULSE_DATA_DIR", folder.path())
            .env("DESKPULSE_JWT_SECRET", Self::SECRET)
            .env("DESKPULSE_LOG__FILTER", "warn")
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary");
        let process = Arc::new(Process { child, folder });
        // The system would let thousands of connections of the attacker's wait for a while.
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30));
        let service = Self { process, http: http.build().expect("a client"), address };
        let started = Instant::now();
        while service.http.get(service.url("/healthz")).send().await.is_err() {
            assert!(started.elapsed() < START, "the service does not start");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        // Everything is in memory that a first question brings there.
        for _ in 0..20 {
            service
                .ask_as_viewer("{ realtime { overview { version } } }")
                .await
                .expect("an answer");
        }
        service
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// Its database, beside it.
    pub(crate) async fn db(&self) -> Db {
        let data_dir = Some(self.process.folder.path().to_owned());
        Db::connect(&StoreConfig { data_dir, ..StoreConfig::default() })
            .await
            .expect("its database")
    }

    /// Memory in use.
    pub(crate) fn resident_mib(&self) -> u64 {
        let status = format!("/proc/{}/status", self.process.child.id());
        let status = fs::read_to_string(status).expect("a process");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        kib.expect("VmRSS of a running process") / 1_024
    }

    pub(crate) fn token(tenant: &str, role: Role) -> String {
        let expires_at = SystemClock.now().timestamp() + 3_600;
        issue_token(&Self::SECRET.to_owned().into(), tenant, "tess", role, expires_at)
            .expect("a token")
    }

    /// The question of a viewer of tenant `default`.
    pub(crate) async fn ask_as_viewer(&self, query: &str) -> reqwest::Result<Answer> {
        self.send(&Self::token("default", Role::Viewer), &json!({ "query": query })).await
    }

    /// The answer to an operation of somebody.
    pub(crate) async fn ask(&self, tenant: &str, role: Role, query: &str, values: Value) -> Answer {
        let body = json!({ "query": query, "variables": values });
        self.send(&Self::token(tenant, role), &body).await.expect("an answer")
    }

    pub(crate) async fn send(&self, token: &str, body: &Value) -> reqwest::Result<Answer> {
        let request = self.http.post(self.url("/graphql")).bearer_auth(token).json(body);
        let request = request.header("accept", "application/graphql-response+json");
        let response = request.send().await?;
        let status = response.status().as_u16();
        Ok(Answer { status, body: response.json().await? })
    }

    /// Sends a document as the viewer, which has to be refused with this in the message.
    pub(crate) async fn is_refused(&self, query: &str, because: &str) {
        let answer = self.ask_as_viewer(query).await.expect("an answer");
        assert_eq!((answer.status, answer.code()), (400, "BAD_USER_INPUT"), "{answer:?}");
        assert!(answer.message().contains(because), "{}", answer.message());
    }
}
