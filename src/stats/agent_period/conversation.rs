//! A conversation in the hands of the agent it was last assigned to.

use chrono::{DateTime, TimeDelta, Utc};

use crate::tenant::TimeRange;

/// What figures of agents ask of a session. Only its last assignment is known.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_field_names, reason = "instants are named so everywhere")]
pub(super) struct Conversation {
    pub(super) assigned_at: DateTime<Utc>,
    pub(super) ended_at: Option<DateTime<Utc>>,
    pub(super) last_event_at: DateTime<Utc>,
}

impl Conversation {
    /// When it was in hand: from the assignment to the end. One that is open goes on to `now`,
    /// unless it has been silent for `idle`: then it went to its last event.
    pub(super) fn in_hand(&self, now: DateTime<Utc>, idle: TimeDelta) -> TimeRange {
        let is_active = self.last_event_at > now - idle;
        let open_until = if is_active { now } else { self.last_event_at };
        TimeRange { start: self.assigned_at, end: self.ended_at.unwrap_or(open_until) }
    }

    /// How long it took; none while it is open. Clocks that disagree make no negative time.
    pub(super) fn handle_time(&self) -> Option<TimeDelta> {
        Some((self.ended_at? - self.assigned_at).max(TimeDelta::zero()))
    }
}
