//! Delivers a batch, and keeps the bad from harming the good.
//!
//! A request that is refused as a whole is halved until the item at fault stands alone. Halves repeat
//! what an earlier request may have stored; ids make that harmless.

use crate::import::{
    batch::{Batch, MAX_ITEMS},
    error::ImportError,
    request::{Fate, Kind},
    retry::{self, Backoff, Reply},
    row::{Item, Reject},
    summary::Summary,
    target::Target,
};

/// What became of a batch.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) summary: Summary,
    pub(super) rejects: Vec<Reject>,
    pub(super) last_line: u64,
}

/// Sends a batch to a target.
pub(super) struct Courier<'a, T> {
    pub(super) target: &'a T,
    pub(super) backoff: Backoff,
}

impl<T: Target> Courier<'_, T> {
    /// Sends all of `batch`.
    ///
    /// # Errors
    /// When no further batch would fare better: nobody answers, or not this caller.
    pub(super) async fn deliver(&self, batch: Batch) -> Result<Outcome, ImportError> {
        let summary = Summary {
            rows: batch.rows,
            rows_idle: batch.idle_rows,
            rows_rejected: batch.rejects.len() as u64,
            ..Summary::default()
        };
        let mut outcome = Outcome { summary, rejects: batch.rejects, last_line: batch.last_line };
        self.send(Kind::Events, &batch.events, &mut outcome).await?;
        self.send(Kind::Usage, &batch.usage, &mut outcome).await?;
        Ok(outcome)
    }

    async fn send(
        &self,
        kind: Kind,
        items: &[Item],
        outcome: &mut Outcome,
    ) -> Result<(), ImportError> {
        let mut waiting: Vec<_> = items.chunks(MAX_ITEMS).rev().collect();
        while let Some(items) = waiting.pop() {
            let (query, variables) = kind.request(items);
            match retry::send(self.target, &self.backoff, query, &variables).await? {
                Reply::Data(data) => {
                    let fates = kind.read(items, &data)?;
                    items.iter().zip(fates).for_each(|(item, fate)| outcome.add(kind, item, fate));
                }
                Reply::Refused(reason) if items.len() == 1 => {
                    outcome.add(kind, &items[0], Fate::Rejected(reason));
                }
                Reply::Refused(_) => {
                    let (first, second) = items.split_at(items.len() / 2);
                    waiting.extend([second, first]);
                }
            }
        }
        Ok(())
    }
}

impl Outcome {
    fn add(&mut self, kind: Kind, item: &Item, fate: Fate) {
        let counts = &mut self.summary;
        match &fate {
            Fate::Accepted => counts.events_accepted += 1,
            Fate::Duplicate => counts.events_duplicate += 1,
            Fate::Known => counts.usage_known += 1,
            Fate::Recorded => {
                counts.usage_recorded += 1;
                counts.tokens += item.input["tokens"].as_u64().unwrap_or(0);
            }
            Fate::Conflict(_) => counts.events_conflict += 1,
            Fate::Rejected(_) if kind == Kind::Events => counts.events_rejected += 1,
            Fate::Rejected(_) => counts.usage_rejected += 1,
        }
        if let Fate::Conflict(reason) | Fate::Rejected(reason) = fate {
            let reason = format!("{}: {reason}", kind.label(item));
            self.rejects.push(Reject { row: item.row.clone(), reason });
        }
    }
}
