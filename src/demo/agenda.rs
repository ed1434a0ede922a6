//! What is told from the midnight before the start on, in the order in which it comes due.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::{
    plan::{self, Call, Event, Session},
    truth::Truth,
};
use crate::tenant::{Tenant, TimeRange};

/// How long before the start the desk has been kept busy.
const BUSY_BEFORE: TimeDelta = TimeDelta::minutes(15);

/// What comes due.
#[derive(Debug)]
pub(super) struct Agenda {
    events: BTreeMap<(DateTime<Utc>, String), Event>,
    calls: BTreeMap<(DateTime<Utc>, String), Call>,
    /// The conversations of people that have not ended, by their ids.
    open: HashMap<String, Session>,
    /// Of those that people have in hand, who and since when.
    in_hand: HashMap<String, (&'static str, DateTime<Utc>)>,
    /// Those that have ended, the latest at the end, for audits.
    ended: Vec<Session>,
    /// The last day that is on it, and the next conversation that keeps the desk busy.
    day: NaiveDate,
    next_slot: i64,
}

/// What has come due.
#[derive(Debug, Default)]
pub(super) struct Due {
    pub(super) events: Vec<Event>,
    pub(super) calls: Vec<Call>,
}

impl Agenda {
    /// From midnight on, with an outage an hour ago where the demo is new.
    pub(super) fn of(tenant: &Tenant, now: DateTime<Utc>, is_new: bool) -> Self {
        let mut agenda = Self {
            events: BTreeMap::new(),
            calls: BTreeMap::new(),
            open: HashMap::new(),
            in_hand: HashMap::new(),
            ended: Vec::new(),
            day: tenant.day_of(now),
            next_slot: plan::slot(now - BUSY_BEFORE),
        };
        agenda.add_day(tenant);
        if is_new {
            agenda.add_all(plan::outage(now));
        }
        agenda
    }

    /// Takes what has come due.
    pub(super) fn take(&mut self, tenant: &Tenant, now: DateTime<Utc>) -> Due {
        while self.day < tenant.day_of(now) {
            self.day = self.day.succ_opt().unwrap_or(NaiveDate::MAX);
            self.add_day(tenant);
        }
        while self.next_slot <= plan::slot(now) {
            self.add(plan::busy(self.next_slot));
            self.next_slot += 1;
        }
        let mut due = Due::default();
        while let Some(event) = self.events.first_entry().filter(|first| first.key().0 <= now) {
            due.events.push(event.remove());
        }
        while let Some(call) = self.calls.first_entry().filter(|first| first.key().0 <= now) {
            due.calls.push(call.remove());
        }
        due.events.iter().for_each(|event| self.note(event));
        due
    }

    /// Since when each agent has had a conversation in hand.
    pub(super) fn busy_since(&self) -> HashMap<&'static str, DateTime<Utc>> {
        let mut busy = HashMap::new();
        for (agent, since) in self.in_hand.values() {
            let earliest = busy.entry(*agent).or_insert(*since);
            *earliest = (*earliest).min(*since);
        }
        busy
    }

    /// The conversations of people that ended since the last time.
    pub(super) fn take_ended(&mut self) -> Vec<Session> {
        std::mem::take(&mut self.ended)
    }

    /// Who has it in hand, and who does no longer.
    fn note(&mut self, event: &Event) {
        let Some(session_id) = &event.session_id else { return };
        match event.name {
            "session.assign" => {
                let agent = self.open.get(session_id).and_then(Session::agent);
                let taken = agent.map(|agent| (session_id.clone(), (agent.id, event.at)));
                self.in_hand.extend(taken);
            }
            "session.end" => {
                self.in_hand.remove(session_id);
                self.ended.extend(self.open.remove(session_id));
            }
            _ => {}
        }
    }

    fn add_day(&mut self, tenant: &Tenant) {
        self.add_all(plan::day(tenant, self.day));
        self.calls.extend(plan::index_call(tenant, self.day).map(|call| (key(&call), call)));
    }

    fn add_all(&mut self, sessions: Vec<Session>) {
        sessions.into_iter().for_each(|session| self.add(session));
    }

    fn add(&mut self, mut session: Session) {
        let events = session.events().into_iter();
        self.events.extend(events.map(|event| ((event.at, event.id.clone()), event)));
        self.calls.extend(session.call.take().map(|call| (key(&call), call)));
        if session.agent().is_some() {
            self.open.insert(session.id.clone(), session);
        }
    }
}

fn key(call: &Call) -> (DateTime<Utc>, String) {
    (call.at, call.id.clone())
}

impl Truth {
    /// Of the day on which a new demo was started, up to an instant of it.
    pub fn of_first_day(tenant: &Tenant, started_at: DateTime<Utc>, until: DateTime<Utc>) -> Self {
        let date = tenant.day_of(started_at);
        // What happens at the very instant is told.
        let end = until + TimeDelta::microseconds(1);
        let range = TimeRange { start: tenant.day(date).start, end };
        let busy = plan::slot(started_at - BUSY_BEFORE)..=plan::slot(until);
        let sessions = plan::day(tenant, date).into_iter().chain(plan::outage(started_at));
        let told: Self =
            sessions.chain(busy.map(plan::busy)).map(|session| Self::of(&session, range)).sum();
        let index = plan::index_call(tenant, date).filter(|call| call.at < end);
        [told, index.iter().map(Self::of_call).sum()].into_iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_comes_due_once_and_in_order() {
        let tenant = Tenant::default();
        let now: DateTime<Utc> = "2026-03-10T15:50:00Z".parse().unwrap();
        let mut agenda = Agenda::of(&tenant, now, true);
        let mut told = Vec::new();
        // Over midnight in Shanghai.
        for minutes in 0..30 {
            let at = now + TimeDelta::minutes(minutes);
            let due = agenda.take(&tenant, at);
            assert!(due.events.iter().all(|event| event.at <= at));
            told.extend(due.events);
        }
        assert!(told.is_sorted_by_key(|event| event.at));
        let ids: std::collections::HashSet<_> = told.iter().map(|event| &event.id).collect();
        assert_eq!(ids.len(), told.len());
        assert!(told.iter().any(|event| event.id.starts_with("demo-20260311-")));
        assert!(!agenda.busy_since().is_empty());
        assert!(!agenda.take_ended().is_empty() && agenda.take_ended().is_empty());
    }
}
