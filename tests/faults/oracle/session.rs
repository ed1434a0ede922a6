//! Sessions as their events tell them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::traffic::Event;

/// What became of one conversation. "First" and "last" go by the time of occurrence.
#[derive(Clone, Debug, Default)]
pub(crate) struct Session {
    /// Of the first start, else of the first event.
    pub product: String,
    pub started_at: Option<DateTime<Utc>>,
    pub queued_at: Option<DateTime<Utc>>,
    /// The first assignment.
    pub assigned_at: Option<DateTime<Utc>>,
    /// Of the last assignment.
    pub agent: Option<String>,
    pub transferred_at: Option<DateTime<Utc>>,
    /// The last end.
    pub ended_at: Option<DateTime<Utc>>,
    pub resolved: Option<bool>,
    pub stated_ms: Option<i64>,
    pub last_at: DateTime<Utc>,
}

/// The sessions of some events of one tenant.
pub(crate) fn sessions(events: &[&Event]) -> Vec<Session> {
    let mut by_id: HashMap<&str, Vec<&Event>> = HashMap::new();
    for event in events {
        if let Some(id) = &event.session_id {
            by_id.entry(id).or_default().push(event);
        }
    }
    by_id.into_values().map(session).collect()
}

fn session(mut events: Vec<&Event>) -> Session {
    events.sort_by_key(|event| event.at);
    let mut session = Session { product: events[0].product.to_owned(), ..Session::default() };
    for event in events {
        let at = Some(event.at);
        session.last_at = event.at;
        match event.name {
            "session.start" if session.started_at.is_none() => {
                session.started_at = at;
                event.product.clone_into(&mut session.product);
            }
            "session.queue" => session.queued_at = session.queued_at.or(at),
            "session.assign" => {
                session.assigned_at = session.assigned_at.or(at);
                session.agent = event.data["agent_id"].as_str().map(str::to_owned);
            }
            "session.transfer" => session.transferred_at = session.transferred_at.or(at),
            "session.end" => {
                session.ended_at = at;
                session.resolved = event.data["resolved"].as_bool();
                session.stated_ms = event.data["duration"].as_i64().map(|secs| secs * 1_000);
            }
            _ => {}
        }
    }
    session
}

impl Session {
    pub(crate) fn duration_ms(&self) -> Option<i64> {
        let ended_at = self.ended_at?;
        self.stated_ms.or_else(|| Some(ms_between(self.started_at?, ended_at)))
    }

    pub(crate) fn wait_ms(&self) -> Option<i64> {
        Some(ms_between(self.queued_at?, self.assigned_at?))
    }

    /// From queue to an end without an answer by a person.
    pub(crate) fn abandoned_after_ms(&self) -> Option<i64> {
        if self.assigned_at.is_some() {
            return None;
        }
        Some(ms_between(self.queued_at?, self.ended_at?))
    }

    pub(crate) fn is_ai_resolved(&self) -> bool {
        let person = [self.transferred_at, self.assigned_at, self.queued_at];
        person.iter().all(Option::is_none) && self.resolved != Some(false)
    }
}

fn ms_between(from: DateTime<Utc>, to: DateTime<Utc>) -> i64 {
    (to - from).num_milliseconds().max(0)
}
