//! Ingestion of events: checked, buffered, stored once, folded into state.
//!
//! Invariant: an event whose answer was ACCEPTED is in a durable buffer or committed, and the
//! database alone decides whether its id is new. There are two ways there: [`Flusher`]s move what
//! waits in the [`buffer`] that outlives this process, and [`Committer`]s write the calls that wait
//! in `commit`; both end in `settle`, which tells a bad event from its neighbours, and in `write`,
//! the transaction that stores a batch. Start reading at [`Tracker`]; what an event means is in
//! [`fact`], what became of each in [`Books`].

mod answer;
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
mod plain;
pub mod quarantine;
mod query;
pub mod service;
mod settle;
mod status;
mod store;
#[cfg(test)]
pub(crate) mod testing;
mod write;

pub use self::{
    answer::{TrackResult, TrackStatus},
    books::Books,
    check::RawEvent,
    committer::Committer,
    flush::Flusher,
    graphql::{Event, TrackerMutation, TrackerQuery},
    model::{Durability, NewEvent, Outcome},
    payload::Payload,
    service::Tracker,
};
pub(crate) use self::{
    check::PRODUCT_CHARS,
    fields::Fields,
    graphql::EventConnection,
    observe::count_path,
    query::{EventQuery, SessionEvents, cursor as event_cursor},
};
