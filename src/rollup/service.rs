//! Rebuilds the days that changed, in one process at a time. Running it again or after a crash changes
//! nothing: each day is replaced whole, under a lock, from the same rows.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use chrono::NaiveDate;
use tokio::time::{Instant, sleep};

use super::{Quarters, store, take_marks};
use crate::{
    billing,
    clock::Clock,
    config::Config,
    db::{Db, Lease, Turn, bulk},
    error::Result,
    stats,
    tenant::Tenant,
};

/// The name of the lease.
pub const LEASE: &str = "roll-up";
/// How often who waits looks whether the lease is free.
const POLL: Duration = Duration::from_millis(100);

/// Keeps the daily tables up to date.
pub struct Rollup {
    db: Db,
    clock: Arc<dyn Clock>,
    config: Arc<Config>,
}

/// What a run has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rebuilt {
    pub days: usize,
}

/// Whether there was a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Run {
    Done(Rebuilt),
    /// None, because this process is at it, in words for people.
    Held(String),
}

impl Rollup {
    pub fn new(db: Db, clock: Arc<dyn Clock>, config: Arc<Config>) -> Self {
        Self { db, clock, config }
    }

    /// Rebuilds the changed days of every tenant, and those computed with other settings; then seals what
    /// is due.
    ///
    /// # Errors
    /// [`Error::Conflict`](crate::error::Error::Conflict) when another process has taken over.
    pub async fn run(&self) -> Result<Run> {
        let lease = match Lease::take(&self.db, LEASE).await? {
            Turn::Ours(lease) => lease,
            Turn::Theirs(holder) => return Ok(Run::Held(holder)),
        };
        let rebuilt = self.rebuild_all(&lease).await;
        lease.release().await;
        Ok(Run::Done(rebuilt?))
    }

    /// The same, once no other process is at it; for `wait` at most.
    pub async fn run_within(&self, wait: Duration) -> Result<Run> {
        let end = Instant::now() + wait;
        loop {
            let run = self.run().await?;
            if matches!(run, Run::Done(_)) || Instant::now() >= end {
                return Ok(run);
            }
            sleep(POLL).await;
        }
    }

    async fn rebuild_all(&self, lease: &Lease) -> Result<Rebuilt> {
        let mut rebuilt = Rebuilt::default();
        for tenant in self.config.tenants.values() {
            for (day, is_stale) in self.open_days(tenant).await? {
                self.rebuild(lease, tenant, day, is_stale).await?;
                rebuilt.days += 1;
            }
            // Days that have just been rebuilt are among them.
            stats::keep_agent_days(lease, tenant, &self.config.live, self.clock.now()).await?;
            let after = self.config.rollup.seal_after();
            stats::seal_days(lease, tenant, after, self.clock.now()).await?;
        }
        Ok(rebuilt)
    }

    /// The days to rebuild, and of each whether what is kept of it was made by other settings, or lies
    /// around such a day: then none of it holds.
    async fn open_days(&self, tenant: &Tenant) -> Result<BTreeMap<NaiveDate, bool>> {
        let mut days: BTreeMap<_, _> = store::list_all_changed(&self.db.of(&tenant.id), &tenant.id)
            .await?
            .into_iter()
            .map(|day| (day, false))
            .collect();
        let cut_anew = billing::list_all_stale(&self.db.of(&tenant.id), tenant).await?;
        for stale in cut_anew
            .into_iter()
            .chain(stats::list_all_stale(&self.db.of(&tenant.id), tenant).await?)
        {
            days.insert(stale, true);
        }
        Ok(days)
    }

    /// Replaces the rows of one day. The marks go first: an event that is committed after this
    /// point brings a mark of its own, so no event is ever without rows or mark.
    async fn rebuild(
        &self,
        lease: &Lease,
        tenant: &Tenant,
        day: NaiveDate,
        is_stale: bool,
    ) -> Result<()> {
        let now = self.clock.now();
        let transaction = lease.write().await?;
        bulk::group_in_memory(&*transaction).await?;
        let marked = take_marks(&*transaction, &tenant.id, day).await?;
        let quarters = if is_stale { Quarters::ALL } else { marked };
        stats::rebuild_day(&*transaction, tenant, day, (quarters, is_stale), now).await?;
        billing::rebuild_day(&*transaction, tenant, day, now).await?;
        transaction.commit().await
    }
}
