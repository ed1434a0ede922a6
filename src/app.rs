//! Builds everything once, in order, and stops it in reverse, with a deadline.

use std::{sync::Arc, time::Duration};

use async_graphql::ID;
use metrics_exporter_prometheus::PrometheusHandle;
use secrecy::ExposeSecret as _;
use tokio::{task::JoinSet, time::Instant};
use tokio_util::sync::CancellationToken;

use crate::{
    answers::Changes,
    auth::{Authenticator, Right, Viewer},
    billing::{Billing, Webhooks},
    clock::Clock,
    config::Config,
    db::Db,
    demo::{self, DemoService},
    documents::Trusted,
    error::{Error, Result},
    graphql::{self, Schema, types::Types},
    http::{Callers, Documents, HttpState, Persisted, SharedStreams, Sockets, Timing},
    jobs,
    live::{Bus, Keys, Live, MemoryBus, Publisher, RedisBus, RedisLink, Servers},
    quality::Quality,
    readiness::StoreReadiness,
    retention::Retention,
    rollup::Rollup,
    session::Sessions,
    stats::{Prover, Stats},
    tracker::{
        Tracker,
        buffer::{Checked, EventBuffer, RedisBuffer, check_redis, check_redis_later},
        quarantine::Quarantine,
    },
};

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
    pub prover: Prover,
    pub sessions: Arc<Sessions>,
    pub quality: Arc<Quality>,
    pub billing: Arc<Billing>,
    pub webhooks: Arc<Webhooks>,
    pub rollup: Arc<Rollup>,
    pub retention: Arc<Retention>,
    pub demo: DemoService,
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
        if viewer.require(Right::EnterOtherTenants).is_err() {
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
    /// The documents that may be asked for by their digest.
    trusted: Trusted,
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
    /// [`Error::BadInput`] for a URL that is none or a manifest with a fault, otherwise what the stores
    /// say.
    pub async fn start(config: Arc<Config>, clock: Arc<dyn Clock>, db: Db) -> Result<Self> {
        let trusted = Trusted::load(&config.server).await?;
        let mut app = Self { trusted, ..Self::idle(config, clock, db).await? };
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
        if let Some(Redis { link, checked }) = &redis {
            let check = check_redis_later(link.clone(), checked.clone(), workers.stop.clone());
            workers.tasks.spawn(check);
        }
        let bus: Arc<dyn Bus> = match &redis {
            Some(redis) => Arc::new(redis.bus(&config, &workers.stop)),
            None => Arc::new(MemoryBus::default()),
        };
        let durable = redis.as_ref().map(|redis| redis.buffer(&config, &clock));
        let redis = redis.map(|redis| redis.link);
        let services = Arc::new(services(config, clock, db, redis, durable, bus)?);
        let schema = graphql::build(Some(Arc::clone(&services)));
        let auth = Arc::new(Authenticator::new(Arc::clone(&services.config))?);
        Ok(Self { services, schema, auth, trusted: Trusted::default(), workers })
    }

    /// What the HTTP side needs.
    pub fn http_state(&self, metrics: PrometheusHandle) -> HttpState {
        let server = &self.services.config.server;
        // Read now, so that no request waits for it.
        Types::of_schema();
        HttpState {
            schema: self.schema.clone(),
            documents: Documents::new(server.document_cache_bytes),
            persisted: Persisted::new(&self.services.config, self.trusted.clone()),
            ingest: server.precompiled_ingest.then(|| Arc::clone(&self.services.tracker)),
            services: Some(Arc::clone(&self.services)),
            auth: Arc::clone(&self.auth),
            config: Arc::clone(&self.services.config),
            metrics,
            readiness: Arc::new(StoreReadiness(Arc::clone(&self.services))),
            sockets: Sockets::default(),
            exports: Sockets::default(),
            shared: SharedStreams::default(),
            callers: Callers::new(&self.services.config, self.services.redis.clone()),
            timing: Timing::of(server),
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
        workers.tasks.spawn(Arc::clone(&self.auth).keep_fresh(workers.stop.clone()));
        let live = Arc::clone(&services.live);
        workers.tasks.spawn(Arc::clone(&live).keep_state(workers.stop.clone()));
        workers.tasks.spawn(live.note_changes(workers.stop.clone()));
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
        workers.tasks.spawn(Arc::clone(&services.webhooks).run(workers.stop.clone()));
        let schema = self.schema.clone();
        let demo = services.demo.worker(Arc::clone(services), schema, workers.stop.clone());
        workers.tasks.spawn(demo);
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
    link: RedisLink,
    /// The servers that were there to be asked for their settings.
    checked: Checked,
}

impl Redis {
    async fn connect(config: &Config) -> Result<Option<Self>> {
        let Some(url) = &config.store.redis_url else { return Ok(None) };
        let link = RedisLink::connect(Servers::from_url(url.expose_secret())?).await?;
        let checked = check_redis(&link, config.store.redis_durability).await?;
        Ok(Some(Self { link, checked }))
    }

    fn buffer(&self, config: &Config, clock: &Arc<dyn Clock>) -> Arc<dyn EventBuffer> {
        Arc::new(RedisBuffer::new(self.link.clone(), Arc::clone(clock), config))
    }

    fn bus(&self, config: &Config, stop: &CancellationToken) -> RedisBus {
        let channel = Keys::new(config.store.redis_prefix()).changes();
        RedisBus::start(self.link.clone(), channel, stop)
    }
}

fn services(
    config: Arc<Config>,
    clock: Arc<dyn Clock>,
    db: Db,
    redis: Option<RedisLink>,
    durable: Option<Arc<dyn EventBuffer>>,
    bus: Arc<dyn Bus>,
) -> Result<Services> {
    let changes = Arc::new(Changes::default());
    let live = Arc::new(Live::new(
        db.clone(),
        Arc::clone(&clock),
        Arc::clone(&config),
        bus,
        redis.clone(),
        Arc::clone(&changes),
    ));
    let (stat_db, stat_clock) = (db.clone(), Arc::clone(&clock));
    let stats = Stats::new(stat_db, stat_clock, Arc::clone(&config), Arc::clone(&changes));
    let stats = Arc::new(stats);
    let tracker = Tracker::new(
        db.clone(),
        Arc::clone(&clock),
        Arc::clone(&config),
        Arc::clone(&live),
        durable,
    );
    let tracker = Arc::new(tracker);
    let billing = Billing::new(db.clone(), Arc::clone(&clock), Arc::clone(&config));
    let billing = Arc::new(billing.announcing(Arc::clone(&tracker)));
    let quality = Quality::new(db.clone(), Arc::clone(&clock), Arc::clone(&config), changes);
    let quality = Arc::new(quality);
    let rollup = Arc::new(Rollup::new(db.clone(), Arc::clone(&clock), Arc::clone(&config)));
    let demo = DemoService::new(demo::Parts {
        config: Arc::clone(&config),
        clock: Arc::clone(&clock),
        db: db.clone(),
        tracker: Arc::clone(&tracker),
        live: Arc::clone(&live),
        quality: Arc::clone(&quality),
        rollup: Arc::clone(&rollup),
    });
    Ok(Services {
        webhooks: Arc::new(billing.webhooks()?),
        quarantine: Quarantine::new(db.clone(), Arc::clone(&tracker)),
        sessions: Arc::new(Sessions::new(
            db.clone(),
            Arc::clone(&clock),
            Arc::clone(&config),
            Arc::clone(&tracker),
        )),
        tracker,
        live,
        stats,
        prover: Prover::new(db.clone(), Arc::clone(&clock)),
        quality,
        billing,
        rollup,
        retention: Arc::new(Retention::new(db.clone(), Arc::clone(&clock), Arc::clone(&config))),
        demo,
        config,
        clock,
        db,
        redis,
    })
}
