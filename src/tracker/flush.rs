//! The worker that moves events from the shared buffer to the store.
//!
//! A batch is acknowledged only once it is stored; one that a worker did not finish is claimed by
//! another after its lease.

use std::{sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;

use super::{
    buffer::{Claim, EventBuffer, Reject},
    settle::Settler,
};
use crate::live::Outage;

const RETRY_MIN: Duration = Duration::from_millis(100);
const RETRY_MAX: Duration = Duration::from_secs(3);

/// Moves the events of the buffer, alone or beside others.
#[derive(Clone)]
pub struct Flusher {
    pub(super) buffer: Arc<dyn EventBuffer>,
    pub(super) outage: Arc<Outage>,
    pub(super) settler: Settler,
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
        match self.buffer.claim(self.settler.batch_events()).await {
            Ok(claimed) => {
                self.outage.succeeded();
                let Some(claim) = claimed else { return false };
                self.move_claim(&claim, deadline).await;
                true
            }
            Err(error) => {
                self.outage.failed(&error);
                tokio::time::sleep(RETRY_MIN).await;
                false
            }
        }
    }

    /// Writes a batch, again until the database takes it, and acknowledges it.
    async fn move_claim(&self, claim: &Claim, deadline: &CancellationToken) {
        let batch = claim.batch();
        let mut pause = RETRY_MIN;
        loop {
            match self.settler.write(&batch).await {
                Ok(outcomes) => {
                    // First, so that whoever sees nothing pending has been told of everything.
                    self.settler.announce(&batch, &outcomes);
                    log_rejects(&claim.rejects);
                    return self.acknowledge(claim).await;
                }
                Err(error) => {
                    tracing::warn!(?error, batch_len = claim.events.len(), "cannot store events");
                }
            }
            tokio::select! {
                () = deadline.cancelled() => return,
                () = tokio::time::sleep(pause) => pause = (pause * 2).min(RETRY_MAX),
            }
        }
    }

    async fn acknowledge(&self, claim: &Claim) {
        if let Err(error) = self.buffer.ack(claim).await {
            // It is claimed again after its lease, and its second run changes nothing.
            tracing::warn!(%error, "cannot acknowledge a batch");
        }
    }
}

fn log_rejects(rejects: &[Reject]) {
    for reject in rejects {
        let (tenant, reason) = (&reject.tenant, &reject.reason);
        tracing::warn!(%tenant, reason, "the buffer held something that is no event");
    }
}
