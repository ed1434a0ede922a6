//! How a stretch of days is cut into buckets of a grain, in the tenant's time zone.

use std::fmt::Write as _;

use async_graphql::Enum;
use chrono::{DateTime, Datelike as _, Days, Months, NaiveDate, Offset as _, TimeDelta, Utc};
use sea_orm::{DbBackend, Value};

use crate::tenant::{Tenant, TimeRange};

/// The finest step that every zone of the present keeps: no hour begins off a quarter.
const QUARTER_SECS: i64 = 900;
const DAY_SECS: i64 = 86_400;
/// Days before 1970 to which an offset may reach, so that divisions round down.
const DAYS_AHEAD: i64 = 2;

/// How fine figures are told over time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
pub enum Grain {
    /// Hours by the clock of the tenant's zone: 23 or 25 on days when clocks change.
    Hour,
    #[default]
    Day,
    /// Weeks from Monday to Sunday.
    Week,
    Month,
}

/// One stretch of time of an answer; the first and the last are cut to the days asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    pub range: TimeRange,
    /// Its first day, and its last.
    pub days: (NaiveDate, NaiveDate),
}

/// Cuts the days from `from` to `to`, both included; oldest first, without a gap.
pub(in crate::stats) fn cut(
    tenant: &Tenant,
    (from, to): (NaiveDate, NaiveDate),
    grain: Grain,
) -> Vec<Bucket> {
    let mut buckets = Vec::new();
    let mut first = from;
    while first <= to {
        let last = last_of(first, grain).min(to);
        let range = tenant.days(first, last);
        match grain {
            Grain::Hour => buckets.extend(hours(tenant, first, range)),
            _ => buckets.push(Bucket { range, days: (first, last) }),
        }
        let Some(next) = last.checked_add_days(Days::new(1)) else { break };
        first = next;
    }
    buckets
}

/// How finely the roll-up keeps what it sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::stats) enum Level {
    /// Quarters of an hour, of days that may still change; an hour has all of its or none.
    Quarter,
    Hour,
    Day,
}

impl Level {
    /// As it is kept.
    pub(in crate::stats) fn column(self) -> i16 {
        self as i16
    }

    /// Its stretches of a day, oldest first, without a gap.
    pub(in crate::stats) fn cut(self, tenant: &Tenant, day: NaiveDate) -> Vec<Bucket> {
        match self {
            Self::Quarter => quarters(day, tenant.day(day)),
            Self::Hour => cut(tenant, (day, day), Grain::Hour),
            Self::Day => cut(tenant, (day, day), Grain::Day),
        }
    }
}

fn quarters(day: NaiveDate, range: TimeRange) -> Vec<Bucket> {
    let quarter = TimeDelta::seconds(QUARTER_SECS);
    let starts =
        std::iter::successors(Some(range.start), |start| start.checked_add_signed(quarter));
    let bucket = |start: DateTime<Utc>| {
        let end = (start + quarter).min(range.end);
        Bucket { range: TimeRange { start, end }, days: (day, day) }
    };
    starts.take_while(|start| *start < range.end).map(bucket).collect()
}

/// The last day of the day, week or month that a day is in.
fn last_of(day: NaiveDate, grain: Grain) -> NaiveDate {
    let last = match grain {
        Grain::Hour | Grain::Day => Some(day),
        Grain::Week => {
            day.checked_add_days(Days::new(u64::from(6 - day.weekday().num_days_from_monday())))
        }
        Grain::Month => day
            .with_day(1)
            .and_then(|first| first.checked_add_months(Months::new(1)))
            .and_then(|next| next.checked_sub_days(Days::new(1))),
    };
    last.unwrap_or(NaiveDate::MAX)
}

/// The hours of one day: one begins wherever the clock shows a whole hour, and where clocks change.
fn hours(tenant: &Tenant, day: NaiveDate, range: TimeRange) -> Vec<Bucket> {
    let begins = |at: &DateTime<Utc>| {
        let offset = offset_secs(tenant, *at);
        (at.timestamp() + offset).rem_euclid(3_600) == 0
            || offset != offset_secs(tenant, *at - TimeDelta::seconds(1))
    };
    let quarters = (1..).map(|number| range.start + TimeDelta::seconds(number * QUARTER_SECS));
    let later = quarters.take_while(|at| *at < range.end).filter(begins);
    let starts: Vec<_> = std::iter::once(range.start).chain(later).collect();
    let ends = starts.iter().skip(1).copied().chain([range.end]);
    let bucket = |(start, end)| Bucket { range: TimeRange { start, end }, days: (day, day) };
    starts.iter().copied().zip(ends).map(bucket).collect()
}

