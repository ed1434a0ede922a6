//! The worker that makes transactions of the calls that wait for their commit.

use std::{sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    commit::{CommitQueue, ENOUGH_EVENTS, Submission},
    model::Outcome,
    settle::Settler,
    write::Batch,
};

/// How long a worker waits for others to come, as often as some have come meanwhile.
const LINGER: Duration = Duration::from_millis(1);
const LINGERS: u32 = 5;
/// How long calls wait for company while others are written: a write may hang.
const PATIENCE: Duration = Duration::from_millis(100);

/// Writes the calls of the queue, alone or beside others.
#[derive(Clone)]
pub struct Committer {
    pub(super) queue: Arc<CommitQueue>,
    pub(super) settler: Settler,
}

impl Committer {
    /// Runs until `stop`, then until the queue is empty or `deadline`.
    pub async fn run(self, stop: CancellationToken, deadline: CancellationToken) {
        loop {
            let taken = tokio::select! {
                biased;
                () = deadline.cancelled() => return,
                taken = self.take() => taken,
                // What is still being written belongs to another worker.
                () = self.idle(&stop) => return,
            };
            tokio::select! {
                biased;
                () = deadline.cancelled() => return,
                () = self.commit(taken) => {}
            }
        }
    }

    async fn take(&self) -> Vec<Submission> {
        let max = self.settler.batch_events();
        loop {
            if self.queue.waiting() == 0 {
                self.queue.change().await;
            }
            self.linger().await;
            if let Ok(taken) = tokio::time::timeout(PATIENCE, self.queue.take(max)).await {
                return taken;
            }
            if let Some(taken) = self.queue.take_now(max, 1) {
                return taken;
            }
        }
    }

    /// Waits for as long as calls come one after the other: what they share costs more than they do.
    async fn linger(&self) {
        let mut waiting = self.queue.waiting();
        for _ in 0..LINGERS {
            if waiting >= ENOUGH_EVENTS {
                return;
            }
            tokio::time::sleep(LINGER).await;
            let before = std::mem::replace(&mut waiting, self.queue.waiting());
            if waiting <= before {
                return;
            }
        }
    }

    /// Returns when there is a stop, and nothing waits.
    async fn idle(&self, stop: &CancellationToken) {
        stop.cancelled().await;
        while self.queue.waiting() > 0 {
            tokio::time::sleep(LINGER).await;
        }
    }

    async fn commit(&self, taken: Vec<Submission>) {
        let batch = Batch {
            id: Uuid::now_v7(),
            source: None,
            events: taken.iter().flat_map(|submission| &submission.events).collect(),
            rejects: &[],
        };
        let outcomes = self.settler.write(&batch).await;
        self.queue.forget(&taken);
        match outcomes {
            Ok(outcomes) => {
                self.settler.announce(&batch, &outcomes);
                drop(batch);
                answer(taken, &outcomes);
            }
            Err(error) => {
                tracing::warn!(?error, batch_len = batch.events.len(), "cannot store events");
                drop(batch);
                // Whoever waits is told, and will send the same ids again.
                for submission in taken {
                    submission.answer(None);
                }
            }
        }
    }
}

/// Gives each call the outcomes of its own events.
fn answer(taken: Vec<Submission>, outcomes: &[Outcome]) {
    let mut rest = outcomes;
    for submission in taken {
        let (own, others) = rest.split_at(submission.events.len());
        rest = others;
        submission.answer(Some(own.to_vec()));
    }
}
