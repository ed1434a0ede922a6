//! What a call costs, in exact billionths of the currency unit, and how money is shown.

use chrono::NaiveDate;
use rust_decimal::{Decimal, prelude::ToPrimitive as _};

use super::model::Buckets;
use crate::{
    config::Price,
    error::{Error, Result},
};

/// Digits of a billionth.
const NANO_SCALE: u32 = 9;
const NANOS: i64 = 1_000_000_000;
/// Prices stand for so many tokens.
const MILLION: i128 = 1_000_000;

/// What a million tokens of a call cost, in billionths, and which entry said so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rate {
    /// Model, day and tenant of the entry, e.g. `gpt-4o-mini from 2026-01-01 for acme`.
    pub(super) rule: String,
    pub(super) input: i64,
    pub(super) cached_input: i64,
    pub(super) output: i64,
    pub(super) reasoning: i64,
}

/// What a call costs, and by which prices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Priced {
    pub(super) cost_nanos: i64,
    pub(super) rate: Rate,
}

/// Prices a call of a tenant made on `day` (UTC): each part of its tokens × the price of the part,
/// each a million, rounded half to even to a billionth once. Of the model's entries up to that day
/// the tenant's own go before those of everyone, then the latest `from` counts.
///
/// None when no price of the model is known on that day, or not which tokens went in and out.
///
/// # Errors
/// [`Error::BadInput`] for more tokens than a bill can hold.
pub(super) fn price(
    prices: &[Price],
    tenant: &str,
    model: Option<&str>,
    tokens: Buckets,
    day: NaiveDate,
) -> Result<Option<Priced>> {
    let (Some(model), Some(input), Some(output)) = (model, tokens.input, tokens.output) else {
        return Ok(None);
    };
    let Some(rate) = rate(prices, tenant, model, day) else { return Ok(None) };
    let (cached_input, reasoning) =
        (tokens.cached_input.unwrap_or(0), tokens.reasoning.unwrap_or(0));
    let parts = [
        (input, rate.input),
        (cached_input, rate.cached_input),
        (output, rate.output),
        (reasoning, rate.reasoning),
    ];
    // 53 bits of tokens, 63 of price and 2 of parts: far from 127.
    let exact: i128 =
        parts.iter().map(|(tokens, price)| i128::from(*tokens) * i128::from(*price)).sum();
    let Ok(cost_nanos) = i64::try_from(half_to_even(exact)) else {
        let most = "a cost below 2^63 billionths of the currency unit";
        let tokens = input + cached_input + output + reasoning;
        return Err(Error::bad_input("tokens", tokens, most));
    };
    Ok(Some(Priced { cost_nanos, rate }))
}

fn rate(prices: &[Price], tenant: &str, model: &str, day: NaiveDate) -> Option<Rate> {
    let is_of = |price: &&Price| price.tenant.as_deref().is_none_or(|of| of == tenant);
    let known = prices.iter().filter(|price| price.model == model && price.from <= day);
    let price = known.filter(is_of).max_by_key(|price| (price.tenant.is_some(), price.from))?;
    let of = price.tenant.as_ref().map_or_else(String::new, |tenant| format!(" for {tenant}"));
    let (input, output) = (price.input_per_million, price.output_per_million);
    Some(Rate {
        rule: format!("{model} from {}{of}", price.from),
        input: nanos(input),
        cached_input: nanos(price.cached_input_per_million.unwrap_or(input)),
        output: nanos(output),
        reasoning: nanos(price.reasoning_per_million.unwrap_or(output)),
    })
}

/// Exact: the configuration takes no price with more digits, or too large for it.
fn nanos(price: Decimal) -> i64 {
    price.checked_mul(NANOS.into()).and_then(|nanos| nanos.to_i64()).unwrap_or(i64::MAX)
}

/// A million times a cost, as the cost; half a billionth goes to the even neighbour.
fn half_to_even(millions: i128) -> i128 {
    let (whole, rest) = (millions / MILLION, millions % MILLION);
    let is_up = rest * 2 > MILLION || (rest * 2 == MILLION && whole % 2 == 1);
    whole + i128::from(is_up)
}