fn offset_secs(tenant: &Tenant, at: DateTime<Utc>) -> i64 {
    at.with_timezone(&tenant.time_zone).offset().fix().local_minus_utc().into()
}

/// The offsets of the tenant's zone from UTC during a stretch, each with the instant since when; the
/// first one since its beginning.
pub(super) fn offsets(tenant: &Tenant, range: TimeRange) -> Vec<(DateTime<Utc>, i64)> {
    let mut known = vec![(range.start, offset_secs(tenant, range.start))];
    let mut at = range.start;
    while at < range.end {
        // No zone changes twice within a day.
        let next = (at + TimeDelta::days(1)).min(range.end);
        let last = known.last().map_or(0, |(_, offset)| *offset);
        if offset_secs(tenant, next) != last {
            let since = change_between(tenant, at, next);
            if since < range.end {
                known.push((since, offset_secs(tenant, next)));
            }
        }
        at = next;
    }
    known
}

/// The second at which the offset changes between two instants.
fn change_between(tenant: &Tenant, from: DateTime<Utc>, to: DateTime<Utc>) -> DateTime<Utc> {
    let before = offset_secs(tenant, from);
    let (mut low, mut high) = (from.timestamp(), to.timestamp());
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        let at = DateTime::from_timestamp(middle, 0).unwrap_or(from);
        if offset_secs(tenant, at) == before { low = middle } else { high = middle }
    }
    DateTime::from_timestamp(high, 0).unwrap_or(to)
}

/// How rows are told apart by time in SQL.
#[derive(Clone, Debug)]
pub(in crate::stats) enum Slots {
    /// By quarter of an hour of UTC: for hours of any zone.
    Quarters,
    /// By day, at these offsets from UTC.
    Days(Vec<(DateTime<Utc>, i64)>),
}

impl Slots {
    pub(super) fn of(tenant: &Tenant, range: TimeRange, grain: Grain) -> Self {
        match grain {
            Grain::Hour => Self::Quarters,
            _ => Self::Days(offsets(tenant, range)),
        }
    }

    /// The slot of the column `at`, a number, `bind` placing a value.
    pub(in crate::stats) fn sql(
        &self,
        backend: DbBackend,
        mut bind: impl FnMut(Value) -> String,
    ) -> String {
        let (secs, floor) = match backend {
            DbBackend::Postgres => ("date_part('epoch', at)", "FLOOR"),
            // Division of integers.
            _ => ("CAST(strftime('%s', at) AS INTEGER)", ""),
        };
        match self {
            Self::Quarters => format!("CAST({floor}({secs} / {QUARTER_SECS}) AS BIGINT)"),
            Self::Days(offsets) => {
                let mut offset = String::new();
                for pair in offsets.windows(2) {
                    let until = bind(pair[1].0.into());
                    let _ = write!(offset, "WHEN at < {until} THEN {} ", pair[0].1);
                }
                let last = offsets.last().map_or(0, |(_, offset)| *offset);
                let offset = if offset.is_empty() {
                    last.to_string()
                } else {
                    format!("CASE {offset}ELSE {last} END")
                };
                let ahead = DAYS_AHEAD * DAY_SECS;
                format!(
                    "CAST({floor}(({secs} + {ahead} + {offset}) / {DAY_SECS}) AS BIGINT) - {DAYS_AHEAD}"
                )
            }
        }
    }

