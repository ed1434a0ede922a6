//! Changes in parts that are small enough for one script, during which Redis serves nobody else.

use chrono::{DateTime, Utc};
use entity::agent;

use super::script::Part;
use crate::stats::{FloorChanges, SessionChange, Visit};

const SESSIONS: usize = 500;
const HEARD: usize = 2_000;
const VISITS: usize = 2_000;
const AGENTS: usize = 200;

/// Changes in an order of their own.
pub(super) struct Parts {
    sessions: Vec<(String, SessionChange)>,
    heard: Vec<(String, DateTime<Utc>)>,
    visits: Vec<(String, Visit)>,
    agents: Vec<agent::Model>,
    acknowledged: bool,
}

impl From<FloorChanges> for Parts {
    fn from(changes: FloorChanges) -> Self {
        let mut visits = Vec::new();
        for (channel, seen) in changes.visits {
            visits.extend(seen.into_iter().map(|visit| (channel.clone(), visit)));
        }
        Self {
            sessions: changes.sessions.into_values().collect(),
            heard: changes.heard.into_values().collect(),
            visits,
            agents: changes.agents.into_values().collect(),
            acknowledged: changes.acknowledged,
        }
    }
}

impl Parts {
    /// One after the other. What goes on comes after what began, because a session that is not known
    /// is not heard of.
    pub(super) fn iter(&self) -> impl Iterator<Item = Part<'_>> {
        let mut sessions = self.sessions.chunks(SESSIONS).peekable();
        let mut heard = self.heard.chunks(HEARD);
        let mut visits = self.visits.chunks(VISITS);
        let mut agents = self.agents.chunks(AGENTS);
        let mut acknowledged = self.acknowledged;
        std::iter::from_fn(move || {
            let mut part = Part {
                sessions: sessions.next().unwrap_or_default(),
                visits: visits.next().unwrap_or_default(),
                agents: agents.next().unwrap_or_default(),
                acknowledged: std::mem::take(&mut acknowledged),
                ..Part::default()
            };
            if sessions.peek().is_none() {
                part.heard = heard.next().unwrap_or_default();
            }
            (!part.is_empty()).then_some(part)
        })
    }
}

impl Part<'_> {
    fn is_empty(&self) -> bool {
        self.sessions.is_empty()
            && self.heard.is_empty()
            && self.visits.is_empty()
            && self.agents.is_empty()
            && !self.acknowledged
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Sign;

    #[test]
    fn nothing_is_left_out_and_what_goes_on_comes_last() {
        let at = DateTime::UNIX_EPOCH;
        let mut changes = FloorChanges::new(true);
        let change = SessionChange::silent(at);
        for index in 0..1_200 {
            changes.add_change(&index.to_string(), change.clone());
            changes.add_visit("web", Visit { visitor: index, at });
        }
        for index in 0..4_500 {
            let session_id = format!("other {index}").into();
            changes.add_sign(Sign::of(&session_id, at));
        }
        changes.acknowledged = true;
        let parts = Parts::from(changes);
        let lens: Vec<_> = parts
            .iter()
            .map(|part| {
                (part.sessions.len(), part.heard.len(), part.visits.len(), part.acknowledged)
            })
            .collect();
        let expected = [
            (500, 0, 1_200, true),
            (500, 0, 0, false),
            (200, 2_000, 0, false),
            (0, 2_000, 0, false),
            (0, 500, 0, false),
        ];
        assert_eq!(lens, expected);
    }
}
