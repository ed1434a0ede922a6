//! How long a session lasts, in steps: by these, sums find the sessions that reach into a stretch of
//! time without an index over each of their instants.

use std::ops::RangeInclusive;

use chrono::{DateTime, TimeDelta, Utc};

/// The steps with an end: 1, 4, 16, 64, 256 and 1,024 hours. Whatever is longer is of the one after.
const STEPS: i16 = 6;

/// All steps.
pub(crate) fn steps() -> RangeInclusive<i16> {
    0..=STEPS
}

/// The step of a session that goes so long from its first event to its last.
pub(super) fn of(length: TimeDelta) -> i16 {
    (0..STEPS).find(|step| length < longest(*step)).unwrap_or(STEPS)
}

/// Each step, with the instant after which those of its sessions began that reach `start`; of the
/// last step any may.
fn reaching(start: DateTime<Utc>) -> impl Iterator<Item = (i16, Option<DateTime<Utc>>)> {
    let bounded = (0..STEPS).map(move |step| (step, start.checked_sub_signed(longest(step))));
    bounded.chain([(STEPS, None)])
}

/// Finds by the index the sessions under `filter` that reach from before `end` to `start` or beyond,
/// in SQL; `bind` places an instant. What their last event says is to be asked besides.
pub(super) fn reaching_sql(
    start: DateTime<Utc>,
    end: &str,
    filter: &str,
    mut bind: impl FnMut(DateTime<Utc>) -> String,
) -> String {
    let steps = reaching(start).map(|(step, since)| {
        let since = since.map(|since| format!(" AND first_event_at > {}", bind(since)));
        let since = since.unwrap_or_default();
        format!("({filter} AND span = {step} AND first_event_at < {end}{since})")
    });
    steps.collect::<Vec<_>>().join(" OR ")
}

fn longest(step: i16) -> TimeDelta {
    TimeDelta::hours(1 << (2 * step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_among_those_that_reach_its_last_event() {
        let first = DateTime::UNIX_EPOCH;
        for (millis, step) in
            [(0, 0), (3_599_999, 0), (3_600_000, 1), (1_024 * 3_600_000, 6), (i64::MAX / 2_000, 6)]
        {
            let length = TimeDelta::milliseconds(millis);
            assert_eq!(of(length), step, "{length}");
            let (_, since) = reaching(first + length).find(|(of, _)| *of == step).unwrap();
            assert!(since.is_none_or(|since| since < first), "{length}");
        }
    }
}
