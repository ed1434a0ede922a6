//! What the figures of a day were made of, and whether they still are what it gives.
//!
//! Invariant: an hour without a mark has the number and the digest of the events behind it, those that
//! were removed included. Start reading at [`verify_day`].

mod digest;
mod hours;
mod service;
mod verify;

pub(super) use self::hours::{archive, is_stale, list_stale, rebuild};
pub(crate) use self::verify::verify_day;
pub use self::{
    digest::Proof,
    service::{MAX_VERIFIED_DAYS, Prover, Verification},
    verify::{DayState, Difference, Differences, VerifiedDay},
};
