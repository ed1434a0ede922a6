//! The quarters of an hour whose figures a writer may have changed.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::tenant::{Tenant, TimeRange};

const MINUTES: i64 = 15;

/// Quarters of an hour of one day, counted from its first instant: a bit for each that is among them. No
/// day has more than 104. No hour begins within one, wherever the zone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quarters(u128);

impl Quarters {
    pub const ALL: Self = Self(u128::MAX);
    /// A day of which something else has changed than what goes by the time of day.
    pub const NONE: Self = Self(0);

    /// Those of a day that a stretch of time touches.
    pub fn touched(day: TimeRange, stretch: TimeRange) -> Self {
        let start = stretch.start.max(day.start);
        let last = stretch.end.min(day.end) - TimeDelta::microseconds(1);
        if last < start {
            return Self::NONE;
        }
        let quarter = |at: DateTime<Utc>| ((at - day.start).num_minutes() / MINUTES).clamp(0, 127);
        Self((u128::MAX >> (127 - (quarter(last) - quarter(start)))) << quarter(start))
    }

    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub fn is_none(self) -> bool {
        self == Self::NONE
    }

    /// Whether any of the others is among these.
    pub fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) fn to_column(self) -> Vec<u8> {
        self.0.to_be_bytes().to_vec()
    }

    /// Whatever is no such column means all of the day.
    pub(super) fn from_column(bits: &[u8]) -> Self {
        bits.try_into().map_or(Self::ALL, |bits| Self(u128::from_be_bytes(bits)))
    }
}

/// Quarters of some days of a tenant.
#[derive(Debug)]
pub struct Marks<'a> {
    tenant: &'a Tenant,
    days: BTreeMap<NaiveDate, Quarters>,
    /// The day that was looked at last: most instants of a batch lie in one.
    last: Option<(NaiveDate, TimeRange)>,
    last_quarter: Option<i64>,
}

impl<'a> Marks<'a> {
    pub fn new(tenant: &'a Tenant) -> Self {
        Self { tenant, days: BTreeMap::new(), last: None, last_quarter: None }
    }

    pub fn days(&self) -> &BTreeMap<NaiveDate, Quarters> {
        &self.days
    }

    /// Marks the quarter of an instant.
    pub fn at(&mut self, instant: DateTime<Utc>) {
        // Counted from 1970: in a zone of old it may reach into two of a day.
        let quarter = instant.timestamp().div_euclid(60 * MINUTES);
        if self.last_quarter.replace(quarter) != Some(quarter) {
            let start = instant.timestamp().rem_euclid(60 * MINUTES);
            let start = instant - TimeDelta::seconds(start);
            self.over(start, start + TimeDelta::minutes(MINUTES) - TimeDelta::seconds(1));
        }
    }

    /// Marks the quarters from one instant to another, both included.
    pub fn over(&mut self, from: DateTime<Utc>, to: DateTime<Utc>) {
        let stretch = TimeRange { start: from, end: to + TimeDelta::microseconds(1) };
        let mut start = from;
        while start < stretch.end {
            let (date, day) = self.day(start);
            self.add(date, Quarters::touched(day, stretch));
            start = day.end.max(start + TimeDelta::microseconds(1));
        }
    }

    /// Marks a whole day.
    pub fn all(&mut self, day: NaiveDate) {
        self.add(day, Quarters::ALL);
    }

    fn add(&mut self, day: NaiveDate, quarters: Quarters) {
        let held = self.days.entry(day).or_default();
        *held = held.and(quarters);
    }

    fn day(&mut self, instant: DateTime<Utc>) -> (NaiveDate, TimeRange) {
        if let Some((date, day)) = self.last
            && (day.start..day.end).contains(&instant)
        {
            return (date, day);
        }
        let date = self.tenant.day_of(instant);
        let day = self.tenant.day(date);
        self.last = Some((date, day));
        (date, day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn an_instant_marks_its_quarter_and_a_stretch_all_between() {
        let tenant = Tenant { time_zone: "Asia/Kolkata".parse().unwrap(), ..Tenant::default() };
        let mut marks = Marks::new(&tenant);
        // 23:59 and 00:00 in Kolkata.
        marks.at(at("2026-03-09T18:29:59Z"));
        marks.at(at("2026-03-09T18:30:00Z"));
        let days: Vec<_> =
            marks.days().iter().map(|(day, quarters)| (day.to_string(), *quarters)).collect();
        let expected =
            [("2026-03-09".into(), Quarters(1 << 95)), ("2026-03-10".into(), Quarters(1))];
        assert_eq!(days, expected);
        marks.over(at("2026-03-09T17:50:00Z"), at("2026-03-09T19:00:00Z"));
        let days: Vec<_> = marks.days().values().copied().collect();
        assert_eq!(days, [Quarters(0b111 << 93), Quarters(0b111)]);
    }

    #[test]
    fn a_whole_day_and_more_marks_all_quarters_of_it() {
        let tenant = Tenant { time_zone: "Europe/Berlin".parse().unwrap(), ..Tenant::default() };
        let day = tenant.day("2026-10-25".parse().unwrap());
        assert_eq!(Quarters::touched(day, day), Quarters((1 << 100) - 1));
        let longer = TimeRange { start: day.start - TimeDelta::hours(3), end: day.end };
        assert_eq!(Quarters::touched(day, longer), Quarters((1 << 100) - 1));
        let other = TimeRange { start: day.end, end: day.end + TimeDelta::hours(1) };
        assert_eq!(Quarters::touched(day, other), Quarters::NONE);
    }

    #[test]
    fn quarters_come_back_from_their_column() {
        for quarters in [Quarters::ALL, Quarters::NONE, Quarters(5)] {
            assert_eq!(Quarters::from_column(&quarters.to_column()), quarters);
        }
        assert_eq!(Quarters::from_column(&[0]), Quarters::ALL);
    }
}
