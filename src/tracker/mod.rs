//! Ingestion of events: checked, buffered, stored once, folded into state.
//!
//! Invariant: an event whose answer was ACCEPTED is in a durable buffer or committed, and the
//! database alone decides whether its id is new. Start reading at [`Tracker`]; what an event means
//! is in [`fact`], the transaction that stores a batch in `write`.

mod books;
pub mod buffer;
mod check;
pub mod fact;
mod flush;
pub mod graphql;
mod model;
mod observe;
mod receipt;
pub mod service;
mod store;
mod write;

pub(crate) use self::observe::count_path;
pub use self::{
    books::Books,
    check::RawEvent,
    flush::Flusher,
    graphql::{Event, TrackerMutation, TrackerQuery},
    model::{Durability, NewEvent, Outcome},
    receipt::Receipts,
    service::{TrackResult, TrackStatus, Tracker},
    write::Stored,
};
