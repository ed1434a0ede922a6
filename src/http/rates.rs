//! How fast one caller may ask: a token bucket, which replicas over one Redis share.
//!
//! A replica borrows tokens from Redis in blocks and hands them out from memory, so that a request
//! seldom waits for Redis. What it has borrowed and not used it may use later: over all replicas a
//! caller gets at most a block each more than its rate. Without Redis, or while it is away, each
//! replica has the whole rate by itself. Why: `docs/adr/0037-cost-and-rates.md`.

use std::{
    sync::{
        LazyLock, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use governor::{
    DefaultDirectRateLimiter, Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
};
use redis::{RedisResult, Script};

use crate::{
    config::Rate,
    live::{Outage, RedisLink},
};

static LEND: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("rate.lua")));

/// A block lasts this part of a second at the full rate.
const BLOCKS_PER_SECOND: u32 = 10;

/// Longest that a refusal is believed without asking again.
const REFUSED_FOR: Duration = Duration::from_secs(1);

/// The tokens of one caller.
#[derive(Debug)]
pub(super) struct Bucket {
    rate: Rate,
    alone: DefaultDirectRateLimiter,
    /// Tokens that were borrowed and are not used.
    borrowed: AtomicU32,
    /// One asks Redis at a time.
    asking: tokio::sync::Mutex<()>,
    /// Until then there is nothing to be had.
    refused_until: Mutex<Option<Instant>>,
}

/// Where the tokens of all replicas are.
#[derive(Clone, Debug)]
pub(super) struct Lender {
    pub(super) redis: RedisLink,
    pub(super) key: String,
}

static OUTAGE: Outage = Outage::of("rates of callers are limited by each replica alone");

impl Bucket {
    pub(super) fn new(rate: Rate) -> Self {
        let quota = Quota::per_second(rate.per_second).allow_burst(rate.burst);
        Self {
            rate,
            alone: RateLimiter::direct(quota),
            borrowed: AtomicU32::new(0),
            asking: tokio::sync::Mutex::default(),
            refused_until: Mutex::default(),
        }
    }

    /// Takes a token.
    ///
    /// # Errors
    /// How long it takes until there is one.
    pub(super) async fn take(&self, lender: Option<&Lender>) -> Result<(), Duration> {
        let Some(lender) = lender else { return self.take_alone() };
        if self.take_borrowed() {
            return Ok(());
        }
        self.check_refused()?;
        let _asking = self.asking.lock().await;
        // Whoever asked meanwhile has borrowed for all who waited, or was refused.
        if self.take_borrowed() {
            return Ok(());
        }
        self.check_refused()?;
        match self.borrow(lender).await {
            Ok((0, wait_ms)) => {
                let wait = Duration::from_millis(wait_ms);
                self.refuse_for(wait.min(REFUSED_FOR));
                Err(wait)
            }
            Ok((lent, _)) => {
                OUTAGE.succeeded();
                self.borrowed.fetch_add(lent - 1, Ordering::Relaxed);
                Ok(())
            }
            Err(error) => {
                OUTAGE.failed(&error);
                self.take_alone()
            }
        }
    }

    fn take_alone(&self) -> Result<(), Duration> {
        let now = DefaultClock::default().now();
        self.alone.check().map_err(|refused| refused.wait_time_from(now))
    }

    fn take_borrowed(&self) -> bool {
        let less = |tokens: u32| tokens.checked_sub(1);
        self.borrowed.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok()
    }

    fn check_refused(&self) -> Result<(), Duration> {
        let until = *self.refused_until.lock().unwrap_or_else(PoisonError::into_inner);
        let left = until.map(|until| until.saturating_duration_since(Instant::now()));
        left.filter(|left| !left.is_zero()).map_or(Ok(()), Err)
    }

    fn refuse_for(&self, wait: Duration) {
        let until = Some(Instant::now() + wait);
        *self.refused_until.lock().unwrap_or_else(PoisonError::into_inner) = until;
    }