/// An amount as it is shown: exact, with as many digits as it has and at least two, e.g. `0.00`,
/// `1.50`, `0.000123`.
pub fn money(nanos: i64) -> Decimal {
    let mut amount = Decimal::new(nanos, NANO_SCALE).normalize();
    if amount.scale() < 2 {
        amount.rescale(2);
    }
    amount
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::billing::DayTotals;

    fn of_model(model: &str, from: &str, input: &str, output: &str) -> Price {
        Price {
            model: model.to_owned(),
            tenant: None,
            from: from.parse().unwrap(),
            input_per_million: input.parse().unwrap(),
            cached_input_per_million: None,
            output_per_million: output.parse().unwrap(),
            reasoning_per_million: None,
        }
    }

    fn prices() -> Vec<Price> {
        vec![
            of_model("m", "2026-02-01", "3", "15"),
            of_model("m", "2026-01-01", "2", "10"),
            Price {
                cached_input_per_million: Some(Decimal::ONE),
                reasoning_per_million: Some(Decimal::from(20)),
                ..of_model("m", "2026-03-01", "3", "15")
            },
            Price { tenant: Some("acme".to_owned()), ..of_model("m", "2026-01-15", "1", "1") },
            of_model("half", "2026-01-01", "0.0005", "0.0005"),
            of_model("gold", "2026-01-01", "1000000", "1000000"),
        ]
    }

    fn tokens(input: i64, output: i64) -> Buckets {
        Buckets { input: Some(input), output: Some(output), ..Buckets::default() }
    }

    fn cost(
        tenant: &str,
        model: Option<&str>,
        tokens: Buckets,
        day: &str,
    ) -> Option<(i64, String)> {
        let priced = price(&prices(), tenant, model, tokens, day.parse().unwrap()).unwrap();
        priced.map(|priced| (priced.cost_nanos, priced.rate.rule))
    }

    #[test]
    fn a_call_costs_what_its_parts_cost_on_its_day() {
        let parts = Buckets { cached_input: Some(400), reasoning: Some(60), ..tokens(600, 40) };
        let (january, february) = ("m from 2026-01-01", "m from 2026-02-01");
        let cases = [
            ("t", Some("m"), tokens(1_000, 100), "2026-01-31", Some((3_000_000, january))),
            ("t", Some("m"), tokens(1_000, 100), "2026-02-01", Some((4_500_000, february))),
            ("t", Some("m"), parts, "2026-02-01", Some((4_500_000, february))),
            // 600 × 3 + 400 × 1 + 40 × 15 + 60 × 20.
            ("t", Some("m"), parts, "2026-03-01", Some((4_000_000, "m from 2026-03-01"))),
            ("t", Some("m"), tokens(1_000, 100), "2025-12-31", None),
            ("t", Some("m"), tokens(0, 0), "2026-02-01", Some((0, february))),
            ("t", Some("other"), tokens(1_000, 100), "2026-02-01", None),
            ("t", Some("m"), Buckets { output: None, ..tokens(1_000, 0) }, "2026-02-01", None),
            ("t", None, tokens(1_000, 100), "2026-02-01", None),
            // The tenant's own price, once it is in force, whatever the later ones of everyone.
            ("acme", Some("m"), tokens(1_000, 100), "2026-01-14", Some((3_000_000, january))),
            (
                "acme",
                Some("m"),
                tokens(1_000, 100),
                "2026-03-01",
                Some((1_100_000, "m from 2026-01-15 for acme")),
            ),
            // Half a billionth goes to the even neighbour.
            ("t", Some("half"), tokens(1, 0), "2026-01-01", Some((0, "half from 2026-01-01"))),
            ("t", Some("half"), tokens(2, 1), "2026-01-01", Some((2, "half from 2026-01-01"))),
            ("t", Some("half"), tokens(2, 3), "2026-01-01", Some((2, "half from 2026-01-01"))),
        ];
        for (tenant, model, tokens, day, expected) in cases {
            let expected = expected.map(|(cost, rule)| (cost, rule.to_owned()));
            assert_eq!(cost(tenant, model, tokens, day), expected, "{model:?} {tokens:?} on {day}");
        }
    }

    #[test]
    fn a_cost_that_leaves_64_bits_is_refused() {
        let tokens = tokens(9_000_000_000_000, 300_000_000_000);
        let day = "2026-02-01".parse().unwrap();
        let error = price(&prices(), "t", Some("gold"), tokens, day).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`tokens` is 9300000000000, expected a cost below 2^63 billionths of the currency unit"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn a_million_calls_at_prices_of_billionths_add_up_exactly(
            calls in prop::collection::vec((0_i64..5_000, 0_i64..5_000), 5),
            (input, output) in (0_i64..10_000_000, 0_i64..10_000_000),
        ) {
            let per_million = |nanos| Decimal::new(nanos, NANO_SCALE);
            let entry = Price {
                input_per_million: per_million(input),
                output_per_million: per_million(output),
                ..of_model("m", "2026-01-01", "0", "0")
            };
            let day = "2026-01-01".parse().unwrap();
            let mut totals = Vec::new();
            for (into, out) in &calls {
                let entry = std::slice::from_ref(&entry);
                let priced = price(entry, "t", Some("m"), tokens(*into, *out), day).unwrap().unwrap();
                // Within half a billionth of the exact cost, which has six digits more.
                let exact = i128::from(*into) * i128::from(input) + i128::from(*out) * i128::from(output);
                prop_assert!((i128::from(priced.cost_nanos) * MILLION - exact).abs() * 2 <= MILLION);
                totals.push(DayTotals { cost_nanos: priced.cost_nanos, calls: 1, ..DayTotals::default() });
            }
            let sum = DayTotals::sum(totals.iter().cycle().take(1_000_000)).unwrap();
            let each: Decimal = totals.iter().map(|one| money(one.cost_nanos)).sum();
            prop_assert_eq!(sum.calls, 1_000_000);
            prop_assert_eq!(money(sum.cost_nanos), each * Decimal::from(200_000));
        }
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
