//! Keeps the state true: what was lost on the way to Redis, or in it, is built anew.
//!
//! Every replica says that it lives. Where one falls silent, something it committed may not have
//! been told, and whoever notices builds all states anew. Once a minute one of them compares each
//! floor with the database's.

use std::{sync::atomic::Ordering, time::Duration};

use metrics::counter;
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::{Arc, FloorState, Read, TenantState, script};
use crate::{
    error::Result,
    stats::{
        self,
        realtime::{self, Floor},
    },
    tenant::{Tenant, TenantId},
};

const PERIOD: Duration = Duration::from_millis(250);
const BEAT: Duration = Duration::from_secs(1);
/// A replica of which nothing is heard for longer is believed dead.
const SILENCE: Duration = Duration::from_secs(4);
const VERIFY: Duration = Duration::from_mins(1);
/// What is on its way makes a floor differ for a moment; what is lost makes it differ for good.
const LOOKS: usize = 3;
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);

/// What a comparison of a floor with the database's came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Equal,
    Differs,
    /// It changed meanwhile, or cannot be read.
    Unclear,
}

impl FloorState {
    /// Runs until it is dropped.
    pub(in crate::live) async fn keep(self: Arc<Self>) {
        // Apart, because a large state takes longer to build than silence may last.
        tokio::join!(self.live(), self.heal(), Self::verify_again(&self));
    }

    /// Says again and again that this replica lives.
    async fn live(&self) {
        let mut beats = interval(BEAT);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // Whether it was said that this replica lives.
        let mut is_known = false;
        loop {
            beats.tick().await;
            if self.redis.is_up() {
                self.beat(&mut is_known).await;
            }
        }
    }

    async fn heal(&self) {
        loop {
            sleep(PERIOD).await;
            if self.redis.is_up() && self.mend().await.is_err() {
                // The database would be asked for everything again and again.
                sleep(BEAT).await;
            }
        }
    }

    async fn verify_again(self: &Arc<Self>) {
        loop {
            sleep(VERIFY).await;
            if self.redis.is_up() {
                self.verify_all().await;
            }
        }
    }

    /// Says that this replica lives. All is lost that another may not have told, or this one while it
    /// was believed dead.
    async fn beat(&self, is_known: &mut bool) {
        match script::beat(&self.redis, &self.keys, &self.name, SILENCE).await {
            Ok((was_known, dead)) => {
                if !dead.is_empty() || (*is_known && !was_known) {
                    tracing::info!(dead = dead.len(), "a replica fell silent");
                    for tenant in self.config.tenants.values() {
                        self.of(&tenant.id).lose();
                    }
                }
                *is_known = true;
                self.outage.succeeded();
            }
            Err(error) => self.outage.failed(&error),
        }
    }

    /// Builds anew what is lost.
    pub(super) async fn mend(&self) -> Result<()> {
        for (tenant, known) in self.broken() {
            let Ok(tenant) = self.config.tenant(&tenant) else { continue };
            if !known.is_lost() {
                let found = self.read(&tenant, &known, self.clock.now()).await?;
                if matches!(found, Read::Counted(..)) {
                    // Another replica was quicker.
                    continue;
                }
            }
            if let Err(error) = self.try_rebuild(&tenant).await {
                tracing::warn!(?error, tenant = %tenant.id, "cannot build the state of a floor anew");
                return Err(error);
            }
        }
        Ok(())
    }

    fn broken(&self) -> Vec<(TenantId, Arc<TenantState>)> {
        let tenants = self.tenants();
        let is_broken =
            |known: &TenantState| known.is_lost() || known.is_missing.load(Ordering::Acquire);
        let broken = tenants.iter().filter(|(_, known)| is_broken(known));
        broken.map(|(tenant, known)| (tenant.clone(), Arc::clone(known))).collect()
    }

    async fn verify_all(self: &Arc<Self>) {
        for tenant in self.config.tenants.values() {
            match self.place(&tenant.id).claim_verification(VERIFY).await {
                Ok(true) => self.verify(tenant).await,
                Ok(false) => {}
                Err(_) => return,
            }
        }
    }

    /// Compares a floor with the database's until they agree, or never do.
    pub(super) async fn verify(self: &Arc<Self>, tenant: &Tenant) {
        let mut comparison = Comparison::Unclear;
        for _ in 0..LOOKS {
            comparison = self.compare(tenant).await.unwrap_or(Comparison::Unclear);
            if comparison != Comparison::Differs {
                break;
            }
            sleep(BETWEEN_LOOKS).await;
        }
        let result = match comparison {
            Comparison::Equal => "equal",
            Comparison::Differs => "differs",
            Comparison::Unclear => "unclear",
        };
        counter!("floor_verifications_total", "result" => result).increment(1);
        if comparison == Comparison::Differs {
            tracing::warn!(tenant = %tenant.id, "the state of a floor is not what the database holds");
            self.of(&tenant.id).lose();
        }
    }

    async fn compare(self: &Arc<Self>, tenant: &Tenant) -> Result<Comparison> {
        let (live, now) = (&self.config.live, self.clock.now());
        let floor = async || -> Option<Floor> {
            let (counted, _) = self.count(tenant, now).await;
            Some(realtime::picture(tenant, live, now, counted?))
        };
        let Some(before) = floor().await else { return Ok(Comparison::Unclear) };
        let snapshot = self.db.of(&tenant.id).snapshot().await?;
        let stored = stats::count_floor(&snapshot, tenant, live, now).await?;
        snapshot.commit().await?;
        let stored = realtime::picture(tenant, live, now, stored);
        if before == stored {
            return Ok(Comparison::Equal);
        }
        let is_still = floor().await.is_some_and(|after| after == before);
        Ok(if is_still { Comparison::Differs } else { Comparison::Unclear })
    }
}
