//! Who is there: agents with their status, and visitors of the channels.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::{
    plan::{AGENTS, CHANNELS, CHATBOT, Channel, Dice, Event, Place, WORKBENCH, place},
    settings::CAPACITY,
};

type Instant = DateTime<Utc>;

/// A visitor is heard of this often, in seconds: within the window in which it counts as online.
const HEARD_OF_SECS: i64 = 240;
/// How long as many visitors are there.
const TIDE_SECS: i64 = 900;

/// What each agent does now, and since when: told at both instants where the demo begins.
pub(super) fn agents(now: Instant, busy: &HashMap<&str, Instant>, with_since: bool) -> Vec<Event> {
    let mut events = Vec::new();
    for (number, agent) in AGENTS.iter().enumerate() {
        let (place, since) = place(number, now);
        let (status, since) = match (place, busy.get(agent.id)) {
            // Whoever goes on a break or home brings to an end what is in hand.
            (_, Some(busy_since)) => ("serving", *busy_since),
            (Place::Desk, None) => ("online", since),
            (Place::Break, None) => ("away", since),
            (Place::Home, None) => ("offline", since),
        };
        let at = if with_since { vec![since, now] } else { vec![now] };
        events.extend(at.into_iter().map(|at| Event {
            id: format!("demo-{}-{}", agent.id, at.timestamp_millis()),
            name: "agent.status",
            product: WORKBENCH,
            session_id: None,
            at,
            data: json!({
                "agent_id": agent.id,
                "agent_name": agent.name,
                "status": status,
                "capacity": CAPACITY,
                "by_hand": matches!(status, "away" | "offline"),
            }),
        }));
    }
    events
}

/// The visitors who are heard of after one instant and up to another.
pub(super) fn visitors(from: Instant, to: Instant) -> Vec<Event> {
    let secs = from.timestamp() + 1..=to.timestamp();
    let mut events = Vec::new();
    for (number, channel) in CHANNELS.iter().enumerate() {
        for visitor in 0..channel.visitors * 2 {
            let offset = visitor * 37 + i64::try_from(number).unwrap_or_default() * 11;
            let first = secs.start() + (offset - secs.start()).rem_euclid(HEARD_OF_SECS);
            let mut at = first;
            while secs.contains(&at) {
                events.extend((visitor < tide(channel, at)).then(|| seen(channel, visitor, at)));
                at += HEARD_OF_SECS;
            }
        }
    }
    events
}

/// How many visitors a channel has at an instant.
fn tide(channel: &Channel, at: i64) -> i64 {
    let mut dice = Dice::of(&format!("tide-{}-{}", channel.id, at.div_euclid(TIDE_SECS)));
    let swing = channel.visitors * 3 / 10;
    channel.visitors + dice.between((-swing, swing))
}

fn seen(channel: &Channel, visitor: i64, at: i64) -> Event {
    Event {
        id: format!("demo-seen-{}-{visitor}-{at}", channel.id),
        name: "visitor.seen",
        product: CHATBOT,
        session_id: None,
        at: DateTime::from_timestamp(at, 0).unwrap_or_default(),
        data: json!({ "channel": channel.id, "visitor_id": format!("demo-visitor-{visitor}") }),
    }
}

/// How far back visitors are told of: the window in which they count, and the one before it.
pub(super) const VISITORS_BEFORE: TimeDelta = TimeDelta::minutes(10);

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_visitor_is_heard_of_within_the_window_and_each_time_once() {
        let now: Instant = "2026-03-10T04:00:00Z".parse().unwrap();
        let all = visitors(now - VISITORS_BEFORE, now);
        let mut steps = Vec::new();
        for step in 0..200 {
            let at = |step| now - VISITORS_BEFORE + TimeDelta::seconds(3 * step);
            steps.extend(visitors(at(step), at(step + 1)));
        }
        let ids =
            |events: &[Event]| events.iter().map(|event| event.id.clone()).collect::<HashSet<_>>();
        assert_eq!(ids(&all), ids(&steps));
        assert_eq!(all.len(), steps.len());
        let online = all.iter().filter(|event| event.at > now - TimeDelta::minutes(5));
        let people: HashSet<_> = online.map(|event| event.data.to_string()).collect();
        assert!((30..70).contains(&people.len()), "{}", people.len());
    }

    #[test]
    fn whoever_has_a_conversation_in_hand_serves() {
        let now: Instant = "2026-03-10T04:00:00Z".parse().unwrap();
        let busy = HashMap::from([("agent_001", now - TimeDelta::minutes(3))]);
        let told = agents(now, &busy, true);
        assert_eq!(told.len(), 2 * AGENTS.len());
        assert_eq!((told[0].at, &told[0].data["status"]), (busy["agent_001"], &json!("serving")));
        assert!(told.iter().any(|event| event.data["status"] == "offline"));
    }
}
