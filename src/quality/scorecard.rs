//! The score of an audit from the answers to a scorecard, as a pure function.

use entity::quality_audit::Model;
use serde::{Deserialize, Serialize};

use super::model::Score;
use crate::{
    config::{Category, Scorecard},
    error::{Error, Result},
};

/// Points for one category, none where it does not apply; as it is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenAnswer {
    pub category: String,
    pub points: Option<i32>,
}

/// An answer with what it counts, as it stays with the audit: the score follows from these alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Answer {
    pub(super) category: String,
    pub(super) points: Option<u32>,
    /// The most points that there were.
    pub(super) of: u32,
    pub(super) weight: u32,
    pub(super) critical: bool,
}

/// Reads answers to a scorecard: one for each category, in the order of the card.
///
/// # Errors
/// [`Error::BadInput`] for a category that is missing, unknown or there twice, and for points beyond its
/// scale.
pub(super) fn read(card: &Scorecard, given: &[GivenAnswer]) -> Result<Vec<Answer>> {
    for (index, answer) in given.iter().enumerate() {
        let is_known = card.categories.iter().any(|category| category.id == answer.category);
        let is_first = given[..index].iter().all(|other| other.category != answer.category);
        if !is_known || !is_first {
            let known: Vec<_> = card.categories.iter().map(|one| one.id.as_str()).collect();
            let expected = format!("each category of the scorecard once: {}", known.join(", "));
            return Err(Error::bad_text("answers.category", &answer.category, &expected));
        }
    }
    card.categories.iter().map(|category| answer(category, given)).collect()
}

fn answer(category: &Category, given: &[GivenAnswer]) -> Result<Answer> {
    let found = given.iter().find(|answer| answer.category == category.id);
    let Some(found) = found else {
        let expected = format!("an answer for `{}`, null where it does not apply", category.id);
        return Err(Error::bad_input("answers", "incomplete", &expected));
    };
    let within = |points: i32| {
        let points = u32::try_from(points).ok().filter(|points| *points <= category.points);
        points.ok_or_else(|| {
            let field = format!("answers[{}].points", category.id);
            let expected = format!("0 to {}", category.points);
            Error::bad_input(&field, found.points.unwrap_or_default(), &expected)
        })
    };
    Ok(Answer {
        category: category.id.clone(),
        points: found.points.map(within).transpose()?,
        of: category.points,
        weight: category.weight,
        critical: category.critical,
    })
}

/// The score that answers come to: the weighted mean of their shares in percent, half to even, those
/// that do not apply left out; 0 where a critical category has less than half of its points. None where
/// nothing applies.
pub(super) fn score(answers: &[Answer]) -> Option<i32> {
    let applying = || answers.iter().filter_map(|answer| Some((answer, answer.points?)));
    if applying().any(|(answer, points)| answer.critical && points * 2 < answer.of) {
        return Some(0);
    }
    // Over one denominator, so that nothing is rounded before the end.
    let common = applying().map(|(answer, _)| u128::from(answer.of)).fold(1, lcm);
    let (mut sum, mut weights) = (0_u128, 0_u128);
    for (answer, points) in applying() {
        sum += u128::from(answer.weight) * u128::from(points) * (common / u128::from(answer.of));
        weights += u128::from(answer.weight);
    }
    let (part, whole) = (sum * 100, weights * common);
    let (quotient, twice_rest) = (part.checked_div(whole)?, part.checked_rem(whole)? * 2);
    let rounds_up = twice_rest > whole || (twice_rest == whole && quotient % 2 == 1);
    i32::try_from(quotient + u128::from(rounds_up)).ok()
}

fn lcm(a: u128, b: u128) -> u128 {
    let (mut x, mut y) = (a, b);
    while y != 0 {
        (x, y) = (y, x % y);
    }
    a / x * b
}

/// The answers of an audit, as they were given.
pub(super) fn answers_of(audit: &Model) -> Vec<Answer> {
    let stored = audit.answers.clone();
    stored.and_then(|answers| serde_json::from_value(answers).ok()).unwrap_or_default()
}

/// The score that the answers of an audit come to; none without answers.
pub(super) fn recomputed(audit: &Model) -> Option<i32> {
    score(&answers_of(audit))
}

