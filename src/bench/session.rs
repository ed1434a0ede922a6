//! One conversation: its course, decided when it opens, and its events in turn.

use rand::{Rng, rngs::StdRng};

use super::data::{
    ANSWERS, CHANNELS, COMMENT, Data, INTENTS, MODEL, QUESTIONS, REASON, SUMMARY, USER_AGENT,
};

/// People who answer.
const AGENTS: u32 = 40;

/// A conversation on its way.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) id: String,
    /// What is still to come, last first.
    steps: Vec<Step>,
    agent: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Start,
    Customer,
    Ai,
    Transfer,
    Queue,
    Assign,
    Agent,
    End { by_agent: bool },
    Rating,
}

impl Session {
    /// Opens a conversation: one in four goes to a person, two in five are rated.
    pub(super) fn open(id: String, rng: &mut StdRng) -> Self {
        let mut steps = vec![Step::Start];
        for _ in 0..rng.random_range(1..=5) {
            steps.extend([Step::Customer, Step::Ai]);
        }
        let by_agent = rng.random_ratio(1, 4);
        if by_agent {
            steps.extend([Step::Transfer, Step::Queue, Step::Assign]);
            for _ in 0..rng.random_range(1..=3) {
                steps.extend([Step::Agent, Step::Customer]);
            }
        }
        steps.push(Step::End { by_agent });
        if rng.random_ratio(2, 5) {
            steps.push(Step::Rating);
        }
        steps.reverse();
        Self { id, steps, agent: rng.random_range(0..AGENTS) }
    }

    /// The name and the data of the next event; `None` when the conversation is over.
    pub(super) fn next(&mut self, rng: &mut StdRng) -> Option<(&'static str, Data)> {
        let step = self.steps.pop()?;
        Some((step.name(), self.data(step, rng)))
    }

    fn data(&self, step: Step, rng: &mut StdRng) -> Data {
        let agent_id = || format!("agent-{:03}", self.agent);
        match step {
            Step::Start => start(rng),
            Step::Customer => Data::Customer {
                text: pick(rng, &QUESTIONS),
                language: "en",
                intent: pick(rng, &INTENTS),
            },
            Step::Ai => Data::Ai {
                response_time: rng.random_range(300..4_000),
                tokens: rng.random_range(50..2_000),
                model: MODEL,
                text: pick(rng, &ANSWERS),
            },
            Step::Transfer => Data::Transfer { from: "ai", to: "agent", reason: REASON },
            Step::Queue => {
                let position = rng.random_range(1..20);
                Data::Queue { queue: "general", position, reason: REASON }
            }
            Step::Assign => {
                Data::Assign { agent_id: agent_id(), agent_name: format!("Agent {}", self.agent) }
            }
            Step::Agent => Data::Agent {
                response_time: rng.random_range(5_000..90_000),
                agent_id: agent_id(),
                text: pick(rng, &ANSWERS),
            },
            Step::End { by_agent } => Data::End {
                by: if by_agent { "agent" } else { "ai" },
                resolved: rng.random_ratio(9, 10),
                summary: SUMMARY,
            },
            Step::Rating => Data::Rating { score: rng.random_range(1..=5), comment: COMMENT },
        }
    }
}

impl Step {
    fn name(self) -> &'static str {
        match self {
            Self::Start => "session.start",
            Self::Customer => "message.customer",
            Self::Ai => "message.ai",
            Self::Transfer => "session.transfer",
            Self::Queue => "session.queue",
            Self::Assign => "session.assign",
            Self::Agent => "message.agent",
            Self::End { .. } => "session.end",
            Self::Rating => "rating.submit",
        }
    }
}

fn start(rng: &mut StdRng) -> Data {
    let (channel, channel_name) = pick(rng, &CHANNELS);
    let visitor: u32 = rng.random_range(0..1_000_000);
    Data::Start {
        channel,
        channel_name,
        visitor_id: format!("visitor-{visitor:06}"),
        customer_name: format!("Customer {visitor:06}"),
        page: format!("/orders/{}", rng.random_range(100_000..999_999)),
        user_agent: USER_AGENT,
    }
}

fn pick<T: Copy>(rng: &mut StdRng, choices: &[T]) -> T {
    choices[rng.random_range(0..choices.len())]
}
