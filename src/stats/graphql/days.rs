//! Figures of days: the trend and how customers rated.

use std::sync::Arc;

use async_graphql::{Context, Object, SimpleObject};

use super::{agents::AgentPeriod, period::PeriodStats, today::TodayStats};
use crate::{
    auth::Viewer,
    graphql::{ContextExt, Date, GraphqlResult, Long},
    stats::{label, measure::Measure, metric, service::EachDay, store::OpenDays, totals::Totals},
    tenant::Language,
};

pub(super) struct Stats {
    pub(super) viewer: Viewer,
    pub(super) product: Option<String>,
    pub(super) open: OpenDays,
}

/// Figures of one tenant, of one product or of all.
#[Object]
impl Stats {
    /// The present day in the tenant's time zone, up to now.
    async fn today(&self, ctx: &Context<'_>) -> GraphqlResult<TodayStats> {
        let (stats, product) = (&ctx.services()?.stats, self.product.as_deref());
        let today = stats.today(&self.viewer, product, &self.open).await?;
        Ok(TodayStats { today, viewer: self.viewer.clone() })
    }

    /// One point a day, oldest first, the last one today or `until`; a day without sessions is a
    /// point with zeros. 1 to 366 days.
    async fn trend(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(7)")] days: Option<i32>,
        until: Option<Date>,
    ) -> GraphqlResult<Vec<TrendPoint>> {
        let language = self.viewer.tenant.language;
        let days = self.series(ctx, days.unwrap_or(7), until).await?;
        let point = |(date, totals): &_| TrendPoint::of(*date, totals, language);
        Ok(days.days.iter().map(point).collect())
    }

    /// Ratings of 1 to 366 days, the last one today or `until`.
    async fn satisfaction(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(30)")] days: Option<i32>,
        until: Option<Date>,
    ) -> GraphqlResult<Satisfaction> {
        let totals = self.series(ctx, days.unwrap_or(30), until).await?.sum();
        Ok(Satisfaction::of(&totals, self.viewer.tenant.language))
    }

    /// Any stretch of days in the tenant's time zone, both ends included, however long ago; at
    /// most 3,660 days.
    async fn period(&self, ctx: &Context<'_>, from: Date, to: Date) -> GraphqlResult<PeriodStats> {
        let (stats, product) = (&ctx.services()?.stats, self.product.as_deref());
        Ok(stats.period(&self.viewer, product, from.0, to.0, &self.open).await?.into())
    }

    /// Each agent who had a status, a conversation or a rating in the days from `from` to `to` in
    /// the tenant's time zone, both ends included, in order of their ids; at most 31 days. Who was
    /// only OFFLINE and reported nothing is absent. With `product`, conversations and ratings are
    /// those of that product; states are of no product. Statuses and ratings are known for as long
    /// as raw events are kept, 90 days unless configured otherwise.
    async fn agents(
        &self,
        ctx: &Context<'_>,
        from: Date,
        to: Date,
    ) -> GraphqlResult<Vec<AgentPeriod>> {
        let (stats, product) = (&ctx.services()?.stats, self.product.as_deref());
        let agents = stats.agents(&self.viewer, product, from.0, to.0).await?;
        Ok(agents.into_iter().map(AgentPeriod).collect())
    }
}

impl Stats {
    async fn series(
        &self,
        ctx: &Context<'_>,
        days: i32,
        until: Option<Date>,
    ) -> crate::error::Result<Arc<EachDay>> {
        let (product, until) = (self.product.as_deref(), until.map(|date| date.0));
        ctx.services()?.stats.series(&self.viewer, product, days, until, &self.open).await
    }
}

/// One day of the trend.
#[derive(SimpleObject)]
pub(super) struct TrendPoint {
    date: Date,
    /// Weekday in the tenant's language, e.g. "周一".
    name: String,
    /// Sessions that started.
    sessions: Long,
}

impl TrendPoint {
    fn of(date: chrono::NaiveDate, totals: &Totals, language: Language) -> Self {
        Self {
            date: Date(date),
            name: label::weekday(date, language).to_owned(),
            sessions: Long(metric::TOTAL_SESSIONS.count(totals)),
        }
    }
}

/// How customers rated.
#[derive(SimpleObject)]
pub(super) struct Satisfaction {
    /// Very satisfied (5), satisfied (4), to be improved (1 to 3), in this order. Shares add up to
    /// exactly 100 whenever there is a rating, and are all 0 otherwise.
    distribution: Vec<SatisfactionShare>,
}

/// One part of the ratings.
#[derive(SimpleObject)]
pub(super) struct SatisfactionShare {
    label: String,
    /// Whole percent.
    value: i32,
    /// For charts, e.g. "#00a6a0".
    color: String,
}

impl Satisfaction {
    fn of(totals: &Totals, language: Language) -> Self {
        let five = totals.get(Measure::Rating5Count);
        let four = totals.get(Measure::Rating4Count);
        let less = totals.get(Measure::RatingCount) - five - four;
        let labels = [
            (language.pick("非常满意", "Very satisfied"), "#00a6a0"),
            (language.pick("满意", "Satisfied"), "#ffffff"),
            (language.pick("待改进", "To be improved"), "#ef4444"),
        ];
        let shares = label::shares([five, four, less]);
        let share = |((label, color), value): ((&str, &str), i32)| SatisfactionShare {
            label: label.to_owned(),
            value,
            color: color.to_owned(),
        };
        Self { distribution: labels.into_iter().zip(shares).map(share).collect() }
    }
}
