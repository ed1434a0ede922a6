//! A call and its corrections: what they add up to, and the row that makes it something else.

use chrono::{DateTime, Utc};
use entity::token_usage::{Kind, Model};

/// What a call is known to be: its row and its corrections, in their order, added up. The sum has the
/// last revision. None without rows.
pub(super) fn sum(rows: &[Model]) -> Option<Model> {
    let (call, corrections) = rows.split_first()?;
    Some(corrections.iter().fold(call.clone(), |sum, row| add(&sum, row)))
}

fn add(sum: &Model, row: &Model) -> Model {
    let unpriced = i64::from(sum.estimated_cost_nanos.is_none()) + row.unpriced_change;
    let cost = sum.estimated_cost_nanos.unwrap_or(0) + row.estimated_cost_nanos.unwrap_or(0);
    Model {
        revision: row.revision,
        status: row.status,
        usage_known: sum.usage_known || row.usage_known,
        tokens_used: sum.tokens_used + row.tokens_used,
        input_tokens: part(sum.input_tokens, row.input_tokens),
        cached_input_tokens: part(sum.cached_input_tokens, row.cached_input_tokens),
        output_tokens: part(sum.output_tokens, row.output_tokens),
        reasoning_tokens: part(sum.reasoning_tokens, row.reasoning_tokens),
        estimated_cost_nanos: (unpriced == 0).then_some(cost),
        price_rule: row.price_rule.clone(),
        input_price_nanos: row.input_price_nanos,
        cached_input_price_nanos: row.cached_input_price_nanos,
        output_price_nanos: row.output_price_nanos,
        reasoning_price_nanos: row.reasoning_price_nanos,
        ..sum.clone()
    }
}

/// A part that was not known is known once a correction names it.
fn part(sum: Option<i64>, change: Option<i64>) -> Option<i64> {
    change.map_or(sum, |change| Some(sum.unwrap_or(0) + change))
}

/// The row that turns what is known of a call into `wanted`; none when it is that already.
pub(super) fn difference(
    known: &Model,
    wanted: &Model,
    kind: Kind,
    now: DateTime<Utc>,
) -> Option<Model> {
    if says(known) == says(wanted) {
        return None;
    }
    let change =
        |known: Option<i64>, wanted: Option<i64>| Some(wanted? - known.unwrap_or_default());
    let unpriced = |row: &Model| i64::from(row.estimated_cost_nanos.is_none());
    let cost = |row: &Model| row.estimated_cost_nanos.unwrap_or(0);
    Some(Model {
        revision: known.revision + 1,
        kind,
        tokens_used: wanted.tokens_used - known.tokens_used,
        input_tokens: change(known.input_tokens, wanted.input_tokens),
        cached_input_tokens: change(known.cached_input_tokens, wanted.cached_input_tokens),
        output_tokens: change(known.output_tokens, wanted.output_tokens),
        reasoning_tokens: change(known.reasoning_tokens, wanted.reasoning_tokens),
        estimated_cost_nanos: Some(cost(wanted) - cost(known)),
        unpriced_change: unpriced(wanted) - unpriced(known),
        created_at: now,
        ..wanted.clone()
    })
}

/// What two states of a call have to differ in to need a row.
fn says(row: &Model) -> impl PartialEq {
    let tokens = (row.tokens_used, row.input_tokens, row.output_tokens);
    // Neither was known of calls recorded without them.
    let within = (row.cached_input_tokens.unwrap_or(0), row.reasoning_tokens.unwrap_or(0));
    (tokens, within, row.usage_known, row.status, row.estimated_cost_nanos)
}

