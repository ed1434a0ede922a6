//! What an event means: the names that feed figures, and their fields read out of `data` once.
//!
//! Reading is strict: a field of the wrong type rejects the event with a reason that names it,
//! because a figure that silently leaves events out cannot be trusted.

use compact_str::CompactString;
use serde_json::Value;

use super::{
    fields::{Fields, wrong},
    payload::Payload,
};
use crate::stats::alert::ACKNOWLEDGE;

/// The meaning of one event. Its texts are mostly short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    Start {
        channel: Option<CompactString>,
        channel_name: Option<CompactString>,
        visitor_id: Option<CompactString>,
        customer_name: Option<CompactString>,
    },
    Queue {
        queue: Option<CompactString>,
    },
    Assign {
        agent_id: CompactString,
        agent_name: Option<CompactString>,
    },
    /// `to_person` is false when one person hands over to another, or back to the AI.
    Transfer {
        to_person: bool,
    },
    End {
        by: Option<CompactString>,
        resolved: Option<bool>,
        duration_ms: Option<i64>,
    },
    Message {
        response_ms: Option<i64>,
        agent_id: Option<CompactString>,
    },
    Rating {
        score: i16,
        agent_id: Option<CompactString>,
    },
    Status {
        agent_id: CompactString,
        agent_name: Option<CompactString>,
        status: AgentStatus,
        capacity: Option<i32>,
        by_hand: bool,
    },
    Visit {
        channel: CompactString,
        visitor_id: CompactString,
    },
    /// Someone has seen that the session waits too long.
    Acknowledge {
        by: CompactString,
    },
    /// Any other name: stored, and feeds no figure.
    Other,
}

/// The columns of `analytics_events` that come from the meaning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Columns<'a> {
    pub response_ms: Option<i64>,
    pub rating: Option<i16>,
    pub agent_id: Option<&'a str>,
    pub channel: Option<&'a str>,
    pub visitor_id: Option<&'a str>,
}

/// What a person who answers is doing.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, async_graphql::Enum,
)]
pub enum AgentStatus {
    /// Ready, with no conversation.
    Online,
    /// In at least one conversation.
    Serving,
    /// Signed in, but not to be given conversations.
    Away,
    /// Not there, or silent for longer than the lease.
    Offline,
}

impl AgentStatus {
    pub const ALL: [Self; 4] = [Self::Online, Self::Serving, Self::Away, Self::Offline];

    /// The status as events, tables and Redis spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Serving => "serving",
            Self::Away => "away",
            Self::Offline => "offline",
        }
    }

    /// Reads a status in any case.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str().eq_ignore_ascii_case(text))
    }
}

/// Why a field of `data` was refused.
pub(crate) type Reason = String;

const MAX_RESPONSE_MS: i64 = 30 * 24 * 3_600 * 1_000;
const MAX_CAPACITY: i64 = 10_000;
/// Longest id and longest name a field may hold, in characters.
const MAX_ID: usize = 64;
pub(super) const MAX_NAME: usize = 100;

impl Fact {
    /// Reads the meaning of an event.
    ///
    /// # Errors
    /// A reason that names the field, its value and what is expected.
    pub fn read(name: &str, data: &Payload) -> Result<Self, Reason> {
        if !is_known(name) {
            return Ok(Self::Other);
        }
        Self::of(name, &Fields::of(data)?)
    }

    /// The same where `data` was taken apart.
    pub(crate) fn of(name: &str, fields: &Fields<'_>) -> Result<Self, Reason> {
        match name {
            "session.start" => fields.start(),
            "session.queue" => Ok(Self::Queue { queue: fields.text("queue", MAX_ID)? }),
            "session.assign" => fields.assign(),
            "session.transfer" => fields.transfer(),
            "session.end" => fields.end(),
            "message.customer" | "message.ai" | "message.agent" => fields.message(),
            "rating.submit" => fields.rating(),
            "agent.status" => fields.status(),
            "visitor.seen" => fields.visit(),
            ACKNOWLEDGE => Ok(Self::Acknowledge { by: fields.required("by", MAX_NAME)? }),
            _ => Ok(Self::Other),
        }
    }