/// The score of answers that are to be stored.
///
/// # Errors
/// [`Error::BadInput`] where nothing applies.
pub(super) fn score_of(answers: &[Answer]) -> Result<Score> {
    let score = score(answers).ok_or_else(|| {
        Error::bad_input("answers", "nothing that applies", "points for at least one category")
    })?;
    Score::new("score", score)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive as _};

    use super::*;

    fn answer(points: impl Into<Option<u32>>, of: u32, weight: u32, critical: bool) -> Answer {
        Answer { category: "c".into(), points: points.into(), of, weight, critical }
    }

    #[test]
    fn a_score_is_the_weighted_mean_of_what_applies() {
        for (answers, expected) in [
            (vec![answer(5, 5, 1, false)], Some(100)),
            (vec![answer(5, 5, 3, false), answer(0, 5, 1, false)], Some(75)),
            (vec![answer(1, 2, 1, false), answer(1, 3, 1, false)], Some(42)),
            (vec![answer(5, 5, 1, false), answer(None, 5, 99, true)], Some(100)),
            // Half goes to the even neighbour: 62.5 and 37.5.
            (vec![answer(5, 8, 1, false)], Some(62)),
            (vec![answer(3, 8, 1, false)], Some(38)),
            // Less than half of something critical.
            (vec![answer(5, 5, 9, false), answer(2, 5, 1, true)], Some(0)),
            (vec![answer(5, 5, 1, false), answer(2, 4, 1, true)], Some(75)),
            (vec![answer(None, 5, 1, false)], None),
            (vec![], None),
        ] {
            assert_eq!(score(&answers), expected, "{answers:?}");
        }
    }

    #[test]
    fn what_is_wrong_with_answers_is_named() {
        let category = |id: &str| Category {
            id: id.into(),
            title: "T".into(),
            points: 5,
            weight: 1,
            critical: false,
        };
        let categories = vec![category("tone"), category("facts")];
        let card = Scorecard { id: "care".into(), version: 1, title: "Care".into(), categories };
        let given = |category: &str, points| GivenAnswer { category: category.into(), points };
        let read = |given: &[GivenAnswer]| read(&card, given).map_err(|error| error.to_string());
        let read_all = read(&[given("facts", None), given("tone", Some(5))]).unwrap();
        let order: Vec<_> =
            read_all.iter().map(|answer| (&*answer.category, answer.points)).collect();
        assert_eq!(order, [("tone", Some(5)), ("facts", None)]);
        for (answers, reason) in [
            (
                vec![given("tone", Some(5))],
                "`answers` is incomplete, expected an answer for `facts`",
            ),
            (
                vec![given("tone", Some(6)), given("facts", None)],
                "`answers[tone].points` is 6, expected 0 to 5",
            ),
            (
                vec![given("tone", Some(-1)), given("facts", None)],
                "`answers[tone].points` is -1, expected 0 to 5",
            ),
            (vec![given("style", None)], "`answers.category` is \"style\", expected each category"),
            (
                vec![given("tone", None), given("tone", None)],
                "`answers.category` is \"tone\", expected each category",
            ),
        ] {
            let error = read(&answers).unwrap_err();
            assert!(error.starts_with(reason), "{error}");
        }
    }

    fn scale() -> impl Strategy<Value = u32> {
        prop_oneof![1_u32..=60, Just(100)]
    }

    #[test]
    fn the_finest_scorecard_is_scored_exactly() {
        let answers: Vec<_> = (1..=60).map(|of| answer(of, of, 1_000, false)).collect();
        assert_eq!(score(&answers), Some(100));
    }

    proptest! {
        /// The same in decimals of 28 digits.
        #[test]
        fn a_score_is_that_of_exact_decimals(
            answers in prop::collection::vec((scale(), 0_u32..=100, 1_u32..=1_000), 1..8)
        ) {
            let answers: Vec<_> = answers
                .into_iter()
                .map(|(of, points, weight)| answer(points.min(of), of, weight, false))
                .collect();
            let decimal = |number: u32| Decimal::from(number);
            let common: Decimal = answers.iter().map(|one| decimal(one.of)).product();
            let sum: Decimal = answers
                .iter()
                .map(|one| decimal(one.weight) * decimal(one.points.unwrap()) * (common / decimal(one.of)))
                .sum();
            let weights: Decimal = answers.iter().map(|one| decimal(one.weight)).sum();
            let exact = sum * Decimal::from(100) / (weights * common);
            let near = exact.round_dp_with_strategy(9, RoundingStrategy::MidpointNearestEven);
            let half = (near * Decimal::from(2)).fract().is_zero() && !near.fract().is_zero();
            let rounded = near.round_dp_with_strategy(0, RoundingStrategy::MidpointNearestEven);
            let found = score(&answers).unwrap();
            prop_assert!(half || Some(found) == rounded.to_i32(), "{found} of {exact}");
            prop_assert!((0..=100).contains(&found));
        }
    }
}
