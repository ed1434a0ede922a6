//! Events that could not be stored, kept with the reason until an operator decides.
//!
//! The writer puts them here in the transaction of their batch ([`insert`]), so that nothing that
//! was acknowledged disappears. They count as rejected; one that is replayed is a new arrival, with
//! the same id. [`Quarantine`] is the operators' way in.

pub mod graphql;
mod payload;
mod row;
mod service;
mod store;

pub(super) use self::payload::clip;
pub use self::{
    graphql::{QuarantineMutation, QuarantineQuery},
    row::Quarantined,
    service::{Chosen, Quarantine, Replayed, cursor},
    store::{insert, purge},
};
