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
    indexes: Vec<usize>,
    /// The first event of each id.
    pub(super) firsts: Vec<&'a NewEvent>,
}

impl<'a> Candidates<'a> {
    pub(super) fn of(events: &'a [&'a NewEvent], indexes: &[usize]) -> Self {
        let key = |index: &usize| {
            let id = &*events[*index].id;
            (head(id), id, *index)
        };
        let mut keys: Vec<_> = indexes.iter().map(key).collect();
        // Two writers with the same events would otherwise wait for each other in a circle.
        keys.sort_unstable();
        let groups = keys.chunk_by(|(head, id, _), (other, to, _)| (head, id) == (other, to));
        let firsts = groups.map(|group| events[group[0].2]).collect();
        Self { events, indexes: keys.iter().map(|(_, _, index)| *index).collect(), firsts }
    }

    /// The events that share an id, in the order they came.
    fn groups(&self) -> impl Iterator<Item = &[usize]> {
        let all_differ = self.firsts.len() == self.indexes.len();
        let is_same =
            move |a: &usize, b: &usize| !all_differ && self.events[*a].id == self.events[*b].id;
        self.indexes.chunk_by(is_same)
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

/// The first bytes of an id as a number of the same order: most ids differ there, and it takes no
/// look at where the text lies.
fn head(id: &str) -> u128 {
    let mut head = [0; 16];
    let len = id.len().min(head.len());
    head[..len].copy_from_slice(&id.as_bytes()[..len]);
    u128::from_be_bytes(head)
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
