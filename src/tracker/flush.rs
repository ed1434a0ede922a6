//! The worker that moves events from a buffer to the store.
//!
//! A batch is acknowledged only once it is stored. What the database refuses is found by halving
//! the batch, so that one bad event harms nobody.

use std::{sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    books::Refusals,
    buffer::{Batch, EventBuffer, Reject},
    model::Outcome,
    observe,
    quarantine::{self, Quarantined},
    receipt::Receipts,
    write::{Writer, Written},
};
use crate::{
    clock::Clock,
    config::Config,
    db::Db,
    error::{Error, Result},
    live::{Live, Outage},
};

const RETRY_MIN: Duration = Duration::from_millis(100);
const RETRY_MAX: Duration = Duration::from_secs(3);

/// Moves the events of one buffer, alone or beside others.
#[derive(Clone)]
pub struct Flusher {
    pub(super) buffer: Arc<dyn EventBuffer>,
    pub(super) outage: Arc<Outage>,
    pub(super) receipts: Arc<Receipts>,
    pub(super) refusals: Arc<Refusals>,
    pub(super) db: Db,
    pub(super) live: Arc<Live>,
    pub(super) config: Arc<Config>,
    pub(super) clock: Arc<dyn Clock>,
}

impl Flusher {
    /// Runs until `stop`, then until the buffer is empty or `deadline`.
    pub async fn run(self, stop: CancellationToken, deadline: CancellationToken) {
        loop {
            let moved = tokio::select! {
                // A claimed batch is finished even when the stop comes meanwhile.
                biased;
                () = deadline.cancelled() => return,
                moved = self.step(&deadline) => moved,
            };
            if moved {
                continue;
            }
            if stop.is_cancelled() {
                return;
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.buffer.wait() => {}
            }
        }
    }

    /// Moves one batch; false when there was none.
    async fn step(&self, deadline: &CancellationToken) -> bool {
        let claimed = self.buffer.claim(self.config.ingest.batch_events).await;
        if claimed.is_ok() {
            self.outage.succeeded();
        }
        match claimed {
            Ok(Some(batch)) => {
                self.move_batch(batch, deadline).await;
                true
            }
            Ok(None) => false,
            Err(error) => {
                self.outage.failed(&error);
                tokio::time::sleep(RETRY_MIN).await;
                false
            }
        }
    }

    /// Writes a batch, again until the database takes it, and acknowledges it.
    async fn move_batch(&self, batch: Batch, deadline: &CancellationToken) {
        let mut pause = RETRY_MIN;
        loop {
            match self.write(&batch).await {
                Ok(written) => break self.finish(&batch, written).await,
                Err(error) => {
                    tracing::warn!(?error, batch_len = batch.events.len(), "cannot store events");
                    if !self.buffer.is_durable() {
                        // Whoever waits is told, and will send the same ids again.
                        self.receipts.fail(&batch.events);
                        break self.acknowledge(&batch).await;
                    }
                }
            }
            tokio::select! {
                () = deadline.cancelled() => return,
                () = tokio::time::sleep(pause) => pause = (pause * 2).min(RETRY_MAX),
            }
        }
    }

    async fn finish(&self, batch: &Batch, written: Written) {
        self.acknowledge(batch).await;
        observe::outcomes(&written.outcomes);
        observe::refused(batch.rejects.len());
        self.receipts.settle(&batch.events, &written.outcomes);
        log_rejects(&batch.rejects);
        for stored in written.stored {
            self.live.stored(stored);
        }
    }

    async fn acknowledge(&self, batch: &Batch) {
        if let Err(error) = self.buffer.ack(batch).await {
            // It is claimed again after its lease, and its second run changes nothing.
            tracing::warn!(%error, "cannot acknowledge a batch");
        }
    }

    /// Writes a batch; one that the database refuses is halved down to the event at fault.
    async fn write(&self, batch: &Batch) -> Result<Written> {
        let writer = Writer { db: &self.db, config: &self.config, clock: &*self.clock };
        let mut written = self.db.watched(writer.write(batch)).await;
        if written.as_ref().is_err_and(Error::is_refusal_of_data) {
            // Another worker may have written this batch meanwhile; then its marker answers now.
            written = self.db.watched(writer.write(batch)).await;
        }
        let (mut whole, error) = match written {
            Err(error) if error.is_refusal_of_data() && !batch.events.is_empty() => {
                tracing::warn!(?error, batch_len = batch.events.len(), "a batch was refused");
                (Written::default(), error)
            }
            written => {
                self.write_off_rejects(batch);
                return written;
            }
        };
        if let [event] = &batch.events[..] {
            tracing::error!(event_id = %event.id, "an event was refused by the database");
            let row = Quarantined::refused(event, &error, self.clock.now());
            self.quarantine(row).await?;
            self.refusals.add(&event.tenant, &event.product, 1);
            whole.outcomes.push(Outcome::Refused);
            return Ok(whole);
        }
        for half in halves(batch) {
            let part = Box::pin(self.write(&half)).await?;
            whole.outcomes.extend(part.outcomes);
            whole.stored.extend(part.stored);
        }
        Ok(whole)
    }

    async fn quarantine(&self, row: Quarantined) -> Result<()> {
        let transaction = self.db.write().await?;
        quarantine::insert(&*transaction, [row]).await?;
        transaction.commit().await
    }

    /// Counts rejects that no ledger row of the batch could hold: a batch of nothing else.
    fn write_off_rejects(&self, batch: &Batch) {
        if batch.events.is_empty() {
            for reject in &batch.rejects {
                self.refusals.add(&reject.tenant, &reject.product, 1);
            }
        }
    }
}

/// The two halves of a batch, under ids that are the same on every run.
fn halves(batch: &Batch) -> [Batch; 2] {
    let (first, second) = batch.events.split_at(batch.events.len() / 2);
    [("0", first, &batch.rejects[..]), ("1", second, &[])].map(|(name, events, rejects)| Batch {
        id: Uuid::new_v5(&batch.id, name.as_bytes()),
        source: batch.source.clone(),
        events: events.to_vec(),
        rejects: rejects.to_vec(),
    })
}

fn log_rejects(rejects: &[Reject]) {
    for reject in rejects {
        let (tenant, reason) = (&reject.tenant, &reject.reason);
        tracing::warn!(%tenant, reason, "the buffer held something that is no event");
    }
}
