//! One conversation, from its start to its end, as it was made up.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::cast::{Agent, CHATBOT, Channel, Model, WORKBENCH};

type Instant = DateTime<Utc>;

/// A conversation.
#[derive(Debug)]
pub(in crate::demo) struct Session {
    pub(in crate::demo) id: String,
    pub(in crate::demo) channel: &'static Channel,
    pub(in crate::demo) customer: String,
    pub(in crate::demo) topic: &'static str,
    pub(in crate::demo) started_at: Instant,
    /// What was written, in order.
    pub(in crate::demo) messages: Vec<Message>,
    /// How it went to people; none where the AI alone answered.
    pub(in crate::demo) handover: Option<Handover>,
    pub(in crate::demo) ended_at: Instant,
    pub(in crate::demo) end: End,
    pub(in crate::demo) rating: Option<(Instant, i64)>,
    /// What the AI's answers have used.
    pub(in crate::demo) call: Option<Call>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::demo) enum Author {
    Customer,
    Ai,
    Agent,
}

#[derive(Clone, Copy, Debug)]
pub(in crate::demo) struct Message {
    pub(in crate::demo) at: Instant,
    pub(in crate::demo) author: Author,
    /// None of customers.
    pub(in crate::demo) response_ms: Option<i64>,
}

#[derive(Debug)]
pub(in crate::demo) struct Handover {
    /// When and why the AI handed over; none where there was no AI.
    pub(in crate::demo) transferred: Option<(Instant, &'static str)>,
    pub(in crate::demo) queued_at: Instant,
    pub(in crate::demo) queue: &'static str,
    /// None where the customer gave up.
    pub(in crate::demo) assigned: Option<(Instant, &'static Agent)>,
}

/// How a conversation ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::demo) struct End {
    pub(in crate::demo) by: &'static str,
    pub(in crate::demo) is_resolved: bool,
}

/// The use of a language model.
#[derive(Clone, Debug)]
pub(in crate::demo) struct Call {
    pub(in crate::demo) id: String,
    pub(in crate::demo) session_id: Option<String>,
    pub(in crate::demo) model: &'static Model,
    pub(in crate::demo) input: i64,
    pub(in crate::demo) output: i64,
    /// Whether it ended without an answer; what went in is paid for all the same.
    pub(in crate::demo) has_failed: bool,
    pub(in crate::demo) api_type: &'static str,
    pub(in crate::demo) at: Instant,
}

/// An event to be sent.
#[derive(Clone, Debug)]
pub(in crate::demo) struct Event {
    pub(in crate::demo) id: String,
    pub(in crate::demo) name: &'static str,
    pub(in crate::demo) product: &'static str,
    pub(in crate::demo) session_id: Option<String>,
    pub(in crate::demo) at: Instant,
    pub(in crate::demo) data: Value,
}

impl Session {
    /// The product of its start, to which it belongs.
    pub(in crate::demo) fn product(&self) -> &'static str {
        if self.channel.has_ai() { CHATBOT } else { WORKBENCH }
    }

    pub(in crate::demo) fn agent(&self) -> Option<&'static Agent> {
        self.assigned().map(|(_, agent)| agent)
    }

    pub(in crate::demo) fn assigned(&self) -> Option<(Instant, &'static Agent)> {
        self.handover.as_ref()?.assigned
    }

    /// All that is told of it, in the order in which it happens.
    pub(in crate::demo) fn events(&self) -> Vec<Event> {
        let mut told = vec![self.start()];
        told.extend(self.messages.iter().map(|message| self.message(*message)));
        told.extend(self.handover.iter().flat_map(|handover| self.moves(handover)));
        told.push(self.finish());
        told.extend(self.rating.map(|(at, score)| {
            let agent_id = self.agent().map(|agent| agent.id);
            (at, "rating.submit", json!({ "score": score, "agent_id": agent_id }))
        }));
        told.sort_by_key(|(at, ..)| *at);
        let event = |(number, (at, name, data)): (usize, Told)| Event {
            id: format!("{}-{number}", self.id),
            name,
            product: self.teller(name),
            session_id: Some(self.id.clone()),
            at,
            data,
        };
        told.into_iter().enumerate().map(event).collect()
    }

    /// The product that tells of an event: what people do, the workbench knows.
    fn teller(&self, name: &str) -> &'static str {
        let is_of_people = matches!(name, "session.assign" | "message.agent");
        let is_end_of_people = name == "session.end" && self.agent().is_some();
        if is_of_people || is_end_of_people { WORKBENCH } else { self.product() }
    }

    fn start(&self) -> Told {
        let data = json!({
            "channel": self.channel.id,
            "channel_name": self.channel.name,
            "visitor_id": format!("v-{}", self.id),
            "customer_name": self.customer,
            "demo": true,
        });
        (self.started_at, "session.start", data)
    }

    fn message(&self, message: Message) -> Told {
        let response_time = message.response_ms;
        let (name, data) = match message.author {
            Author::Customer => ("message.customer", json!({})),
            Author::Ai => {
                let model = self.call.as_ref().map(|call| call.model.name);
                ("message.ai", json!({ "response_time": response_time, "model": model }))
            }
            Author::Agent => {
                let agent_id = self.agent().map(|agent| agent.id);
                ("message.agent", json!({ "response_time": response_time, "agent_id": agent_id }))
            }
        };
        (message.at, name, data)
    }

    fn moves(&self, handover: &Handover) -> Vec<Told> {
        let mut moves = Vec::new();
        moves.extend(handover.transferred.map(|(at, reason)| {
            (at, "session.transfer", json!({ "reason": reason, "from": "ai", "to": "agent" }))
        }));
        moves.push((handover.queued_at, "session.queue", json!({ "queue": handover.queue })));
        moves.extend(handover.assigned.map(|(at, agent)| {
            let data = json!({ "agent_id": agent.id, "agent_name": agent.name });
            (at, "session.assign", data)
        }));
        moves
    }

    fn finish(&self) -> Told {
        let End { by, is_resolved } = self.end;
        let duration = (self.ended_at - self.started_at).num_seconds();
        let data = json!({ "by": by, "resolved": is_resolved, "duration": duration });
        (self.ended_at, "session.end", data)
    }
}

/// When, what and with which data.
type Told = (Instant, &'static str, Value);

/// An instant so many seconds later.
pub(super) fn after(at: Instant, secs: i64) -> Instant {
    at + TimeDelta::seconds(secs)
}
