//! What calls used and cost, by day and by model.

use async_graphql::SimpleObject;
use chrono::NaiveDate;

use crate::{
    billing::{price::money, totals::DayTotals},
    graphql::{Date, Decimal, Long},
};

/// Sums over calls. The parts of tokens do not overlap: the four and `unsplitTokens` make up
/// `totalTokens`.
#[derive(Debug, SimpleObject)]
pub(super) struct UsageFigures {
    /// Tokens of all calls, priced or not.
    total_tokens: Long,
    /// How many calls there were.
    total_api_calls: Long,
    /// Tokens that went in and did not come from a cache.
    input_tokens: Long,
    /// Tokens that went in from a cache.
    cached_input_tokens: Long,
    /// Tokens that came out and were not spent on reasoning.
    output_tokens: Long,
    /// Tokens that were spent on reasoning.
    reasoning_tokens: Long,
    /// Tokens of which nobody said whether they went in or came out.
    unsplit_tokens: Long,
    /// Calls whose cost is not known: the model has no price on that day, or it is not known which
    /// tokens went in and out.
    unpriced_calls: Long,
    /// The exact sum of the costs that are known, whether or not there are others.
    known_cost: Decimal,
    /// The exact sum of the calls' costs in units of the currency, with two decimals or more;
    /// `0.00` without calls, null when one of them has no known price.
    estimated_cost: Option<Decimal>,
}

impl From<&DayTotals> for UsageFigures {
    fn from(totals: &DayTotals) -> Self {
        let cost = || Decimal(money(totals.cost_nanos));
        Self {
            total_tokens: Long(totals.tokens),
            total_api_calls: Long(totals.calls),
            input_tokens: Long(totals.parts.input),
            cached_input_tokens: Long(totals.parts.cached_input),
            output_tokens: Long(totals.parts.output),
            reasoning_tokens: Long(totals.parts.reasoning),
            unsplit_tokens: Long(totals.unsplit_tokens()),
            unpriced_calls: Long(totals.unpriced_calls),
            known_cost: cost(),
            estimated_cost: (totals.unpriced_calls == 0).then(cost),
        }
    }
}

/// The calls of one day.
#[derive(Debug, SimpleObject)]
pub(super) struct BillingDay {
    /// The day in the tenant's time zone.
    date: Date,
    #[graphql(flatten)]
    figures: UsageFigures,
}

impl BillingDay {
    pub(super) fn of(date: NaiveDate, totals: &DayTotals) -> Self {
        Self { date: Date(date), figures: totals.into() }
    }
}

/// The calls of one model over some days.
#[derive(Debug, SimpleObject)]
pub(super) struct BillingModel {
    /// Null for calls that do not name theirs.
    model: Option<String>,
    #[graphql(flatten)]
    figures: UsageFigures,
}

impl BillingModel {
    pub(super) fn of(model: String, totals: &DayTotals) -> Self {
        Self { model: Some(model).filter(|model| !model.is_empty()), figures: totals.into() }
    }
}
