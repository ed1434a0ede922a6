//! What WebSockets and event streams have in common: how many a tenant has, and when they end.
//!
//! Invariant: a [`Place`] counts for as long as it lives, so that a socket is no longer counted
//! however it ended.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::{
    auth::Viewer,
    clock::{Clock as _, SystemClock},
    error::Error,
    tenant::TenantId,
};

/// Longest that a timer is set for.
const MAX_TOKEN_SECS: u64 = 365 * 24 * 3_600;

/// How long a client waits before it asks for a place again.
const RETRY_MS: u64 = 1_000;

/// The open sockets of each tenant in this process. Clones count together.
#[derive(Clone, Debug, Default)]
pub struct Sockets(Arc<Mutex<HashMap<TenantId, usize>>>);

impl Sockets {
    /// Takes a place for one more socket of `tenant`.
    ///
    /// # Errors
    /// [`Full`] when it has `most` of them.
    pub(super) fn take(&self, tenant: &TenantId, most: usize) -> Result<Place, Full> {
        let mut counts = self.lock();
        let count = counts.entry(tenant.clone()).or_default();
        if *count >= most {
            return Err(Full { tenant: tenant.clone(), most });
        }
        *count += 1;
        Ok(Place { sockets: self.clone(), tenant: tenant.clone() })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TenantId, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place of one socket; dropping it makes room for another.
#[derive(Debug)]
pub(super) struct Place {
    sockets: Sockets,
    tenant: TenantId,
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(count) = self.sockets.lock().get_mut(&self.tenant) {
            *count -= 1;
        }
    }
}

/// A tenant that has as many sockets as it may.
#[derive(Debug)]
pub(super) struct Full {
    tenant: TenantId,
    most: usize,
}

impl fmt::Display for Full {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "too many sockets of tenant {}: {}, the most allowed",
            self.tenant, self.most
        )
    }
}

impl From<Full> for Error {
    fn from(full: Full) -> Self {
        Self::RateLimited { what: full.to_string(), retry_after_ms: RETRY_MS }
    }
}

/// How long a viewer's credentials hold from now on.
pub(super) fn time_left(viewer: &Viewer) -> Duration {
    let left = viewer.expires_at.map_or(MAX_TOKEN_SECS, |at| {
        let left = at.saturating_sub(SystemClock.now().timestamp());
        u64::try_from(left).unwrap_or(0).min(MAX_TOKEN_SECS)
    });
    Duration::from_secs(left)
}

/// Counts in a gauge for as long as it lives.
#[derive(Debug)]
pub(super) struct Counted(&'static str);

impl Counted {
    fn new(gauge: &'static str) -> Self {
        metrics::gauge!(gauge).increment(1.0);
        Self(gauge)
    }

    /// An open socket, of either kind.
    pub(super) fn socket() -> Self {
        Self::new("websocket_connections")
    }

    /// An operation under way on a socket of either kind.
    pub(super) fn operation() -> Self {
        Self::new("websocket_operations")
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        metrics::gauge!(self.0).decrement(1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_free_again_once_its_socket_has_gone() {
        let (sockets, a, b) = (Sockets::default(), TenantId::new("a"), TenantId::new("b"));
        let first = sockets.take(&a, 2).unwrap();
        let _second = sockets.take(&a, 2).unwrap();
        let full = sockets.take(&a, 2).unwrap_err();
        assert_eq!(full.to_string(), "too many sockets of tenant a: 2, the most allowed");
        assert!(sockets.take(&b, 1).is_ok());
        drop(first);
        assert!(sockets.clone().take(&a, 2).is_ok());
    }
}
