//! What committed batches have changed of a floor, for whoever keeps its state apart from the
//! database.
//!
//! All of it joins: what is said twice, or in another order, gives the same. So the changes of many
//! batches become one, and it does not matter which replica tells first.

use std::time::{Duration, Instant};

use ahash::HashMap;
use chrono::{DateTime, Utc};
use entity::agent;

use super::{
    seen::Sign,
    session::State,
    session_key::{BySession, SessionKey},
};
use crate::tracker::{NewEvent, fact::Fact};

/// Sessions of which it may wait that they go on; of more it is told at once.
const MOST_WAITING: usize = 20_000;

/// Changes of one tenant's floor.
#[derive(Clone, Debug, Default)]
pub(crate) struct FloorChanges {
    /// Whether anyone keeps the state; changes are not even noted otherwise.
    is_wanted: bool,
    /// When the first of them may have been committed.
    since: Option<Instant>,
    /// With their ids.
    pub(crate) sessions: BySession<(String, SessionChange)>,
    /// When known sessions were last heard of, where that is all there is to say. It matters once a
    /// session falls silent, so it may wait.
    pub(crate) heard: BySession<(String, DateTime<Utc>)>,
    /// The earliest of these instants.
    heard_from: Option<DateTime<Utc>>,
    heard_told_at: Option<Instant>,
    pub(crate) visits: HashMap<String, Vec<Visit>>,
    pub(crate) agents: HashMap<String, agent::Model>,
    /// Whether someone has acknowledged an alert.
    pub(crate) acknowledged: bool,
}

/// How long it may wait to be told that sessions go on.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Patience {
    pub(crate) longest: Duration,
    /// Signs of life from before may decide already whether a session counts.
    pub(crate) since: DateTime<Utc>,
}

/// What is new of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SessionChange {
    /// Whether it says all that was known of the session when it was committed.
    pub(crate) is_whole: bool,
    pub(crate) is_started: bool,
    pub(crate) is_ended: bool,
    pub(crate) queued_at: Option<DateTime<Utc>>,
    /// Whose conversation it is, and since when; none while no person has answered.
    pub(crate) agent: Option<(DateTime<Utc>, String)>,
    pub(crate) last_event_at: DateTime<Utc>,
}

/// A visitor seen on a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Visit {
    /// A digest: texts are of any length, and nobody asks who it was.
    pub(crate) visitor: u64,
    pub(crate) at: DateTime<Utc>,
}

impl Visit {
    pub(crate) fn of(visitor_id: &str, at: DateTime<Utc>) -> Self {
        Self { visitor: xxhash_rust::xxh3::xxh3_64(visitor_id.as_bytes()), at }
    }
}

impl FloorChanges {
    /// None yet, of a transaction that is about to be committed.
    pub(crate) fn new(is_wanted: bool) -> Self {
        Self { is_wanted, since: is_wanted.then(Instant::now), ..Self::default() }
    }

    pub(crate) fn is_wanted(&self) -> bool {
        self.is_wanted
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.sessions.is_empty()
            && self.heard.is_empty()
            && self.visits.is_empty()
            && self.agents.is_empty()
            && !self.acknowledged
    }

    /// Since when some of them may have been committed and not been told; that a session goes on may
    /// be told at any time.
    pub(crate) fn since(&self) -> Option<Instant> {
        self.since
    }

    /// Whether there is something to tell now.
    pub(crate) fn is_due(&self, patience: Patience) -> bool {
        let is_more = !self.sessions.is_empty()
            || !self.visits.is_empty()
            || !self.agents.is_empty()
            || self.acknowledged;
        is_more || (!self.heard.is_empty() && !self.may_wait(patience))
    }

    /// Takes what is to be told now: all of it, or all but that sessions go on.
    pub(crate) fn take(&mut self, patience: Patience) -> Self {
        let may_wait = self.may_wait(patience);
        let mut taken = std::mem::take(self);
        self.is_wanted = taken.is_wanted;
        if may_wait {
            self.heard = std::mem::take(&mut taken.heard);
            (self.heard_from, self.heard_told_at) = (taken.heard_from, taken.heard_told_at);
        } else {
            self.heard_told_at = Some(Instant::now());
        }
        taken
    }

    fn may_wait(&self, patience: Patience) -> bool {
        self.heard.len() < MOST_WAITING
            && self.heard_told_at.is_some_and(|told_at| told_at.elapsed() < patience.longest)
            && self.heard_from.is_none_or(|from| from >= patience.since)
    }

    /// How many entries there are, each some 100 bytes.
    pub(crate) fn len(&self) -> usize {
        let visits: usize = self.visits.values().map(Vec::len).sum();
        self.sessions.len() + self.heard.len() + visits + self.agents.len()
    }

