//! Builds everything once, in order, and stops it in reverse, with a deadline.

use std::{sync::Arc, time::Duration};

use async_graphql::ID;
use metrics_exporter_prometheus::PrometheusHandle;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use secrecy::ExposeSecret as _;
use tokio::{task::JoinSet, time::Instant};
use tokio_util::sync::CancellationToken;

use crate::{
    auth::{Authenticator, Role, Viewer},
    billing::Billing,
    clock::Clock,
    config::{Config, RedisDurability},
    db::Db,
    error::{Error, Result},
    graphql::{self, Schema},
    http::{Documents, HttpState, SharedStreams, Sockets, Timing},
    jobs,
    live::{Bus, Keys, Live, MemoryBus, Publisher, RedisBus, RedisLink, is_away},
    quality::Quality,
    readiness::StoreReadiness,
    retention::Retention,
    rollup::Rollup,
    stats::Stats,
    tracker::{
        Tracker,
        buffer::{EventBuffer, RedisBuffer, check_redis, check_redis_later},
        quarantine::Quarantine,
    },
};

/// How long the system believes in a peer of which it hears nothing.
const REDIS_TIMEOUT: Duration = Duration::from_secs(5);
/// How long Redis may take to answer beside the time that `WAIT` is given.
const WAIT_TIMEOUT: Duration = Duration::from_secs(1);
/// How long a stop waits for both stores once the buffers had their time; half of it for what is
/// left to be told and asked.
const STORE_TIMEOUT: Duration = Duration::from_secs(1);

/// The services that resolvers call.
pub struct Services {
    pub config: Arc<Config>,
    pub clock: Arc<dyn Clock>,
    pub db: Db,
    /// None without `REDIS_URL`.
    pub redis: Option<RedisLink>,
    pub tracker: Arc<Tracker>,
    pub quarantine: Quarantine,
    pub live: Arc<Live>,
    pub stats: Arc<Stats>,
    pub quality: Quality,
    pub billing: Arc<Billing>,
    pub rollup: Arc<Rollup>,
    pub retention: Arc<Retention>,
}

impl std::fmt::Debug for Services {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Services").finish_non_exhaustive()
    }
}

impl Services {
    /// The same caller in another tenant.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless it is an operator, [`Error::NotFound`] for an unknown tenant.
    pub fn viewer_elsewhere(&self, viewer: &Viewer, tenant_id: &ID) -> Result<Viewer> {
        if viewer.role != Role::Operator {
            return Err(Error::foreign_tenant(tenant_id));
        }
        Ok(Viewer { tenant: self.config.tenant(tenant_id)?, ..viewer.clone() })
    }
}

/// The whole service but its HTTP side: services and the workers behind them.
pub struct App {
    pub services: Arc<Services>,
    pub schema: Schema,
    pub auth: Arc<Authenticator>,
    workers: Workers,
}

/// Tasks of this process.
struct Workers {
    tasks: JoinSet<()>,
    /// No new work; what is in hand is finished.
    stop: CancellationToken,
    /// Time is up.
    deadline: CancellationToken,
}

impl App {
    /// Connects to the stores and starts the workers. The database must be migrated.
    ///
    /// # Errors
    /// [`Error::BadInput`] for a URL that is none, otherwise what the stores say.
    pub async fn start(config: Arc<Config>, clock: Arc<dyn Clock>, db: Db) -> Result<Self> {
        let mut app = Self::idle(config, clock, db).await?;
        if let Err(error) = app.services.retention.prepare().await {
            tracing::warn!(?error, "cannot make the parts of days to come");
        }
        app.start_workers();
        Ok(app)
    }

    /// Connects to the stores only: for a command that looks at them, and takes no work from the
    /// replicas that run.
    ///
    /// # Errors
    /// Those of [`App::start`].
    pub async fn idle(config: Arc<Config>, clock: Arc<dyn Clock>, db: Db) -> Result<Self> {
        let mut workers = Workers {
            tasks: JoinSet::new(),
            stop: CancellationToken::new(),
            deadline: CancellationToken::new(),
        };
        let redis = Redis::connect(&config).await?;
        if let Some(redis) = redis.as_ref().filter(|redis| !redis.checked) {
            workers.tasks.spawn(check_redis_later(redis.link.clone(), workers.stop.clone()));
        }
        let bus: Arc<dyn Bus> = match &redis {
            Some(redis) => Arc::new(redis.bus(&config, &workers.stop)),
            None => Arc::new(MemoryBus::default()),
        };
        let durable = redis.as_ref().map(|redis| redis.buffer(&config, &clock)).transpose()?;
        let redis = redis.map(|redis| redis.link);
        let services = Arc::new(services(config, clock, db, redis, durable, bus));
        let schema = graphql::build(Some(Arc::clone(&services)));
        let auth = Arc::new(Authenticator::new(Arc::clone(&services.config)));
        Ok(Self { services, schema, auth, workers })
    }

