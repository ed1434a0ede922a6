//! What one caller may ask for: requests a second, and operations at once.
//!
//! A caller is an API key, or a subject of a tenant's tokens. Invariant: a [`Turn`] counts for as long
//! as its operation runs, however that ends.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use moka::sync::Cache;

use super::rates::{Bucket, Lender};
use crate::{
    auth::Viewer,
    config::{Config, LimitsConfig},
    error::Error,
    live::{Keys, RedisLink},
    tenant::TenantId,
};

/// Callers whose buckets are kept, and for how long when they are quiet: a bucket is full again long
/// before.
const MAX_BUCKETS: u64 = 100_000;
const QUIET: Duration = Duration::from_hours(1);

/// How long a caller waits before it starts another operation.
const RETRY_MS: u64 = 1_000;

/// What the callers of this process are at. Clones count together.
#[derive(Clone)]
pub struct Callers(Arc<Inner>);

struct Inner {
    limits: LimitsConfig,
    /// Whether any caller has a rate.
    have_rates: bool,
    redis: Option<(RedisLink, Keys)>,
    /// None of a caller without a rate.
    buckets: Cache<Caller, Option<Arc<Shared>>>,
    running: Mutex<HashMap<Caller, usize>>,
}

/// The bucket of a caller, and where replicas share it.
struct Shared {
    bucket: Bucket,
    lender: Option<Lender>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Caller {
    tenant: TenantId,
    name: Arc<str>,
}

impl Caller {
    fn of(viewer: &Viewer) -> Self {
        Self { tenant: viewer.tenant.id.clone(), name: Arc::clone(&viewer.subject) }
    }
}

impl fmt::Debug for Callers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Callers").finish_non_exhaustive()
    }
}

impl Callers {
    pub fn new(config: &Config, redis: Option<RedisLink>) -> Self {
        let limits = config.limits.clone();
        let own = limits.callers.iter().filter_map(|own| own.requests_per_second);
        let have_rates = own.chain([limits.requests_per_second]).any(|rate| rate > 0);
        let buckets = Cache::builder().max_capacity(MAX_BUCKETS).time_to_idle(QUIET).build();
        let redis = redis.map(|redis| (redis, Keys::new(config.store.redis_prefix())));
        Self(Arc::new(Inner { limits, have_rates, redis, buckets, running: Mutex::default() }))
    }

    /// Lets a caller send one more request.
    ///
    /// # Errors
    /// [`Error::RateLimited`] when it has sent too many.
    pub(super) async fn admit(&self, viewer: &Viewer) -> Result<(), Error> {
        if !self.0.have_rates {
            return Ok(());
        }
        let caller = Caller::of(viewer);
        let shared = match self.0.buckets.get(&caller) {
            Some(known) => known,
            None => self.0.buckets.get_with_by_ref(&caller, || self.0.bucket(&caller)),
        };
        let Some(shared) = shared else { return Ok(()) };
        let taken = shared.bucket.take(shared.lender.as_ref()).await;
        taken.map_err(|wait| {
            count("requests_per_second");
            let rate = self.0.limits.rate(&caller.tenant, &caller.name);
            let per_second = rate.map_or(0, |rate| rate.per_second.get());
            let what =
                format!("caller `{}` sends more than {per_second} requests a second", caller.name);
            let retry_after_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).max(1);
            Error::RateLimited { what, retry_after_ms }
        })
    }

    /// Counts one more operation of a caller until the result is dropped.
    ///
    /// # Errors
    /// [`Error::RateLimited`] when it runs as many as it may.
    pub(super) fn start(&self, viewer: &Viewer) -> Result<Option<Turn>, Error> {
        let caller = Caller::of(viewer);
        let most = self.0.limits.most_at_once(&caller.tenant, &caller.name);
        let Some(most) = most else { return Ok(None) };
        let mut running = self.0.running();
        let count_of = running.entry(caller.clone()).or_default();
        if *count_of >= most {
            count("max_concurrent_operations");
            let what = format!("caller `{}` runs {most} operations at once", caller.name);
            return Err(Error::RateLimited { what, retry_after_ms: RETRY_MS });
        }
        *count_of += 1;
        Ok(Some(Turn { callers: self.clone(), caller }))
    }
}

impl Inner {
    fn bucket(&self, caller: &Caller) -> Option<Arc<Shared>> {
        let rate = self.limits.rate(&caller.tenant, &caller.name)?;
        let lender = self.redis.as_ref().map(|(redis, keys)| {
            let key = keys.rate(&caller.tenant, &caller.name);
            Lender { redis: redis.clone(), key }
        });
        Some(Arc::new(Shared { bucket: Bucket::new(rate), lender }))
    }

    fn running(&self) -> MutexGuard<'_, HashMap<Caller, usize>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn count(limit: &'static str) {
    metrics::counter!("requests_limited_total", "limit" => limit).increment(1);
}

/// The turn of one operation; dropping it makes room for another.
#[derive(Debug)]
pub(super) struct Turn {
    callers: Callers,
    caller: Caller,
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut running = self.callers.0.running();
        let Some(count) = running.get_mut(&self.caller) else { return };
        *count -= 1;
        if *count == 0 {
            running.remove(&self.caller);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{auth::Role, tenant::Tenant};

    fn viewer(tenant: &str, subject: &str) -> Viewer {
        let tenant = Arc::new(Tenant { id: TenantId::new(tenant), ..Tenant::default() });
        Viewer::new(tenant, subject, Role::Viewer)
    }

    fn callers(limits: LimitsConfig) -> Callers {
        Callers::new(&Config { limits, ..Config::default() }, None)
    }

    #[test]
    fn a_caller_runs_so_many_operations_at_once_and_no_more() {
        let callers =
            callers(LimitsConfig { max_concurrent_operations: 2, ..LimitsConfig::default() });
        let (bot, other) = (viewer("a", "bot"), viewer("b", "bot"));
        let turns = [callers.start(&bot).unwrap(), callers.start(&bot).unwrap()];
        let refused = callers.start(&bot).unwrap_err();
        let expected = "caller `bot` runs 2 operations at once, retry in 1000 ms";
        assert_eq!(refused.to_string(), expected);
        assert!(callers.start(&other).is_ok());
        drop(turns);
        assert!(callers.start(&bot).is_ok());
        assert!(callers.0.running().is_empty(), "who runs nothing is forgotten");
    }

    #[tokio::test]
    async fn a_caller_s_rate_is_its_own() {
        let limits = LimitsConfig { requests_per_second: 1, burst: 2, ..LimitsConfig::default() };
        let callers = callers(limits);
        for viewer in [viewer("a", "bot"), viewer("a", "bob"), viewer("b", "bot")] {
            assert!(callers.admit(&viewer).await.is_ok());
            assert!(callers.admit(&viewer).await.is_ok());
            let refused = callers.admit(&viewer).await.unwrap_err().to_string();
            assert!(refused.contains("sends more than 1 requests a second, retry in"), "{refused}");
        }
    }
}
