//! The return on investment, with what it was made of.

use async_graphql::{InputObject, Object, SimpleObject};

use crate::{
    billing::roi::{self, Overrides},
    graphql::{Decimal, Long},
};

/// What a conversation with a person is assumed to cost, in place of the configuration.
#[derive(Debug, Default, InputObject)]
pub(super) struct RoiAssumptionsInput {
    /// Minutes a person needs for one session, 0 to 10,080.
    minutes_per_session: Option<Decimal>,
    /// Cost of a person's minute in the currency of the prices, 0 to 1,000,000.
    cost_per_minute: Option<Decimal>,
    /// Hours a full-time agent works in a month, 1 to 744.
    work_hours_per_month: Option<Decimal>,
}

impl From<RoiAssumptionsInput> for Overrides {
    fn from(input: RoiAssumptionsInput) -> Self {
        let plain = |value: Option<Decimal>| value.map(|value| value.0);
        Self {
            minutes_per_session: plain(input.minutes_per_session),
            cost_per_minute: plain(input.cost_per_minute),
            work_hours_per_month: plain(input.work_hours_per_month),
        }
    }
}

/// What a conversation with a person was assumed to cost.
#[derive(Debug, SimpleObject)]
pub(super) struct RoiAssumptions {
    /// Minutes a person needs for one session.
    minutes_per_session: Decimal,
    /// Cost of a person's minute in the currency of the prices.
    cost_per_minute: Decimal,
    /// Hours a full-time agent works in a month.
    work_hours_per_month: Decimal,
}

#[derive(Debug)]
pub(super) struct Roi {
    pub(super) roi: roi::Roi,
    pub(super) period: &'static str,
}

/// What the AI saved in a period, compared with people who would have answered, and every number
/// that went into it.
#[Object]
impl Roi {
    /// AI-resolved sessions × minutes a session × cost a minute − cost of the tokens, with two
    /// decimals (half to even). Calls without a known price are left out; below 0 when the tokens
    /// cost more than they saved.
    async fn saved_cost(&self) -> Decimal {
        Decimal(self.roi.saved_cost)
    }

    /// Sessions that the AI resolved alone as a percentage of the sessions that ended, unrounded;
    /// null without any.
    async fn auto_resolve_rate(&self) -> Option<f64> {
        self.roi.auto_resolve_rate
    }

    /// Full-time agents who would have been needed for the AI-resolved sessions: their minutes ÷
    /// the minutes a full-time agent works in a month.
    async fn equivalent_headcount(&self) -> f64 {
        self.roi.equivalent_headcount
    }

    /// The auto-resolve rate in percent at which `savedCost` is 0, all else as it is: `tokenCost` ÷
    /// (`completedSessions` × minutes a session × cost a minute). Above 100 when resolving all of
    /// them would not pay for the tokens; null without sessions that ended, or when a person's
    /// session costs nothing.
    async fn break_even_rate(&self) -> Option<f64> {
        self.roi.break_even_rate
    }

    /// Sessions that ended in the period and were resolved by the AI alone.
    async fn ai_resolved_sessions(&self) -> Long {
        Long(self.roi.inputs.ai_resolved)
    }

    /// Sessions that ended in the period.
    async fn completed_sessions(&self) -> Long {
        Long(self.roi.inputs.completed)
    }

    /// Exact cost of all calls of the period with a known price, with two decimals or more; also of
    /// calls for sessions that were handed over to a person.
    async fn token_cost(&self) -> Decimal {
        Decimal(self.roi.inputs.token_cost)
    }

    /// Calls of the period that are not in `tokenCost`, because their cost is not known.
    async fn unpriced_calls(&self) -> Long {
        Long(self.roi.inputs.unpriced_calls)
    }

    /// The assumptions this was reckoned with: the question's, otherwise the configured ones.
    async fn assumptions(&self) -> RoiAssumptions {
        let used = &self.roi.assumptions;
        RoiAssumptions {
            minutes_per_session: Decimal(used.minutes_per_session),
            cost_per_minute: Decimal(used.cost_per_minute),
            work_hours_per_month: Decimal(used.work_hours_per_month),
        }
    }

    /// The formula of `savedCost` with its numbers put in.
    async fn formula(&self) -> String {
        self.roi.formula()
    }

    /// The period in the tenant's language: `本月` or `This month`.
    async fn period(&self) -> &'static str {
        self.period
    }
}