    /// Tokens that Redis lends, and milliseconds until it has one.
    async fn borrow(&self, lender: &Lender) -> RedisResult<(u32, u64)> {
        let Rate { per_second, burst } = self.rate;
        let block = (per_second.get() / BLOCKS_PER_SECOND).min(burst.get() / 2).max(1);
        let mut lend = LEND.prepare_invoke();
        lend.key(&lender.key).arg(per_second.get()).arg(burst.get()).arg(block);
        lend.invoke_async(&mut lender.redis.clone()).await
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;
    use crate::live::testing::PrivateRedis;

    fn bucket(per_second: u32, burst: u32) -> Bucket {
        let [per_second, burst] = [per_second, burst].map(|rate| NonZeroU32::new(rate).unwrap());
        Bucket::new(Rate { per_second, burst })
    }

    async fn taken(bucket: &Bucket, lender: Option<&Lender>, tries: usize) -> usize {
        let mut taken = 0;
        for _ in 0..tries {
            taken += usize::from(bucket.take(lender).await.is_ok());
        }
        taken
    }

    async fn lender(redis: &PrivateRedis) -> Lender {
        let redis = RedisLink::connect(redis.client()).await.unwrap();
        Lender { redis, key: "p:{t}:rate:bot".to_owned() }
    }

    #[tokio::test]
    async fn alone_a_burst_passes_and_then_the_rate() {
        let bucket = bucket(10, 5);
        assert_eq!(taken(&bucket, None, 20).await, 5);
        let wait = bucket.take(None).await.unwrap_err();
        assert!(wait <= Duration::from_millis(100), "{wait:?}");
        tokio::time::sleep(wait).await;
        assert!(bucket.take(None).await.is_ok());
    }

    #[tokio::test]
    async fn replicas_share_one_bucket_but_for_a_block_each() {
        let redis = PrivateRedis::start().await;
        let lender = lender(&redis).await;
        let (a, b) = (bucket(1, 30), bucket(1, 30));
        let started = Instant::now();
        let (of_a, of_b) =
            tokio::join!(taken(&a, Some(&lender), 100), taken(&b, Some(&lender), 100));
        let refilled = usize::try_from(started.elapsed().as_secs()).unwrap() + 1;
        assert!((30..=30 + refilled).contains(&(of_a + of_b)), "{of_a} and {of_b}");
        let wait = a.take(Some(&lender)).await.unwrap_err();
        assert!(wait <= Duration::from_secs(1), "{wait:?}");
    }

    #[tokio::test]
    async fn redis_is_asked_once_a_block() {
        let redis = PrivateRedis::start().await;
        let lender = lender(&redis).await;
        let bucket = bucket(1_000, 10_000);
        assert_eq!(taken(&bucket, Some(&lender), 950).await, 950);
        let mut aside = redis.aside().await;
        let stats: String =
            redis::cmd("INFO").arg("commandstats").query_async(&mut aside).await.unwrap();
        let calls = stats.lines().filter(|line| line.starts_with("cmdstat_evalsha:")).count();
        assert_eq!(calls, 1);
        let calls = stats.split("cmdstat_evalsha:calls=").nth(1).unwrap();
        let calls: usize = calls.split(',').next().unwrap().parse().unwrap();
        // The first finds no script.
        assert!((10..=11).contains(&calls), "{calls}");
    }

    #[tokio::test]
    async fn while_redis_is_away_each_replica_goes_on_alone() {
        let mut redis = PrivateRedis::start().await;
        let lender = lender(&redis).await;
        let bucket = bucket(1, 4);
        redis.kill();
        assert_eq!(taken(&bucket, Some(&lender), 20).await, 4);
        redis.revive().await;
        let back = async {
            while OUTAGE.lasts() {
                let _ = bucket.take(Some(&lender)).await;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), back).await.unwrap();
    }
}
