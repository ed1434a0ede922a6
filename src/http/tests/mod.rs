//! The handlers on a real socket, around a small schema of their own.

mod browsers;
mod graphql;
mod limits;
mod refusals;
mod rest;
mod schema;
mod serving;
mod socket;
mod socket_limits;
mod stream;
mod stream_limits;
mod tls;

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::{Value, json};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use self::schema::{TestSchema, Watched};
use super::{
    Callers, Check, Documents, Door, HttpState, Persisted, Readiness, SharedStreams, Site, Sockets,
    Timing, Tls, serve,
};
use crate::{
    auth::{Authenticator, Role, issue_token},
    config::Config,
    documents::Trusted,
};

const SECRET: &str = "a secret of more than thirty-two bytes";

/// A service on a port of its own; it ends with this value.
struct Server {
    address: SocketAddr,
    stop: CancellationToken,
    watched: Watched,
    task: AbortOnDropHandle<()>,
}

impl Server {
    /// Open, with timing for tests.
    fn open() -> Self {
        Self::start(Config::default())
    }

    /// With a secret for tokens.
    fn guarded() -> Self {
        let mut config = Config::default();
        config.auth.jwt_secret = Some(SECRET.to_owned().into());
        Self::start(config)
    }

    fn start(config: Config) -> Self {
        Self::behind(None, config)
    }

    /// The same, over TLS.
    fn behind(tls: Option<Arc<Tls>>, config: Config) -> Self {
        let (config, watched) = (Arc::new(config), Watched::default());
        let state = HttpState {
            schema: schema::build(&watched),
            documents: Documents::new(config.server.document_cache_bytes),
            persisted: Persisted::new(&config, Trusted::default()),
            ingest: None,
            services: None,
            auth: Arc::new(Authenticator::new(config.clone()).unwrap()),
            config: config.clone(),
            metrics: PrometheusBuilder::new().build_recorder().handle(),
            readiness: Arc::new(NotReady),
            sockets: Sockets::default(),
            exports: Sockets::default(),
            shared: SharedStreams::default(),
            callers: Callers::new(&config, None),
            timing: Timing {
                body_piece: Duration::from_millis(200),
                body: Duration::from_millis(600),
                socket_init: Duration::from_millis(300),
                socket_ping: Duration::from_millis(200),
                stream_comment: Duration::from_millis(200),
                socket_send: Duration::from_millis(500),
                export_piece: Duration::from_millis(500),
            },
        };
        Self::of(tls, state, config, watched)
    }

    fn of(
        tls: Option<Arc<Tls>>,
        state: HttpState<TestSchema>,
        config: Arc<Config>,
        watched: Watched,
    ) -> Self {
        let listener = super::bind(([127, 0, 0, 1], 0).into()).unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let task = tokio::spawn(async move {
            serve(Door::new(listener, tls), Site::new(state), stopped, &config.server).await;
        });
        Self { address, stop, watched, task: AbortOnDropHandle::new(task) }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn post(&self, body: impl Into<reqwest::Body>) -> reqwest::RequestBuilder {
        let request = client().post(self.url("/graphql")).body(body);
        request.header("content-type", "application/json")
    }

    /// Waits until this many subscriptions are running.
    async fn runs(&self, subscriptions: usize) {
        let deadline = Instant::now() + Duration::from_secs(5);
        while self.watched.running() != subscriptions {
            assert!(Instant::now() < deadline, "{} are running", self.watched.running());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Sends a query as new clients do.
    async fn query(&self, query: &str) -> Answer {
        self.ask(json!({ "query": query })).await
    }

    async fn ask(&self, params: Value) -> Answer {
        Answer::to(self.post(params.to_string())).await
    }
}

fn client() -> reqwest::Client {
    // The first test installs it; the others find it there.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

struct Answer {
    status: u16,
    headers: reqwest::header::HeaderMap,
    text: String,
}

impl Answer {
    async fn to(request: reqwest::RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { status, headers, text: response.text().await.unwrap() }
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Code and message of the first error.
    fn error(&self) -> (String, String) {
        let error = &self.json()["errors"][0];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        (text(&error["extensions"]["code"]), text(&error["message"]))
    }

    fn has_data(&self) -> bool {
        self.json().as_object().unwrap().contains_key("data")
    }
}

fn token(expires_in_secs: i64) -> String {
    token_of("default", expires_in_secs)
}

fn token_of(tenant: &str, expires_in_secs: i64) -> String {
    use crate::clock::{Clock as _, SystemClock};
    let expires_at = SystemClock.now().timestamp() + expires_in_secs;
    let secret = SECRET.to_owned().into();
    issue_token(&secret, tenant, "ann", Role::Viewer, expires_at).unwrap()
}

struct NotReady;

#[async_trait]
impl Readiness for NotReady {
    async fn check(&self) -> Vec<Check> {
        vec![
            Check { name: "database", ok: true, detail: "sqlite".to_owned() },
            Check { name: "redis", ok: false, detail: "does not answer".to_owned() },
        ]
    }
}
