//! The grade of a mean score, in words.

use rust_decimal::Decimal;

use crate::tenant::Language;

/// Days whose audits make the grade, today included.
pub(super) const DAYS: u64 = 30;

/// Lowest mean of each grade, best first; below the last comes "needs improvement".
const GRADES: [(i64, &str, &str); 3] =
    [(95, "卓越", "Excellent"), (85, "良好", "Good"), (60, "合格", "Acceptable")];

/// Names the grade of a mean score of 0 to 100 (`product.md`, "quality grade").
pub(super) fn grade(mean: Decimal, language: Language) -> &'static str {
    let reached = GRADES.iter().find(|(least, _, _)| mean >= Decimal::from(*least));
    match reached {
        Some((_, chinese, english)) => language.pick(chinese, english),
        None => language.pick("待改进", "Needs improvement"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_grade_begins_at_its_lowest_mean() {
        let cases = [
            ("100", "卓越", "Excellent"),
            ("95", "卓越", "Excellent"),
            ("94.9999999999999999999999999", "良好", "Good"),
            ("85", "良好", "Good"),
            ("84.99", "合格", "Acceptable"),
            ("60", "合格", "Acceptable"),
            ("59.99", "待改进", "Needs improvement"),
            ("0", "待改进", "Needs improvement"),
        ];
        for (mean, chinese, english) in cases {
            let mean: Decimal = mean.parse().unwrap();
            assert_eq!(grade(mean, Language::Chinese), chinese, "{mean}");
            assert_eq!(grade(mean, Language::English), english, "{mean}");
        }
    }
}
