//! When work runs by itself; the work stays in its domain.
//!
//! Every replica has every job. The roll-up runs on whichever takes its lease; the others lock what they
//! change, so that two at once do no harm.

use std::{sync::Arc, time::Duration};

use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::{
    config::Config,
    retention::{Removed, Retention},
    rollup::{Rollup, Run},
    tracker::Tracker,
};

const BOOKS_INTERVAL: Duration = Duration::from_secs(1);

/// Rebuilds changed days, unless another process does, and merges old rows of the ledger, every `rollup.interval_secs`.
pub async fn roll_up(
    rollup: Arc<Rollup>,
    tracker: Arc<Tracker>,
    config: Arc<Config>,
    stop: CancellationToken,
) {
    let mut ticks = tokio::time::interval(Duration::from_secs(config.rollup.interval_secs));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        match rollup.run().await {
            Ok(Run::Done(rebuilt)) if rebuilt.days > 0 => {
                tracing::info!(days = rebuilt.days, "rebuilt the daily tables");
            }
            Ok(Run::Done(_)) => {}
            Ok(Run::Held(holder)) => {
                tracing::debug!(holder, "another process rebuilds the daily tables");
            }
            Err(error) => tracing::warn!(?error, "cannot rebuild the daily tables"),
        }
        for tenant in config.tenants.values() {
            if let Err(error) = tracker.compact_books(&tenant.id).await {
                tracing::warn!(?error, tenant = %tenant.id, "cannot merge the ledger");
            }
        }
    }
}

/// Makes the parts of days to come and removes what is kept no longer, every
/// `retention.interval_secs`.
pub async fn retain(retention: Arc<Retention>, config: Arc<Config>, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(Duration::from_secs(config.retention.interval_secs));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        if let Err(error) = retention.prepare().await {
            tracing::warn!(?error, "cannot make the parts of days to come");
        }
        match retention.run().await {
            Ok(removed) if removed != Removed::default() => {
                let Removed { partitions, events, event_ids, quarantined, reservations } = removed;
                tracing::info!(
                    partitions,
                    events,
                    event_ids,
                    quarantined,
                    reservations,
                    "removed what is kept no longer"
                );
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(?error, "cannot remove what is kept no longer"),
        }
    }
}

/// Writes down counted refusals once a second, and once more at the stop.
pub async fn keep_books(tracker: Arc<Tracker>, stop: CancellationToken) {
    loop {
        let stopping = tokio::select! {
            () = stop.cancelled() => true,
            () = tokio::time::sleep(BOOKS_INTERVAL) => false,
        };
        if let Err(error) = tracker.keep_books().await {
            tracing::warn!(?error, "cannot write down refused events");
        }
        if let Err(error) = tracker.observe_pending().await {
            tracing::debug!(?error, "cannot count what waits");
        }
        if stopping {
            return;
        }
    }
}
