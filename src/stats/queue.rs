//! How the queue does: waits and service level of the last half hour.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement, Value};

use super::{metric::ratio, span};
use crate::{error::Result, tenant::Tenant};

/// What the figures look back over.
pub const WINDOW: TimeDelta = TimeDelta::minutes(30);

/// What becomes of sessions that were abandoned in the queue when the service level is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, async_graphql::Enum)]
pub enum AbandonedHandling {
    /// Who gave up within the threshold is left out; who gave up later counts as missed. As the
    /// daily figure has it.
    #[default]
    ExcludeShort,
    /// Whoever gave up counts as missed.
    CountAll,
    /// Only answered sessions count.
    ExcludeAll,
}

impl AbandonedHandling {
    /// The formula in words.
    pub fn formula(self) -> &'static str {
        match self {
            Self::ExcludeShort => {
                "answered within the threshold ÷ (queued − abandoned within the threshold)"
            }
            Self::CountAll => "answered within the threshold ÷ queued",
            Self::ExcludeAll => "answered within the threshold ÷ answered",
        }
    }
}

/// The sessions of the window and what became of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueueFigures {
    /// Queued in the window and decided: answered, abandoned, or late already.
    pub queued: i64,
    pub answered: i64,
    pub answered_in_time: i64,
    pub abandoned: i64,
    pub abandoned_in_time: i64,
    /// Waits that ended with an answer in the window, shortest first.
    waits_ms: Vec<i64>,
}

impl QueueFigures {
    /// Percentage answered in time; none without a denominator.
    pub fn service_level(&self, abandoned: AbandonedHandling) -> Option<f64> {
        let whole = match abandoned {
            AbandonedHandling::ExcludeShort => self.queued - self.abandoned_in_time,
            AbandonedHandling::CountAll => self.queued,
            AbandonedHandling::ExcludeAll => self.answered,
        };
        ratio(self.answered_in_time, whole).map(|part| part * 100.0)
    }

    /// The wait that so many percent of those answered did not exceed, by nearest rank.
    pub fn wait_percentile_ms(&self, percent: usize) -> Option<i64> {
        let rank = (self.waits_ms.len() * percent).div_ceil(100);
        self.waits_ms.get(rank.saturating_sub(1)).copied()
    }

    fn of(
        sessions: &[QueuedSession],
        start: DateTime<Utc>,
        now: DateTime<Utc>,
        sla: TimeDelta,
    ) -> Self {
        let is_within = |at: Option<DateTime<Utc>>| at.is_some_and(|at| start < at && at <= now);
        let mut figures = Self::default();
        for session in sessions {
            if is_within(session.assigned_at) {
                figures.waits_ms.extend(session.wait_ms);
            }
            if is_within(Some(session.queued_at)) {
                figures.add(session, now, sla.num_milliseconds());
            }
        }
        figures.waits_ms.sort_unstable();
        figures
    }

    /// Who still waits within the threshold may yet be answered in time, and says nothing.
    fn add(&mut self, session: &QueuedSession, now: DateTime<Utc>, sla_ms: i64) {
        let waited_ms = (now - session.queued_at).num_milliseconds();
        let is_decided = session.wait_ms.is_some() || session.abandon_ms.is_some();
        if !is_decided && waited_ms <= sla_ms {
            return;
        }
        let one = |holds: bool| i64::from(holds);
        self.queued += 1;
        self.answered += one(session.wait_ms.is_some());
        self.answered_in_time += one(session.wait_ms.is_some_and(|wait| wait <= sla_ms));
        self.abandoned += one(session.abandon_ms.is_some());
        self.abandoned_in_time += one(session.abandon_ms.is_some_and(|wait| wait <= sla_ms));
    }
}

/// A session that was queued.
#[derive(Clone, Debug, FromQueryResult)]
struct QueuedSession {
    queued_at: DateTime<Utc>,
    assigned_at: Option<DateTime<Utc>>,
    wait_ms: Option<i64>,
    abandon_ms: Option<i64>,
}

