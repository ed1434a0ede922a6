//! Sessions whose state need not be written again for every message.
//!
//! Most events of a conversation only say that it goes on. Their sessions are written when they are
//! more than [`SLACK`] behind, and not for each of them: whoever asks whether a session was heard of
//! since an instant asks the events too where the state is too close to it to tell.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    session::State,
    session_key::{BySession, SessionId, SessionKey},
};
use crate::{
    tenant::TenantId,
    tracker::{NewEvent, fact::Fact},
};

/// How far the latest event of a session may be ahead of its state.
pub(crate) const SLACK: TimeDelta = TimeDelta::seconds(60);
/// Sessions remembered of each tenant, some 100 bytes each.
const CAPACITY: usize = 100_000;

/// What is known to be committed of sessions: their state holds these events and may hold more.
#[derive(Debug, Default)]
pub(crate) struct SeenSessions {
    tenants: Mutex<HashMap<TenantId, Spans>>,
}

/// The sessions remembered last, and those before them, which are forgotten together.
#[derive(Debug, Default)]
struct Spans {
    young: BySession<Span>,
    old: BySession<Span>,
}

/// From the first event to the last.
#[derive(Clone, Copy, Debug)]
struct Span {
    first: DateTime<Utc>,
    last: DateTime<Utc>,
}

/// What is to be remembered of a session once it is committed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heard(SessionKey, Span);

/// That a known session goes on, which a batch says in an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sign<'a> {
    pub(crate) key: SessionKey,
    pub(crate) session_id: &'a str,
    pub(crate) at: DateTime<Utc>,
}

impl<'a> Sign<'a> {
    pub(crate) fn of(session_id: &'a SessionId, at: DateTime<Utc>) -> Self {
        Self { key: session_id.key(), session_id, at }
    }
}

impl SeenSessions {
    /// The events that say more of their sessions than is committed, each with its session's id; the
    /// others only say that their sessions go on.
    pub(super) fn news<'a>(
        &self,
        tenant: &TenantId,
        events: &[&'a NewEvent],
    ) -> (Vec<(&'a str, &'a NewEvent)>, Vec<Sign<'a>>) {
        let seen = self.lock();
        let spans = seen.get(tenant);
        let sign = |session_id: &'a SessionId, event: &NewEvent| {
            let spans = spans.filter(|_| is_quiet(&event.fact))?;
            let sign = Sign::of(session_id, event.occurred_at);
            spans.get(sign.key).is_some_and(|span| span.covers(event)).then_some(sign)
        };
        let (mut news, mut signs) = (Vec::with_capacity(events.len()), Vec::new());
        for event in events {
            let Some(id) = &event.session_id else { continue };
            match sign(id, event) {
                Some(sign) => signs.push(sign),
                None => news.push((&**id, *event)),
            }
        }
        (news, signs)
    }

    /// Remembers what was committed.
    pub(crate) fn remember(&self, tenant: &TenantId, sessions: Vec<Heard>) {
        if sessions.is_empty() {
            return;
        }
        let mut seen = self.lock();
        let spans = seen.entry(tenant.clone()).or_default();
        for Heard(key, span) in sessions {
            spans.add(key, span);
        }
    }

    /// Forgets the sessions of a tenant.
    pub(crate) fn forget(&self, tenant: &TenantId) {
        self.lock().remove(tenant);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TenantId, Spans>> {
        self.tenants.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Heard {
    /// What will be known of a session when its state is committed.
    pub(super) fn of(state: &State<'_>) -> Self {
        let span = Span { first: state.first_event_at, last: state.last_event_at };
        Self(state.session_key, span)
    }
}

impl Spans {
    fn get(&self, key: SessionKey) -> Option<&Span> {
        self.young.get(&key).or_else(|| self.old.get(&key))
    }

    fn add(&mut self, key: SessionKey, span: Span) {
        match self.young.entry(key) {
            Entry::Occupied(mut held) => held.get_mut().stretch(span),
            Entry::Vacant(place) => {
                let mut held = self.old.remove(&key).unwrap_or(span);
                held.stretch(span);
                place.insert(held);
            }
        }
        if self.young.len() >= CAPACITY / 2 {
            self.old = std::mem::take(&mut self.young);
        }
    }
}

impl Span {
    fn stretch(&mut self, other: Self) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
    }

    /// Whether the committed state tells all that a quiet event says of its session.
    fn covers(&self, event: &NewEvent) -> bool {
        // At the very instant of the first event the product decides, which is not remembered.
        self.first < event.occurred_at && event.occurred_at < self.last + SLACK
    }
}

/// Whether an event says nothing of its session but that it goes on.
fn is_quiet(fact: &Fact) -> bool {
    !matches!(
        fact,
        Fact::Start { .. }
            | Fact::Queue { .. }
            | Fact::Assign { .. }
            | Fact::Transfer { .. }
            | Fact::End { .. }
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::tracker::testing;

    fn heard(name: &str, second: i64) -> NewEvent {
        NewEvent {
            session_id: Some("s".into()),
            occurred_at: DateTime::from_timestamp(1_700_000_000 + second, 0).unwrap(),
            ..testing::event(name, json!({}))
        }
    }

    fn is_news(seen: &SeenSessions, tenant: &str, event: &NewEvent) -> bool {
        let (news, signs) = seen.news(&TenantId::new(tenant), &[event]);
        assert_eq!(signs.is_empty(), !news.is_empty(), "either news, or that it goes on");
        !news.is_empty()
    }

    #[test]
    fn only_what_is_covered_by_the_committed_state_is_left_out() {
        let seen = SeenSessions::default();
        assert!(is_news(&seen, "t", &heard("message.ai", 0)), "nothing is committed yet");
        let committed = [heard("session.start", 0), heard("message.ai", 20)];
        let state = State::of(&committed).unwrap();
        seen.remember(&TenantId::new("t"), vec![Heard::of(&state)]);
        for (name, second, news) in [
            ("message.ai", 10, false),
            ("message.ai", 79, false),
            ("message.ai", 80, true),
            ("message.ai", 0, true),
            ("message.ai", -1, true),
            ("session.end", 10, true),
            ("session.start", 0, true),
        ] {
            assert_eq!(is_news(&seen, "t", &heard(name, second)), news, "{name} at {second}");
        }
        assert!(is_news(&seen, "other", &heard("message.ai", 10)));
    }

    #[test]
    fn what_was_remembered_last_stays_when_room_runs_out() {
        let (mut spans, at) = (Spans::default(), DateTime::UNIX_EPOCH);
        let span = Span { first: at, last: at };
        let key = |number: usize| SessionKey::of(&number.to_string());
        for number in 0..4 * CAPACITY {
            spans.add(key(number), span);
            spans.add(key(7), Span { first: at, last: at + TimeDelta::seconds(1) });
            assert!(spans.young.len() + spans.old.len() <= CAPACITY);
        }
        assert!(spans.get(key(8)).is_none() && spans.get(key(4 * CAPACITY - 1)).is_some());
        assert_eq!(spans.get(key(7)).unwrap().last, at + TimeDelta::seconds(1));
    }
}
