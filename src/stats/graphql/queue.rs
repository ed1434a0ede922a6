//! The queue: who waits, for how long, and how well it was answered lately.

use async_graphql::{ID, Object, SimpleObject};
use chrono::TimeDelta;

use crate::{
    graphql::DateTime,
    live::Picture,
    stats::{
        alert,
        queue::{AbandonedHandling, QueueFigures, WINDOW},
        realtime::whole,
    },
};

pub(super) struct Queue {
    pub(super) picture: Picture,
    pub(super) figures: QueueFigures,
    pub(super) threshold_secs: u32,
}

/// The queue now, and how it did in the last 30 minutes.
#[Object]
impl Queue {
    /// Sessions queued, neither assigned nor ended; `queueCount` of the overview.
    async fn waiting(&self) -> i32 {
        self.picture.floor.overview.queue_count
    }

    /// Seconds that the session has waited which has waited longest; null when none waits.
    async fn longest_wait_seconds(&self) -> Option<f64> {
        let since = self.picture.floor.waiting_since?;
        Some(secs((self.picture.as_of - since).num_milliseconds().max(0)))
    }

    /// Seconds that half of those answered in the last 30 minutes did not wait longer than (nearest
    /// rank, from queue to assignment); null without any.
    async fn wait_p50_seconds(&self) -> Option<f64> {
        self.figures.wait_percentile_ms(50).map(secs)
    }

    /// The same for nine of ten.
    async fn wait_p90_seconds(&self) -> Option<f64> {
        self.figures.wait_percentile_ms(90).map(secs)
    }

    /// The service level of sessions queued in the last 30 minutes, those left out who still wait
    /// within the threshold.
    async fn service_level(
        &self,
        #[graphql(default)] abandoned: AbandonedHandling,
    ) -> QueueServiceLevel {
        let figures = &self.figures;
        QueueServiceLevel {
            value: figures.service_level(abandoned),
            formula: abandoned.formula(),
            threshold_seconds: whole(self.threshold_secs),
            window_seconds: whole(WINDOW.num_seconds()),
            queued: whole(figures.queued),
            answered: whole(figures.answered),
            answered_in_time: whole(figures.answered_in_time),
            abandoned: whole(figures.abandoned),
            abandoned_in_time: whole(figures.abandoned_in_time),
        }
    }
}

/// A service level with all that it is made of.
#[derive(SimpleObject)]
pub(super) struct QueueServiceLevel {
    /// Percentage; null without a denominator.
    value: Option<f64>,
    /// In words.
    formula: &'static str,
    /// The tenant's threshold for an answer in time.
    threshold_seconds: i32,
    window_seconds: i32,
    /// Queued in the window and decided: answered, abandoned, or waiting beyond the threshold.
    queued: i32,
    answered: i32,
    answered_in_time: i32,
    /// Ended without an answer.
    abandoned: i32,
    abandoned_in_time: i32,
}

pub struct Alert {
    pub(super) alert: alert::Alert,
    pub(super) as_of: chrono::DateTime<chrono::Utc>,
}

impl Alert {
    pub fn list(picture: &Picture) -> Vec<Self> {
        let alerts = picture.floor.alerts.iter().cloned();
        alerts.map(|alert| Self { alert, as_of: picture.as_of }).collect()
    }
}

/// A session that waits in the queue for longer than the tenant's threshold. It closes when the
/// session is assigned or ends.
#[Object]
impl Alert {
    async fn session_id(&self) -> ID {
        ID(self.alert.session_id.clone())
    }

    async fn queue(&self) -> Option<&str> {
        self.alert.queue.as_deref()
    }

    async fn channel(&self) -> Option<&str> {
        self.alert.channel.as_deref()
    }

    async fn customer_name(&self) -> Option<&str> {
        self.alert.customer_name.as_deref()
    }

    /// When it was queued.
    async fn waiting_since(&self) -> DateTime {
        DateTime(self.alert.waiting_since)
    }

    /// Seconds since it was queued.
    async fn wait_seconds(&self) -> f64 {
        let waited: TimeDelta = self.as_of - self.alert.waiting_since;
        secs(waited.num_milliseconds().max(0))
    }

    /// When it had waited for the threshold.
    async fn opened_at(&self) -> DateTime {
        DateTime(self.alert.opened_at)
    }

    /// Who has seen it first; null until then.
    async fn acknowledged_by(&self) -> Option<&str> {
        self.alert.acknowledged.as_ref().map(|acknowledged| acknowledged.by.as_str())
    }

    async fn acknowledged_at(&self) -> Option<DateTime> {
        self.alert.acknowledged.as_ref().map(|acknowledged| DateTime(acknowledged.at))
    }
}

#[expect(clippy::cast_precision_loss, reason = "waits are far below 2^53 ms")]
fn secs(millis: i64) -> f64 {
    millis as f64 / 1_000.0
}
