//! Which hours and quarters of one are kept, and what is to be summed from rows.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use chrono::{DateTime, NaiveDate, Utc};

use super::bucket::{Bucket, Level};
use crate::{
    rollup::Quarters,
    tenant::{Tenant, TimeRange},
};

/// How the days of an answer that do not hold as a whole are put together.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Days that are looked at by the hour.
    pub(super) days: BTreeSet<NaiveDate>,
    /// The hours of these whose cells hold, by their first instants.
    pub(super) hours: HashSet<DateTime<Utc>>,
    /// The same of quarters of other hours.
    pub(super) quarters: HashSet<DateTime<Utc>>,
    /// What is to be summed from rows.
    pub(super) rows: Vec<TimeRange>,
}

/// Where a day ends early.
pub(super) type Until = Option<(NaiveDate, DateTime<Utc>)>;

impl Plan {
    /// The days that are looked at by the hour: those of which something has changed, and the one that
    /// ends early.
    pub(super) fn days(open: &BTreeMap<NaiveDate, Quarters>, until: Until) -> BTreeSet<NaiveDate> {
        open.keys().copied().chain(until.map(|(day, _)| day)).collect()
    }

    /// What comes at `until` or after it is left out. Of `fine` days quarters are kept.
    pub(super) fn of(
        tenant: &Tenant,
        open: &BTreeMap<NaiveDate, Quarters>,
        until: Until,
        fine: &BTreeSet<NaiveDate>,
    ) -> Self {
        let mut plan = Self { days: Self::days(open, until), ..Self::default() };
        let mut rows = Vec::new();
        for day in plan.days.clone() {
            let whole = tenant.day(day);
            let end = until.filter(|(last, _)| *last == day).map_or(whole.end, |(_, until)| until);
            let changed = open.get(&day).copied().unwrap_or_default();
            let holds = |range: TimeRange| {
                range.end <= end && !changed.meets(Quarters::touched(whole, range))
            };
            let quarters =
                if fine.contains(&day) { Level::Quarter.cut(tenant, day) } else { Vec::new() };
            for hour in Level::Hour.cut(tenant, day) {
                if holds(hour.range) {
                    plan.hours.insert(hour.range.start);
                    continue;
                }
                for part in parts(hour, &quarters) {
                    let start = part.range.start;
                    if holds(part.range) {
                        plan.quarters.insert(start);
                    } else if start < end {
                        rows.push(TimeRange { start, end: part.range.end.min(end) });
                    }
                }
            }
        }
        plan.rows = runs(rows);
        plan
    }
}

/// The quarters of an hour; itself where none are kept.
fn parts(hour: Bucket, quarters: &[Bucket]) -> Vec<Bucket> {
    if quarters.is_empty() {
        return vec![hour];
    }
    let first = quarters.partition_point(|quarter| quarter.range.start < hour.range.start);
    let after = quarters.partition_point(|quarter| quarter.range.start < hour.range.end);
    quarters[first..after].to_vec()
}

/// Stretches that follow each other without a gap as one.
pub(super) fn runs(ranges: impl IntoIterator<Item = TimeRange>) -> Vec<TimeRange> {
    let mut runs: Vec<TimeRange> = Vec::new();
    for range in ranges {
        match runs.last_mut() {
            Some(last) if last.end == range.start => last.end = range.end,
            _ => runs.push(range),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_hours_and_rows_make_up_the_day_up_to_its_cut() {
        let tenant = Tenant { time_zone: "Europe/Berlin".parse().unwrap(), ..Tenant::default() };
        let day: NaiveDate = "2025-10-26".parse().unwrap();
        let whole = tenant.day(day);
        let hour = |number: i64| whole.start + chrono::TimeDelta::hours(number);
        let touched =
            |from, to| Quarters::touched(whole, TimeRange { start: hour(from), end: hour(to) });
        let open = [(day, touched(3, 4).and(touched(10, 12)))].into();
        let coarse = &BTreeSet::new();
        let plan = Plan::of(&tenant, &open, None, coarse);
        assert_eq!((plan.hours.len(), plan.quarters.len()), (25 - 3, 0));
        let range = |from, to| TimeRange { start: hour(from), end: hour(to) };
        assert_eq!(plan.rows, [range(3, 4), range(10, 12)]);
        let until = hour(5) + chrono::TimeDelta::minutes(10);
        let plan = Plan::of(&tenant, &open, Some((day, until)), coarse);
        assert_eq!(plan.hours, [0, 1, 2, 4].map(hour).into());
        assert_eq!(plan.rows, [range(3, 4), TimeRange { start: hour(5), end: until }]);
    }

    #[test]
    fn where_quarters_are_kept_no_more_than_one_is_read_for_an_instant() {
        let tenant = Tenant { time_zone: "Asia/Kolkata".parse().unwrap(), ..Tenant::default() };
        let day: NaiveDate = "2026-03-10".parse().unwrap();
        let whole = tenant.day(day);
        let minute = |number: i64| whole.start + chrono::TimeDelta::minutes(number);
        let at = minute(80);
        let touched = Quarters::touched(
            whole,
            TimeRange { start: at, end: at + chrono::TimeDelta::seconds(1) },
        );
        let plan = Plan::of(&tenant, &[(day, touched)].into(), None, &[day].into());
        assert_eq!(plan.hours.len(), 23);
        assert_eq!(plan.quarters, [60, 90, 105].map(minute).into());
        assert_eq!(plan.rows, [TimeRange { start: minute(75), end: minute(90) }]);
        let until = Some((day, minute(40)));
        let plan = Plan::of(&tenant, &BTreeMap::new(), until, &[day].into());
        assert_eq!((plan.hours.len(), plan.quarters), (0, [0, 15].map(minute).into()));
        assert_eq!(plan.rows, [TimeRange { start: minute(30), end: minute(40) }]);
    }
}
