//! What a call costs, in exact billionths of the currency unit, and how money is shown.

use chrono::NaiveDate;
use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive as _};

use super::Call;
use crate::{
    config::Price,
    error::{Error, Result},
};

/// Digits of a billionth.
const NANO_SCALE: u32 = 9;
/// Prices stand for a million tokens, costs are counted in billionths: 10^9 ÷ 10^6.
const NANOS_PER_MILLION_TOKENS: i64 = 1_000;

/// Prices a call made on `day` (UTC): input tokens × input price + output tokens × output price,
/// each a million, rounded half to even to a billionth. The model's entry with the latest `from` up
/// to that day counts.
///
/// None when no price of the model is known on that day, or not which tokens went in and out.
///
/// # Errors
/// [`Error::BadInput`] for more tokens than a bill can hold.
pub(super) fn cost_nanos(prices: &[Price], call: &Call, day: NaiveDate) -> Result<Option<i64>> {
    let (Some(model), Some(input), Some(output)) =
        (&call.model, call.input_tokens, call.output_tokens)
    else {
        return Ok(None);
    };
    let known = prices.iter().filter(|price| price.model == *model && price.from <= day);
    let Some(price) = known.max_by_key(|price| price.from) else { return Ok(None) };
    let cost = exact_nanos(price, input, output);
    let most = "a cost below 2^63 billionths of the currency unit";
    cost.map(Some).ok_or_else(|| Error::bad_input("tokens", call.tokens, most))
}

fn exact_nanos(price: &Price, input: i64, output: i64) -> Option<i64> {
    let input = Decimal::from(input).checked_mul(price.input_per_million)?;
    let output = Decimal::from(output).checked_mul(price.output_per_million)?;
    let nanos = input.checked_add(output)?.checked_mul(NANOS_PER_MILLION_TOKENS.into())?;
    nanos.round_dp_with_strategy(0, RoundingStrategy::MidpointNearestEven).to_i64()
}

/// An amount as it is shown: exact, with as many digits as it has and at least two, e.g. `0.00`,
/// `1.50`, `0.000123`.
pub(super) fn money(nanos: i64) -> Decimal {
    let mut amount = Decimal::new(nanos, NANO_SCALE).normalize();
    if amount.scale() < 2 {
        amount.rescale(2);
    }
    amount
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(model: &str, from: &str, input: &str, output: &str) -> Price {
        Price {
            model: model.to_owned(),
            from: from.parse().unwrap(),
            input_per_million: input.parse().unwrap(),
            output_per_million: output.parse().unwrap(),
        }
    }

    fn prices() -> [Price; 4] {
        [
            price("m", "2026-02-01", "3", "15"),
            price("m", "2026-01-01", "2", "10"),
            price("half", "2026-01-01", "0.0005", "0.0005"),
            price("gold", "2026-01-01", "1000000", "1000000"),
        ]
    }

    fn call(model: &str, input: i64, output: i64) -> Call {
        Call {
            tokens: input + output,
            input_tokens: Some(input),
            output_tokens: Some(output),
            model: Some(model.to_owned()),
            ..Call::default()
        }
    }

    #[test]
    fn a_call_costs_what_its_model_cost_on_its_day() {
        let cases = [
            (call("m", 1_000, 100), "2026-01-31", Some(3_000_000)),
            (call("m", 1_000, 100), "2026-02-01", Some(4_500_000)),
            (call("m", 1_000, 100), "2025-12-31", None),
            (call("m", 0, 0), "2026-02-01", Some(0)),
            (call("other", 1_000, 100), "2026-02-01", None),
            (Call { output_tokens: None, ..call("m", 1_000, 100) }, "2026-02-01", None),
            (Call { model: None, ..call("m", 1_000, 100) }, "2026-02-01", None),
            // Half a billionth goes to the even neighbour.
            (call("half", 1, 0), "2026-01-01", Some(0)),
            (call("half", 2, 1), "2026-01-01", Some(2)),
            (call("half", 2, 3), "2026-01-01", Some(2)),
        ];
        for (call, day, expected) in cases {
            let cost = cost_nanos(&prices(), &call, day.parse().unwrap()).unwrap();
            assert_eq!(cost, expected, "{call:?} on {day}");
        }
    }

    #[test]
    fn a_cost_that_leaves_64_bits_is_refused() {
        let call = call("gold", 9_000_000_000_000, 300_000_000_000);
        let error = cost_nanos(&prices(), &call, "2026-02-01".parse().unwrap()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`tokens` is 9300000000000, expected a cost below 2^63 billionths of the currency unit"
        );
    }

    #[test]
    fn money_is_shown_exactly_with_two_digits_or_more() {
        let cases = [
            (0, "0.00"),
            (1_500_000_000, "1.50"),
            (100_000_000_000, "100.00"),
            (123_000, "0.000123"),
            (1, "0.000000001"),
            (i64::MAX, "9223372036.854775807"),
        ];
        for (nanos, shown) in cases {
            assert_eq!(money(nanos).to_string(), shown);
        }
    }
}