    /// What the HTTP side needs.
    pub fn http_state(&self, metrics: PrometheusHandle) -> HttpState {
        let server = &self.services.config.server;
        HttpState {
            schema: self.schema.clone(),
            documents: Documents::new(server.document_cache_bytes),
            ingest: server.precompiled_ingest.then(|| Arc::clone(&self.services.tracker)),
            auth: Arc::clone(&self.auth),
            config: Arc::clone(&self.services.config),
            metrics,
            readiness: Arc::new(StoreReadiness(Arc::clone(&self.services))),
            sockets: Sockets::default(),
            shared: SharedStreams::default(),
            timing: Timing::default(),
        }
    }

    fn start_workers(&mut self) {
        let (services, workers) = (&self.services, &mut self.workers);
        for committer in services.tracker.committers() {
            workers.tasks.spawn(committer.run(workers.stop.clone(), workers.deadline.clone()));
        }
        for flusher in services.tracker.flushers() {
            workers.tasks.spawn(flusher.run(workers.stop.clone(), workers.deadline.clone()));
        }
        let live = Arc::clone(&services.live);
        workers.tasks.spawn(live.keep_state(workers.stop.clone()));
        if let Some(redis) = &services.redis {
            let publisher = Publisher::new(
                redis.clone(),
                Arc::clone(&services.live),
                Arc::clone(&services.stats),
                Arc::clone(&services.billing),
            );
            workers.tasks.spawn(publisher.run(workers.stop.clone()));
        }
        let (rollup, tracker) = (Arc::clone(&services.rollup), Arc::clone(&services.tracker));
        workers.tasks.spawn(jobs::roll_up(
            rollup,
            Arc::clone(&tracker),
            Arc::clone(&services.config),
            workers.stop.clone(),
        ));
        workers.tasks.spawn(jobs::retain(
            Arc::clone(&services.retention),
            Arc::clone(&services.config),
            workers.stop.clone(),
        ));
        workers.tasks.spawn(jobs::keep_books(tracker, workers.stop.clone()));
    }

    /// Stops the workers: buffers are drained until `timeout`, and the stores are left within a
    /// second after that. Returns how many events are left in this process or in Redis.
    pub async fn stop(mut self, timeout: Duration) -> u64 {
        self.workers.stop.cancel();
        let drained = async { while self.workers.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(timeout, drained).await.is_err() {
            self.workers.deadline.cancel();
            self.workers.tasks.shutdown().await;
        }
        let end = Instant::now() + STORE_TIMEOUT;
        // The flushers' last notices.
        let settle = tokio::time::timeout(STORE_TIMEOUT / 2, self.services.live.settle());
        let (_, left) = tokio::join!(settle, self.left());
        // A statement that hangs keeps its connection, and the pool waits for it.
        let closing = self.services.db.clone().close();
        if tokio::time::timeout_at(end, closing).await.is_err() {
            tracing::warn!("the database was left with statements under way");
        }
        left
    }

    async fn left(&self) -> u64 {
        let (tracker, tenants) = (&self.services.tracker, &self.services.config.tenants);
        let everywhere = async {
            let mut left = 0;
            for tenant in tenants.values() {
                left += tracker.pending(&tenant.id).await?.events;
            }
            Ok::<_, Error>(left)
        };
        if let Ok(Ok(left)) = tokio::time::timeout(STORE_TIMEOUT / 2, everywhere).await {
            return left;
        }
        tracing::warn!("Redis does not say what waits in it");
        let mut left = 0;
        for tenant in tenants.values() {
            left += tracker.pending_here(&tenant.id).events;
        }
        left
    }
}

/// The way to Redis.
struct Redis {
    client: redis::Client,
    link: RedisLink,
    /// Whether it was there to be asked for its settings.
    checked: bool,
}

impl Redis {
    async fn connect(config: &Config) -> Result<Option<Self>> {
        let Some(url) = &config.store.redis_url else { return Ok(None) };
        let client = client(url.expose_secret()).map_err(|_| {
            Error::bad_input("REDIS_URL", "not valid", "a URL such as redis://127.0.0.1:6379")
        })?;
        let link = RedisLink::connect(client.clone()).await?;
        let checked = Self::check(&mut link.clone(), config.store.redis_durability).await?;
        Ok(Some(Self { client, link, checked }))
    }

