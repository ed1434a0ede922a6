//! Whether there is a demo, how far it is, and what starts and ends it.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_graphql::Enum;
use chrono::{DateTime, Utc};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::{DAYS, TENANT, api::Api, plan, remove, run::Run};
use crate::{
    auth::{Right, Viewer},
    clock::Clock,
    config::Config,
    db::Db,
    error::{Error, Result},
    graphql::Schema,
    live::Live,
    quality::Quality,
    rollup::Rollup,
    tenant::Tenant,
    tracker::Tracker,
};

/// How far the demo is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
pub enum DemoState {
    /// Its tenant is empty.
    #[default]
    Absent,
    /// Its days are being filled, today first.
    Filling,
    /// All days are filled, and things go on happening.
    Playing,
    /// Its tenant holds what an earlier run has left, and nothing happens.
    Stopped,
}

/// How far the demo is, in figures.
#[derive(Clone, Copy, Debug, Default)]
pub struct Progress {
    pub state: DemoState,
    pub days_filled: u32,
    pub days: u32,
    pub started_at: Option<DateTime<Utc>>,
}

/// The services that the demo needs.
pub struct Parts {
    pub config: Arc<Config>,
    pub clock: Arc<dyn Clock>,
    pub db: Db,
    pub tracker: Arc<Tracker>,
    pub live: Arc<Live>,
    pub quality: Arc<Quality>,
    pub rollup: Arc<Rollup>,
}

/// Starts the demo, and removes it.
pub struct DemoService {
    parts: Parts,
    /// How far the run of this process is; none without one.
    progress: Arc<Mutex<Option<Progress>>>,
    orders: mpsc::UnboundedSender<Order>,
    /// For the worker, which takes it.
    inbox: Mutex<Option<mpsc::UnboundedReceiver<Order>>>,
    /// Held by whoever starts or removes.
    turn: tokio::sync::Mutex<()>,
}

/// What the worker is told.
enum Order {
    Start {
        started_at: DateTime<Utc>,
        days: u32,
    },
    /// Stop it and remove everything; whoever asked is told, unless it is gone.
    Remove(oneshot::Sender<Result<()>>),
}

/// How often it is looked whether everything that was told is stored, and the pause before.
const LOOKS: u32 = 600;
const PAUSE: Duration = Duration::from_millis(50);

impl std::fmt::Debug for DemoService {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("DemoService").finish_non_exhaustive()
    }
}

impl DemoService {
    pub fn new(parts: Parts) -> Self {
        let (orders, inbox) = mpsc::unbounded_channel();
        let (progress, inbox) = (Arc::default(), Mutex::new(Some(inbox)));
        Self { parts, progress, orders, inbox, turn: tokio::sync::Mutex::default() }
    }

    /// How far the demo is; none where none is offered.
    pub async fn find(&self) -> Result<Option<Progress>> {
        let Some(tenant) = self.parts.config.demo_tenant() else { return Ok(None) };
        if let Some(progress) = *self.lock() {
            return Ok(Some(progress));
        }
        let is_left = self.parts.tracker.has_events(&tenant.id).await?;
        let state = if is_left { DemoState::Stopped } else { DemoState::Absent };
        Ok(Some(Progress { state, days: DAYS, ..Progress::default() }))
    }

    /// Starts it, unless it runs.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for all but operators, [`Error::NotFound`] where none is offered.
    pub async fn start(&self, viewer: &Viewer) -> Result<Progress> {
        self.start_with(viewer, DAYS).await
    }

    /// The same with fewer days, for tests.
    pub async fn start_with(&self, viewer: &Viewer, days: u32) -> Result<Progress> {
        viewer.require(Right::ManageDemo)?;
        let _turn = self.turn.lock().await;
        let found = self.find().await?.ok_or_else(not_offered)?;
        if matches!(found.state, DemoState::Filling | DemoState::Playing) {
            return Ok(found);
        }
        let started_at = self.parts.clock.now();
        let state = DemoState::Filling;
        let progress = Progress { state, days_filled: 0, days, started_at: Some(started_at) };
        *self.lock() = Some(progress);
        self.order(Order::Start { started_at, days })?;
        Ok(progress)
    }

