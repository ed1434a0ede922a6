//! Where events wait between a request and the database.

mod aof;
mod durability;
mod redis;
mod replicate;
pub(super) mod wire;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use async_trait::async_trait;
use uuid::Uuid;

pub use self::{
    durability::{Checked, check_redis, check_redis_later},
    redis::RedisBuffer,
};
use super::{model::NewEvent, write::Batch};
use crate::{error::Result, tenant::TenantId};

/// Holds events from request to flush, at least once: a claim not acked in time is given out again.
#[async_trait]
pub trait EventBuffer: Send + Sync {
    /// Appends `events` in order: all of them, or none.
    ///
    /// # Errors
    /// [`Error::RateLimited`](crate::error::Error::RateLimited) when they would not fit.
    async fn push(&self, events: &[NewEvent]) -> Result<()>;

    /// The same; returns once a second server has the events too.
    ///
    /// # Errors
    /// [`Error::Unavailable`](crate::error::Error::Unavailable) when none confirms in time. The
    /// events may be in the buffer all the same.
    async fn push_replicated(&self, events: &[NewEvent]) -> Result<()>;

    /// Claims up to `max` events, oldest first; none when nothing waits.
    async fn claim(&self, max: usize) -> Result<Option<Claim>>;

    /// Forgets a claimed batch. Call once its events are stored.
    async fn ack(&self, claim: &Claim) -> Result<()>;

    /// Counts what waits, claimed or not.
    async fn pending(&self, tenant: &TenantId) -> Result<Pending>;

    /// Counts what waits, claimed or not, by product. What moves meanwhile may be counted twice.
    async fn pending_by_product(&self, tenant: &TenantId) -> Result<BTreeMap<String, u64>>;

    /// Returns when there may be something to claim, after a bounded pause at the latest.
    async fn wait(&self);
}

/// Events claimed together.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    pub id: Uuid,
    /// Whose list it came from.
    pub source: TenantId,
    pub events: Vec<NewEvent>,
    /// What was in the buffer but is no event, with the reason.
    pub rejects: Vec<Reject>,
}

impl Claim {
    /// What is to be written.
    pub(super) fn batch(&self) -> Batch<'_> {
        Batch {
            id: self.id,
            source: Some(&self.source),
            events: self.events.iter().collect(),
            rejects: &self.rejects,
        }
    }
}

/// Something in the buffer that is no event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    pub tenant: TenantId,
    pub product: String,
    pub reason: String,
    pub text: String,
}

/// What waits in a buffer.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pending {
    pub events: u64,
    /// When the oldest of them was received, in milliseconds since 1970.
    pub oldest_at_ms: Option<i64>,
}

impl Pending {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let oldest = [self.oldest_at_ms, other.oldest_at_ms].into_iter().flatten().min();
        Self { events: self.events + other.events, oldest_at_ms: oldest }
    }
}
