//! The states an agent was in over a stretch of time, from the reports of its status.

use std::cmp::Reverse;

use chrono::{DateTime, TimeDelta, Utc};

use super::interval::clip;
use crate::{stats::report::Report, tenant::TimeRange, tracker::fact::AgentStatus};

/// A report, of which those that only repeat it may be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Beat {
    pub(super) report: Report,
    /// Whether it was repeated in time up to the next one that is there.
    pub(super) goes_on: bool,
}

impl Beat {
    /// The reports in their order without those between the first and the last that say the same, each
    /// within the lease of the one before. Most are: a browser reports all day long.
    pub(super) fn list(mut reports: Vec<Report>, lease: TimeDelta) -> Vec<Self> {
        reports.sort_unstable();
        let mut beats: Vec<Self> = Vec::new();
        for (index, report) in reports.iter().enumerate() {
            let goes_on = reports.get(index + 1).is_some_and(|next| report.goes_on(next, lease));
            // As the one before goes on, this one is the same.
            let is_between = goes_on && beats.last().is_some_and(|before| before.goes_on);
            if !is_between {
                beats.push(Self { report: *report, goes_on });
            }
        }
        beats
    }
}

impl From<Report> for Beat {
    fn from(report: Report) -> Self {
        Self { report, goes_on: false }
    }
}

/// A state and how long it lasted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stint {
    pub(super) status: AgentStatus,
    pub(super) range: TimeRange,
}

impl Stint {
    /// ONLINE or SERVING: there to take conversations, or in them.
    pub(super) fn is_ready(&self) -> bool {
        matches!(self.status, AgentStatus::Online | AgentStatus::Serving)
    }
}

/// The states over `range`, in their order, up to `now` and no further. The `beats` come in any
/// order and as often as they like; the last one before the range says how it begins. Before the
/// first report there is no state.
pub(super) fn timeline(
    beats: &[Beat],
    lease: TimeDelta,
    range: TimeRange,
    now: DateTime<Utc>,
) -> Vec<Stint> {
    let beats = counted(beats);
    let known = TimeRange { start: range.start, end: range.end.min(now) };
    let nexts = beats.iter().skip(1).map(|beat| beat.report.at).chain([known.end]);
    let mut stints = Vec::new();
    for (Beat { report, goes_on }, next) in beats.iter().zip(nexts) {
        let expires_at = report.expires_at(lease).filter(|_| !goes_on);
        let until = expires_at.map_or(next, |expires_at| expires_at.min(next));
        let said = TimeRange { start: report.at, end: until };
        let silent = TimeRange { start: until, end: next };
        for (status, range) in [(report.status, said), (AgentStatus::Offline, silent)] {
            let range = clip(range, known);
            if range.start < range.end {
                stints.push(Stint { status, range });
            }
        }
    }
    stints
}

