//! The live floor and the Dashboard in GraphQL.

mod agents;
mod days;
mod explain;
mod floor;
mod metrics;
mod mutation;
mod period;
mod proof;
mod queue;
mod today;

use async_graphql::{Context, ID, Object};

use self::{
    days::Stats,
    explain::Explanation,
    floor::Realtime,
    metrics::{Metric, MetricAnswer, MetricFilter},
    proof::{RestatementConnection, RollupVerification},
};
pub use self::{
    floor::{Agent, Channel, RealtimeOverview},
    mutation::StatsMutation,
    queue::Alert,
};
use super::{
    cube::{Dimension, Grain},
    explain::ExplainQuestion,
    live_metric::LiveMetric,
    metric,
    question::find_metric,
    series::SeriesQuestion,
    store::OpenDays,
};
use crate::{
    graphql::{ContextExt, Date, GraphqlResult, paging::page_len},
    input::check_filter,
};

#[derive(Default)]
pub struct StatsQuery;

/// Reads figures.
#[Object]
impl StatsQuery {
    /// The live floor: answers from the same session state that history is built from.
    async fn realtime(&self, ctx: &Context<'_>, tenant_id: Option<ID>) -> GraphqlResult<Realtime> {
        let viewer = ctx.viewer_in(tenant_id.as_ref())?;
        let picture = ctx.services()?.live.picture_for(&viewer).await?;
        Ok(Realtime { picture, viewer })
    }

    /// Efficiency figures for the Dashboard page, of one product or of all.
    async fn stats(
        &self,
        ctx: &Context<'_>,
        tenant_id: Option<ID>,
        product: Option<String>,
    ) -> GraphqlResult<Stats> {
        check_filter("product", product.as_deref())?;
        let viewer = ctx.viewer_in(tenant_id.as_ref())?;
        Ok(Stats { viewer, product, open: OpenDays::default() })
    }

    /// Every figure as it is declared: those of days, then those of the present. All pages, lists and
    /// exports use these declarations.
    async fn metric_catalogue(
        &self,
        ctx: &Context<'_>,
        tenant_id: Option<ID>,
    ) -> GraphqlResult<Vec<Metric>> {
        let viewer = ctx.viewer_in(tenant_id.as_ref())?;
        ctx.services()?.stats.check_reader(&viewer)?;
        let language = viewer.tenant.language;
        let of_days = metric::Metric::list().iter().map(|metric| Metric::of(metric, language));
        let live = LiveMetric::ALL.iter().map(|metric| Metric::of_live(metric, language));
        Ok(of_days.chain(live).collect())
    }

    /// Figures of the days from `from` to `to` in the tenant's time zone, both included, over time
    /// and by at most two dimensions. Hours of at most 31 days, days of 366, weeks and months of
    /// 3,660.
    #[expect(clippy::too_many_arguments, reason = "they are those of the field")]
    async fn metrics(
        &self,
        ctx: &Context<'_>,
        tenant_id: Option<ID>,
        ids: Vec<String>,
        from: Date,
        to: Date,
        #[graphql(default_with = "Some(Grain::Day)")] grain: Option<Grain>,
        by: Option<Vec<Dimension>>,
        filter: Option<MetricFilter>,
        #[graphql(default_with = "Some(false)")] compare: Option<bool>,
    ) -> GraphqlResult<MetricAnswer> {
        let viewer = ctx.viewer_in(tenant_id.as_ref())?;
        let metrics = ids.iter().map(|id| find_metric("ids", id)).collect::<Result<_, _>>()?;
        let question = SeriesQuestion {
            metrics,
            days: (from.0, to.0),
            grain: grain.unwrap_or_default(),
            by: by.unwrap_or_default(),
            filter: filter.unwrap_or_default().read()?,
            is_compared: compare.unwrap_or_default(),
        };
        let answer = ctx.services()?.stats.metrics(&viewer, &question).await?;
        Ok(MetricAnswer { answer, question, viewer })
    }

    /// What a figure of the days from `from` to `to`, both included and at most 366, is made of, down
    /// to the rows that it counts.
    async fn explain(
        &self,
        ctx: &Context<'_>,
        tenant_id: Option<ID>,
        metric: String,
        from: Date,
        to: Date,
        filter: Option<MetricFilter>,
    ) -> GraphqlResult<Explanation> {
        let viewer = ctx.viewer_in(tenant_id.as_ref())?;
        let metric = find_metric("metric", &metric)?;
        let filter = filter.unwrap_or_default().read()?;
        let question = ExplainQuestion { metric, days: (from.0, to.0), filter };
        Ok(Explanation(ctx.services()?.stats.explain(&viewer, question).await?))
    }

    /// Compares what is kept of the days from `from` to `to`, both included and at most 31, with what
    /// their rows give, and with the events they were made of. Takes the role operator.
    async fn verify_rollup(
        &self,
        ctx: &Context<'_>,
        tenant_id: Option<ID>,
        from: Date,
        to: Date,
    ) -> GraphqlResult<RollupVerification> {
        let viewer = ctx.viewer_in(tenant_id.as_ref())?;
        Ok(ctx.services()?.prover.verify(&viewer, from.0, to.0).await?.into())
    }

    /// What has changed of the days from `from` to `to`, both included and at most 3,660, after they had
    /// been sealed: each number with what it was, newest first.
    async fn restatements(
        &self,
        ctx: &Context<'_>,
        tenant_id: Option<ID>,
        from: Date,
        to: Date,
        #[graphql(default_with = "Some(50)")] first: Option<i32>,
        after: Option<String>,
    ) -> GraphqlResult<RestatementConnection> {
        let viewer = ctx.viewer_in(tenant_id.as_ref())?;
        let (len, days) = (page_len("first", first.unwrap_or(50))?, (from.0, to.0));
        let prover = &ctx.services()?.prover;
        let rows = prover.restatements(&viewer, days, after.as_deref(), len + 1).await?;
        Ok(RestatementConnection::of(rows, len, after.is_some()))
    }
}
