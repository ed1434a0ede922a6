//! Writes a batch and tells everyone concerned what became of its events.
//!
//! What the database refuses is found by halving the batch, so that one bad event harms nobody.

use std::{collections::BTreeMap, sync::Arc};

use sea_orm::DbBackend;
use uuid::Uuid;

use super::{
    model::{NewEvent, Outcome},
    observe::EventCounter,
    write::{Batch, Caution, Writer},
};
use crate::{
    clock::Clock,
    config::Config,
    db::{Db, bulk::CHUNK},
    error::{Error, Result},
    live::Live,
    stats::SeenSessions,
    tenant::TenantId,
};

/// What the workers of both ways share.
#[derive(Clone)]
pub(super) struct Settler {
    pub(super) caution: Arc<Caution>,
    pub(super) seen: Arc<SeenSessions>,
    pub(super) db: Db,
    pub(super) live: Arc<Live>,
    pub(super) config: Arc<Config>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) counter: Arc<EventCounter>,
}

impl Settler {
    fn writer(&self) -> Writer<'_> {
        let (db, config, clock) = (&self.db, &*self.config, &*self.clock);
        Writer { db, config, clock, caution: &self.caution, seen: &self.seen, live: &self.live }
    }

    /// About how many events are written together. SQLite gains nothing by more than a statement
    /// takes, and they lie in memory meanwhile.
    pub(super) fn batch_events(&self) -> usize {
        let configured = self.config.ingest.batch_events;
        if self.db.backend() == DbBackend::Sqlite { configured.min(CHUNK) } else { configured }
    }

    /// Stores what is new of a batch; returns an outcome for each of its events, in order.
    pub(super) async fn write(&self, batch: &Batch<'_>) -> Result<Vec<Outcome>> {
        let writer = self.writer();
        let mut outcomes = self.db.watched(writer.write(batch)).await;
        if outcomes.as_ref().is_err_and(Error::is_refusal_of_data) {
            // Another worker may have written this batch meanwhile; then its marker answers now.
            outcomes = self.db.watched(writer.write(batch)).await;
        }
        match outcomes {
            Err(error) if error.is_refusal_of_data() && !batch.events.is_empty() => {
                tracing::warn!(?error, batch_len = batch.events.len(), "a batch was refused");
                match batch.events[..] {
                    [event] => self.refuse(batch, event, &error).await,
                    _ => self.write_halves(batch).await,
                }
            }
            outcomes => outcomes,
        }
    }

    async fn refuse(
        &self,
        batch: &Batch<'_>,
        event: &NewEvent,
        error: &Error,
    ) -> Result<Vec<Outcome>> {
        tracing::error!(event_id = %event.id, "an event was refused by the database");
        self.writer().refuse(batch, event, error).await?;
        Ok(vec![Outcome::Refused])
    }

    async fn write_halves(&self, batch: &Batch<'_>) -> Result<Vec<Outcome>> {
        let mut outcomes = Vec::with_capacity(batch.events.len());
        for half in halves(batch) {
            outcomes.extend(Box::pin(self.write(&half)).await?);
        }
        Ok(outcomes)
    }

    /// Shows a stored batch to the metrics and to whoever watches.
    pub(super) fn announce(&self, batch: &Batch<'_>, outcomes: &[Outcome]) {
        self.counter.outcomes(&batch.events, outcomes);
        for reject in batch.rejects {
            self.counter.refused(&reject.tenant, &reject.product, 1);
        }
        let mut stored: BTreeMap<&TenantId, Vec<&NewEvent>> = BTreeMap::new();
        for (event, outcome) in batch.events.iter().zip(outcomes) {
            if *outcome == Outcome::Stored {
                stored.entry(&event.tenant).or_default().push(event);
            }
        }
        for (tenant, events) in stored {
            self.live.stored(tenant, &events);
        }
    }
}

/// The two halves of a batch, under ids that are the same on every run.
fn halves<'a>(batch: &Batch<'a>) -> [Batch<'a>; 2] {
    let (first, second) = batch.events.split_at(batch.events.len() / 2);
    [("0", first, batch.rejects), ("1", second, &[][..])].map(|(name, events, rejects)| Batch {
        id: Uuid::new_v5(&batch.id, name.as_bytes()),
        source: batch.source,
        events: events.to_vec(),
        rejects,
    })
}
