//! Which hours are to be summed from rows, and which are kept.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use chrono::{DateTime, NaiveDate, Utc};

use super::bucket::{Grain, cut};
use crate::{
    rollup::Hours,
    tenant::{Tenant, TimeRange},
};

/// How the days of an answer that do not hold as a whole are put together.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Days that are looked at by the hour.
    pub(super) days: BTreeSet<NaiveDate>,
    /// The hours of these whose cells hold, by their first instants.
    pub(super) kept: HashSet<DateTime<Utc>>,
    /// What is to be summed from rows.
    pub(super) rows: Vec<TimeRange>,
}

impl Plan {
    /// Days with hours that have changed; what comes at `until` or after it on the last day is left
    /// out.
    pub(super) fn of(
        tenant: &Tenant,
        open: &BTreeMap<NaiveDate, Hours>,
        until: Option<(NaiveDate, DateTime<Utc>)>,
    ) -> Self {
        let mut changed = open.clone();
        changed.extend(until.map(|(day, _)| (day, open.get(&day).copied().unwrap_or_default())));
        let mut plan = Self::default();
        let mut ranges = Vec::new();
        for (day, hours) in changed {
            plan.days.insert(day);
            let until = until.filter(|(last, _)| *last == day).map(|(_, until)| until);
            let whole = tenant.day(day);
            for hour in cut(tenant, (day, day), Grain::Hour) {
                let end = until.map_or(hour.range.end, |until| until.min(hour.range.end));
                if end <= hour.range.start {
                    continue;
                }
                let is_whole = end == hour.range.end;
                if is_whole && !hours.meets(Hours::touched(whole, hour.range)) {
                    plan.kept.insert(hour.range.start);
                } else {
                    ranges.push(TimeRange { end, ..hour.range });
                }
            }
        }
        plan.rows = runs(ranges);
        plan
    }
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
            |from, to| Hours::touched(whole, TimeRange { start: hour(from), end: hour(to) });
        let open = [(day, touched(3, 4).and(touched(10, 12)))].into();
        let plan = Plan::of(&tenant, &open, None);
        assert_eq!(plan.kept.len(), 25 - 3);
        let range = |from, to| TimeRange { start: hour(from), end: hour(to) };
        assert_eq!(plan.rows, [range(3, 4), range(10, 12)]);
        let until = hour(5) + chrono::TimeDelta::minutes(10);
        let plan = Plan::of(&tenant, &open, Some((day, until)));
        assert_eq!(plan.kept, [0, 1, 2, 4].map(hour).into());
        assert_eq!(plan.rows, [range(3, 4), TimeRange { start: hour(5), end: until }]);
    }
}
