//! Sessions whose state need not be written again for every message.
//!
//! Most events of a conversation only say that it goes on. Their sessions are written when they are
//! more than [`SLACK`] behind, and not for each of them: whoever asks whether a session was heard of
//! since an instant asks the events too where the state is too close to it to tell.

use std::{
    collections::HashMap,
    num::NonZeroUsize,
    sync::{Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use entity::session::Model as Session;
use lru::LruCache;

use crate::{
    tenant::TenantId,
    tracker::{NewEvent, fact::Fact},
};

/// How far the latest event of a session may be ahead of its state.
pub(crate) const SLACK: TimeDelta = TimeDelta::seconds(60);
/// Sessions remembered of each tenant, some 150 bytes each.
const CAPACITY: NonZeroUsize = NonZeroUsize::new(100_000).expect("more than none");

/// What is known to be committed of sessions: their state holds these events and may hold more.
#[derive(Debug, Default)]
pub(crate) struct SeenSessions(Mutex<HashMap<TenantId, Spans>>);

type Spans = LruCache<String, Span>;

/// From the first event to the last.
#[derive(Clone, Copy, Debug)]
struct Span {
    first: DateTime<Utc>,
    last: DateTime<Utc>,
}

impl SeenSessions {
    /// Keeps the sessions that have to be written, each given by its events.
    pub(super) fn retain_news(&self, tenant: &TenantId, sessions: &mut Vec<&[&NewEvent]>) {
        let mut seen = self.lock();
        let Some(spans) = seen.get_mut(tenant) else { return };
        sessions.retain(|events| {
            let span = events[0].session_id.as_ref().and_then(|id| spans.get(id));
            span.is_none_or(|span| !events.iter().all(|event| span.covers(event)))
        });
    }

    /// Remembers what was committed.
    pub(crate) fn remember(&self, tenant: &TenantId, sessions: Vec<Session>) {
        if sessions.is_empty() {
            return;
        }
        let mut seen = self.lock();
        let spans = seen.entry(tenant.clone()).or_insert_with(|| LruCache::new(CAPACITY));
        for session in sessions {
            let (first, last) = (session.first_event_at, session.last_event_at);
            let span = spans.get_or_insert_mut(session.session_id, || Span { first, last });
            span.first = span.first.min(first);
            span.last = span.last.max(last);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TenantId, Spans>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Span {
    /// Whether the committed state tells all that the event says of its session.
    fn covers(&self, event: &NewEvent) -> bool {
        // At the very instant of the first event the product decides, which is not remembered.
        is_quiet(&event.fact)
            && self.first < event.occurred_at
            && event.occurred_at < self.last + SLACK
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

    use super::{super::session, *};
    use crate::tracker::testing;

    fn heard(name: &str, second: i64) -> NewEvent {
        NewEvent {
            session_id: Some("s".to_owned()),
            occurred_at: DateTime::from_timestamp(1_700_000_000 + second, 0).unwrap(),
            ..testing::event(name, json!({}))
        }
    }

    fn is_news(seen: &SeenSessions, tenant: &str, event: &NewEvent) -> bool {
        let events = [event];
        let mut sessions = vec![&events[..]];
        seen.retain_news(&TenantId::new(tenant), &mut sessions);
        !sessions.is_empty()
    }

    #[test]
    fn only_what_is_covered_by_the_committed_state_is_left_out() {
        let seen = SeenSessions::default();
        assert!(is_news(&seen, "t", &heard("message.ai", 0)), "nothing is committed yet");
        let committed = [heard("session.start", 0), heard("message.ai", 20)];
        let committed = committed.iter().filter_map(session::open).collect();
        seen.remember(&TenantId::new("t"), committed);
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
}
