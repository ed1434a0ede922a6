//! Versions of floors, which only ever grow: across replicas, restarts and the loss of Redis.
//!
//! All replicas ask one script in Redis, which gives a floor that looks as the last one its version
//! and any other floor a higher one. Without Redis this process counts alone. Either way a version is
//! never below the clock at the time it was made, in microseconds, so that whoever starts anew starts
//! above all that was. While Redis is away, and for some seconds after that, each picture has a version of
//! its own, by the clock: so whoever changes replicas meanwhile goes on upwards.

use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use redis::Script;
use xxhash_rust::xxh3::xxh3_64;

use super::{Keys, Outage, RedisLink, link::Way};
use crate::{stats::realtime::Floor, tenant::TenantId};

static NEXT: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("version.lua")));

/// How long after one replica another finds Redis again.
const REUNION: Duration = Duration::from_secs(5);

/// What a floor was counted over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Basis {
    /// The state in Redis, at the reading of this number.
    State(i64),
    /// The database, because no state stood.
    NoState,
    /// The database, whatever stands.
    Database,
}

/// Gives floors their versions.
#[derive(Debug)]
pub(super) struct Versions {
    redis: Option<(RedisLink, Keys)>,
    outage: Outage,
    known: Mutex<HashMap<TenantId, Known>>,
}

/// The last floor of a tenant that this process gave a version.
#[derive(Clone, Debug, Default)]
struct Known {
    digest: u64,
    /// 0 before the first one.
    version: i64,
    /// The connection to Redis that it came over; none when it was given alone.
    way: Option<Way>,
    /// When Redis was last found to be away, or had been.
    apart_at: Option<Instant>,
}

impl Known {
    /// The least that a floor of this digest may get.
    fn least(&self, digest: u64) -> i64 {
        if self.digest == digest { self.version } else { self.version + 1 }
    }

    /// The same over a connection to Redis. Over another one than before, this process and others may
    /// have given versions alone in between, and others may do so for a while yet.
    fn least_over(&self, way: Option<&Way>, digest: u64, now: i64) -> i64 {
        let is_settled = self.apart_at.is_none_or(|apart_at| apart_at.elapsed() > REUNION);
        let is_first = self.version == 0;
        let least = self.least(digest);
        if is_first || (self.way.as_ref() == way && is_settled) { least } else { least.max(now) }
    }

    /// The one that follows.
    fn then(&self, digest: u64, version: i64, way: Option<Way>) -> Self {
        let is_apart = way.is_none() || (self.version > 0 && self.way != way);
        let apart_at = if is_apart { Some(Instant::now()) } else { self.apart_at };
        Self { digest, version, way, apart_at }
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

    /// The version of a tenant's floor. None when a later one may have its version already, and this
    /// one would look newer than it is: another reading, by its number, or one of the state that was
    /// built while this one was counted over the database.
    pub(super) async fn of(
        &self,
        tenant: &TenantId,
        floor: &Floor,
        basis: Basis,
        now: DateTime<Utc>,
    ) -> Option<i64> {
        let (digest, now) = (digest(floor), now.timestamp_micros());
        let before = self.known().get(tenant).cloned().unwrap_or_default();
        let Some((redis, keys)) = &self.redis else {
            let version = match before.least(digest) {
                least if least > before.version => least.max(now),
                least => least,
            };
            self.keep(tenant, before.then(digest, version, None));
            return Some(version);
        };
        let way = redis.way_to(&keys.version(tenant));
        let least = before.least_over(way.as_ref(), digest, now);
        match self.ask(tenant, digest, least, now, basis).await {
            Some(Said::Version(version)) => {
                self.keep(tenant, before.then(digest, version, way));
                Some(version)
            }
            Some(Said::Overtaken) => None,
            None => {
                let version = (before.version + 1).max(now);
                self.keep(tenant, before.then(digest, version, None));
                Some(version)
            }
        }
    }

    fn keep(&self, tenant: &TenantId, given: Known) {
        let mut known = self.known();
        let known = known.entry(tenant.clone()).or_default();
        if given.version >= known.version {
            *known = given;
        }
    }

    /// Asks Redis; none without it.
    async fn ask(
        &self,
        tenant: &TenantId,
        digest: u64,
        least: i64,
        now: i64,
        basis: Basis,
    ) -> Option<Said> {
        let (redis, keys) = self.redis.as_ref()?;
        let [state, ..] = keys.state(tenant);
        let basis = match basis {
            Basis::State(reading) => reading.to_string(),
            Basis::NoState => "no state".to_owned(),
            Basis::Database => String::new(),
        };
        let mut next = NEXT.prepare_invoke();
        next.key(keys.version(tenant)).key(state);
        next.arg(digest.to_string()).arg(least).arg(now).arg(basis);
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

    async fn of(versions: &Versions, tenant: &TenantId, floor: &Floor, now: DateTime<Utc>) -> i64 {
        versions.of(tenant, floor, Basis::Database, now).await.unwrap()
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
        while a.ask(&tenant, 0, 0, 0, Basis::Database).await.is_none() {
            tokio::time::sleep(Duration::from_millis(20)).await;
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
        let newer = a.of(&tenant, &floor(2), Basis::State(7), now()).await.unwrap();
        assert_eq!(b.of(&tenant, &floor(1), Basis::State(6), now()).await, None);
        assert_eq!(b.of(&tenant, &floor(2), Basis::State(8), now()).await, Some(newer));
        assert_eq!(b.of(&tenant, &floor(3), Basis::State(9), now()).await, Some(newer + 1));
    }

    #[tokio::test]
    async fn versions_go_on_upwards_at_another_replica_while_redis_is_away_and_after() {
        let mut redis = PrivateRedis::durable().await;
        let (a, b) = (versions_over(&redis).await, versions_over(&redis).await);
        let tenant = TenantId::new("t");
        let mut seen = Vec::new();
        for round in 0..2_i64 {
            redis.kill();
            for secs in 0..4 {
                // Nothing changes, and the viewer goes from one to the other.
                let later = now() + TimeDelta::seconds(round * 10 + secs);
                seen.push(of(if secs % 2 == 0 { &a } else { &b }, &tenant, &floor(1), later).await);
            }
            redis.revive().await;
            for versions in [&a, &b] {
                while versions.ask(&tenant, 0, 0, 0, Basis::Database).await.is_none() {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
            let later = now() + TimeDelta::seconds(round * 10 + 5);
            for versions in [&a, &b, &versions_over(&redis).await] {
                seen.push(of(versions, &tenant, &floor(1), later).await);
            }
        }
        assert!(seen.is_sorted(), "{seen:?}");
    }

    #[tokio::test]
    async fn what_was_counted_for_want_of_a_state_gets_no_version_once_one_stands() {
        let redis = PrivateRedis::start().await;
        let (versions, tenant) = (versions_over(&redis).await, TenantId::new("t"));
        let counted = async |basis| versions.of(&tenant, &floor(1), basis, now()).await;
        assert!(counted(Basis::NoState).await.is_some());
        let mut aside = redis.aside().await;
        let info: String = redis::cmd("INFO").arg("server").query_async(&mut aside).await.unwrap();
        let process = info.lines().find_map(|line| line.strip_prefix("run_id:")).unwrap();
        let [state, ..] = Keys::new("v").state(&tenant);
        let mut stands = redis::cmd("HSET");
        stands.arg(state).arg("process").arg(process);
        stands.exec_async(&mut aside).await.unwrap();
        assert_eq!(counted(Basis::NoState).await, None);
        assert!(counted(Basis::Database).await.is_some(), "nobody waits for ever");
    }
}
