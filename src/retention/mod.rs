//! How long raw events and their ids are kept, and the parts of a day that events lie in.
//!
//! Invariant: no figure changes when raw events go. A day's events go only once its daily rows are
//! settled and equal what its events give; their sums stay in `analytics_archived_cells`, so that an
//! event that comes later still adds to its day. Start reading at [`Retention::run`].

mod partition;
mod purge;
mod service;

pub use self::service::{Removed, Retention};
