//! How long calls took.

use std::time::Duration;

use serde::Serialize;

/// The durations of calls, each of them kept: a bounded run has few enough.
#[derive(Clone, Debug, Default)]
pub(super) struct Latencies(Vec<Duration>);

/// What is shown of them, in milliseconds.
#[expect(clippy::struct_field_names, reason = "the unit belongs into the names of JSON keys")]
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(super) struct Spread {
    pub(super) p50_ms: f64,
    pub(super) p95_ms: f64,
    pub(super) p99_ms: f64,
    pub(super) max_ms: f64,
}

impl Latencies {
    pub(super) fn add(&mut self, duration: Duration) {
        self.0.push(duration);
    }

    pub(super) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    pub(super) fn count(&self) -> u64 {
        self.0.len() as u64
    }

    /// `None` without a call.
    pub(super) fn spread(mut self) -> Option<Spread> {
        self.0.sort_unstable();
        let millis = |percent| percentile(&self.0, percent).map(|at| at.as_secs_f64() * 1_000.0);
        let (p50_ms, p95_ms) = (millis(50)?, millis(95)?);
        Some(Spread { p50_ms, p95_ms, p99_ms: millis(99)?, max_ms: millis(100)? })
    }
}

/// The nearest rank: the smallest value that `percent` of all values do not exceed. A value that
/// occurred, never one in between.
fn percentile(sorted: &[Duration], percent: usize) -> Option<Duration> {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn durations(millis: impl IntoIterator<Item = u64>) -> Vec<Duration> {
        millis.into_iter().map(Duration::from_millis).collect()
    }

    #[test]
    fn a_percentile_is_the_nearest_rank() {
        let hundred = durations(1..=100);
        let few = durations([3, 5]);
        for (sorted, percent, expected) in [
            (&hundred, 50, Some(50)),
            (&hundred, 99, Some(99)),
            (&hundred, 100, Some(100)),
            (&few, 50, Some(3)),
            (&few, 99, Some(5)),
            (&few, 0, Some(3)),
            (&Vec::new(), 50, None),
        ] {
            assert_eq!(percentile(sorted, percent), expected.map(Duration::from_millis));
        }
    }

    #[test]
    fn the_order_of_calls_does_not_matter() {
        let spread = |millis: &[u64]| Latencies(durations(millis.iter().copied())).spread();
        assert_eq!(spread(&[9, 1, 4]), spread(&[1, 4, 9]));
        assert_eq!(spread(&[]), None);
    }
}