/// The figures of the window that ends now.
pub(crate) async fn figures(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    now: DateTime<Utc>,
) -> Result<QueueFigures> {
    let start = now - WINDOW;
    let end = now + TimeDelta::microseconds(1);
    let mut values: Vec<Value> = vec![tenant.id.as_str().into(), start.into(), end.into()];
    let reaching = span::reaching_sql(start, "$3", "tenant_id = $1", |instant| {
        values.push(instant.into());
        format!("${}", values.len())
    });
    let sql = format!(
        "SELECT queued_at, assigned_at, wait_ms, abandon_ms FROM analytics_sessions \
         WHERE queued_at IS NOT NULL AND last_event_at > $2 AND ({reaching})"
    );
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let sessions = QueuedSession::find_by_statement(statement).all(db).await?;
    let sla = TimeDelta::seconds(tenant.sla_threshold_secs.into());
    Ok(QueueFigures::of(&sessions, start, now, sla))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLA: TimeDelta = TimeDelta::seconds(60);

    /// A session queued so many seconds ago, with its wait for an answer or for nothing.
    fn queued(ago: i64, wait: Option<i64>, abandon: Option<i64>) -> QueuedSession {
        let queued_at = now() - TimeDelta::seconds(ago);
        QueuedSession {
            queued_at,
            assigned_at: wait.map(|wait| queued_at + TimeDelta::seconds(wait)),
            wait_ms: wait.map(|wait| wait * 1_000),
            abandon_ms: abandon.map(|wait| wait * 1_000),
        }
    }

    fn now() -> DateTime<Utc> {
        "2026-03-10T04:00:00Z".parse().unwrap()
    }

    fn figures(sessions: &[QueuedSession]) -> QueueFigures {
        QueueFigures::of(sessions, now() - WINDOW, now(), SLA)
    }

    #[test]
    fn who_may_yet_be_answered_in_time_says_nothing() {
        let of = |ago| figures(&[queued(ago, None, None)]);
        assert_eq!(of(60), QueueFigures::default());
        assert_eq!(of(61), QueueFigures { queued: 1, ..QueueFigures::default() });
        assert_eq!(of(1_800), QueueFigures::default(), "queued before the window");
    }

    #[test]
    fn the_service_level_goes_by_how_the_abandoned_are_taken() {
        let sessions = [
            queued(900, Some(30), None),
            queued(800, Some(90), None),
            queued(700, None, Some(20)),
            queued(600, None, Some(100)),
        ];
        let figures = figures(&sessions);
        let level = |abandoned| figures.service_level(abandoned).unwrap();
        let third = 100.0 / 3.0;
        assert!((level(AbandonedHandling::ExcludeShort) - third).abs() < 1e-9);
        assert!((level(AbandonedHandling::CountAll) - 25.0).abs() < 1e-9);
        assert!((level(AbandonedHandling::ExcludeAll) - 50.0).abs() < 1e-9);
        assert_eq!(QueueFigures::default().service_level(AbandonedHandling::CountAll), None);
    }

    #[test]
    fn percentiles_go_by_the_nearest_rank() {
        let sessions: Vec<_> = (1..=10).map(|wait| queued(900, Some(wait), None)).collect();
        let figures = figures(&sessions);
        let percentiles = [0, 50, 90, 100].map(|percent| figures.wait_percentile_ms(percent));
        assert_eq!(percentiles, [Some(1_000), Some(5_000), Some(9_000), Some(10_000)]);
        assert_eq!(QueueFigures::default().wait_percentile_ms(50), None);
    }

    #[test]
    fn a_wait_counts_when_it_ends() {
        let early = queued(1_900, Some(200), None);
        assert_eq!(figures(std::slice::from_ref(&early)).wait_percentile_ms(50), Some(200_000));
        let long_ago = queued(4_000, Some(200), None);
        assert_eq!(figures(&[long_ago]).wait_percentile_ms(50), None);
    }
}