    /// Notes what events say beside their sessions and agents.
    pub(crate) fn add_events(&mut self, events: &[&NewEvent]) {
        if !self.is_wanted {
            return;
        }
        for event in events {
            self.acknowledged |= matches!(event.fact, Fact::Acknowledge { .. });
            let facts = event.fact.columns();
            if let (Some(channel), Some(visitor_id)) = (facts.channel, facts.visitor_id) {
                self.add_visit(channel, Visit::of(visitor_id, event.occurred_at));
            }
        }
    }

    pub(crate) fn add_visit(&mut self, channel: &str, visit: Visit) {
        match self.visits.get_mut(channel) {
            Some(visits) => visits.push(visit),
            None => drop(self.visits.insert(channel.to_owned(), vec![visit])),
        }
    }

    /// Notes what a batch says of a session. One that began and ended in the same transaction was
    /// never open for anyone else to see.
    pub(super) fn add_session(&mut self, state: &State<'_>, is_fresh: bool) {
        if !self.is_wanted || (is_fresh && state.ended_at.is_some()) {
            return;
        }
        let change = SessionChange { is_whole: is_fresh, ..SessionChange::from(state) };
        self.add_keyed(state.session_key, state.session_id, change);
    }

    /// Notes all that is known of a session, which others may have seen open.
    pub(super) fn add_whole_session(&mut self, state: &State<'_>) {
        if self.is_wanted {
            let change = SessionChange { is_whole: true, ..SessionChange::from(state) };
            self.add_keyed(state.session_key, state.session_id, change);
        }
    }

    pub(crate) fn add_change(&mut self, session_id: &str, change: SessionChange) {
        self.add_keyed(SessionKey::of(session_id), session_id, change);
    }

    fn add_keyed(&mut self, key: SessionKey, session_id: &str, change: SessionChange) {
        match self.sessions.get_mut(&key) {
            Some((_, held)) => held.join(change),
            None => self.insert_change(key, session_id.to_owned(), change),
        }
    }

    /// Notes the first that is said of a session, with when it was heard of: that needs no word of its
    /// own then.
    fn insert_change(&mut self, key: SessionKey, session_id: String, mut change: SessionChange) {
        if let Some((_, at)) = self.heard.remove(&key) {
            change.last_event_at = change.last_event_at.max(at);
        }
        self.sessions.insert(key, (session_id, change));
    }

    /// Notes all that is stored of sessions.
    pub(crate) fn add_states(&mut self, states: Vec<(String, SessionChange)>) {
        for (session_id, change) in states {
            self.add_change(&session_id, change);
        }
    }

    /// Notes that a known session goes on.
    pub(crate) fn add_sign(&mut self, sign: Sign<'_>) {
        if !self.is_heard(sign.key, sign.at) {
            self.heard.insert(sign.key, (sign.session_id.to_owned(), sign.at));
        }
    }

    /// Notes that a session goes on of which something is noted already.
    fn is_heard(&mut self, key: SessionKey, at: DateTime<Utc>) -> bool {
        if let Some((_, change)) = self.sessions.get_mut(&key) {
            change.last_event_at = change.last_event_at.max(at);
            return true;
        }
        self.heard_from = Some(self.heard_from.map_or(at, |from| from.min(at)));
        let held = self.heard.get_mut(&key);
        held.map(|(_, held)| *held = (*held).max(at)).is_some()
    }

    /// Notes the state of an agent; of two the later written counts.
    pub(crate) fn add_agent(&mut self, agent: &agent::Model) {
        if !self.is_wanted {
            return;
        }
        let held = self.agents.get(&agent.agent_id);
        if held.is_none_or(|held| held.revision < agent.revision) {
            self.agents.insert(agent.agent_id.clone(), agent.clone());
        }
    }

    /// Adds the changes of another batch.
    pub(crate) fn join(&mut self, other: Self) {
        self.is_wanted = true;
        self.since = self.since.into_iter().chain(other.since).min();
        self.acknowledged |= other.acknowledged;
        for (key, (session_id, change)) in other.sessions {
            match self.sessions.get_mut(&key) {
                Some((_, held)) => held.join(change),
                None => self.insert_change(key, session_id, change),
            }
        }
        for (key, (session_id, at)) in other.heard {
            if !self.is_heard(key, at) {
                self.heard.insert(key, (session_id, at));
            }
        }
        for (channel, visits) in other.visits {
            self.visits.entry(channel).or_default().extend(visits);
        }
        for agent in other.agents.values() {
            self.add_agent(agent);
        }
    }
}

impl SessionChange {
    /// That a session was heard of, and nothing else.
    #[cfg(test)]
    pub(crate) fn silent(last_event_at: DateTime<Utc>) -> Self {
        Self {
            is_whole: false,
            is_started: false,
            is_ended: false,
            queued_at: None,
            agent: None,
            last_event_at,
        }
    }

