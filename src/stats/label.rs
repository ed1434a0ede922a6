//! Figures as people read them, in the tenant's language.

use chrono::{Datelike as _, NaiveDate, TimeDelta};

use crate::tenant::Language;

/// The weekday, e.g. `周一` or `Mon`.
pub fn weekday(date: NaiveDate, language: Language) -> &'static str {
    const NAMES: [(&str, &str); 7] = [
        ("周一", "Mon"),
        ("周二", "Tue"),
        ("周三", "Wed"),
        ("周四", "Thu"),
        ("周五", "Fri"),
        ("周六", "Sat"),
        ("周日", "Sun"),
    ];
    let (chinese, english) = NAMES[date.weekday().num_days_from_monday() as usize];
    language.pick(chinese, english)
}

/// A stretch of time in its largest whole unit, e.g. `45s`, `12m`, `4h`, `3d`.
pub fn duration(stretch: TimeDelta) -> String {
    let secs = stretch.num_seconds().max(0);
    match secs {
        0..60 => format!("{secs}s"),
        60..3_600 => format!("{}m", secs / 60),
        3_600..86_400 => format!("{}h", secs / 3_600),
        _ => format!("{}d", secs / 86_400),
    }
}

/// A percentage with one decimal, e.g. `28.4%`; a dash without one.
pub fn percent(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.1}%"))
}

/// The relative change of a count, e.g. `+12%`; none when there was nothing before.
pub fn change_ratio(now: i64, before: i64) -> Option<String> {
    let ratio = super::metric::ratio(now - before, before)?;
    Some(signed(ratio * 100.0, 0, "%"))
}

/// The difference of two values, e.g. `-4s` or `+0.2%`; none when either is missing.
pub fn change(
    now: Option<f64>,
    before: Option<f64>,
    decimals: usize,
    unit: &str,
) -> Option<String> {
    Some(signed(now? - before?, decimals, unit))
}

fn signed(value: f64, decimals: usize, unit: &str) -> String {
    let text = format!("{value:+.decimals$}{unit}");
    // A change that rounds to nothing has no direction.
    if text.trim_start_matches(['+', '-']).trim_end_matches(unit).parse() == Ok(0.0) {
        format!("{:.decimals$}{unit}", 0.0)
    } else {
        text
    }
}

/// Shares in whole percent that add up to exactly 100 (largest remainder); zeros without a sum.
pub fn shares<const N: usize>(counts: [i64; N]) -> [i32; N] {
    let total: i64 = counts.iter().sum();
    if total <= 0 {
        return [0; N];
    }
    let exact = counts.map(|count| i128::from(count) * 100);
    let total = i128::from(total);
    let mut shares = exact.map(|share| i32::try_from(share / total).unwrap_or_default());
    let mut by_remainder: Vec<usize> = (0..N).collect();
    // Equal remainders go to the earlier label.
    by_remainder.sort_by_key(|index| std::cmp::Reverse(exact[*index] % total));
    let missing = usize::try_from(100 - shares.iter().sum::<i32>()).unwrap_or_default();
    for index in by_remainder.into_iter().take(missing) {
        shares[index] += 1;
    }
    shares
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn shares_add_up_to_a_hundred() {
        let cases = [
            ([1, 1, 1], [34, 33, 33]),
            ([88, 10, 2], [88, 10, 2]),
            ([0, 0, 7], [0, 0, 100]),
            ([2, 1, 0], [67, 33, 0]),
            ([0, 0, 0], [0, 0, 0]),
        ];
        for (counts, expected) in cases {
            assert_eq!(shares(counts), expected, "{counts:?}");
        }
    }

    proptest! {
        #[test]
        fn shares_of_anything_add_up_and_are_off_by_less_than_one(
            counts in prop::array::uniform5(0_i64..1_000_000_000_000),
        ) {
            let (found, total) = (shares(counts), counts.iter().sum::<i64>());
            prop_assume!(total > 0);
            prop_assert_eq!(found.iter().sum::<i32>(), 100);
            for (count, share) in counts.iter().zip(found) {
                let off = i128::from(share) * i128::from(total) - i128::from(*count) * 100;
                prop_assert!(off.abs() < i128::from(total), "{share} of {counts:?}");
            }
            // Who has more is not shown with less.
            let mut ranked: Vec<_> = counts.iter().zip(found).collect();
            ranked.sort_by_key(|(count, share)| (**count, *share));
            prop_assert!(ranked.is_sorted_by_key(|(_, share)| *share), "{found:?} of {counts:?}");
        }
    }

    #[test]
    fn changes_have_a_sign_unless_they_are_nothing() {
        assert_eq!(change_ratio(112, 100).as_deref(), Some("+12%"));
        assert_eq!(change_ratio(5, 0), None);
        assert_eq!(change(Some(24.2), Some(28.0), 0, "s").as_deref(), Some("-4s"));
        assert_eq!(change(Some(98.5), Some(98.52), 1, "%").as_deref(), Some("0.0%"));
        assert_eq!(change(None, Some(1.0), 0, "s"), None);
    }

    #[test]
    fn durations_use_their_largest_unit() {
        for (secs, text) in
            [(0, "0s"), (59, "59s"), (720, "12m"), (4 * 3_600 + 5, "4h"), (200_000, "2d")]
        {
            assert_eq!(duration(TimeDelta::seconds(secs)), text);
        }
    }
}