    /// What of it stands in columns of its own, so that figures never read JSON.
    pub fn columns(&self) -> Columns<'_> {
        match self {
            Self::Message { response_ms, agent_id } => Columns {
                response_ms: *response_ms,
                agent_id: agent_id.as_deref(),
                ..Columns::default()
            },
            Self::Rating { score, agent_id } => Columns {
                rating: Some(*score),
                agent_id: agent_id.as_deref(),
                ..Columns::default()
            },
            Self::Assign { agent_id, .. } | Self::Status { agent_id, .. } => {
                Columns { agent_id: Some(agent_id), ..Columns::default() }
            }
            Self::Start { channel, visitor_id, .. } => Columns {
                channel: channel.as_deref(),
                visitor_id: visitor_id.as_deref(),
                ..Columns::default()
            },
            Self::Visit { channel, visitor_id } => Columns {
                channel: Some(channel),
                visitor_id: Some(visitor_id),
                ..Columns::default()
            },
            _ => Columns::default(),
        }
    }

    /// Whether the event says something of a session, so that it needs one.
    pub fn needs_session(&self) -> bool {
        matches!(
            self,
            Self::Start { .. }
                | Self::Queue { .. }
                | Self::Assign { .. }
                | Self::Transfer { .. }
                | Self::End { .. }
                | Self::Acknowledge { .. }
        )
    }
}

/// The meanings, each out of its fields.
impl Fields<'_> {
    fn start(&self) -> Result<Fact, Reason> {
        Ok(Fact::Start {
            channel: self.text("channel", MAX_ID)?,
            channel_name: self.text("channel_name", MAX_NAME)?,
            visitor_id: self.text("visitor_id", MAX_ID)?,
            customer_name: self.text("customer_name", MAX_NAME)?,
        })
    }

    fn assign(&self) -> Result<Fact, Reason> {
        Ok(Fact::Assign {
            agent_id: self.required("agent_id", MAX_ID)?,
            agent_name: self.text("agent_name", MAX_NAME)?,
        })
    }

    fn transfer(&self) -> Result<Fact, Reason> {
        let (from, to) = (self.text("from", MAX_NAME)?, self.text("to", MAX_NAME)?);
        Ok(Fact::Transfer {
            to_person: from.as_deref() != Some("agent") && to.as_deref() != Some("ai"),
        })
    }

    fn end(&self) -> Result<Fact, Reason> {
        const BY: [&str; 4] = ["ai", "agent", "customer", "timeout"];
        let by = self.text("by", MAX_ID)?;
        if let Some(by) = by.as_deref().filter(|by| !BY.contains(by)) {
            let value = Value::from(by);
            return Err(wrong("data.by", &value, "`ai`, `agent`, `customer` or `timeout`"));
        }
        let duration_ms =
            self.number("duration", 1_000.0, MAX_RESPONSE_MS, "seconds from 0 to 2592000")?;
        Ok(Fact::End { by, resolved: self.boolean("resolved")?, duration_ms })
    }

    fn message(&self) -> Result<Fact, Reason> {
        const EXPECTED: &str = "milliseconds from 0 to 2592000000";
        let response_ms = self.number("response_time", 1.0, MAX_RESPONSE_MS, EXPECTED)?;
        self.integer("tokens", 0, i64::MAX)?;
        Ok(Fact::Message { response_ms, agent_id: self.text("agent_id", MAX_ID)? })
    }

    fn rating(&self) -> Result<Fact, Reason> {
        let score = self.integer("score", 1, 5)?;
        let score = score.ok_or("`data.score` is missing, expected an integer from 1 to 5")?;
        let score = i16::try_from(score).map_err(|_| "`data.score` is out of range")?;
        Ok(Fact::Rating { score, agent_id: self.text("agent_id", MAX_ID)? })
    }

    fn status(&self) -> Result<Fact, Reason> {
        let text = self.required("status", MAX_ID)?;
        let status = AgentStatus::parse(&text).ok_or_else(|| {
            wrong(
                "data.status",
                &Value::from(text.as_str()),
                "`online`, `serving`, `away` or `offline`",
            )
        })?;
        let capacity = self.integer("capacity", 0, MAX_CAPACITY)?;
        Ok(Fact::Status {
            agent_id: self.required("agent_id", MAX_ID)?,
            agent_name: self.text("agent_name", MAX_NAME)?,
            status,
            capacity: capacity.and_then(|slots| i32::try_from(slots).ok()),
            by_hand: self.boolean("by_hand")?.unwrap_or_default(),
        })
    }

    fn visit(&self) -> Result<Fact, Reason> {
        Ok(Fact::Visit {
            channel: self.required("channel", MAX_ID)?,
            visitor_id: self.required("visitor_id", MAX_ID)?,
        })
    }
}