    fn join(&mut self, other: Self) {
        self.is_whole |= other.is_whole;
        self.is_started |= other.is_started;
        self.is_ended |= other.is_ended;
        self.queued_at = self.queued_at.into_iter().chain(other.queued_at).min();
        // The last assignment counts; of two at one instant, that of the greater id.
        self.agent = self.agent.take().max(other.agent);
        self.last_event_at = self.last_event_at.max(other.last_event_at);
    }
}

impl From<&State<'_>> for SessionChange {
    fn from(state: &State<'_>) -> Self {
        let agent = state.agent_assigned_at.zip(state.agent_id.map(str::to_owned));
        Self {
            is_whole: false,
            is_started: state.started_at.is_some(),
            is_ended: state.ended_at.is_some(),
            queued_at: state.queued_at,
            agent,
            last_event_at: state.last_event_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000 + second, 0).unwrap()
    }

    fn change() -> SessionChange {
        SessionChange::silent(at(0))
    }

    fn sign(session_id: &str, second: i64) -> Sign<'_> {
        Sign { key: SessionKey::of(session_id), session_id, at: at(second) }
    }

    fn heard(changes: &FloorChanges, session_id: &str) -> Option<DateTime<Utc>> {
        changes.heard.get(&SessionKey::of(session_id)).map(|(_, at)| *at)
    }

    #[test]
    fn changes_of_a_session_join_in_any_order() {
        let parts = [
            SessionChange { is_whole: true, is_started: true, ..change() },
            SessionChange { queued_at: Some(at(5)), last_event_at: at(5), ..change() },
            SessionChange { queued_at: Some(at(3)), last_event_at: at(3), ..change() },
            SessionChange { agent: Some((at(7), "a".into())), ..change() },
            SessionChange { agent: Some((at(7), "b".into())), ..change() },
        ];
        let joined = |order: [usize; 5]| {
            let mut changes = FloorChanges::new(true);
            for index in order {
                let mut other = FloorChanges::new(true);
                other.add_change("s", parts[index].clone());
                changes.join(other);
            }
            changes.sessions.remove(&SessionKey::of("s")).unwrap().1
        };
        let expected = SessionChange {
            is_whole: true,
            is_started: true,
            queued_at: Some(at(3)),
            agent: Some((at(7), "b".into())),
            last_event_at: at(5),
            ..change()
        };
        for order in [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [2, 4, 0, 3, 1]] {
            assert_eq!(joined(order), expected, "{order:?}");
        }
    }

    #[test]
    fn that_a_session_goes_on_waits_and_makes_nothing_else_old() {
        let mut pending = FloorChanges::new(true);
        pending.add_sign(sign("s", 0));
        let patience = Patience { longest: Duration::from_mins(1), since: at(0) };
        assert!(!pending.take(patience).is_empty(), "nothing was told before");
        pending.add_sign(sign("s", 1));
        pending.add_change("t", change());
        let taken = pending.take(patience);
        assert_eq!((taken.sessions.len(), taken.heard.len()), (1, 0));
        assert_eq!(pending.since(), None);
        assert!(!pending.is_due(patience) && pending.is_due(Patience::default()));
        let taken = pending.take(Patience::default());
        assert_eq!(heard(&taken, "s"), Some(at(1)));
        assert!(pending.is_empty());
    }

    #[test]
    fn an_old_sign_of_life_does_not_wait() {
        let mut pending = FloorChanges::new(true);
        let patience = Patience { longest: Duration::from_mins(1), since: at(5) };
        pending.take(patience);
        pending.add_sign(sign("s", 5));
        assert!(!pending.is_due(patience));
        pending.add_sign(sign("s", 4));
        assert!(pending.is_due(patience));
        assert_eq!(heard(&pending.take(patience), "s"), Some(at(5)));
        pending.add_sign(sign("t", 6));
        assert!(!pending.is_due(patience), "what was told makes nothing urgent");
    }

    #[test]
    fn what_is_told_of_a_session_says_when_it_was_heard_of() {
        let last = |changes: &FloorChanges| changes.sessions[&SessionKey::of("s")].1.last_event_at;
        let mut pending = FloorChanges::new(true);
        pending.add_sign(sign("s", 3));
        pending.add_change("s", change());
        assert_eq!((pending.heard.len(), last(&pending)), (0, at(3)));
        pending.add_sign(sign("s", 2));
        pending.add_sign(sign("s", 7));
        assert_eq!((pending.heard.len(), last(&pending)), (0, at(7)));
        let mut joined = FloorChanges::new(true);
        joined.add_sign(sign("s", 8));
        joined.join(pending);
        assert_eq!((joined.heard.len(), last(&joined)), (0, at(8)));
    }

    #[test]
    fn what_nobody_wants_is_not_noted() {
        let start = crate::tracker::testing::event("session.start", serde_json::json!({}));
        let events = [NewEvent { session_id: Some("s".into()), ..start }];
        let state = State::of(&events).unwrap();
        let mut changes = FloorChanges::new(false);
        changes.add_session(&state, true);
        changes.add_whole_session(&state);
        assert!(changes.is_empty());
    }
}
