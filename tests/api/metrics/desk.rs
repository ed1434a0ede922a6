//! A desk whose events come by chance.

use chrono::{DateTime, TimeDelta, Utc};
use rand::{Rng as _, rngs::StdRng, seq::SliceRandom as _};
use serde_json::{Value, json};

use super::oracle::Event;
use crate::harness::Client;

fn pick<T: Copy>(random: &mut StdRng, choices: &[T]) -> T {
    choices[random.random_range(0..choices.len())]
}

/// A random desk: sessions with any of their events missing, in any order, over eleven days.
pub(super) fn events(random: &mut StdRng, count: usize) -> Vec<Event> {
    let begin: DateTime<Utc> = "2025-10-23T18:00:00Z".parse().expect("an instant");
    let mut events = Vec::new();
    for number in 0..count {
        // Within an hour of each other, or of a day and a half.
        let session = random.random_range(0..=number / 6);
        let span = if session % 7 == 0 { 130_000_000 } else { 3_600_000 };
        let base = TimeDelta::minutes(i64::try_from(session * 173 % 15_700).expect("few sessions"));
        let at = begin + base + TimeDelta::milliseconds(random.random_range(0..span));
        let name = pick(
            random,
            &[
                "session.start",
                "session.start",
                "session.queue",
                "session.assign",
                "session.transfer",
                "session.end",
                "message.customer",
                "message.ai",
                "message.ai",
                "message.agent",
                "rating.submit",
                "page.view",
            ],
        );
        let agent = pick(random, &["li", "wang", "zhao"]);
        let data = match name {
            "session.start" if random.random_bool(0.8) => {
                json!({ "channel": pick(random, &["app", "web", "tel"]) })
            }
            "session.queue" if random.random_bool(0.8) => {
                json!({ "queue": pick(random, &["sales", "care"]) })
            }
            "session.assign" => json!({ "agent_id": agent }),
            "session.transfer" => json!({ "to": pick(random, &["agent", "ai"]) }),
            "session.end" => match random.random_range(0..3) {
                0 => json!({ "resolved": random.random_bool(0.5) }),
                1 => json!({ "duration": random.random_range(1..900), "resolved": true }),
                _ => json!({}),
            },
            "message.ai" => json!({
                "response_time": random.random_range(100..9_000),
                "model": pick(random, &["coze", "gpt"]),
            }),
            "message.agent" if random.random_bool(0.7) => {
                json!({ "response_time": random.random_range(1_000..90_000), "agent_id": agent })
            }
            "rating.submit" => {
                let mut rating = json!({ "score": random.random_range(1..=5) });
                if random.random_bool(0.5) {
                    rating["agent_id"] = agent.into();
                }
                rating
            }
            _ => json!({}),
        };
        let needs_session = name.starts_with("session.");
        let has_session = needs_session || random.random_bool(0.9);
        events.push(Event {
            id: format!("e{number}"),
            name,
            session: has_session.then(|| format!("s{session}")),
            product: pick(random, &["bot", "bot", "desk"]),
            at,
            data,
        });
    }
    events
}

/// Sends them shuffled, some of them twice, in calls of twenty.
pub(super) async fn send(client: &Client, events: &[Event], random: &mut StdRng) {
    let mut sent: Vec<Value> = events.iter().map(Event::to_json).collect();
    let again = sent.len() / 10;
    sent.extend_from_within(..again);
    sent.shuffle(random);
    for call in sent.chunks(20) {
        client.track(call).await;
    }
}