    /// Stops it and removes everything of its tenant, even where the caller does not wait for it.
    ///
    /// # Errors
    /// Those of [`DemoService::start`], and [`Error::Unavailable`] when a store does not answer.
    pub async fn remove(&self, viewer: &Viewer) -> Result<Progress> {
        viewer.require(Right::ManageDemo)?;
        self.parts.config.demo_tenant().ok_or_else(not_offered)?;
        let _turn = self.turn.lock().await;
        let (answer, removed) = oneshot::channel();
        self.order(Order::Remove(answer))?;
        removed.await.map_err(|_| stopping())??;
        self.find().await?.ok_or_else(not_offered)
    }

    async fn remove_all(&self, tenant: &Tenant) -> Result<()> {
        self.settle(tenant).await?;
        let removed = remove::remove_all(&self.parts.db, &tenant.id).await?;
        tracing::info!(removed, "the demo was removed");
        self.parts.tracker.forget(&tenant.id);
        self.parts.live.emptied(tenant, &plan::AGENTS.map(|agent| agent.id)).await
    }

    /// Waits until everything that was sent is stored: it would come back later.
    async fn settle(&self, tenant: &Tenant) -> Result<()> {
        for _ in 0..LOOKS {
            if self.parts.tracker.pending(&tenant.id).await?.events == 0 {
                return Ok(());
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err(Error::unavailable("events of the demo wait for the database"))
    }

    fn order(&self, order: Order) -> Result<()> {
        self.orders.send(order).map_err(|_| stopping())
    }

    fn lock(&self) -> MutexGuard<'_, Option<Progress>> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whoever does the work, until `stop`: it alone holds the schema, which holds this.
    pub fn worker(
        &self,
        services: Arc<crate::app::Services>,
        schema: Schema,
        stop: CancellationToken,
    ) -> impl Future<Output = ()> + use<> {
        let inbox = self.inbox.lock().unwrap_or_else(PoisonError::into_inner).take();
        async move {
            let Some(inbox) = inbox else { return };
            Box::pin(services.demo.work(inbox, schema, stop)).await;
        }
    }

    async fn work(
        &self,
        mut inbox: mpsc::UnboundedReceiver<Order>,
        schema: Schema,
        stop: CancellationToken,
    ) {
        let Some(tenant) = self.parts.config.demo_tenant() else { return };
        let mut next = None;
        loop {
            let order = match next.take() {
                Some(order) => order,
                None => match stop.run_until_cancelled(inbox.recv()).await.flatten() {
                    Some(order) => order,
                    None => return,
                },
            };
            match order {
                Order::Start { started_at, days } => {
                    let viewer = Api::viewer(tenant);
                    let api = Api { schema: schema.clone(), viewer, stop: stop.child_token() };
                    let run = Run {
                        parts: &self.parts,
                        api,
                        tenant,
                        progress: &self.progress,
                        started_at,
                        days,
                    };
                    next = Self::run(&run, &mut inbox).await;
                    *self.lock() = None;
                }
                Order::Remove(answer) => {
                    // Whoever asked may be gone.
                    let _ = answer.send(self.remove_all(tenant).await);
                }
            }
        }
    }

    /// Runs until there is another order, which is returned. Not cut off in the middle: it ends between
    /// two calls.
    async fn run(run: &Run<'_>, inbox: &mut mpsc::UnboundedReceiver<Order>) -> Option<Order> {
        let ends = &run.api.stop;
        let running = async {
            if let Err(error) = Box::pin(run.run()).await {
                tracing::error!(?error, "the demo has stopped");
            }
            // Nobody waits for orders to it any more.
            ends.cancel();
        };
        let listening = async {
            let next = ends.run_until_cancelled(inbox.recv()).await.flatten();
            ends.cancel();
            next
        };
        tokio::join!(running, listening).1
    }
}

fn not_offered() -> Error {
    Error::not_found("the service asks for credentials and offers no demo: tenant", TENANT)
}

fn stopping() -> Error {
    Error::unavailable("the service stops")
}
