//! Versions of floors, which only ever grow: across replicas, restarts and the loss of Redis.
//!
//! All replicas ask one script in Redis, which gives a floor that looks as the last one its version
//! and any other floor a higher one. Without Redis this process counts alone. Either way a version is
//! never below the clock at the time it was made, in microseconds, so that whoever starts anew starts
//! above all that was.

use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, Utc};
use redis::Script;
use xxhash_rust::xxh3::xxh3_64;

use super::{Keys, Outage, RedisLink};
use crate::{stats::realtime::Floor, tenant::TenantId};

/// Versions are text in Lua, whose numbers would be written with an exponent.
static NEXT: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local known = redis.call('HMGET', KEYS[1], 'digest', 'version', 'reading')
         local version, least = tonumber(known[2] or 0), tonumber(ARGV[2])
         if ARGV[4] ~= '' then
             if tonumber(known[3] or 0) > tonumber(ARGV[4]) then return '' end
             redis.call('HSET', KEYS[1], 'reading', ARGV[4])
         end
         if known[1] ~= ARGV[1] or version < least then
             version = math.max(version + 1, least, tonumber(ARGV[3]))
             redis.call('HSET', KEYS[1], 'digest', ARGV[1], 'version', string.format('%.0f', version))
         end
         redis.call('EXPIRE', KEYS[1], 86400)
         return string.format('%.0f', version)",
    )
});

/// Gives floors their versions.
#[derive(Debug)]
pub(super) struct Versions {
    redis: Option<(RedisLink, Keys)>,
    outage: Outage,
    known: Mutex<HashMap<TenantId, Known>>,
}

/// The last floor of a tenant that this process gave a version.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    digest: u64,
    version: i64,
}

impl Known {
    /// The least that a floor of this digest may get.
    fn least(self, digest: u64) -> i64 {
        if self.digest == digest { self.version } else { self.version + 1 }
    }
}

/// What Redis says of a floor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    Version(i64),
    /// A later one was there before.
    Overtaken,
}

impl Versions {
    pub(super) fn new(redis: Option<(RedisLink, Keys)>) -> Self {
        let outage = Outage::of("versions of the floor are this replica's own");
        Self { redis, outage, known: Mutex::default() }
    }

    /// The version of a tenant's floor. None when another one was read later, by its number, and has
    /// its version already: this one would look newer than it is.
    pub(super) async fn of(
        &self,
        tenant: &TenantId,
        floor: &Floor,
        reading: Option<i64>,
        now: DateTime<Utc>,
    ) -> Option<i64> {
        let digest = digest(floor);
        let now = now.timestamp_micros();
        let least = self.known().get(tenant).copied().unwrap_or_default().least(digest);
        let shared = match self.ask(tenant, digest, least, now, reading).await {
            Some(Said::Version(version)) => Some(version),
            Some(Said::Overtaken) => return None,
            None => None,
        };
        let mut known = self.known();
        let known = known.entry(tenant.clone()).or_default();
        let version = shared.unwrap_or_else(|| match known.least(digest) {
            least if least > known.version => least.max(now),
            least => least,
        });
        if version >= known.version {
            *known = Known { digest, version };
        }
        Some(version)
    }

    /// Asks Redis; none without it.
    async fn ask(
        &self,
        tenant: &TenantId,
        digest: u64,
        least: i64,
        now: i64,
        reading: Option<i64>,
    ) -> Option<Said> {
        let (redis, keys) = self.redis.as_ref()?;
        let mut next = NEXT.prepare_invoke();
        next.key(keys.version(tenant)).arg(digest.to_string()).arg(least).arg(now);
        next.arg(reading.map_or_else(String::new, |reading| reading.to_string()));
        match next.invoke_async::<String>(&mut redis.clone()).await {
            Ok(said) => {
                self.outage.succeeded();
                Some(said.parse().map_or(Said::Overtaken, Said::Version))
            }
            Err(error) => {
                self.outage.failed(&error);
                None
            }
        }
    }

