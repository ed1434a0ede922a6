//! A service of one test alone: its own database, its own Redis keys, its own clock.

mod client;
mod stores;

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use deskpulse::{
    app::App,
    auth::{Role, issue_token},
    clock::{Clock as _, ManualClock},
    config::Config,
    db::Db,
    http,
};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

pub(crate) use self::client::Client;
use self::stores::Stores;

/// Tuesday noon in Shanghai, midnight in New York.
pub(crate) const NOW: &str = "2026-03-10T04:00:00Z";

const CONFIG: &str = include_str!("config.toml");

/// Metrics of one test alone.
fn metrics() -> PrometheusHandle {
    PrometheusBuilder::new().build_recorder().handle()
}

/// A running service.
pub(crate) struct TestApp {
    pub clock: Arc<ManualClock>,
    pub config: Arc<Config>,
    pub app: App,
    url: String,
    http: reqwest::Client,
    stop: CancellationToken,
    server: JoinHandle<()>,
    stores: Stores,
}

impl TestApp {
    /// Starts a service at [`NOW`].
    pub(crate) async fn spawn() -> Self {
        Self::spawn_with(|_| {}).await
    }

    /// The same with another configuration.
    pub(crate) async fn spawn_with(change: impl FnOnce(&mut Config)) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let stores = Stores::create().await;
        let mut config: Config = toml::from_str(CONFIG).expect("a valid configuration");
        stores.enter(&mut config.store);
        change(&mut config);
        let config = Arc::new(config.checked().expect("a valid configuration"));
        let clock = Arc::new(ManualClock::at(NOW.parse().expect("an instant")));
        Self::start(stores, config, clock).await
    }

    async fn start(stores: Stores, config: Arc<Config>, clock: Arc<ManualClock>) -> Self {
        let db = Db::connect(&config.store).await.expect("a database");
        stores.migrate(&db).await;
        let app = App::start(Arc::clone(&config), clock.clone(), db).await.expect("an app");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let stop = CancellationToken::new();
        let router = http::router(app.http_state(metrics()));
        let (stopped, settings) = (stop.clone(), config.server.clone());
        let server = tokio::spawn(async move {
            http::serve(listener, router, stopped, &settings).await;
        });
        let http = reqwest::Client::new();
        Self { clock, config, app, url, http, stop, server, stores }
    }

    /// Stops the service and starts it again on the same stores, at the same time.
    pub(crate) async fn restart(self) -> Self {
        self.restart_with(|_| {}).await
    }

    /// The same with another configuration.
    pub(crate) async fn restart_with(self, change: impl FnOnce(&mut Config)) -> Self {
        self.stop.cancel();
        let _ = self.server.await;
        self.app.stop(Duration::from_secs(10)).await;
        let mut config = Config::clone(&self.config);
        change(&mut config);
        let config = Arc::new(config.checked().expect("a valid configuration"));
        Self::start(self.stores, config, self.clock).await
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn advance(&self, by: TimeDelta) {
        self.clock.advance(by);
    }

    /// A caller with a token.
    pub(crate) fn caller(&self, tenant: &str, role: Role, subject: &str) -> Client {
        self.client(Some(self.token(tenant, role, subject)))
    }

    /// A token that holds for an hour of the machine's time, which the check goes by.
    pub(crate) fn token(&self, tenant: &str, role: Role, subject: &str) -> String {
        let secret = self.config.auth.jwt_secret.as_ref().expect("a secret");
        let expires_at = deskpulse::clock::SystemClock.now() + TimeDelta::hours(1);
        issue_token(secret, tenant, subject, role, expires_at.timestamp()).expect("a token")
    }

    fn client(&self, token: Option<String>) -> Client {
        Client::new(self.http.clone(), self.url.clone(), token)
    }

    /// Whoever holds a token or key.
    pub(crate) fn bearer(&self, credential: &str) -> Client {
        self.client(Some(credential.to_owned()))
    }

    /// The operator of tenant `default`.
    pub(crate) fn operator(&self) -> Client {
        self.caller("default", Role::Operator, "olga")
    }

    /// A product of tenant `default`.
    pub(crate) fn product(&self) -> Client {
        self.caller("default", Role::Ingest, "bot")
    }

    /// A supervisor of tenant `default`.
    pub(crate) fn viewer(&self) -> Client {
        self.caller("default", Role::Viewer, "vera")
    }

    /// A reviewer of tenant `default`.
    pub(crate) fn reviewer(&self) -> Client {
        self.caller("default", Role::Reviewer, "rosa")
    }

    /// Someone without credentials.
    pub(crate) fn nobody(&self) -> Client {
        self.client(None)
    }

    /// Rebuilds the daily tables, as the job does every five minutes.
    pub(crate) async fn roll_up(&self) -> usize {
        self.app.services.rollup.run().await.expect("a roll-up").days
    }

    /// Waits until nothing is pending for `tenant`.
    pub(crate) async fn flushed(&self, tenant: &str) {
        let id = deskpulse::tenant::TenantId::new(tenant);
        for _ in 0..200 {
            let pending = self.app.services.tracker.pending(&id).await.expect("a count");
            if pending.events == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("events are still pending");
    }
}
