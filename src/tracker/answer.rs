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

/// The place of one event in the answer.
pub(super) enum Lane {
    /// Its outcome is the next one; the id it goes by.
    Taken(ByteString),
    Refused {
        product: String,
        result: TrackResult,
    },
}

/// Puts outcomes and refusals back into the order of the call.
pub(super) fn answer(lanes: Vec<Lane>, outcomes: &[Outcome]) -> Vec<TrackResult> {
    const CONFLICT: &str = "this id is stored with another body; the first stays";
    let mut outcomes = outcomes.iter();
    let answer = |lane| {
        let id = match lane {
            Lane::Taken(id) => id,
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
