//! The buffer inside this process: the queue in which concurrent requests become one transaction.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Notify;
use uuid::Uuid;

use super::{Batch, EventBuffer, Pending};
use crate::{
    clock::Clock,
    error::{Error, Result, STORE_RETRY_MS},
    tenant::TenantId,
    tracker::model::NewEvent,
};

const MAX_WAIT: Duration = Duration::from_secs(1);

/// Events in memory, with a bound.
pub struct MemoryBuffer {
    clock: Arc<dyn Clock>,
    capacity: usize,
    lease: TimeDelta,
    state: Mutex<State>,
    pushed: Notify,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<NewEvent>,
    claims: HashMap<Uuid, Claim>,
    claimed: usize,
}

struct Claim {
    events: Vec<NewEvent>,
    expires_at: DateTime<Utc>,
}

impl MemoryBuffer {
    pub fn new(clock: Arc<dyn Clock>, capacity: usize, lease_ms: u64) -> Self {
        let lease = TimeDelta::milliseconds(i64::try_from(lease_ms).unwrap_or(i64::MAX));
        let pushed = Notify::new();
        Self { clock, capacity, lease, state: Mutex::default(), pushed }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Takes an expired claim over, or up to `max` events that wait.
    fn take(&mut self, max: usize, now: DateTime<Utc>) -> Option<(Uuid, Vec<NewEvent>)> {
        let expired = self.claims.iter().find(|(_, claim)| claim.expires_at <= now);
        if let Some((id, claim)) = expired {
            return Some((*id, claim.events.clone()));
        }
        let events: Vec<_> = self.waiting.drain(..max.min(self.waiting.len())).collect();
        self.claimed += events.len();
        (!events.is_empty()).then(|| (Uuid::now_v7(), events))
    }

    fn all(&self) -> impl Iterator<Item = &NewEvent> {
        self.claims.values().flat_map(|claim| &claim.events).chain(&self.waiting)
    }
}

#[async_trait]
impl EventBuffer for MemoryBuffer {
    async fn push(&self, events: &[NewEvent]) -> Result<()> {
        let mut state = self.lock();
        let pending = state.waiting.len() + state.claimed;
        if pending + events.len() > self.capacity {
            let what = format!("the buffer is full: {pending} of {} events wait", self.capacity);
            return Err(Error::RateLimited { what, retry_after_ms: STORE_RETRY_MS });
        }
        state.waiting.extend(events.iter().cloned());
        drop(state);
        self.pushed.notify_one();
        Ok(())
    }

    async fn claim(&self, max: usize) -> Result<Option<Batch>> {
        let now = self.clock.now();
        let mut state = self.lock();
        let Some((id, events)) = state.take(max, now) else { return Ok(None) };
        let claim = Claim { events: events.clone(), expires_at: now + self.lease };
        state.claims.insert(id, claim);
        if !state.waiting.is_empty() {
            // Another worker may take the rest at once.
            self.pushed.notify_one();
        }
        Ok(Some(Batch { id, source: None, events, rejects: Vec::new() }))
    }

    async fn ack(&self, batch: &Batch) -> Result<()> {
        let mut state = self.lock();
        if let Some(claim) = state.claims.remove(&batch.id) {
            state.claimed -= claim.events.len();
        }
        Ok(())
    }

    async fn pending(&self, tenant: &TenantId) -> Result<Pending> {
        let state = self.lock();
        let own = state.all().filter(|event| event.tenant == *tenant);
        let pending = own.fold(Pending::default(), |pending, event| {
            let oldest_at_ms = Some(event.received_at.timestamp_millis());
            pending.and(Pending { events: 1, oldest_at_ms })
        });
        Ok(pending)
    }

    async fn wait(&self) {
        // An expired claim makes no notice, so the pause is bounded.
        let _ = tokio::time::timeout(MAX_WAIT, self.pushed.notified()).await;
    }

    fn is_durable(&self) -> bool {
        false
    }
}
