//! Sessions whose state need not be written again for every message.
//!
//! Most events of a conversation only say that it goes on. Their sessions are written when they are
//! more than [`SLACK`] behind, and not for each of them: whoever asks whether a session was heard of
//! since an instant asks the events too where the state is too close to it to tell.

use std::{
    num::NonZeroUsize,
    sync::{Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use entity::session::Model as Session;
use lru::LruCache;

use crate::tenant::TenantId;

/// How far the latest event of a session may be ahead of its state.
pub(crate) const SLACK: TimeDelta = TimeDelta::seconds(60);
/// Sessions remembered, some 200 bytes each.
const CAPACITY: NonZeroUsize = NonZeroUsize::new(100_000).expect("more than none");

/// What is known to be committed of sessions: their state holds these events and may hold more.
#[derive(Debug)]
pub(crate) struct SeenSessions(Mutex<LruCache<(TenantId, String), Span>>);

/// From the first event to the last.
#[derive(Clone, Copy, Debug)]
struct Span {
    first: DateTime<Utc>,
    last: DateTime<Utc>,
}

impl Default for SeenSessions {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(CAPACITY)))
    }
}

impl SeenSessions {
    /// Keeps the sessions that have to be written.
    pub(super) fn retain_news(&self, tenant: &TenantId, sessions: &mut Vec<Session>) {
        let mut seen = self.lock();
        sessions.retain(|session| {
            let key = (tenant.clone(), session.session_id.clone());
            let span = seen.get(&key);
            !span.is_some_and(|span| is_quiet(session) && span.covers(session))
        });
    }

    /// Remembers what was committed.
    pub(crate) fn remember(&self, tenant: &TenantId, sessions: Vec<Session>) {
        let mut seen = self.lock();
        for session in sessions {
            let (first, last) = (session.first_event_at, session.last_event_at);
            let span = seen
                .get_or_insert_mut((tenant.clone(), session.session_id), || Span { first, last });
            span.first = span.first.min(first);
            span.last = span.last.max(last);
        }
    }

    fn lock(&self) -> MutexGuard<'_, LruCache<(TenantId, String), Span>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Span {
    fn covers(&self, session: &Session) -> bool {
        // At the very instant of the first event the product decides, which is not remembered.
        self.first < session.first_event_at && session.last_event_at < self.last + SLACK
    }
}

/// Whether events say nothing of a session but that it goes on.
fn is_quiet(session: &Session) -> bool {
    session.started_at.is_none()
        && session.queued_at.is_none()
        && session.assigned_at.is_none()
        && session.transferred_at.is_none()
        && session.ended_at.is_none()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::session, *};
    use crate::tracker::testing;

    fn heard(name: &str, second: i64) -> Session {
        let event = crate::tracker::NewEvent {
            session_id: Some("s".to_owned()),
            occurred_at: DateTime::from_timestamp(1_700_000_000 + second, 0).unwrap(),
            ..testing::event(name, json!({}))
        };
        session::open(&event).unwrap()
    }

    fn is_news(seen: &SeenSessions, session: Session) -> bool {
        let mut sessions = vec![session];
        seen.retain_news(&TenantId::new("t"), &mut sessions);
        !sessions.is_empty()
    }

    #[test]
    fn only_what_is_covered_by_the_committed_state_is_left_out() {
        let (seen, tenant) = (SeenSessions::default(), TenantId::new("t"));
        assert!(is_news(&seen, heard("message.ai", 0)), "nothing is committed yet");
        seen.remember(&tenant, vec![heard("session.start", 0), heard("message.ai", 20)]);
        for (name, second, news) in [
            ("message.ai", 10, false),
            ("message.ai", 79, false),
            ("message.ai", 80, true),
            ("message.ai", -1, true),
            ("session.end", 10, true),
            ("session.start", 0, true),
        ] {
            assert_eq!(is_news(&seen, heard(name, second)), news, "{name} at {second}");
        }
        let mut foreign = vec![heard("message.ai", 10)];
        seen.retain_news(&TenantId::new("other"), &mut foreign);
        assert_eq!(foreign.len(), 1);
    }
}