    fn known(&self) -> MutexGuard<'_, HashMap<TenantId, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The same for floors that look the same, on every replica.
fn digest(floor: &Floor) -> u64 {
    let text = serde_json::to_vec(floor);
    // A floor has no map with keys that JSON does not take.
    xxh3_64(&text.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::live::testing::PrivateRedis;

    fn floor(active_sessions: i32) -> Floor {
        let mut floor = Floor::default();
        floor.overview.active_sessions = active_sessions;
        floor
    }

    fn now() -> DateTime<Utc> {
        "2026-03-10T04:00:00Z".parse().unwrap()
    }

    /// Without a number of the reading.
    async fn of(versions: &Versions, tenant: &TenantId, floor: &Floor, now: DateTime<Utc>) -> i64 {
        versions.of(tenant, floor, None, now).await.unwrap()
    }

    async fn versions_over(redis: &PrivateRedis) -> Versions {
        let link = RedisLink::connect(redis.client()).await.unwrap();
        Versions::new(Some((link, Keys::new("v"))))
    }

    #[tokio::test]
    async fn alone_a_version_grows_with_each_change_and_with_nothing_else() {
        let (versions, tenant) = (Versions::new(None), TenantId::new("t"));
        let first = of(&versions, &tenant, &floor(1), now()).await;
        assert_eq!(first, now().timestamp_micros());
        assert_eq!(of(&versions, &tenant, &floor(1), now() + TimeDelta::hours(1)).await, first);
        assert_eq!(of(&versions, &tenant, &floor(2), now()).await, first + 1);
        let earlier = now() - TimeDelta::hours(1);
        assert_eq!(of(&versions, &tenant, &floor(1), earlier).await, first + 2);
    }

    #[tokio::test]
    async fn replicas_give_one_floor_one_version_and_the_next_a_higher_one() {
        let redis = PrivateRedis::start().await;
        let (a, b) = (versions_over(&redis).await, versions_over(&redis).await);
        let tenant = TenantId::new("t");
        let first = of(&a, &tenant, &floor(1), now()).await;
        // Its clock is behind.
        let behind = now() - TimeDelta::minutes(1);
        assert_eq!(of(&b, &tenant, &floor(1), behind).await, first);
        let second = of(&b, &tenant, &floor(2), behind).await;
        assert_eq!(second, first + 1);
        assert_eq!(of(&a, &tenant, &floor(2), now()).await, second);
        assert!(
            of(&a, &TenantId::new("u"), &floor(2), behind).await < first,
            "each tenant its own"
        );
    }

    #[tokio::test]
    async fn versions_outlive_the_loss_of_redis() {
        let mut redis = PrivateRedis::start().await;
        let (a, tenant) = (versions_over(&redis).await, TenantId::new("t"));
        let mut seen = vec![of(&a, &tenant, &floor(1), now()).await];
        redis.kill();
        for active in 2..10 {
            seen.push(of(&a, &tenant, &floor(active), now()).await);
        }
        redis.revive().await;
        while a.ask(&tenant, 0, 0, 0, None).await.is_none() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        // It has forgotten everything, and a new replica knows nothing.
        seen.push(of(&a, &tenant, &floor(10), now()).await);
        let b = versions_over(&redis).await;
        assert_eq!(of(&b, &tenant, &floor(10), now()).await, *seen.last().unwrap());
        assert!(seen.is_sorted_by(|before, after| before < after), "{seen:?}");
    }

    #[tokio::test]
    async fn a_floor_that_was_overtaken_gets_no_version() {
        let redis = PrivateRedis::start().await;
        let (a, b) = (versions_over(&redis).await, versions_over(&redis).await);
        let tenant = TenantId::new("t");
        let newer = a.of(&tenant, &floor(2), Some(7), now()).await.unwrap();
        assert_eq!(b.of(&tenant, &floor(1), Some(6), now()).await, None);
        assert_eq!(b.of(&tenant, &floor(2), Some(8), now()).await, Some(newer));
        assert_eq!(b.of(&tenant, &floor(3), Some(9), now()).await, Some(newer + 1));
    }
}
