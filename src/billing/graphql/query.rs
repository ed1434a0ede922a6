//! Questions about token usage.

use async_graphql::{Context, ID, Object};

use super::{
    figures::{BillingDay, BillingModel},
    forecast::QuotaForecast,
    ledger::LedgerRow,
    quota::{Quota, QuotaAlert, QuotaCheck, Usage},
    roi::{Roi, RoiAssumptionsInput},
};
use crate::{
    auth::Viewer,
    billing::forecast,
    graphql::{ContextExt as _, Date, GraphqlResult, Long, paging::page_len},
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

    /// What the AI saved since the first of this calendar month, compared with people. What is
    /// left out of `assumptions` is as configured (`roi`).
    async fn roi(
        &self,
        ctx: &Context<'_>,
        assumptions: Option<RoiAssumptionsInput>,
    ) -> GraphqlResult<Roi> {
        let services = ctx.services()?;
        let overrides = assumptions.unwrap_or_default().into();
        let roi = services.billing.roi(&self.0, &services.stats, overrides).await?;
        Ok(Roi { roi, period: self.0.tenant.language.pick("本月", "This month") })
    }

    /// The plan, and what is left of it in the present billing period.
    async fn quota(&self, ctx: &Context<'_>) -> GraphqlResult<Quota> {
        let (tokens, period) = ctx.services()?.billing.quota(&self.0).await?;
        Ok(Quota { tokens, period, plan: self.0.tenant.plan.clone() })
    }

    /// When the tokens of the present billing period run out, from how many each weekday of the last
    /// eight weeks has used; null with less than a week to go by.
    async fn forecast(&self, ctx: &Context<'_>) -> Option<GraphqlResult<QuotaForecast>> {
        let find = async || -> GraphqlResult<_> {
            let services = ctx.services()?;
            let found = forecast::of(&services.billing, &self.0, services.clock.now()).await?;
            Ok(found.map(QuotaForecast::from))
        };
        find().await.transpose()
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
        Ok(days.iter().map(|(date, totals)| BillingDay::of(*date, totals)).collect())
    }

    /// What each model used and cost over the days from `from` to `to`, both included and at most 366:
    /// the most tokens first. A model without calls is absent.
    async fn models(
        &self,
        ctx: &Context<'_>,
        from: Date,
        to: Date,
    ) -> GraphqlResult<Vec<BillingModel>> {
        let models = ctx.services()?.billing.models(&self.0, (from.0, to.0)).await?;
        let models = models.into_iter().map(|(model, totals)| BillingModel::of(model, &totals));
        Ok(models.collect())
    }

    /// Whether so many tokens could be reserved now. Takes the role viewer or ingest.
    async fn check_quota(&self, ctx: &Context<'_>, tokens: Long) -> GraphqlResult<QuotaCheck> {
        let billing = &ctx.services()?.billing;
        let (quota, period) = billing.check_quota(&self.0, tokens.0).await?;
        Ok(QuotaCheck::of(tokens.0, quota, period))
    }

    /// The marks of the quota that billing periods have reached: the newest period first, in it the
    /// highest mark. `first` is 1 to 500.
    async fn quota_alerts(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 50)] first: i32,
    ) -> GraphqlResult<Vec<QuotaAlert>> {
        let len = page_len("first", first)?;
        let rows = ctx.services()?.billing.crossings(&self.0, len).await?;
        Ok(rows.iter().map(|row| QuotaAlert::of(&self.0.tenant, row)).collect())
    }

    /// The rows of one call: as it was recorded, then its corrections in their order. Empty when no
    /// call of that id is known.
    async fn ledger(
        &self,
        ctx: &Context<'_>,
        request_id: ID,
        provider: Option<String>,
    ) -> GraphqlResult<Vec<LedgerRow>> {
        let provider = provider.unwrap_or_default();
        let billing = &ctx.services()?.billing;
        let rows = billing.ledger(&self.0, &provider, &request_id).await?;
        Ok(rows.into_iter().map(LedgerRow).collect())
    }
}
