//! Daily tables: which days have changed, and how they are rebuilt.
//!
//! Invariant: a day without a mark, whose rows have the present basis, equals what its events give.
//! Writers mark a day in the transaction that changes it ([`mark_changed`]); [`Rollup`] takes marks
//! away in the transaction that rebuilds the day.

mod service;
mod store;

pub use self::{
    service::{Rebuilt, Rollup},
    store::{list_changed, mark_changed},
};