/// The reports in their order, one for each instant: the greatest, and of equal ones the one that
/// does not go on, which is the last.
fn counted(beats: &[Beat]) -> Vec<Beat> {
    let mut beats = beats.to_vec();
    beats.sort_unstable_by_key(|beat| Reverse((beat.report, !beat.goes_on)));
    beats.dedup_by_key(|beat| beat.report.at);
    beats.reverse();
    beats
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use entity::agent;
    use proptest::prelude::*;

    use super::*;
    use crate::{stats::agent::presence, tenant::Tenant};
    use AgentStatus::{Away, Offline, Online, Serving};

    const LEASE: TimeDelta = TimeDelta::seconds(90);

    /// States, each with its seconds.
    type States = &'static [(AgentStatus, i64)];

    fn at(secs: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000 + secs, 0).unwrap()
    }

    fn report(secs: i64, status: AgentStatus) -> Report {
        Report { at: at(secs), status, by_hand: false }
    }

    fn by_hand(secs: i64, status: AgentStatus) -> Report {
        Report { by_hand: true, ..report(secs, status) }
    }

    fn range(start: i64, end: i64) -> TimeRange {
        TimeRange { start: at(start), end: at(end) }
    }

    /// Seconds in each state over the first thousand, seen from long after.
    fn secs(reports: &[Report]) -> BTreeMap<AgentStatus, i64> {
        sums(&of(reports, range(0, 1_000), at(10_000)))
    }

    fn of(reports: &[Report], range: TimeRange, now: DateTime<Utc>) -> Vec<Stint> {
        let beats: Vec<_> = reports.iter().copied().map(Beat::from).collect();
        timeline(&beats, LEASE, range, now)
    }

    fn sums(stints: &[Stint]) -> BTreeMap<AgentStatus, i64> {
        let mut sums = BTreeMap::new();
        for Stint { status, range } in stints {
            *sums.entry(*status).or_default() += (range.end - range.start).num_seconds();
        }
        sums
    }

    #[test]
    fn a_state_holds_until_the_next_report_or_the_end_of_its_lease() {
        let beats = |status| (0..10).map(move |beat| report(beat * 60, status));
        let cases: [(&str, Vec<Report>, States); 12] = [
            ("no report", vec![], &[]),
            ("beats, then silence", beats(Online).collect(), &[(Online, 630), (Offline, 370)]),
            (
                "a browser that died and came back",
                vec![report(0, Serving), report(500, Online)],
                &[(Serving, 90), (Offline, 820), (Online, 90)],
            ),
            ("away by hand outlives the lease", vec![by_hand(100, Away)], &[(Away, 900)]),
            ("offline by hand", vec![by_hand(100, Offline)], &[(Offline, 900)]),
            ("a reported offline", vec![report(100, Offline)], &[(Offline, 900)]),
            ("a reported away has a lease", vec![report(0, Away)], &[(Away, 90), (Offline, 910)]),
            (
                "online by hand has a lease",
                vec![by_hand(0, Online)],
                &[(Online, 90), (Offline, 910)],
            ),
            (
                "the last report before the range",
                vec![by_hand(-9_000, Offline), by_hand(-500, Away), report(950, Serving)],
                &[(Away, 950), (Serving, 50)],
            ),
            (
                "a lease that reaches into the range",
                vec![report(-60, Online)],
                &[(Online, 30), (Offline, 970)],
            ),
            (
                "two at one instant: the register keeps the later text",
                vec![report(0, Serving), report(0, Away), report(80, Offline), report(80, Away)],
                &[(Serving, 80), (Offline, 920)],
            ),
            (
                "two at one instant: by hand counts",
                vec![by_hand(0, Away), report(0, Away)],
                &[(Away, 1_000)],
            ),
        ];
        for (name, reports, expected) in cases {
            assert_eq!(secs(&reports), expected.iter().copied().collect(), "{name}");
        }
    }

    #[test]
    fn nothing_after_now_is_counted() {
        let reports = [report(0, Online), report(60, Serving), report(120, Away)];
        let states = sums(&of(&reports, range(0, 1_000), at(100)));
        assert_eq!(states, BTreeMap::from([(Online, 60), (Serving, 40)]));
        assert_eq!(of(&reports, range(200, 1_000), at(100)), []);
    }

    #[test]
    fn a_day_has_as_many_hours_as_the_zone_says() {
        let tenant = Tenant { time_zone: chrono_tz::Europe::Berlin, ..Tenant::default() };
        for (day, hours) in [("2026-03-28", 24), ("2026-03-29", 23), ("2026-10-25", 25)] {
            let day = tenant.day(day.parse().unwrap());
            let away = Report { at: day.start - LEASE, status: Away, by_hand: true };
            let back = Report { at: day.end, status: Online, by_hand: false };
            let states = sums(&of(&[back, away], day, day.end + LEASE));
            assert_eq!(states, BTreeMap::from([(Away, hours * 3_600)]), "{hours}");
        }
    }

    fn some_reports() -> impl Strategy<Value = Vec<Report>> {
        // Few instants, so that several fall on one.
        let one = (0..8_i64, prop::sample::select(&AgentStatus::ALL), any::<bool>());
        let one =
            one.prop_map(|(step, status, by_hand)| Report { at: at(step * 50), status, by_hand });
        prop::collection::vec(one, 1..12)
    }

    proptest! {
        #[test]
        fn neither_order_nor_repetition_matters(
            (reports, shuffled) in some_reports()
                .prop_flat_map(|reports| (Just(reports.clone()), Just(reports).prop_shuffle())),
        ) {
            prop_assert_eq!(secs(&reports), secs(&shuffled));
            prop_assert_eq!(secs(&reports), secs(&[shuffled, reports.clone()].concat()));
        }

        #[test]
        fn a_range_is_the_sum_of_its_parts(reports in some_reports(), cut in 0..1_000_i64) {
            let mut parts = of(&reports, range(0, cut), at(10_000));
            parts.extend(of(&reports, range(cut, 1_000), at(10_000)));
            prop_assert_eq!(sums(&parts), secs(&reports));
        }

        #[test]
        fn reports_that_only_repeat_the_one_before_change_nothing(
            reports in some_reports(),
            latest in some_reports(),
            (start, now) in (0..200_i64, 0..500_i64),
        ) {
            let latest = latest.into_iter().max().map(|report| Report { at: at(-50), ..report });
            let all: Vec<_> = latest.into_iter().chain(reports.iter().copied()).collect();
            let mut left = Beat::list(reports.clone(), LEASE);
            left.extend(latest.map(Beat::from));
            left.reverse();
            let range = range(start, 450);
            let left = timeline(&left, LEASE, range, at(now));
            prop_assert_eq!(sums(&left), sums(&of(&all, range, at(now))));
        }

        #[test]
        fn the_floor_and_the_past_show_one_state(reports in some_reports(), now in 0..600_i64) {
            let heard: Vec<_> = reports.into_iter().filter(|report| report.at <= at(now)).collect();
            let latest = heard.iter().max();
            let row = agent::Model {
                tenant_id: String::new(),
                agent_id: String::new(),
                name: None,
                name_at: None,
                capacity: None,
                capacity_at: None,
                status: latest.map(|report| report.status.as_str().to_owned()),
                status_at: latest.map(|report| report.at),
                status_since: None,
                by_hand: latest.is_some_and(|report| report.by_hand),
                last_seen_at: at(0),
                revision: 0,
            };
            let past = of(&heard, range(now, now + 1), at(10_000));
            let past = past.first().map_or(Offline, |stint| stint.status);
            prop_assert_eq!(past, presence(&row, at(now), LEASE).status);
        }
    }
}
