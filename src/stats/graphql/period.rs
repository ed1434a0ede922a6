//! Every figure over a stretch of days.

use std::sync::Arc;

use async_graphql::Object;

use crate::{
    graphql::{DateTime, Long},
    stats::{cube::Completeness, metric, service::EachDay, totals::Totals},
};

pub(super) struct PeriodStats {
    of: Arc<EachDay>,
    totals: Totals,
}

impl From<Arc<EachDay>> for PeriodStats {
    fn from(of: Arc<EachDay>) -> Self {
        Self { totals: of.sum(), of }
    }
}

/// Figures of a stretch of days. Durations in seconds, rates in percent; a mean or a rate without
/// a denominator is null.
#[Object]
impl PeriodStats {
    /// When they were so.
    async fn as_of(&self) -> DateTime {
        DateTime(self.of.as_of)
    }

    /// That of the least complete day.
    async fn completeness(&self) -> Completeness {
        self.of.completeness
    }

    /// Sessions that started.
    async fn total_sessions(&self) -> Long {
        Long(metric::TOTAL_SESSIONS.count(&self.totals))
    }

    /// Sessions that ended.
    async fn completed_sessions(&self) -> Long {
        Long(metric::COMPLETED_SESSIONS.count(&self.totals))
    }

    /// Sessions that ended, never transferred, queued or assigned to a person, and whose end does
    /// not say `resolved: false`. By the end.
    async fn ai_resolved(&self) -> Long {
        Long(metric::AI_RESOLVED.count(&self.totals))
    }

    /// Sessions handed over from the AI to a person. By the first hand-over.
    async fn transferred(&self) -> Long {
        Long(metric::TRANSFERRED.count(&self.totals))
    }

    /// Sessions assigned to a person. By the first assignment.
    async fn answered(&self) -> Long {
        Long(metric::ANSWERED.count(&self.totals))
    }

    /// Sessions that ended in the queue without an answer by a person. By the end.
    async fn abandoned(&self) -> Long {
        Long(metric::ABANDONED.count(&self.totals))
    }

    /// Sessions that ended with `resolved: true`. By the end.
    async fn resolved(&self) -> Long {
        Long(metric::RESOLVED.count(&self.totals))
    }

    /// Mean duration of the sessions that ended, as the end says or from start to end.
    async fn avg_session_duration(&self) -> Option<f64> {
        metric::AVG_SESSION_DURATION.of(&self.totals)
    }

    /// Mean `response_time` over messages by AI and people.
    async fn avg_response_time(&self) -> Option<f64> {
        metric::AVG_RESPONSE_TIME.of(&self.totals)
    }

    /// Mean wait from queue to first assignment, over queued sessions that were assigned.
    async fn avg_speed_of_answer(&self) -> Option<f64> {
        metric::AVG_SPEED_OF_ANSWER.of(&self.totals)
    }

    /// Answered within the tenant's threshold ÷ (queued − abandoned within it), as a percentage.
    /// By the time of queueing.
    async fn service_level(&self) -> Option<f64> {
        metric::SERVICE_LEVEL.of(&self.totals)
    }

    /// Messages by customers, AI and people.
    async fn total_messages(&self) -> Long {
        Long(metric::TOTAL_MESSAGES.count(&self.totals))
    }

    /// Mean rating, 1 to 5.
    async fn avg_rating(&self) -> Option<f64> {
        metric::AVG_RATING.of(&self.totals)
    }

    async fn rating_count(&self) -> Long {
        Long(metric::RATING_COUNT.count(&self.totals))
    }

    /// Ratings of 4 and 5 as a percentage of all.
    async fn satisfaction_rate(&self) -> Option<f64> {
        metric::SATISFACTION_RATE.of(&self.totals)
    }
}
