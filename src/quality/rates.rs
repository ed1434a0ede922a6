//! Rates with how far they can be trusted, as pure functions of counts.

/// The 97.5 % point of the normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// Bounds of a proportion, both from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Interval {
    pub(super) low: f64,
    pub(super) high: f64,
}

/// The Wilson 95 % interval of `part` of `whole`, without a correction for continuity; none of nothing.
pub(super) fn wilson(part: i64, whole: i64) -> Option<Interval> {
    if whole <= 0 {
        return None;
    }
    let (n, p) = (real(whole), real(part) / real(whole));
    let scale = 1.0 + Z * Z / n;
    let center = (p + Z * Z / (2.0 * n)) / scale;
    let reach = Z / scale * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    Some(Interval { low: (center - reach).max(0.0), high: (center + reach).min(1.0) })
}

/// How often two judges said yes and no of the same things.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Verdicts {
    pub(super) both_yes: i64,
    pub(super) only_first: i64,
    pub(super) only_second: i64,
    pub(super) both_no: i64,
}

impl Verdicts {
    /// Cohen's kappa; none without verdicts, and where both say the same of everything: agreement by
    /// chance is certain then.
    pub(super) fn kappa(self) -> Option<f64> {
        let Self { both_yes, only_first, only_second, both_no } = self;
        let all = both_yes + only_first + only_second + both_no;
        if all <= 0 {
            return None;
        }
        let share = |count: i64| real(count) / real(all);
        let observed = share(both_yes + both_no);
        let (first, second) = (share(both_yes + only_first), share(both_yes + only_second));
        let expected = first * second + (1.0 - first) * (1.0 - second);
        (expected < 1.0).then(|| (observed - expected) / (1.0 - expected))
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of audits lie far below 2^53")]
fn real(count: i64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// R. G. Newcombe, Two-sided confidence intervals for the single proportion, Statistics in Medicine
    /// 17 (1998), 857–872, table I, method 3.
    #[test]
    fn an_interval_is_that_of_published_examples() {
        for (part, whole, low, high) in [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ] {
            let Interval { low: l, high: h } = wilson(part, whole).unwrap();
            let is_near = |found: f64, told: f64| (found - told).abs() < 0.000_05;
            assert!(is_near(l, low) && is_near(h, high), "{part} of {whole}: {l} to {h}");
        }
        assert_eq!(wilson(0, 0), None);
    }

    /// The worked examples of the article on Cohen's kappa in the English Wikipedia, and that of J. Sim and
    /// C. C. Wright, The kappa statistic in reliability studies, Physical Therapy 85 (2005), 257–268: two
    /// therapists about the pain of 39 patients, 0.67.
    #[test]
    fn kappa_is_that_of_published_examples() {
        for (verdicts, expected) in [
            ([20, 5, 10, 15], 0.4),
            ([45, 15, 25, 15], 0.130_4),
            ([25, 35, 5, 35], 0.259_3),
            ([22, 2, 4, 11], 0.666_7),
        ] {
            let [both_yes, only_first, only_second, both_no] = verdicts;
            let verdicts = Verdicts { both_yes, only_first, only_second, both_no };
            let kappa = verdicts.kappa().unwrap();
            assert!((kappa - expected).abs() < 0.000_05, "{verdicts:?}: {kappa}");
        }
        assert_eq!(Verdicts::default().kappa(), None);
        assert_eq!(Verdicts { both_yes: 7, ..Verdicts::default() }.kappa(), None);
    }

    proptest! {
        #[test]
        fn an_interval_holds_its_proportion(whole in 1_i64..1_000_000, part in 0_i64..1_000_000) {
            let part = part.min(whole);
            let Interval { low, high } = wilson(part, whole).unwrap();
            let p = real(part) / real(whole);
            prop_assert!(0.0 <= low && low <= p + 1e-12 && p <= high + 1e-12 && high <= 1.0);
        }

        #[test]
        fn judges_who_always_agree_have_one(yes in 1_i64..1_000, no in 1_i64..1_000) {
            let verdicts = Verdicts { both_yes: yes, both_no: no, ..Verdicts::default() };
            prop_assert!((verdicts.kappa().unwrap() - 1.0).abs() < 1e-12);
        }
    }
}
