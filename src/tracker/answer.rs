//! What callers are told of their events, in the order of the call.

use std::sync::Arc;

use bytestring::ByteString;

use super::model::Outcome;

/// What the caller of an event is told that the database would not take; the cause stays here.
pub(super) const REFUSED: &str = "the database refused the event";

/// What became of one event of a call.
#[derive(Clone, Debug)]
pub struct TrackResult {
    pub id: ByteString,
    pub status: TrackStatus,
    pub reason: Option<Arc<str>>,
}

/// The answer for one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, async_graphql::Enum)]
pub enum TrackStatus {
    /// Taken; with `durability: STORED` its id was new.
    Accepted,
    /// Its id is stored already, with the same body. Nothing changed.
    Duplicate,
    /// Its id is stored already, with another body. The first stays.
    Conflict,
    /// Not taken; `reason` says why. Sending it again unchanged is of no use.
    Rejected,
}

/// What is to be answered, in the order of the call.
pub(super) struct Lanes {
    /// The ids of events that were taken, one after the other: they are written once all else of the
    /// call has left the cache.
    ids: String,
    lanes: Vec<Lane>,
}

/// The place of one event in the answer.
enum Lane {
    /// Its outcome is the next one; how long the id is that it goes by.
    Taken(usize),
    Refused {
        product: String,
        result: TrackResult,
    },
}

impl Lanes {
    pub(super) fn with_capacity(events: usize) -> Self {
        Self { ids: String::with_capacity(events * ID_BYTES), lanes: Vec::with_capacity(events) }
    }

    pub(super) fn take(&mut self, id: &str) {
        self.ids.push_str(id);
        self.lanes.push(Lane::Taken(id.len()));
    }

    pub(super) fn refuse(&mut self, product: String, result: TrackResult) {
        self.lanes.push(Lane::Refused { product, result });
    }

    /// The product of each event that is refused.
    pub(super) fn refused(&self) -> impl Iterator<Item = &str> {
        self.lanes.iter().filter_map(|lane| match lane {
            Lane::Refused { product, .. } => Some(&**product),
            Lane::Taken(_) => None,
        })
    }
}

/// What an id takes, mostly.
const ID_BYTES: usize = 36;

/// Puts outcomes and refusals back into the order of the call.
pub(super) fn answer(Lanes { ids, lanes }: Lanes, outcomes: &[Outcome]) -> Vec<TrackResult> {
    const CONFLICT: &str = "this id is stored with another body; the first stays";
    let ids = ByteString::from(ids);
    let mut at = 0;
    let mut outcomes = outcomes.iter();
    let answer = |lane| {
        let id = match lane {
            Lane::Taken(len) => {
                let start = at;
                at += len;
                ids.slice_ref(&ids[start..at])
            }
            Lane::Refused { result, .. } => return result,
        };
        let (status, reason) = match outcomes.next() {
            Some(Outcome::Duplicate) => (TrackStatus::Duplicate, None),
            Some(Outcome::Conflict) => (TrackStatus::Conflict, Some(CONFLICT.into())),
            Some(Outcome::Refused) => (TrackStatus::Rejected, Some(REFUSED.into())),
            Some(Outcome::Stored) | None => (TrackStatus::Accepted, None),
        };
        TrackResult { id, status, reason }
    };
    lanes.into_iter().map(answer).collect()
}
