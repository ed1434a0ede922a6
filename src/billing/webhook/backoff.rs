//! When a message is sent again.

use chrono::TimeDelta;
use rand::Rng;

const FIRST_MS: i64 = 5_000;
/// With the most that chance adds, an hour.
const LONGEST_MS: i64 = 2_400_000;
/// Longest wait that a receiver is granted.
const LONGEST_ASKED: TimeDelta = TimeDelta::hours(1);

/// How long to wait after so many attempts: twice as long each time, from 5 s to an hour, and up to half
/// as long again by chance, so that messages that failed together do not come together. Longer where the
/// receiver asks for it.
pub(super) fn next_delay(
    attempts: i32,
    retry_after: Option<TimeDelta>,
    chance: &mut impl Rng,
) -> TimeDelta {
    // Far above the longest, and far from 64 bits.
    let doublings = attempts.saturating_sub(1).clamp(0, 20);
    let least = (FIRST_MS << doublings).min(LONGEST_MS);
    let delay = TimeDelta::milliseconds(least + chance.random_range(0..=least / 2));
    retry_after.map_or(delay, |asked| delay.max(asked.min(LONGEST_ASKED)))
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng as _, rngs::StdRng};

    use super::*;

    #[test]
    fn waits_double_from_five_seconds_to_an_hour() {
        let mut chance = StdRng::seed_from_u64(1);
        let cases = [
            (1, 5, 8),
            (2, 10, 15),
            (3, 20, 30),
            (9, 1_280, 1_920),
            (10, 2_400, 3_600),
            (i32::MAX, 2_400, 3_600),
        ];
        for (attempts, least, most) in cases {
            let delays: Vec<_> =
                (0..200).map(|_| next_delay(attempts, None, &mut chance)).collect();
            let bounds = TimeDelta::seconds(least)..=TimeDelta::seconds(most);
            assert!(delays.iter().all(|delay| bounds.contains(delay)), "{attempts}");
            assert!(delays.iter().any(|delay| *delay != delays[0]), "all alike: {attempts}");
        }
    }

    #[test]
    fn a_receiver_may_ask_for_more_time_but_not_for_ever() {
        let mut chance = StdRng::seed_from_u64(1);
        for (asked, least) in [(0, 5), (120, 120), (86_400, 3_600)] {
            let delay = next_delay(1, Some(TimeDelta::seconds(asked)), &mut chance);
            assert!(delay >= TimeDelta::seconds(least), "{asked}: {delay}");
            assert!(delay <= TimeDelta::seconds(least.max(8)), "{asked}: {delay}");
        }
    }
}
