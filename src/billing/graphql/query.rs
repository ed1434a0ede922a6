//! Questions about token usage.

use async_graphql::{Context, ID, Object};

use crate::{
    auth::Viewer,
    billing::{
        model::DayTotals,
        price::money,
        quota::{self, Period},
        roi,
    },
    graphql::{ContextExt as _, Date, Decimal, GraphqlResult, Long},
};

const DAYS: i32 = 30;

/// The part of the query root that this domain answers.
#[derive(Debug, Default)]
pub struct BillingQuery;

#[Object]
impl BillingQuery {
    /// Token usage, quota and return on investment for the `BillingPortal` page. Everything in it
    /// takes the role viewer; another tenant than the caller's own is for operators.
    async fn billing(&self, ctx: &Context<'_>, tenant_id: Option<ID>) -> GraphqlResult<Billing> {
        Ok(Billing(ctx.viewer_in(tenant_id.as_ref())?))
    }
}

#[derive(Debug)]
pub(super) struct Billing(Viewer);

/// What one tenant's language models use and cost. A call counts on the day of its `usedAt` in the
/// tenant's time zone.
#[Object]
impl Billing {
    /// Tokens of the present billing period, as a part of the plan's.
    async fn usage(&self, ctx: &Context<'_>) -> GraphqlResult<Usage> {
        let (tokens, period) = ctx.services()?.billing.quota(&self.0).await?;
        Ok(Usage { tokens, period })
    }

    /// What the AI saved since the first of this calendar month, compared with people.
    async fn roi(&self, ctx: &Context<'_>) -> GraphqlResult<Roi> {
        let services = ctx.services()?;
        let roi = services.billing.roi(&self.0, &services.stats).await?;
        Ok(Roi { roi, period: self.0.tenant.language.pick("本月", "This month") })
    }

    /// The plan, and what is left of it in the present billing period.
    async fn quota(&self, ctx: &Context<'_>) -> GraphqlResult<Quota> {
        let (tokens, period) = ctx.services()?.billing.quota(&self.0).await?;
        Ok(Quota { tokens, period, plan: self.0.tenant.plan.clone() })
    }

    /// One point a day, oldest first, the last one today or `until`; a day without calls is a
    /// point with zeros. `days` is 1 to 366.
    async fn daily(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 30)] days: Option<i32>,
        until: Option<Date>,
    ) -> GraphqlResult<Vec<BillingDay>> {
        let (days, until) = (days.unwrap_or(DAYS), until.map(|until| until.0));
        let days = ctx.services()?.billing.daily(&self.0, days, until).await?;
        Ok(days.into_iter().map(|(date, totals)| BillingDay { date, totals }).collect())
    }
}

#[derive(Debug)]
pub(super) struct Usage {
    tokens: quota::Quota,
    period: Period,
}

/// Tokens of the present billing period. It starts on the plan's reset day, or on the last day of a
/// month that is shorter, at midnight in the tenant's time zone.
#[Object]
impl Usage {
    /// Tokens of all calls of the period, priced or not.
    async fn tokens_used(&self) -> Long {
        Long(self.tokens.used)
    }

    /// Tokens of the plan for one period.
    async fn tokens_total(&self) -> Long {
        Long(self.tokens.total)
    }

    /// `tokensUsed` as a percentage of `tokensTotal`, unrounded; above 100 once exceeded.
    async fn usage_percent(&self) -> f64 {
        self.tokens.used_percent()
    }

    /// First day of the next period.
    async fn reset_date(&self) -> Date {
        Date(self.period.reset)
    }
}

#[derive(Debug)]
pub(super) struct Roi {
    roi: roi::Roi,
    period: &'static str,
}

/// What the AI saved in a period, compared with people who would have answered. The minutes a
/// person needs for a session, the cost of a minute and the hours of a month are configured (`roi`).
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

    /// The period in the tenant's language: `本月` or `This month`.
    async fn period(&self) -> &'static str {
        self.period
    }
}

#[derive(Debug)]
pub(super) struct Quota {
    plan: String,
    tokens: quota::Quota,
    period: Period,
}

/// The plan's tokens in the present billing period, as `Usage` counts them.
#[Object]
impl Quota {
    /// Name of the plan in the configuration.
    async fn plan(&self) -> &str {
        &self.plan
    }

    /// Tokens of the plan for one period.
    async fn tokens_total(&self) -> Long {
        Long(self.tokens.total)
    }

    /// Tokens of all calls of the period, priced or not.
    async fn tokens_used(&self) -> Long {
        Long(self.tokens.used)
    }

    /// Tokens left; 0 once more are used than the plan has.
    async fn tokens_remaining(&self) -> Long {
        Long(self.tokens.remaining())
    }

    /// First day of the next period.
    async fn reset_date(&self) -> Date {
        Date(self.period.reset)
    }
}

#[derive(Debug)]
pub(super) struct BillingDay {
    date: chrono::NaiveDate,
    totals: DayTotals,
}

/// The calls of one day.
#[Object]
impl BillingDay {
    /// The day in the tenant's time zone.
    async fn date(&self) -> Date {
        Date(self.date)
    }

    /// Tokens of all calls, priced or not.
    async fn total_tokens(&self) -> Long {
        Long(self.totals.tokens)
    }

    /// How many calls there were.
    async fn total_api_calls(&self) -> Long {
        Long(self.totals.calls)
    }

    /// The exact sum of the calls' costs in units of the currency, with two decimals or more;
    /// `0.00` without calls, null when one of them has no known price.
    async fn estimated_cost(&self) -> Option<Decimal> {
        (self.totals.unpriced_calls == 0).then(|| Decimal(money(self.totals.cost_nanos)))
    }
}
