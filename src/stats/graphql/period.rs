//! Every figure over a stretch of days.

use async_graphql::Object;

use crate::{
    graphql::Long,
    stats::{metric, totals::Totals},
};

pub(super) struct PeriodStats(pub(super) Totals);

/// Figures of a stretch of days. Durations in seconds, rates in percent; a mean or a rate without
/// a denominator is null.
#[Object]
impl PeriodStats {
    /// Sessions that started.
    async fn total_sessions(&self) -> Long {
        Long(metric::TOTAL_SESSIONS.count(&self.0))
    }

    /// Sessions that ended.
    async fn completed_sessions(&self) -> Long {
        Long(metric::COMPLETED_SESSIONS.count(&self.0))
    }

    /// Sessions that ended, never transferred, queued or assigned to a person, and whose end does
    /// not say `resolved: false`. By the end.
    async fn ai_resolved(&self) -> Long {
        Long(metric::AI_RESOLVED.count(&self.0))
    }

    /// Sessions handed over from the AI to a person. By the first hand-over.
    async fn transferred(&self) -> Long {
        Long(metric::TRANSFERRED.count(&self.0))
    }

    /// Sessions assigned to a person. By the first assignment.
    async fn answered(&self) -> Long {
        Long(metric::ANSWERED.count(&self.0))
    }

    /// Sessions that ended in the queue without an answer by a person. By the end.
    async fn abandoned(&self) -> Long {
        Long(metric::ABANDONED.count(&self.0))
    }

    /// Sessions that ended with `resolved: true`. By the end.
    async fn resolved(&self) -> Long {
        Long(metric::RESOLVED.count(&self.0))
    }

    /// Mean duration of the sessions that ended, as the end says or from start to end.
    async fn avg_session_duration(&self) -> Option<f64> {
        metric::AVG_SESSION_DURATION.of(&self.0)
    }

    /// Mean `response_time` over messages by AI and people.
    async fn avg_response_time(&self) -> Option<f64> {
        metric::AVG_RESPONSE_TIME.of(&self.0)
    }

    /// Mean wait from queue to first assignment, over queued sessions that were assigned.
    async fn avg_speed_of_answer(&self) -> Option<f64> {
        metric::AVG_SPEED_OF_ANSWER.of(&self.0)
    }

    /// Answered within the tenant's threshold ÷ (queued − abandoned within it), as a percentage.
    /// By the time of queueing.
    async fn service_level(&self) -> Option<f64> {
        metric::SERVICE_LEVEL.of(&self.0)
    }

    /// Messages by customers, AI and people.
    async fn total_messages(&self) -> Long {
        Long(metric::TOTAL_MESSAGES.count(&self.0))
    }

    /// Mean rating, 1 to 5.
    async fn avg_rating(&self) -> Option<f64> {
        metric::AVG_RATING.of(&self.0)
    }

    async fn rating_count(&self) -> Long {
        Long(metric::RATING_COUNT.count(&self.0))
    }

    /// Ratings of 4 and 5 as a percentage of all.
    async fn satisfaction_rate(&self) -> Option<f64> {
        metric::SATISFACTION_RATE.of(&self.0)
    }
}