    /// Asks Redis for its settings; false when it is away.
    async fn check(redis: &mut RedisLink, durability: RedisDurability) -> Result<bool> {
        let checked = async {
            redis::cmd("PING").query_async::<()>(redis).await?;
            check_redis(redis, durability).await
        };
        match checked.await {
            Ok(()) => Ok(true),
            // A replica that restarts during an outage serves like those that run.
            Err(Error::Redis(error)) if is_away(&error) => {
                tracing::warn!(%error, "Redis does not answer; starting without it");
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    fn buffer(&self, config: &Config, clock: &Arc<dyn Clock>) -> Result<Arc<dyn EventBuffer>> {
        let timeout = Duration::from_millis(config.ingest.replication_timeout_ms);
        let blocking = manager(&self.client, timeout + WAIT_TIMEOUT)?;
        let clock = Arc::clone(clock);
        Ok(Arc::new(RedisBuffer::new(self.link.clone(), blocking, clock, config)))
    }

    fn bus(&self, config: &Config, stop: &CancellationToken) -> RedisBus {
        let channel = Keys::new(config.store.redis_prefix()).changes();
        RedisBus::start(self.client.clone(), self.link.clone(), channel, stop)
    }
}

/// A connection for `WAIT`, whose commands each try to connect again, so that none waits for more than one
/// attempt.
fn manager(client: &redis::Client, response: Duration) -> redis::RedisResult<ConnectionManager> {
    let settings = ConnectionManagerConfig::new()
        .set_connection_timeout(Some(WAIT_TIMEOUT))
        .set_response_timeout(Some(response))
        .set_number_of_retries(0);
    ConnectionManager::new_lazy_with_config(client.clone(), settings)
}

fn client(url: &str) -> redis::RedisResult<redis::Client> {
    let info = redis::IntoConnectionInfo::into_connection_info(url)?;
    let tcp = redis::io::tcp::TcpSettings::default().set_nodelay(true);
    // A peer that vanished without a word would otherwise be believed in for a quarter of an hour.
    #[cfg(target_os = "linux")]
    let tcp = tcp.set_user_timeout(REDIS_TIMEOUT);
    redis::Client::open(info.set_tcp_settings(tcp))
}

fn services(
    config: Arc<Config>,
    clock: Arc<dyn Clock>,
    db: Db,
    redis: Option<RedisLink>,
    durable: Option<Arc<dyn EventBuffer>>,
    bus: Arc<dyn Bus>,
) -> Services {
    let live = Arc::new(Live::new(
        db.clone(),
        Arc::clone(&clock),
        Arc::clone(&config),
        bus,
        redis.clone(),
    ));
    let stats = Arc::new(Stats::new(db.clone(), Arc::clone(&clock), Arc::clone(&config)));
    let tracker = Tracker::new(
        db.clone(),
        Arc::clone(&clock),
        Arc::clone(&config),
        Arc::clone(&live),
        durable,
    );
    let tracker = Arc::new(tracker);
    Services {
        quarantine: Quarantine::new(db.clone(), Arc::clone(&tracker)),
        tracker,
        live,
        stats,
        quality: Quality::new(db.clone(), Arc::clone(&clock), Arc::clone(&config)),
        billing: Arc::new(Billing::new(db.clone(), Arc::clone(&clock), Arc::clone(&config))),
        rollup: Arc::new(Rollup::new(db.clone(), Arc::clone(&clock), Arc::clone(&config))),
        retention: Arc::new(Retention::new(db.clone(), Arc::clone(&clock), Arc::clone(&config))),
        config,
        clock,
        db,
        redis,
    }
}
