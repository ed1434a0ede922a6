//! The present day, beside the same part of yesterday.

use std::sync::Arc;

use async_graphql::{Context, Object};

use crate::{
    auth::Viewer,
    graphql::{ContextExt, DateTime, GraphqlResult, Long},
    stats::{label, metric, service::Today},
};

pub(super) struct TodayStats {
    pub(super) today: Arc<Today>,
    pub(super) viewer: Viewer,
}

/// The present day so far.
#[Object]
impl TodayStats {
    /// When it was so.
    async fn as_of(&self) -> DateTime {
        DateTime(self.today.as_of)
    }

    /// Sessions that started today.
    async fn total_sessions(&self) -> Long {
        Long(metric::TOTAL_SESSIONS.count(&self.today.today))
    }

    /// Mean response time of AI and people in seconds; null when nothing was answered.
    async fn avg_response_time(&self) -> Option<f64> {
        metric::AVG_RESPONSE_TIME.of(&self.today.today)
    }

    /// Ratings of 4 and 5 as a percentage of all ratings; null without ratings.
    async fn satisfaction_rate(&self) -> Option<f64> {
        metric::SATISFACTION_RATE.of(&self.today.today)
    }

    /// Grade of the mean final audit score of the last 30 days in the tenant's language, e.g.
    /// "卓越"; null without audits.
    async fn quality_rating(&self, ctx: &Context<'_>) -> Option<GraphqlResult<&'static str>> {
        let grade = async { ctx.services()?.quality.grade(&self.viewer.tenant).await };
        grade.await.map_err(Into::into).transpose()
    }

    /// Against the same elapsed part of yesterday.
    async fn changes(&self) -> StatChanges {
        StatChanges(Arc::clone(&self.today))
    }
}

pub(super) struct StatChanges(Arc<Today>);

/// Changes as people read them; null where there is nothing to compare.
#[Object]
impl StatChanges {
    /// In percent, e.g. "+12%".
    async fn sessions(&self) -> Option<String> {
        let count = |totals| metric::TOTAL_SESSIONS.count(totals);
        label::change_ratio(count(&self.0.today), count(&self.0.yesterday))
    }

    /// The same as a number, e.g. 12.0 for 12 % more.
    async fn sessions_percent(&self) -> Option<f64> {
        let count = |totals| metric::TOTAL_SESSIONS.count(totals);
        let before = count(&self.0.yesterday);
        Some(metric::ratio(count(&self.0.today) - before, before)? * 100.0)
    }

    /// In seconds, e.g. "-4s".
    async fn response_time(&self) -> Option<String> {
        let mean = |totals| metric::AVG_RESPONSE_TIME.of(totals);
        label::change(mean(&self.0.today), mean(&self.0.yesterday), 0, "s")
    }

    /// The same as a number of seconds.
    async fn response_time_seconds(&self) -> Option<f64> {
        let mean = |totals| metric::AVG_RESPONSE_TIME.of(totals);
        Some(mean(&self.0.today)? - mean(&self.0.yesterday)?)
    }

    /// In percentage points, e.g. "+0.2%".
    async fn satisfaction(&self) -> Option<String> {
        let rate = |totals| metric::SATISFACTION_RATE.of(totals);
        label::change(rate(&self.0.today), rate(&self.0.yesterday), 1, "%")
    }

    /// The same as a number of percentage points.
    async fn satisfaction_points(&self) -> Option<f64> {
        let rate = |totals| metric::SATISFACTION_RATE.of(totals);
        Some(rate(&self.0.today)? - rate(&self.0.yesterday)?)
    }
}