    /// The place among buckets, in their order, of a slot.
    pub(in crate::stats) fn place(&self, slot: i64, buckets: &[Bucket]) -> Option<usize> {
        let after = match self {
            Self::Quarters => {
                let at = DateTime::from_timestamp(slot * QUARTER_SECS, 0)?;
                // Where a zone of old is off the quarters, the slot may begin before the first.
                buckets.partition_point(|bucket| bucket.range.start <= at).max(1)
            }
            Self::Days(_) => {
                let day = DateTime::from_timestamp(slot * DAY_SECS, 0)?.date_naive();
                buckets.partition_point(|bucket| bucket.days.0 <= day)
            }
        };
        after.checked_sub(1).filter(|place| *place < buckets.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(zone: &str) -> Tenant {
        Tenant { time_zone: zone.parse().unwrap(), ..Tenant::default() }
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// The hours of a day as its clock shows their beginning, with their minutes.
    fn clock(zone: &str, date: &str) -> Vec<(String, i64)> {
        let tenant = tenant(zone);
        let buckets = cut(&tenant, (day(date), day(date)), Grain::Hour);
        let shown = |bucket: &Bucket| {
            let local = bucket.range.start.with_timezone(&tenant.time_zone);
            let minutes = (bucket.range.end - bucket.range.start).num_minutes();
            (local.format("%H:%M").to_string(), minutes)
        };
        buckets.iter().map(shown).collect()
    }

    #[test]
    fn a_day_has_the_hours_of_its_clock() {
        for (zone, date, hours) in [
            ("Asia/Shanghai", "2026-03-10", 24),
            ("Asia/Kolkata", "2026-03-10", 24),
            ("America/St_Johns", "2026-03-10", 24),
            ("Europe/Berlin", "2026-03-29", 23),
            ("Europe/Berlin", "2026-10-25", 25),
            ("America/St_Johns", "2026-03-08", 23),
            ("America/St_Johns", "2026-11-01", 25),
        ] {
            let clock = clock(zone, date);
            assert_eq!(clock.len(), hours, "{zone} {date}: {clock:?}");
            assert!(clock.iter().all(|(at, minutes)| at.ends_with(":00") && *minutes == 60));
        }
    }

    #[test]
    fn where_clocks_change_by_half_an_hour_two_hours_are_cut() {
        // 11:00 ahead of UTC becomes 10:30 at two o'clock, which shows half past one again.
        let clock = clock("Australia/Lord_Howe", "2026-04-05");
        assert_eq!(clock[1..4], [("01:00".into(), 60), ("01:30".into(), 30), ("02:00".into(), 60)]);
        assert_eq!(clock.iter().map(|(_, minutes)| minutes).sum::<i64>(), 24 * 60 + 30);
    }

    #[test]
    fn an_hour_is_made_of_whole_quarters() {
        for (zone, date) in [
            ("Asia/Kolkata", "2026-03-10"),
            ("Europe/Berlin", "2026-10-25"),
            ("Australia/Lord_Howe", "2026-04-05"),
        ] {
            let (tenant, date) = (tenant(zone), day(date));
            let quarters = Level::Quarter.cut(&tenant, date);
            let starts: Vec<_> = quarters.iter().map(|quarter| quarter.range.start).collect();
            let hours = Level::Hour.cut(&tenant, date);
            assert!(hours.iter().all(|hour| starts.contains(&hour.range.start)), "{zone}");
            let whole = tenant.day(date);
            assert_eq!(quarters.last().unwrap().range.end, whole.end);
            let minutes = (whole.end - whole.start).num_minutes();
            assert_eq!(i64::try_from(quarters.len()).unwrap(), minutes / 15);
        }
    }

    #[test]
    fn buckets_follow_each_other_without_a_gap() {
        let days = (day("2026-01-28"), day("2026-04-02"));
        for zone in ["Europe/Berlin", "Asia/Kolkata", "America/St_Johns", "Pacific/Apia"] {
            let tenant = tenant(zone);
            for grain in [Grain::Hour, Grain::Day, Grain::Week, Grain::Month] {
                let buckets = cut(&tenant, days, grain);
                assert_eq!(buckets[0].range.start, tenant.day(days.0).start);
                assert_eq!(buckets.last().unwrap().range.end, tenant.day(days.1).end);
                let follow =
                    buckets.windows(2).all(|pair| pair[0].range.end == pair[1].range.start);
                assert!(follow, "{zone} {grain:?}");
            }
            let months = cut(&tenant, days, Grain::Month);
            assert_eq!(months.len(), 4);
            assert_eq!(months[1].days, (day("2026-02-01"), day("2026-02-28")));
            assert_eq!(cut(&tenant, days, Grain::Week)[1].days.0, day("2026-02-02"));
        }
    }
}
