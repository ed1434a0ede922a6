//! What the figures of a stretch of time have to be, worked out from what is told and not from what the
//! service keeps.

use std::{fmt, iter::Sum, ops::AddAssign};

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::plan::{self, Call, Session};
use crate::tenant::{Tenant, TimeRange};

/// Figures, each by the instant that its definition names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Truth {
    pub sessions: i64,
    pub completed: i64,
    pub ai_resolved: i64,
    pub transferred: i64,
    pub queued: i64,
    pub answered: i64,
    pub abandoned: i64,
    pub messages: i64,
    pub ratings: i64,
    pub rating_sum: i64,
    pub tokens: i64,
    pub calls: i64,
    pub unpriced_calls: i64,
    pub cost_nanos: i64,
}

impl Truth {
    /// Of a day that is told whole, and on which the demo did not play.
    pub fn of_day(tenant: &Tenant, date: NaiveDate) -> Self {
        let (range, sessions) = (tenant.day(date), plan::day(tenant, date));
        let told: Self = sessions.iter().map(|session| Self::of(session, range)).sum();
        let index: Self = plan::index_call(tenant, date).iter().map(Self::of_call).sum();
        [told, index].into_iter().sum()
    }

    /// What a conversation adds within a stretch of time.
    pub(super) fn of(session: &Session, range: TimeRange) -> Self {
        let within = |at: DateTime<Utc>| range.start <= at && at < range.end;
        let count = |at: Option<DateTime<Utc>>| i64::from(at.is_some_and(within));
        let (handover, ended) = (session.handover.as_ref(), count(Some(session.ended_at)));
        let is_assigned = session.assigned().is_some();
        let rating = session.rating.filter(|(at, _)| within(*at));
        let messages = session.messages.iter().filter(|message| within(message.at));
        let call = session.call.as_ref().filter(|call| within(call.at));
        Self {
            sessions: count(Some(session.started_at)),
            completed: ended,
            ai_resolved: if handover.is_none() && session.end.is_resolved { ended } else { 0 },
            transferred: count(handover.and_then(|of| of.transferred).map(|(at, _)| at)),
            queued: count(handover.map(|of| of.queued_at)),
            answered: count(session.assigned().map(|(at, _)| at)),
            abandoned: if handover.is_some() && !is_assigned { ended } else { 0 },
            messages: i64::try_from(messages.count()).unwrap_or_default(),
            ratings: i64::from(rating.is_some()),
            rating_sum: rating.map_or(0, |(_, score)| score),
            ..call.map(Self::of_call).unwrap_or_default()
        }
    }

    /// What a call of a model adds.
    pub(super) fn of_call(call: &Call) -> Self {
        let cost = call.model.cost_nanos(call.input, call.output);
        Self {
            tokens: call.input + call.output,
            calls: 1,
            unpriced_calls: i64::from(cost.is_none()),
            cost_nanos: cost.unwrap_or_default(),
            ..Self::default()
        }
    }

    /// In the currency of the prices.
    pub fn cost(&self) -> Decimal {
        Decimal::new(self.cost_nanos, 9)
    }
}

impl AddAssign for Truth {
    fn add_assign(&mut self, other: Self) {
        self.sessions += other.sessions;
        self.completed += other.completed;
        self.ai_resolved += other.ai_resolved;
        self.transferred += other.transferred;
        self.queued += other.queued;
        self.answered += other.answered;
        self.abandoned += other.abandoned;
        self.messages += other.messages;
        self.ratings += other.ratings;
        self.rating_sum += other.rating_sum;
        self.tokens += other.tokens;
        self.calls += other.calls;
        self.unpriced_calls += other.unpriced_calls;
        self.cost_nanos += other.cost_nanos;
    }
}

impl Sum for Truth {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::default(), |mut sum, part| {
            sum += part;
            sum
        })
    }
}

impl fmt::Display for Truth {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} sessions: {} resolved by the AI, {} handed over, {} abandoned; {} ratings; {} tokens \
             for {}",
            self.sessions,
            self.ai_resolved,
            self.transferred,
            self.abandoned,
            self.ratings,
            self.tokens,
            self.cost().round_dp(2)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_adds_up_and_has_something_of_everything() {
        let (tenant, date) = (Tenant::default(), "2026-03-01".parse().unwrap());
        let truth = Truth::of_day(&tenant, date);
        assert_eq!(truth.sessions, truth.completed);
        assert_eq!(truth.queued, truth.answered + truth.abandoned);
        assert!(truth.transferred < truth.queued && truth.ai_resolved > truth.transferred);
        assert!(truth.abandoned > 0 && truth.ratings > 0 && truth.unpriced_calls > 0);
        // The first of a month.
        assert!(truth.tokens > 60_000_000, "{truth}");
    }

    #[test]
    fn what_has_not_happened_yet_does_not_count() {
        let (tenant, date) = (Tenant::default(), "2026-03-10".parse().unwrap());
        let (range, sessions) = (tenant.day(date), plan::day(&tenant, date));
        let at = |end| -> Truth {
            sessions.iter().map(|session| Truth::of(session, TimeRange { end, ..range })).sum()
        };
        assert_eq!(at(range.start), Truth::default());
        let (noon, night) = (at(range.start + chrono::TimeDelta::hours(12)), at(range.end));
        assert!(noon.sessions >= noon.completed && noon.sessions < night.sessions);
        assert!(sessions.iter().filter(|session| session.call.is_some()).count() > 200);
    }
}
