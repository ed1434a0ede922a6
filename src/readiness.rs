//! Whether this replica can do its work: its stores answer, and events do not pile up.

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
        let mut checks = vec![self.database().await];
        checks.extend(self.redis().await);
        checks.push(self.oldest_pending().await);
        checks
    }
}

impl StoreReadiness {
    async fn database(&self) -> Check {
        let ping = tokio::time::timeout(TIMEOUT, self.0.db.ping()).await;
        check("database", matches!(ping, Ok(Ok(()))), || "it does not answer".to_owned())
    }

    /// Redis missing is no reason to be taken out: events go to the database.
    async fn redis(&self) -> Option<Check> {
        let mut redis = self.0.redis.clone()?;
        let ping = redis::cmd("PING");
        let answer = tokio::time::timeout(TIMEOUT, ping.query_async::<()>(&mut redis)).await;
        let detail = match answer {
            Ok(Ok(())) => "answers",
            _ => "does not answer; events go straight to the database",
        };
        Some(Check { name: "redis", ok: true, detail: detail.to_owned() })
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

fn check(name: &'static str, ok: bool, fault: impl FnOnce() -> String) -> Check {
    let detail = if ok { "fine".to_owned() } else { fault() };
    Check { name, ok, detail }
}
