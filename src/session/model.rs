//! A session as it is asked for, and which ones a list shows.

use chrono::{DateTime, Utc};
use entity::session;
use sea_orm::{DeriveActiveEnum, EnumIter, FromQueryResult};

use crate::{
    error::{Error, Result},
    graphql::paging::Cursor,
    input::check_filter,
    stats::{SLACK, live_metric::OpenSessions},
    tenant::TimeRange,
};

/// What has become of a session. Exactly one holds; `measure::OUTCOME` decides which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum, async_graphql::Enum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[graphql(name = "SessionOutcome")]
pub enum Outcome {
    /// Not ended, and neither queued nor assigned: with the AI.
    #[sea_orm(string_value = "open_ai")]
    OpenAi,
    /// Queued, neither assigned nor ended. `queueCount` counts those that have not fallen silent.
    #[sea_orm(string_value = "waiting")]
    Waiting,
    /// Assigned to a person and not ended.
    #[sea_orm(string_value = "in_hand")]
    InHand,
    /// Ended, never transferred, queued or assigned to a person, `resolved` not false: `aiResolved`
    /// of the figures.
    #[sea_orm(string_value = "ai_resolved")]
    AiResolved,
    /// Ended while in the queue without an answer by a person: `abandoned` of the figures.
    #[sea_orm(string_value = "abandoned")]
    Abandoned,
    /// Ended after it was assigned to a person.
    #[sea_orm(string_value = "handled")]
    Handled,
    /// Ended in any other way: left unresolved by the AI, or transferred and never queued.
    #[sea_orm(string_value = "closed")]
    Closed,
}

/// A session with what has become of it.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct SessionRow {
    #[sea_orm(nested)]
    pub session: session::Model,
    pub outcome: Outcome,
}

impl SessionRow {
    /// Its place in the list.
    pub fn cursor(&self) -> Cursor {
        Cursor { at: self.session.first_event_at, id: self.session.session_id.clone() }
    }

    /// As its end says, else from start to end.
    pub fn duration_seconds(&self) -> Option<f64> {
        self.session.duration_ms.map(secs)
    }

    /// From the queue to the first assignment.
    pub fn wait_seconds(&self) -> Option<f64> {
        self.session.wait_ms.map(secs)
    }

    /// From its last assignment to its end; none while it is open. Clocks that disagree make no
    /// negative time.
    pub fn handle_seconds(&self) -> Option<f64> {
        let took = self.session.ended_at? - self.session.agent_assigned_at?;
        Some(secs(took.num_milliseconds().max(0)))
    }

    /// In which its events lie: its state may be behind the latest of them.
    pub(super) fn range(&self) -> TimeRange {
        let (start, last) = (self.session.first_event_at, self.session.last_event_at);
        TimeRange { start, end: last + SLACK + chrono::TimeDelta::microseconds(1) }
    }
}

#[expect(clippy::cast_precision_loss, reason = "durations are far below 2^53 ms")]
fn secs(millis: i64) -> f64 {
    millis as f64 / 1_000.0
}

/// Which sessions a list shows; what is none does not narrow it.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// First instant of `first_event_at`.
    pub from: Option<DateTime<Utc>>,
    /// First instant that is no longer included.
    pub to: Option<DateTime<Utc>>,
    pub product: Option<String>,
    pub channel: Option<String>,
    pub queue: Option<String>,
    pub agent_id: Option<String>,
    pub visitor_id: Option<String>,
    pub outcome: Option<Outcome>,
    pub ended: Option<bool>,
    pub floor: Option<OpenSessions>,
}

impl Filter {
    /// The same of the sessions of one agent, if it is narrowed to one; none where that leaves nothing.
    pub(super) fn of_agent(&self, own: Option<&str>) -> Option<Self> {
        let agent_id = match (own, self.agent_id.as_deref()) {
            (Some(own), Some(asked)) if own != asked => return None,
            (own, asked) => own.or(asked),
        };
        Some(Self { agent_id: agent_id.map(str::to_owned), ..self.clone() })
    }

    /// Refuses what no session can match, which is always a mistake.
    pub(super) fn check(&self) -> Result<()> {
        for (field, text) in [
            ("filter.product", &self.product),
            ("filter.channel", &self.channel),
            ("filter.queue", &self.queue),
            ("filter.agentId", &self.agent_id),
            ("filter.visitorId", &self.visitor_id),
        ] {
            check_filter(field, text.as_deref())?;
        }
        match (self.from, self.to) {
            (Some(from), Some(to)) if to <= from => {
                Err(Error::bad_input("filter.to", to.to_rfc3339(), "an instant after `from`"))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_has_time_between_its_bounds_and_no_nul() {
        let at = |second| DateTime::from_timestamp(second, 0);
        let message = |filter: Filter| filter.check().err().map(|error| error.to_string());
        assert_eq!(message(Filter { from: at(0), to: at(1), ..Filter::default() }), None);
        assert_eq!(
            message(Filter { from: at(0), to: at(0), ..Filter::default() }).unwrap(),
            "`filter.to` is 1970-01-01T00:00:00+00:00, expected an instant after `from`"
        );
        let nul = message(Filter { queue: Some("\0".into()), ..Filter::default() }).unwrap();
        assert!(nul.starts_with("`filter.queue` is"), "{nul}");
    }
}
