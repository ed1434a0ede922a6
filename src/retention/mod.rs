//! How long raw events, their ids and reservations are kept, and the parts of a day that events lie in.
//!
//! Invariant: no figure changes when raw events go. A day's events go only once it is sealed and equals
//! what its events give; their sums and their proof stay, so that an event that comes later still adds to
//! its day. Start reading at [`Retention::run`].

mod partition;
mod purge;
mod service;

pub use self::service::{Removed, Retention};
