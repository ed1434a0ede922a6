//! Ingestion of events: checked, buffered, stored once, folded into state.
//!
//! Invariant: an event whose answer was ACCEPTED is in a durable buffer or committed, and the
//! database alone decides whether its id is new. Start reading at [`Tracker`]; what an event means
//! is in [`fact`], the transaction that stores a batch in `write`.

mod books;
pub mod buffer;
mod check;
mod commit;
mod committer;
pub mod fact;
mod fields;
mod flush;
pub mod graphql;
mod model;
mod observe;
mod payload;
pub mod quarantine;
pub mod service;
mod settle;
mod store;
#[cfg(test)]
pub(crate) mod testing;
mod write;

pub(crate) use self::observe::count_path;
pub use self::{
    books::Books,
    check::RawEvent,
    committer::Committer,
    flush::Flusher,
    graphql::{Event, TrackerMutation, TrackerQuery},
    model::{Durability, NewEvent, Outcome},
    payload::Payload,
    service::{TrackResult, TrackStatus, Tracker},
};
