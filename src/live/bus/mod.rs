//! Carries notices to every replica. A notice is a hint: whoever misses one reads the state.

mod redis;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use tokio::sync::broadcast;

pub use self::redis::RedisBus;
use super::{audience::Audience, notice::Notice};
use crate::tenant::TenantId;

/// Notices kept for a slow reader; a reader that falls further behind is told how many it missed.
const BACKLOG: usize = 1_024;
/// Most events of one of these.
const PART_EVENTS: usize = 50;

/// Fan-out of notices.
#[async_trait]
pub trait Bus: Send + Sync {
    /// Tells every replica, this one included. Never waits.
    fn publish(&self, notice: Notice);

    /// Notices from now on, of all tenants.
    fn subscribe(&self) -> broadcast::Receiver<Arc<Notice>>;

    /// Those who listen to events: without any, notices need not carry them.
    fn audience(&self) -> &Arc<Audience>;

    /// How many events of a tenant this process has heard of.
    fn events_heard(&self, tenant: &TenantId) -> u64;

    /// Whether what other replicas publish may not be heard here.
    fn is_degraded(&self) -> bool;

    /// Waits until all that was published has left this process, or cannot.
    async fn settle(&self);
}

/// Fan-out within this process.
#[derive(Debug)]
pub struct MemoryBus {
    notices: broadcast::Sender<Arc<Notice>>,
    audience: Arc<Audience>,
    /// Events of each tenant so far, so that readers see how many they have missed.
    heard: Mutex<HashMap<String, u64>>,
}

impl Default for MemoryBus {
    fn default() -> Self {
        let notices = broadcast::channel(BACKLOG).0;
        Self { notices, audience: Arc::default(), heard: Mutex::default() }
    }
}

impl MemoryBus {
    /// Tells this process, in notices of few events, so that what is kept for slow readers is bounded.
    fn send(&self, notice: Notice) -> Arc<Notice> {
        // Held while sending, so that counts come in their order.
        let mut heard = self.heard();
        let notice = Arc::new(notice);
        if notice.events.is_empty() {
            // Nobody listens when nobody watches.
            let _ = self.notices.send(Arc::clone(&notice));
            return notice;
        }
        let count = heard.entry(notice.tenant.clone()).or_default();
        for events in notice.events.chunks(PART_EVENTS) {
            let mut part = Notice::new(notice.tenant.clone(), events.to_vec());
            part.events_before = *count;
            *count += events.len() as u64;
            let _ = self.notices.send(Arc::new(part));
        }
        notice
    }

    fn heard(&self) -> MutexGuard<'_, HashMap<String, u64>> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn events_heard(&self, tenant: &TenantId) -> u64 {
        self.heard().get(tenant.as_str()).copied().unwrap_or_default()
    }
}

#[async_trait]
impl Bus for MemoryBus {
    fn publish(&self, notice: Notice) {
        self.send(notice);
    }

    fn subscribe(&self) -> broadcast::Receiver<Arc<Notice>> {
        self.notices.subscribe()
    }

    fn audience(&self) -> &Arc<Audience> {
        &self.audience
    }

    fn events_heard(&self, tenant: &TenantId) -> u64 {
        self.events_heard(tenant)
    }

    fn is_degraded(&self) -> bool {
        false
    }

    async fn settle(&self) {}
}
