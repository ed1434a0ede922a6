//! Whether this replica can do its work: it can take events, and they do not pile up.
//!
//! A replica that is not ready gets no more requests. So a store that is away is no reason while the
//! other takes the events: what counts is how long the oldest of them has waited.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;

use crate::{
    app::Services,
    http::{Check, Readiness},
};

const TIMEOUT: Duration = Duration::from_secs(2);

/// Looks at the stores of the services.
#[derive(Debug)]
pub struct StoreReadiness(pub Arc<Services>);

#[async_trait]
impl Readiness for StoreReadiness {
    async fn check(&self) -> Vec<Check> {
        let (database, redis) = tokio::join!(self.database_answers(), self.redis_answers());
        let mut checks = vec![database_check(database, redis)];
        checks.extend(redis.map(redis_check));
        checks.push(self.oldest_pending().await);
        checks
    }
}

impl StoreReadiness {
    async fn database_answers(&self) -> bool {
        let ping = tokio::time::timeout(TIMEOUT, self.0.db.ping()).await;
        matches!(ping, Ok(Ok(())))
    }

    /// None without Redis.
    async fn redis_answers(&self) -> Option<bool> {
        let mut redis = self.0.redis.clone()?;
        let ping = redis::cmd("PING");
        let answer = tokio::time::timeout(TIMEOUT, ping.query_async::<()>(&mut redis)).await;
        Some(matches!(answer, Ok(Ok(()))))
    }

    async fn oldest_pending(&self) -> Check {
        let limit = self.0.config.ingest.max_pending_secs;
        let (tracker, tenants) = (&self.0.tracker, &self.0.config.tenants);
        let mut oldest = None;
        for tenant in tenants.values() {
            let here = tracker.pending_here(&tenant.id);
            oldest = [oldest, here.oldest_at_ms].into_iter().flatten().min();
        }
        let everywhere = async {
            for tenant in tenants.values() {
                // A buffer that cannot be asked holds nothing that waits on this replica.
                let Ok(pending) = tracker.pending(&tenant.id).await else { return };
                oldest = [oldest, pending.oldest_at_ms].into_iter().flatten().min();
            }
        };
        let _ = tokio::time::timeout(TIMEOUT, everywhere).await;
        let age_ms = oldest.map_or(0, |at| (self.0.clock.now().timestamp_millis() - at).max(0));
        let secs = u64::try_from(age_ms).unwrap_or_default() / 1_000;
        check("oldest_pending_event", secs <= limit, || {
            format!("it has waited for {secs} s, more than {limit} s")
        })
    }
}

/// Without the database events wait in Redis; without either nobody takes them.
fn database_check(answers: bool, redis: Option<bool>) -> Check {
    let (ok, detail) = match (answers, redis) {
        (true, _) => (true, "fine"),
        (false, Some(true)) => (true, "it does not answer; events wait in Redis"),
        (false, _) => (false, "it does not answer"),
    };
    Check { name: "database", ok, detail: detail.to_owned() }
}

/// Redis missing is no reason to be taken out: events go to the database.
fn redis_check(answers: bool) -> Check {
    let detail =
        if answers { "answers" } else { "does not answer; events go straight to the database" };
    Check { name: "redis", ok: true, detail: detail.to_owned() }
}

fn check(name: &'static str, ok: bool, fault: impl FnOnce() -> String) -> Check {
    let detail = if ok { "fine".to_owned() } else { fault() };
    Check { name, ok, detail }
}