fn is_known(name: &str) -> bool {
    matches!(
        name,
        "session.start"
            | "session.queue"
            | "session.assign"
            | "session.transfer"
            | "session.end"
            | "message.customer"
            | "message.ai"
            | "message.agent"
            | "rating.submit"
            | "agent.status"
            | "visitor.seen"
            | ACKNOWLEDGE
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_of_the_wrong_kind_are_named() {
        let cases = [
            (
                "rating.submit",
                json!({"score": 6}),
                "`data.score` is 6, expected an integer from 1 to 5",
            ),
            ("rating.submit", json!({}), "`data.score` is missing"),
            ("session.end", json!({"by": "robot"}), "`data.by` is \"robot\", expected `ai`"),
            (
                "session.end",
                json!({"resolved": "yes"}),
                "`data.resolved` is \"yes\", expected true or false",
            ),
            (
                "message.ai",
                json!({"response_time": -1}),
                "`data.response_time` is -1, expected milliseconds",
            ),
            ("message.ai", json!([1]), "`data` is [1], expected a JSON object"),
            (
                "agent.status",
                json!({"agent_id": "a", "status": "busy"}),
                "`data.status` is \"busy\"",
            ),
            ("visitor.seen", json!({"channel": "app"}), "`data.visitor_id` is missing"),
        ];
        for (name, data, reason) in cases {
            let error = Fact::read(name, &data.into()).unwrap_err();
            assert!(error.starts_with(reason), "{error}");
        }
    }

    #[test]
    fn plain_text_means_what_its_value_does() {
        let spaced = "{ \"duration\" : 1.5 ,\"by\":\"ai\", \"more\": [{\"resolved\": 7}, \"}\\\"\"], \
                      \"resolved\":true }";
        let plain = Payload::if_plain(spaced.into()).unwrap();
        let value = Payload::from(serde_json::from_str::<Value>(spaced).unwrap());
        let fact = Fact::read("session.end", &plain).unwrap();
        assert_eq!(fact, Fact::read("session.end", &value).unwrap());
        let by = Some("ai".into());
        assert_eq!(fact, Fact::End { by, resolved: Some(true), duration_ms: Some(1_500) });
    }

    #[test]
    fn seconds_become_milliseconds() {
        let fact = Fact::read("session.end", &json!({"duration": 1.5}).into()).unwrap();
        assert_eq!(fact, Fact::End { by: None, resolved: None, duration_ms: Some(1_500) });
    }

    #[test]
    fn only_a_hand_over_from_ai_to_a_person_counts() {
        for (data, to_person) in [
            (json!({}), true),
            (json!({"from": "ai", "to": "agent"}), true),
            (json!({"from": "agent", "to": "agent"}), false),
            (json!({"to": "ai"}), false),
        ] {
            let fact = Fact::read("session.transfer", &data.into()).unwrap();
            assert_eq!(fact, Fact::Transfer { to_person });
        }
    }

    #[test]
    fn any_other_name_may_carry_any_json() {
        assert_eq!(Fact::read("page.view", &json!([1, 2]).into()), Ok(Fact::Other));
    }
}
