//! Conversations, and what happens beside them, as events.

use chrono::{DateTime, TimeDelta, Utc};
use rand::{Rng as _, rngs::StdRng, seq::IndexedRandom as _};
use serde_json::{Value, json};
use uuid::Builder;

use super::Event;

const PRODUCTS: [&str; 3] = ["ai_chatbot", "workbench", "shop"];
const CHANNELS: [&str; 3] = ["app", "web", "mail"];
pub(super) const AGENTS: usize = 6;

/// Writes the events of one conversation, in the order of their times.
pub(super) struct Teller<'a> {
    pub random: &'a mut StdRng,
    pub tenant: usize,
    product: &'static str,
    session_id: Option<String>,
    at: DateTime<Utc>,
    events: Vec<Event>,
}

impl<'a> Teller<'a> {
    pub(super) fn new(random: &'a mut StdRng, tenant: usize, now: DateTime<Utc>) -> Self {
        let at = now - ago(random);
        let product = PRODUCTS.choose(random).copied().unwrap_or_default();
        Self { random, tenant, product, session_id: None, at, events: Vec::new() }
    }

    fn say(&mut self, name: &'static str, data: Value) {
        // Never twice at the same instant, so that "the last" has one meaning.
        self.at += TimeDelta::milliseconds(self.random.random_range(1..20_000));
        self.events.push(Event {
            tenant: self.tenant,
            id: id(self.random),
            name,
            product: self.product,
            session_id: self.session_id.clone(),
            data,
            at: self.at,
        });
    }

    /// A conversation that may be handed over, rated and ended, or left open.
    pub(super) fn conversation(mut self) -> Vec<Event> {
        self.session_id = Some(id(self.random));
        let channel = CHANNELS.choose(self.random).copied().unwrap_or_default();
        let visitor = format!("v-{}", self.random.random_range(0..5_000));
        self.say("session.start", json!({ "channel": channel, "visitor_id": visitor }));
        for _ in 0..self.random.random_range(0..4) {
            self.say("message.customer", json!({}));
            let took = self.random.random_range(100..9_000);
            self.say("message.ai", json!({ "response_time": took, "model": "m", "tokens": 7 }));
        }
        let with_person = self.random.random_bool(0.4);
        if with_person {
            self.hand_over();
        }
        if self.random.random_bool(0.3) {
            let score = self.random.random_range(1..=5);
            self.say("rating.submit", json!({ "score": score }));
        }
        if self.random.random_bool(0.8) {
            self.end(with_person);
        }
        self.events
    }

    fn hand_over(&mut self) {
        if self.random.random_bool(0.8) {
            self.say("session.transfer", json!({ "from": "ai", "to": "agent", "reason": "asked" }));
        }
        self.say("session.queue", json!({ "queue": "general" }));
        if self.random.random_bool(0.3) {
            self.at += TimeDelta::seconds(self.random.random_range(30..120));
        }
        if self.random.random_bool(0.75) {
            let agent = agent(self.random.random_range(0..AGENTS));
            self.say("session.assign", json!({ "agent_id": agent, "agent_name": "Someone" }));
            let took = self.random.random_range(1_000..60_000);
            self.say("message.agent", json!({ "response_time": took, "agent_id": agent }));
        }
    }

    fn end(&mut self, with_person: bool) {
        let by = if with_person { "agent" } else { "ai" };
        let mut data = json!({ "by": by });
        if self.random.random_bool(0.7) {
            data["resolved"] = json!(self.random.random_bool(0.8));
        }
        if self.random.random_bool(0.3) {
            data["duration"] = json!(self.random.random_range(10..3_000));
        }
        self.say("session.end", data);
    }

    /// Something that belongs to no conversation.
    pub(super) fn aside(mut self) -> Vec<Event> {
        match self.random.random_range(0..3) {
            0 => {
                let channel = CHANNELS.choose(self.random).copied().unwrap_or_default();
                let visitor = format!("v-{}", self.random.random_range(0..5_000));
                self.say("visitor.seen", json!({ "channel": channel, "visitor_id": visitor }));
            }
            1 => {
                let agent = agent(self.random.random_range(0..AGENTS));
                let capacity = self.random.random_range(1..9);
                let status = ["online", "serving", "away", "offline"].choose(self.random).copied();
                let data = json!({ "agent_id": agent, "status": status, "capacity": capacity });
                self.say("agent.status", data);
            }
            _ => {
                let page = format!("/p/{}", self.random.random_range(0..1_000));
                self.say(super::RIVALS, json!({ "page": page, "tags": ["a", null, 1.5, "客服"] }));
            }
        }
        self.events
    }
}

/// The id of an agent.
pub(super) fn agent(index: usize) -> String {
    format!("agent-{index}")
}

/// An id as a product makes it: UUID, most of version 7, because that is what keeps an index small.
pub(super) fn id(random: &mut StdRng) -> String {
    let millis = 1_700_000_000_000 + random.random_range(0..1_000_000_u64);
    let bytes: [u8; 16] = random.random();
    let mut tail = [0; 10];
    tail.copy_from_slice(&bytes[..10]);
    if random.random_bool(0.9) {
        Builder::from_unix_timestamp_millis(millis, &tail).into_uuid().to_string()
    } else {
        Builder::from_random_bytes(bytes).into_uuid().to_string()
    }
}

/// Most conversations are of this hour, some of the week, and a few come very late.
fn ago(random: &mut StdRng) -> TimeDelta {
    let minutes = match random.random_range(0..100) {
        0..55 => random.random_range(8..60),
        55..95 => random.random_range(60..7 * 24 * 60),
        _ => random.random_range(20 * 24 * 60..40 * 24 * 60),
    };
    TimeDelta::minutes(minutes) + TimeDelta::milliseconds(random.random_range(0..60_000))
}
