//! What the figures of a day were made of, so that they can be proved later.
//!
//! Invariant: an hour without a mark has the number and the digest of the events behind it, those that
//! were removed included. Start reading at [`digest`].

mod digest;
mod hours;

pub(super) use self::hours::{archive, rebuild};
