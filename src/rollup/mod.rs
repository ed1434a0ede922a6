//! Daily tables: which days have changed, and how they are rebuilt.
//!
//! Invariant: a quarter of an hour without a mark, whose rows have the present basis, equals what its
//! events give, and so does a day without any. Writers mark quarters in the transaction that changes them
//! ([`mark_changed`]); [`Rollup`] takes marks away in the transaction that rebuilds these.

mod marks;
mod service;
mod store;

pub(crate) use self::store::{FIRST_DAY, LAST_DAY, hold_day, take_marks};
pub use self::{
    marks::{Marks, Quarters},
    service::{LEASE, Rebuilt, Rollup, Run},
    store::{list_changed, mark_changed},
};

use chrono::{Days, NaiveDate};

/// The days whose rows a change of time zone may touch when it touches `day`: two zones lie up to
/// 26 hours apart, so that an instant moves by two days at most.
pub(crate) fn around(day: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    let first = day.checked_sub_days(Days::new(2)).unwrap_or(day);
    first.iter_days().take(5)
}
