//! What the figures of a day were made of, and whether they still are what it gives.
//!
//! Invariant: a quarter of an hour without a mark has the number and the digest of the events behind it, those that
//! were removed included; and a sealed day changes with a line in the restatements only. Start reading at
//! [`Prover`].

mod digest;
mod quarters;
mod restate;
mod seal;
mod service;
mod verify;

pub use self::{
    digest::Proof,
    service::{MAX_VERIFIED_DAYS, Prover, Verification, cursor},
    verify::{DayState, Difference, Differences, VerifiedDay},
};
pub(super) use self::{
    quarters::{archive, is_stale, list_stale, rebuild},
    restate::Before,
};
pub(crate) use self::{
    seal::{is_sealed, report, seal_days},
    verify::verify_day,
};