#[cfg(test)]
mod tests {
    use entity::token_usage::Status;
    use proptest::prelude::*;

    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-03-10T08:00:00Z".parse().unwrap()
    }

    fn call(cost: Option<i64>) -> Model {
        Model {
            tenant_id: "t".into(),
            request_id: "r".into(),
            provider: String::new(),
            revision: 0,
            kind: Kind::Call,
            status: Status::Interrupted,
            session_id: None,
            tokens_used: 0,
            usage_known: false,
            input_tokens: None,
            cached_input_tokens: None,
            output_tokens: None,
            reasoning_tokens: None,
            model: Some("m".into()),
            api_type: None,
            used_at: now(),
            estimated_cost_nanos: cost,
            price_rule: None,
            input_price_nanos: None,
            cached_input_price_nanos: None,
            output_price_nanos: None,
            reasoning_price_nanos: None,
            unpriced_change: 0,
            created_at: now(),
        }
    }

    fn known(input: i64, cached: i64, cost: Option<i64>) -> Model {
        Model {
            status: Status::Completed,
            usage_known: true,
            tokens_used: input + cached,
            input_tokens: Some(input),
            cached_input_tokens: Some(cached),
            output_tokens: Some(0),
            reasoning_tokens: Some(0),
            estimated_cost_nanos: cost,
            ..call(None)
        }
    }

    #[test]
    fn a_call_and_the_differences_add_up_to_the_last_that_was_wanted() {
        let mut rows = vec![call(None)];
        let states =
            [known(10, 5, Some(7)), known(3, 0, None), known(3, 9, Some(0)), known(0, 0, Some(2))];
        for wanted in states {
            let before = sum(&rows).unwrap();
            let row = difference(&before, &wanted, Kind::Correction, now()).unwrap();
            rows.push(row);
            let after = sum(&rows).unwrap();
            assert_eq!(i64::from(after.revision), i64::try_from(rows.len()).unwrap() - 1);
            assert_eq!(Model { revision: 0, ..after.clone() }, wanted);
            assert_eq!(difference(&after, &wanted, Kind::Correction, now()), None);
        }
        // What a day's sum counts: calls without a cost.
        let unpriced = |row: &Model| {
            let is_call = row.kind == Kind::Call;
            if is_call {
                i64::from(row.estimated_cost_nanos.is_none())
            } else {
                row.unpriced_change
            }
        };
        assert_eq!(rows.iter().map(unpriced).sum::<i64>(), 0);
        assert_eq!(rows.iter().filter_map(|row| row.estimated_cost_nanos).sum::<i64>(), 2);
        assert_eq!(sum(&[]), None);
    }

    fn any_state() -> impl Strategy<Value = Model> {
        let tokens = 0_i64..1_000_000_000;
        let states = (tokens.clone(), tokens, prop::option::of(0_i64..1_000_000_000_000));
        states.prop_map(|(input, cached, cost)| known(input, cached, cost))
    }

    proptest! {
        #[test]
        fn the_rows_of_a_call_add_up_to_its_last_state_and_so_do_sums_over_them(
            first in prop::option::of(any_state()),
            states in prop::collection::vec(any_state(), 1..12),
        ) {
            let mut rows = vec![first.unwrap_or_else(|| call(None))];
            for wanted in &states {
                let before = sum(&rows).unwrap();
                rows.extend(difference(&before, wanted, Kind::Correction, now()));
            }
            let last = states.last().unwrap();
            prop_assert_eq!(&Model { revision: 0, ..sum(&rows).unwrap() }, last);
            // As a day sums them, whatever else is among them.
            let sum_of = |of: fn(&Model) -> Option<i64>| rows.iter().filter_map(of).sum::<i64>();
            prop_assert_eq!(sum_of(|row| Some(row.tokens_used)), last.tokens_used);
            prop_assert_eq!(Some(sum_of(|row| row.input_tokens)), last.input_tokens);
            prop_assert_eq!(Some(sum_of(|row| row.cached_input_tokens)), last.cached_input_tokens);
            let cost = last.estimated_cost_nanos;
            prop_assert_eq!(sum_of(|row| row.estimated_cost_nanos), cost.unwrap_or(0));
            let unpriced = sum_of(|row| Some(match row.revision {
                0 => i64::from(row.estimated_cost_nanos.is_none()),
                _ => row.unpriced_change,
            }));
            prop_assert_eq!(unpriced, i64::from(cost.is_none()));
        }
    }

    #[test]
    fn parts_that_were_never_told_are_no_difference_to_none() {
        let told = known(3, 0, Some(1));
        let untold = Model { cached_input_tokens: None, reasoning_tokens: None, ..told.clone() };
        assert_eq!(difference(&untold, &told, Kind::Correction, now()), None);
    }
}
