//! The figures of stretches of days.

use chrono::{DateTime, NaiveDate, Utc};

use super::{Session, sessions};
use crate::{harness::Tenant, traffic::Event};

/// One tenant's events, ready to be counted.
pub(crate) struct Days<'a> {
    tenant: &'a Tenant,
    events: Vec<&'a Event>,
    sessions: Vec<Session>,
}

/// What `PeriodStats` answers, in the order of its fields, and what else follows from a stretch.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Figures {
    pub counts: Vec<(&'static str, i64)>,
    pub rates: Vec<(&'static str, Option<f64>)>,
    /// Ratings of 5, of 4, and of less.
    pub ratings: [i64; 3],
}

impl<'a> Days<'a> {
    pub(crate) fn of(tenant: &'a Tenant, events: &[&'a Event]) -> Self {
        Self { tenant, events: events.to_vec(), sessions: sessions(events) }
    }

    pub(crate) fn day_of(&self, instant: DateTime<Utc>) -> NaiveDate {
        instant.with_timezone(&self.tenant.zone).date_naive()
    }

    /// Figures of the days from `from` to `to`, of one product or of all.
    pub(crate) fn figures(&self, from: NaiveDate, to: NaiveDate, product: Option<&str>) -> Figures {
        let within =
            |at: Option<DateTime<Utc>>| at.is_some_and(|at| (from..=to).contains(&self.day_of(at)));
        let of_product = |name: &str| product.is_none_or(|product| product == name);
        let sessions: Vec<_> =
            self.sessions.iter().filter(|session| of_product(&session.product)).collect();
        let events: Vec<_> = self
            .events
            .iter()
            .filter(|event| of_product(event.product) && within(Some(event.at)))
            .copied()
            .collect();
        Stretch {
            sla_ms: self.tenant.sla_secs * 1_000,
            started: by(&sessions, |session| within(session.started_at)),
            queued: by(&sessions, |session| within(session.queued_at)),
            assigned: by(&sessions, |session| within(session.assigned_at)),
            transferred: by(&sessions, |session| within(session.transferred_at)),
            ended: by(&sessions, |session| within(session.ended_at)),
            events,
        }
        .figures()
    }
}

fn by<'a>(sessions: &[&'a Session], is: impl Fn(&Session) -> bool) -> Vec<&'a Session> {
    sessions.iter().copied().filter(|session| is(session)).collect()
}

/// What happened in a stretch of days.
struct Stretch<'a> {
    sla_ms: i64,
    started: Vec<&'a Session>,
    queued: Vec<&'a Session>,
    assigned: Vec<&'a Session>,
    transferred: Vec<&'a Session>,
    ended: Vec<&'a Session>,
    events: Vec<&'a Event>,
}

impl Stretch<'_> {
    fn figures(&self) -> Figures {
        let ratings = self.numbers(&["rating.submit"], "score");
        let rated = |scores: &[i64]| count(&ratings, |score| scores.contains(score));
        let messages = ["message.customer", "message.ai", "message.agent"];
        let is_message = |event: &&Event| messages.contains(&event.name);
        Figures {
            counts: vec![
                ("totalSessions", len(&self.started)),
                ("completedSessions", len(&self.ended)),
                ("aiResolved", count(&self.ended, |session| session.is_ai_resolved())),
                ("transferred", len(&self.transferred)),
                ("answered", len(&self.assigned)),
                ("abandoned", count(&self.ended, |end| end.abandoned_after_ms().is_some())),
                ("resolved", count(&self.ended, |session| session.resolved == Some(true))),
                ("totalMessages", count(&self.events, is_message)),
                ("ratingCount", len(&ratings)),
            ],
            rates: self.rates(&ratings, rated(&[4, 5])),
            ratings: [rated(&[5]), rated(&[4]), rated(&[1, 2, 3])],
        }
    }

    fn rates(&self, ratings: &[i64], satisfied: i64) -> Vec<(&'static str, Option<f64>)> {
        let durations: Vec<_> = self.ended.iter().filter_map(|end| end.duration_ms()).collect();
        let waits: Vec<_> = self.assigned.iter().filter_map(|session| session.wait_ms()).collect();
        let responses = self.numbers(&["message.ai", "message.agent"], "response_time");
        let in_time = |ms: Option<i64>| ms.is_some_and(|ms| ms <= self.sla_ms);
        let answered = count(&self.queued, |session| in_time(session.wait_ms()));
        let given_up = count(&self.queued, |session| in_time(session.abandoned_after_ms()));
        vec![
            ("avgSessionDuration", mean(&durations).map(|ms| ms / 1_000.0)),
            ("avgResponseTime", mean(&responses).map(|ms| ms / 1_000.0)),
            ("avgSpeedOfAnswer", mean(&waits).map(|ms| ms / 1_000.0)),
            ("serviceLevel", percent(answered, len(&self.queued) - given_up)),
            ("avgRating", mean(ratings)),
            ("satisfactionRate", percent(satisfied, len(ratings))),
        ]
    }

    /// The numbers under `field` of the events with these names.
    fn numbers(&self, names: &[&str], field: &str) -> Vec<i64> {
        let events = self.events.iter().filter(|event| names.contains(&event.name));
        events.filter_map(|event| event.data[field].as_i64()).collect()
    }
}

fn len<T>(items: &[T]) -> i64 {
    i64::try_from(items.len()).expect("a count")
}

fn count<T>(items: &[T], is: impl Fn(&T) -> bool) -> i64 {
    i64::try_from(items.iter().filter(|item| is(item)).count()).expect("a count")
}

#[expect(clippy::cast_precision_loss, reason = "sums of a test are far below 2^53")]
fn mean(numbers: &[i64]) -> Option<f64> {
    (!numbers.is_empty()).then(|| numbers.iter().sum::<i64>() as f64 / numbers.len() as f64)
}

#[expect(clippy::cast_precision_loss, reason = "counts of a test are far below 2^53")]
fn percent(part: i64, whole: i64) -> Option<f64> {
    (whole > 0).then(|| 100.0 * part as f64 / whole as f64)
}
