//! The hours whose figures a writer may have changed.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::tenant::{Tenant, TimeRange};

/// Hours of one day, counted from its first instant: a bit for each that is among them. No day has
/// more than 26.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hours(u32);

impl Hours {
    pub const ALL: Self = Self(u32::MAX);
    /// A day of which something else has changed than what goes by the hour.
    pub const NONE: Self = Self(0);

    /// Those of a day that a stretch of time touches.
    pub fn touched(day: TimeRange, stretch: TimeRange) -> Self {
        let start = stretch.start.max(day.start);
        let last = stretch.end.min(day.end) - TimeDelta::microseconds(1);
        if last < start {
            return Self::NONE;
        }
        let hour = |at: DateTime<Utc>| (at - day.start).num_hours().clamp(0, 31);
        Self((hour(start)..=hour(last)).fold(0, |bits, hour| bits | (1 << hour)))
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

    pub(super) fn to_column(self) -> i32 {
        self.0.cast_signed()
    }

    pub(super) fn from_column(bits: i32) -> Self {
        Self(bits.cast_unsigned())
    }
}

/// Hours of some days of a tenant.
#[derive(Debug)]
pub struct Marks<'a> {
    tenant: &'a Tenant,
    days: BTreeMap<NaiveDate, Hours>,
    /// The day that was looked at last: most instants of a batch lie in one.
    last: Option<(NaiveDate, TimeRange)>,
    last_quarter: Option<i64>,
}

impl<'a> Marks<'a> {
    pub fn new(tenant: &'a Tenant) -> Self {
        Self { tenant, days: BTreeMap::new(), last: None, last_quarter: None }
    }

    pub fn days(&self) -> &BTreeMap<NaiveDate, Hours> {
        &self.days
    }

    /// Marks the hour of an instant.
    pub fn at(&mut self, instant: DateTime<Utc>) {
        // No hour begins within a quarter, wherever it is counted from.
        let quarter = instant.timestamp().div_euclid(900);
        if self.last_quarter.replace(quarter) != Some(quarter) {
            self.over(instant, instant);
        }
    }

    /// Marks the hours from one instant to another, both included.
    pub fn over(&mut self, from: DateTime<Utc>, to: DateTime<Utc>) {
        let stretch = TimeRange { start: from, end: to + TimeDelta::microseconds(1) };
        let mut start = from;
        while start < stretch.end {
            let (date, day) = self.day(start);
            self.add(date, Hours::touched(day, stretch));
            start = day.end.max(start + TimeDelta::microseconds(1));
        }
    }

    /// Marks a whole day.
    pub fn all(&mut self, day: NaiveDate) {
        self.add(day, Hours::ALL);
    }

    fn add(&mut self, day: NaiveDate, hours: Hours) {
        let held = self.days.entry(day).or_default();
        *held = held.and(hours);
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
    fn an_instant_marks_its_hour_and_a_stretch_all_between() {
        let tenant = Tenant { time_zone: "Asia/Kolkata".parse().unwrap(), ..Tenant::default() };
        let mut marks = Marks::new(&tenant);
        // 23:59 and 00:00 in Kolkata.
        marks.at(at("2026-03-09T18:29:59Z"));
        marks.at(at("2026-03-09T18:30:00Z"));
        let days: Vec<_> =
            marks.days().iter().map(|(day, hours)| (day.to_string(), *hours)).collect();
        assert_eq!(days, [("2026-03-09".into(), Hours(1 << 23)), ("2026-03-10".into(), Hours(1))]);
        marks.over(at("2026-03-09T16:40:00Z"), at("2026-03-09T20:31:00Z"));
        let days: Vec<_> = marks.days().values().copied().collect();
        assert_eq!(days, [Hours(0b11 << 22), Hours(0b111)]);
    }

    #[test]
    fn hours_come_back_from_their_column() {
        for hours in [Hours::ALL, Hours::NONE, Hours(5)] {
            assert_eq!(Hours::from_column(hours.to_column()), hours);
        }
    }
}
