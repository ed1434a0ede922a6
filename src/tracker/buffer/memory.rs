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
    /// What waits, claimed or not, by tenant.
    counts: HashMap<TenantId, u64>,
    pending: usize,
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
        (!events.is_empty()).then(|| (Uuid::now_v7(), events))
    }

    fn add(&mut self, events: &[NewEvent]) {
        self.pending += events.len();
        for event in events {
            *self.counts.entry(event.tenant.clone()).or_default() += 1;
        }
        self.waiting.extend(events.iter().cloned());
    }

    fn forget(&mut self, events: &[NewEvent]) {
        self.pending -= events.len();
        for event in events {
            if let Some(count) = self.counts.get_mut(&event.tenant) {
                *count -= 1;
            }
        }
    }

    /// When the oldest event of a tenant was received; what is claimed came before what waits.
    fn oldest_at_ms(&self, tenant: &TenantId) -> Option<i64> {
        let claimed = self.claims.values().flat_map(|claim| &claim.events);
        let own = |event: &&NewEvent| event.tenant == *tenant;
        let oldest = claimed.filter(own).min_by_key(|event| event.received_at);
        let oldest = oldest.or_else(|| self.waiting.iter().find(own));
        oldest.map(|event| event.received_at.timestamp_millis())
    }
}

#[async_trait]
impl EventBuffer for MemoryBuffer {
    async fn push(&self, events: &[NewEvent]) -> Result<()> {
        let mut state = self.lock();
        let pending = state.pending;
        if pending + events.len() > self.capacity {
            let what = format!("the buffer is full: {pending} of {} events wait", self.capacity);
            return Err(Error::RateLimited { what, retry_after_ms: STORE_RETRY_MS });
        }
        state.add(events);
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
            state.forget(&claim.events);
        }
        Ok(())
    }

    async fn pending(&self, tenant: &TenantId) -> Result<Pending> {
        let state = self.lock();
        match state.counts.get(tenant) {
            None | Some(0) => Ok(Pending::default()),
            Some(count) => Ok(Pending { events: *count, oldest_at_ms: state.oldest_at_ms(tenant) }),
        }
    }

    async fn wait(&self) {
        // An expired claim makes no notice, so the pause is bounded.
        let _ = tokio::time::timeout(MAX_WAIT, self.pushed.notified()).await;
    }

    fn is_durable(&self) -> bool {
        false
    }
}
