//! Makes the parts of days to come, and removes what has been kept long enough.

use std::sync::Arc;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use sea_orm::DbBackend;

use super::{
    partition::{self, Dropped},
    purge,
};
use crate::{clock::Clock, config::Config, db::Db, error::Result, tracker::quarantine};

/// Batches of one run, so that no run takes for ever; the next goes on.
const MAX_BATCHES: u64 = 1_000;

/// Keeps the tables of events, and of what else is needed for a while only, within their bounds.
pub struct Retention {
    db: Db,
    clock: Arc<dyn Clock>,
    config: Arc<Config>,
}

/// What a run has removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// Whole parts of a day, on PostgreSQL.
    pub partitions: u64,
    /// Events one by one.
    pub events: u64,
    pub event_ids: u64,
    pub quarantined: u64,
    pub reservations: u64,
}

impl Retention {
    pub fn new(db: Db, clock: Arc<dyn Clock>, config: Arc<Config>) -> Self {
        Self { db, clock, config }
    }

    /// Makes the parts of today and the days to come. Without them events land all the same, in a
    /// part for all other days.
    pub async fn prepare(&self) -> Result<()> {
        if self.db.backend() != DbBackend::Postgres {
            return Ok(());
        }
        let today = self.clock.now().date_naive();
        let known = partition::list(self.db.pool()).await?;
        let ahead = today.iter_days().take(self.config.retention.partitions_ahead_days + 1);
        for day in ahead.filter(|day| !known.contains(day)) {
            partition::create(&self.db, day).await?;
        }
        Ok(())
    }

    /// Removes what is older than the configuration keeps.
    pub async fn run(&self) -> Result<Removed> {
        let now = self.clock.now();
        let mut removed = Removed::default();
        let first_kept = self.first_kept_day(now);
        if self.db.backend() == DbBackend::Postgres {
            removed.partitions = self.drop_partitions(first_kept, now).await?;
        }
        let (before, seal_after) = (midnight(first_kept), self.config.rollup.seal_after());
        for tenant in self.config.tenants.values() {
            let left = MAX_BATCHES - removed.events.div_ceil(purge::BATCH).min(MAX_BATCHES);
            removed.events +=
                purge::events(&self.db, tenant, (before, now), seal_after, left).await?;
        }
        let ids_before = now - TimeDelta::days(self.config.retention.event_ids_days.into());
        removed.event_ids = purge::event_ids(&self.db, ids_before, MAX_BATCHES).await?;
        let transaction = self.db.write().await?;
        removed.quarantined = quarantine::purge(&*transaction, before).await?;
        transaction.commit().await?;
        let ended_before = now - TimeDelta::days(self.config.retention.reservations_days.into());
        removed.reservations = purge::reservations(&self.db, ended_before, MAX_BATCHES).await?;
        Ok(removed)
    }

    /// In UTC: parts are cut there.
    fn first_kept_day(&self, now: DateTime<Utc>) -> NaiveDate {
        let kept = Days::new(self.config.retention.events_days.into());
        now.date_naive().checked_sub_days(kept).unwrap_or(NaiveDate::MIN)
    }

    async fn drop_partitions(&self, first_kept: NaiveDate, now: DateTime<Utc>) -> Result<u64> {
        let (mut partitions, instants) = (0, (midnight(first_kept), now));
        for day in partition::list(self.db.pool()).await?.range(..first_kept).copied() {
            match partition::drop_day(&self.db, &self.config, day, instants).await? {
                Dropped::Whole => partitions += 1,
                Dropped::Kept(reason) => {
                    tracing::warn!(%day, reason, "the events of a day are kept for now");
                }
            }
        }
        Ok(partitions)
    }
}

/// The beginning of a day in UTC.
pub(super) fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(chrono::NaiveTime::MIN).and_utc()
}
