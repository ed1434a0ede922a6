//! Which events of a batch are new, which are repeats, and which say something else under an id
//! that is taken.

use std::collections::HashMap;

use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::{super::store, KnownId};
use crate::{
    error::Result,
    tenant::TenantId,
    tracker::model::{NewEvent, Outcome},
};

/// One tenant's events of a batch, ordered by id; of equal ids the first stays first.
pub(super) struct Candidates<'a> {
    events: &'a [&'a NewEvent],
    /// Places in `events`.
    pub(super) indexes: Vec<usize>,
}

impl<'a> Candidates<'a> {
    pub(super) fn of(events: &'a [&'a NewEvent], indexes: Vec<usize>) -> Self {
        let mut keys: Vec<(&str, usize)> =
            indexes.into_iter().map(|index| (&*events[index].id, index)).collect();
        // Two writers with the same events would otherwise wait for each other in a circle.
        keys.sort_unstable();
        Self { events, indexes: keys.into_iter().map(|(_, index)| index).collect() }
    }

    /// The events that share an id, in the order they came.
    fn groups(&self) -> impl Iterator<Item = &[usize]> {
        self.indexes.chunk_by(|a, b| self.events[*a].id == self.events[*b].id)
    }

    /// The first event of each id.
    pub(super) fn firsts(&self) -> Vec<&'a NewEvent> {
        self.groups().map(|group| self.events[group[0]]).collect()
    }

    /// Writes the outcome of each event, and returns the events that are new.
    pub(super) async fn judge(
        &self,
        db: &impl ConnectionTrait,
        tenant: &TenantId,
        known: Vec<KnownId>,
        outcomes: &mut [Outcome],
    ) -> Result<Vec<&'a NewEvent>> {
        let known = known.into_iter().filter(|known| !known.fresh);
        let known: HashMap<_, _> = known.map(|known| (known.event_id.clone(), known)).collect();
        let mut new = Vec::with_capacity(self.indexes.len());
        for group in self.groups() {
            let first = self.events[group[0]];
            let repeats = match known.get(&*first.id) {
                Some(known) => {
                    for index in group {
                        outcomes[*index] =
                            compare_stored(db, tenant, known, self.events[*index]).await?;
                    }
                    continue;
                }
                None => &group[1..],
            };
            outcomes[group[0]] = Outcome::Stored;
            new.push(first);
            for index in repeats {
                outcomes[*index] = compare(first, self.events[*index]);
            }
        }
        Ok(new)
    }
}

/// What a second event of the same id is, both in one batch.
fn compare(first: &NewEvent, second: &NewEvent) -> Outcome {
    let same = first.name == second.name
        && first.product == second.product
        && first.session_id == second.session_id
        && (first.data == second.data || first.data.to_value() == second.data.to_value());
    if same { Outcome::Duplicate } else { Outcome::Conflict }
}

/// The same where the first is stored. Its row is read only when the digests differ: the keys may
/// stand in another order.
async fn compare_stored(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    known: &KnownId,
    event: &NewEvent,
) -> Result<Outcome> {
    if known.body_digest == Uuid::from_bytes(event.body_digest()) {
        return Ok(Outcome::Duplicate);
    }
    let stored = store::find_event(db, tenant, known.occurred_at, &event.id).await?;
    let same = stored.is_some_and(|stored| event.is_same_body(&stored));
    Ok(if same { Outcome::Duplicate } else { Outcome::Conflict })
}
