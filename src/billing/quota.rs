//! The billing period of a plan, and what is left of its tokens.

use chrono::{Datelike as _, Days, Months, NaiveDate};

use crate::{
    config::Limit,
    tenant::{Tenant, TimeRange},
};

/// The days of one billing period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Period {
    pub(super) first: NaiveDate,
    /// First day of the period after it.
    pub(super) reset: NaiveDate,
}

impl Period {
    pub(super) fn last(self) -> NaiveDate {
        self.reset.checked_sub_days(Days::new(1)).unwrap_or(self.first)
    }

    /// The instants of the period.
    pub(super) fn range(self, tenant: &Tenant) -> TimeRange {
        tenant.days(self.first, self.last())
    }
}

/// The period that holds `today` when periods start on `reset_day` (1 to 31) of each month, or on
/// its last day where the month is shorter.
pub(super) fn period_of(today: NaiveDate, reset_day: u32) -> Period {
    let this = start_in(today, 0, reset_day);
    if this <= today {
        Period { first: this, reset: start_in(today, 1, reset_day) }
    } else {
        Period { first: start_in(today, -1, reset_day), reset: this }
    }
}

/// The start of a period in the month `months` away from that of `day`.
fn start_in(day: NaiveDate, months: i8, reset_day: u32) -> NaiveDate {
    let first = day.with_day(1).unwrap_or(day);
    let away = Months::new(months.unsigned_abs().into());
    let month = if months < 0 { first - away } else { first + away };
    // Counts down to the first day that the month has.
    (1..=reset_day).rev().find_map(|day| month.with_day(day)).unwrap_or(month)
}

/// The percentages of the quota that are told when a period reaches them.
const MARKS: [i32; 3] = [80, 95, 100];

/// The marks that `used` of `total` tokens have reached.
pub(super) fn reached(used: i64, total: i64) -> impl Iterator<Item = i32> {
    let is_reached =
        move |mark: &i32| i128::from(used) * 100 >= i128::from(*mark) * i128::from(total);
    MARKS.into_iter().filter(is_reached)
}

/// A plan's tokens, and how many of them are gone or held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Quota {
    pub(super) used: i64,
    /// Held for calls to come.
    pub(super) reserved: i64,
    pub(super) total: i64,
    pub(super) limit: Limit,
}

impl Quota {
    /// Tokens that are neither used nor held; 0 once there are none.
    pub(super) fn available(self) -> i64 {
        self.remaining().saturating_sub(self.reserved).max(0)
    }

    /// Whether so many tokens may be reserved now.
    pub(super) fn allows(self, tokens: i64) -> bool {
        self.limit == Limit::Soft || tokens <= self.available()
    }

    /// Tokens left; 0 once more are used than there were.
    pub(super) fn remaining(self) -> i64 {
        self.total.saturating_sub(self.used).max(0)
    }

    /// Used tokens as a percentage of the plan's, above 100 once it is exceeded.
    pub(super) fn used_percent(self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a percentage is a float in the contract")]
        let percent = 100.0 * self.used as f64 / self.total as f64;
        percent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_starts_on_the_reset_day_or_the_last_of_a_shorter_month() {
        let cases = [
            ("2026-03-01", 1, "2026-03-01", "2026-04-01"),
            ("2026-03-31", 1, "2026-03-01", "2026-04-01"),
            ("2026-03-14", 15, "2026-02-15", "2026-03-15"),
            ("2026-03-15", 15, "2026-03-15", "2026-04-15"),
            // The end of February, in a plain and in a leap year.
            ("2026-02-27", 31, "2026-01-31", "2026-02-28"),
            ("2026-02-28", 31, "2026-02-28", "2026-03-31"),
            ("2026-03-30", 31, "2026-02-28", "2026-03-31"),
            ("2028-02-28", 30, "2028-01-30", "2028-02-29"),
            ("2028-02-29", 30, "2028-02-29", "2028-03-30"),
            ("2028-02-29", 29, "2028-02-29", "2028-03-29"),
            ("2026-04-30", 31, "2026-04-30", "2026-05-31"),
            // The turn of the year.
            ("2026-12-31", 31, "2026-12-31", "2027-01-31"),
            ("2026-12-31", 1, "2026-12-01", "2027-01-01"),
            ("2027-01-05", 20, "2026-12-20", "2027-01-20"),
        ];
        for (today, reset_day, first, reset) in cases {
            let period = period_of(today.parse().unwrap(), reset_day);
            let expected = Period { first: first.parse().unwrap(), reset: reset.parse().unwrap() };
            assert_eq!(period, expected, "{today} with {reset_day}");
        }
    }

    #[test]
    fn every_day_lies_in_its_period_and_periods_follow_without_gap() {
        for reset_day in 1..=31 {
            let mut day: NaiveDate = "2027-12-25".parse().unwrap();
            let mut before = period_of(day, reset_day);
            for _ in 0..500 {
                day = day + Days::new(1);
                let period = period_of(day, reset_day);
                assert!(period.first <= day && day <= period.last(), "{day} with {reset_day}");
                assert!(period == before || period.first == before.reset, "{day}, {reset_day}");
                before = period;
            }
        }
    }

    #[test]
    fn marks_are_reached_exactly() {
        let cases: [(i64, i64, &[i32]); 7] = [
            (0, 10, &[]),
            (79, 100, &[]),
            (80, 100, &[80]),
            (94, 100, &[80]),
            (95, 100, &[80, 95]),
            (1_000, 10, &[80, 95, 100]),
            (i64::MAX, i64::MAX, &[80, 95, 100]),
        ];
        for (used, total, marks) in cases {
            assert!(reached(used, total).eq(marks.iter().copied()), "{used} of {total}");
        }
    }

    #[test]
    fn only_a_hard_limit_refuses_and_only_what_is_not_there() {
        let quota = |limit| Quota { used: 60, reserved: 30, total: 100, limit };
        for (tokens, hard) in [(10, true), (11, false)] {
            assert_eq!(quota(Limit::Hard).allows(tokens), hard);
            assert!(quota(Limit::Soft).allows(tokens));
        }
        assert_eq!(quota(Limit::Hard).available(), 10);
        assert_eq!(Quota { reserved: 50, ..quota(Limit::Hard) }.available(), 0);
    }

    #[test]
    fn what_remains_is_never_below_zero() {
        let cases = [
            (7_420, 10_000, 2_580, 74.2),
            (0, 10, 10, 0.0),
            (15, 10, 0, 150.0),
            (10, 10, 0, 100.0),
        ];
        for (used, total, remaining, percent) in cases {
            let quota = Quota { used, reserved: 0, total, limit: Limit::Hard };
            assert_eq!(quota.remaining(), remaining);
            assert!((quota.used_percent() - percent).abs() < f64::EPSILON, "{quota:?}");
        }
    }
}
