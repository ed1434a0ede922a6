//! Whether there is a demo, how far it is, and what starts and ends it.

use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::Enum;
use chrono::{DateTime, Utc};

use super::DAYS;
use crate::{
    auth::{Right, Viewer},
    clock::Clock,
    config::Config,
    error::{Error, Result},
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

/// Starts the demo, and removes it.
pub struct DemoService {
    config: Arc<Config>,
    clock: Arc<dyn Clock>,
    tracker: Arc<Tracker>,
    run: Mutex<Option<Progress>>,
}

impl std::fmt::Debug for DemoService {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("DemoService").finish_non_exhaustive()
    }
}

impl DemoService {
    pub fn new(config: Arc<Config>, clock: Arc<dyn Clock>, tracker: Arc<Tracker>) -> Self {
        Self { config, clock, tracker, run: Mutex::default() }
    }

    /// How far the demo is; none where none is offered.
    pub async fn find(&self) -> Result<Option<Progress>> {
        let Some(tenant) = self.config.demo_tenant() else { return Ok(None) };
        let run = *self.run.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(progress) = run {
            return Ok(Some(progress));
        }
        let is_left = self.tracker.has_events(&tenant.id).await?;
        let state = if is_left { DemoState::Stopped } else { DemoState::Absent };
        Ok(Some(Progress { state, days: DAYS, ..Progress::default() }))
    }

    /// # Errors
    /// [`Error::Forbidden`] for all but operators, [`Error::NotFound`] where none is offered.
    pub async fn start(&self, viewer: &Viewer) -> Result<Progress> {
        viewer.require(Right::ManageDemo)?;
        let progress = self.find().await?.ok_or_else(not_offered)?;
        let started_at = Some(self.clock.now());
        Ok(Progress { started_at, ..progress })
    }

    /// # Errors
    /// Those of [`DemoService::start`].
    pub async fn remove(&self, viewer: &Viewer) -> Result<Progress> {
        viewer.require(Right::ManageDemo)?;
        self.find().await?.ok_or_else(not_offered)
    }
}

fn not_offered() -> Error {
    Error::not_found("the service asks for credentials and offers no demo: tenant", super::TENANT)
}
