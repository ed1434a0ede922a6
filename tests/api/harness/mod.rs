//! A service of one test alone: its own database, its own Redis keys, its own clock.

mod any_redis;
mod client;
mod cluster;
mod member;
mod postgres;
mod process;
mod proxy;
mod redis;
mod sentinel;
mod socket;
mod stores;

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use deskpulse::{
    app::App,
    auth::{Role, issue_token_for},
    clock::{Clock as _, ManualClock},
    config::Config,
    db::{Db, WriteTransaction},
    http,
    rollup::Run,
};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use sea_orm::{ConnectionTrait as _, DbBackend};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use self::stores::Stores;
pub(crate) use self::{
    any_redis::AnyRedis, client::Client, cluster::PrivateCluster, member::Member,
    postgres::PrivatePostgres, proxy::Proxy, redis::PrivateRedis, sentinel::PrivateSentinel,
    socket::Subscriber,
};

/// Tuesday noon in Shanghai, midnight in New York.
pub(crate) const NOW: &str = "2026-03-10T04:00:00Z";

const CONFIG: &str = include_str!("config.toml");

/// Metrics of one test alone.
fn metrics() -> PrometheusHandle {
    PrometheusBuilder::new().build_recorder().handle()
}

/// Asks until there is an answer.
pub(crate) async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let asking = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    };
    let answer = tokio::time::timeout(Duration::from_secs(20), asking).await;
    answer.unwrap_or_else(|_| panic!("waited in vain for {what}"))
}

/// What a service may be started over in place of the suite's own Redis.
pub(crate) trait RedisServers {
    fn url(&self) -> String;
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
    stores: Arc<Stores>,
}

/// A service that was stopped; its stores are as it left them.
pub(crate) struct Stopped {
    /// Events that it said were left.
    pub left: u64,
    /// How long the stop took.
    pub took: Duration,
    clock: Arc<ManualClock>,
    config: Arc<Config>,
    stores: Arc<Stores>,
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
        Self::start(Arc::new(stores), config, clock).await
    }

    /// Starts a service over a Redis that the test controls, whatever the mode of the suite.
    pub(crate) async fn spawn_on(redis: &impl RedisServers) -> Self {
        Self::spawn_on_with(redis, |_| {}).await
    }

    /// The same with another configuration.
    pub(crate) async fn spawn_on_with(
        redis: &impl RedisServers,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        Self::spawn_with(|config| {
            config.store.redis_url = Some(redis.url().into());
            change(config);
        })
        .await
    }

    /// Starts another replica over the same stores.
    pub(crate) async fn replica(&self) -> Self {
        let (stores, config) = (Arc::clone(&self.stores), Arc::clone(&self.config));
        Self::start(stores, config, Arc::clone(&self.clock)).await
    }

    /// The same with another configuration.
    pub(crate) async fn replica_with(&self, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::clone(&self.config);
        change(&mut config);
        let config = Arc::new(config.checked().expect("a valid configuration"));
        Self::start(Arc::clone(&self.stores), config, Arc::clone(&self.clock)).await
    }

    async fn start(stores: Arc<Stores>, config: Arc<Config>, clock: Arc<ManualClock>) -> Self {
        let db = Db::connect(&config.store).await.expect("a database");
        stores.migrate(&db).await;
        let app = App::start(Arc::clone(&config), clock.clone(), db).await.expect("an app");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let stop = CancellationToken::new();
        let site = http::Site::new(app.http_state(metrics()));
        let (stopped, settings) = (stop.clone(), config.server.clone());
        let server = tokio::spawn(async move {
            http::serve(listener, site, stopped, &settings).await;
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
        let mut stopped = self.halt(Duration::from_secs(10)).await;
        let mut config = Config::clone(&stopped.config);
        change(&mut config);
        stopped.config = Arc::new(config.checked().expect("a valid configuration"));
        stopped.start().await
    }

    /// Stops the service as `serve` does, with `timeout` for the buffers.
    pub(crate) async fn halt(self, timeout: Duration) -> Stopped {
        let started = std::time::Instant::now();
        self.stop.cancel();
        let _ = self.server.await;
        let left = self.app.stop(timeout).await;
        let (took, clock, config, stores) =
            (started.elapsed(), self.clock, self.config, self.stores);
        Stopped { left, took, clock, config, stores }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn advance(&self, by: TimeDelta) {
        self.clock.advance(by);
    }

    /// The time in microseconds since 1970.
    pub(crate) fn clock_micros(&self) -> i64 {
        self.clock.now().timestamp_micros()
    }

    /// A caller with a token.
    pub(crate) fn caller(&self, tenant: &str, role: Role, subject: &str) -> Client {
        self.client(Some(self.token(tenant, role, subject)))
    }

    /// A token that holds for an hour of the machine's time, which the check goes by.
    pub(crate) fn token(&self, tenant: &str, role: Role, subject: &str) -> String {
        let expires_at = deskpulse::clock::SystemClock.now() + TimeDelta::hours(1);
        issue_token_for(&self.config.auth, tenant, subject, role, expires_at.timestamp())
            .expect("a token")
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
        // The job may be at its first run.
        let run = self.app.services.rollup.run_within(Duration::from_secs(20)).await;
        match run.expect("a roll-up") {
            Run::Done(rebuilt) => rebuilt.days,
            Run::Held(holder) => panic!("the roll-up is held by {holder}"),
        }
    }

    /// Waits until nothing is pending for `tenant`.
    pub(crate) async fn flushed(&self, tenant: &str) {
        let id = deskpulse::tenant::TenantId::new(tenant);
        for _ in 0..1_200 {
            let pending = self.app.services.tracker.pending(&id).await;
            if pending.is_ok_and(|pending| pending.events == 0) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("events are still pending");
    }

    /// The first part of this service's Redis keys.
    pub(crate) fn prefix(&self) -> &str {
        self.config.store.redis_prefix()
    }

    /// Lets nobody write events until the result is dropped.
    pub(crate) async fn hold_database(&self) -> WriteTransaction {
        let db = Db::connect(&self.config.store).await.expect("a database");
        let transaction = db.write().await.expect("a transaction");
        if db.backend() == DbBackend::Postgres {
            let lock = "LOCK TABLE analytics_events IN EXCLUSIVE MODE";
            transaction.execute_unprepared(lock).await.expect("a lock");
        }
        transaction
    }

    /// The status of `/readyz`.
    pub(crate) async fn readiness(&self) -> u16 {
        let answer = self.http.get(format!("{}/readyz", self.url)).send().await;
        answer.expect("an answer").status().as_u16()
    }
}

impl Stopped {
    pub(crate) fn config(&self) -> Arc<Config> {
        Arc::clone(&self.config)
    }

    /// Starts the service again on the same stores, at the same time.
    pub(crate) async fn start(self) -> TestApp {
        TestApp::start(self.stores, self.config, self.clock).await
    }

    pub(crate) fn advance(&self, by: TimeDelta) {
        self.clock.advance(by);
    }
}

/// How many migrations are taken back so that the one of this name is the first that is missing.
pub(crate) fn steps_back_before(name: &str) -> u32 {
    use migration::{Migrator, MigratorTrait as _};
    let all = Migrator::get_migration_files();
    let first = all.iter().position(|migration| migration.name().ends_with(name));
    let steps = all.len() - first.expect("a migration of this name");
    steps.try_into().expect("a few migrations")
}
