//! Today, and the floor as it is now, beside what the events give.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, TimeDelta, Utc};
use deskpulse::auth::Role;
use rand::{SeedableRng as _, rngs::StdRng};
use serde_json::{Value, json};

use super::{
    SLA_SECS, ZONES,
    desk::{events, send},
    is_close, midnight,
    oracle::{self, Event},
    surfaces::{figures, place},
    with_zones, zone_of,
};
use crate::harness::{Client, NOW, TestApp};

const PRESENT: &str = "query {
    realtime { overview { activeSessions queueCount slaAlerts } }
    stats { today {
        asOf totalSessions avgResponseTime satisfactionRate
        changes { sessionsPercent responseTimeSeconds satisfactionPoints }
    } }
    ACTIVE: sessions(filter: { floor: ACTIVE }, first: 500) { edges { node { id } } }
    WAITING: sessions(filter: { floor: WAITING }, first: 500) { edges { node { id } } }
    LATE: sessions(filter: { floor: LATE }, first: 500) { edges { node { id } } }
}";

/// A random desk of the last day and a half.
fn desk(random: &mut StdRng, count: usize, now: DateTime<Utc>) -> Vec<Event> {
    let mut events = events(random, count);
    let end = events.iter().map(|event| event.at).max().expect("events");
    for event in &mut events {
        event.at = now - (end - event.at) / 8;
    }
    events
}

/// The sessions that each tile of the floor counts.
fn floor(events: &[Event], now: DateTime<Utc>) -> [(&'static str, &'static str, Vec<&str>); 3] {
    let mut sessions: BTreeMap<&str, Vec<&Event>> = BTreeMap::new();
    for event in events {
        if let Some(session) = &event.session {
            sessions.entry(session).or_default().push(event);
        }
    }
    let is_there = |events: &[&Event], name: &str| events.iter().any(|event| event.name == name);
    sessions.retain(|_, events| !is_there(events, "session.end"));
    let heard = |events: &[&Event]| {
        now - events.iter().map(|event| event.at).max().expect("a session has events")
    };
    let is_active = |events: &[&Event]| {
        is_there(events, "session.start") && heard(events) < TimeDelta::minutes(30)
    };
    let waits_since = |events: &[&Event]| {
        let queued = events.iter().filter(|event| event.name == "session.queue");
        let waits = !is_there(events, "session.assign") && heard(events) < TimeDelta::hours(24);
        queued.map(|event| event.at).min().filter(|_| waits)
    };
    let list = |is_counted: &dyn Fn(&[&Event]) -> bool| {
        let counted = sessions.iter().filter(|(_, events)| is_counted(events));
        counted.map(|(id, _)| *id).collect()
    };
    let late = TimeDelta::seconds(SLA_SECS);
    [
        ("activeSessions", "ACTIVE", list(&is_active)),
        ("queueCount", "WAITING", list(&|events| waits_since(events).is_some())),
        (
            "slaAlerts",
            "LATE",
            list(&|events| waits_since(events).is_some_and(|since| now - since > late)),
        ),
    ]
}

/// The figures of today and of the same part of yesterday.
fn today(events: &[Event], zone: usize, now: DateTime<Utc>) -> [Vec<Option<f64>>; 2] {
    let (rows, zone) = (oracle::rows(events, SLA_SECS), zone_of(zone));
    let today = now.with_timezone(&zone).date_naive();
    let start = midnight(zone, today);
    let before = midnight(zone, today - Days::new(1));
    // Today has all that has happened, this instant included.
    let after = now + TimeDelta::microseconds(1);
    [figures(&rows, (start, after)), figures(&rows, (before, before + (now - start)))]
}

async fn compare(
    client: &Client,
    events: &[Event],
    zone: usize,
    now: DateTime<Utc>,
    what: &str,
) -> usize {
    let told = client.data(PRESENT, json!({})).await;
    let mut counted = 0;
    for (tile, floor, expected) in floor(events, now) {
        let edges = told[floor]["edges"].as_array().expect("sessions").iter();
        let mut rows: Vec<_> =
            edges.map(|edge| edge["node"]["id"].as_str().expect("an id")).collect();
        rows.sort_unstable();
        assert_eq!(rows, expected, "{what}: {floor}");
        assert_eq!(told["realtime"]["overview"][tile], expected.len(), "{what}: {tile}");
        counted += rows.len();
    }
    let [now, before] = today(events, zone, now);
    let of = |id: &str| (now[place(id)], before[place(id)]);
    let difference = |id: &str| of(id).0.zip(of(id).1).map(|(now, before)| now - before);
    let (sessions, sessions_before) = of("total_sessions");
    let growth = difference("total_sessions").zip(sessions_before.filter(|count| *count > 0.0));
    let today = &told["stats"]["today"];
    let is_right = |told: &Value, expected: Option<f64>| match (told.as_f64(), expected) {
        // Differences of nearly the same lose digits.
        (Some(told), Some(expected)) => (told - expected).abs() < 1e-6,
        (told, expected) => is_close("", told, expected),
    };
    for (told, expected) in [
        (&today["totalSessions"], sessions),
        (&today["avgResponseTime"], of("avg_response_time").0),
        (&today["satisfactionRate"], of("satisfaction_rate").0),
        (&today["changes"]["sessionsPercent"], growth.map(|(more, of)| more / of * 100.0)),
        (&today["changes"]["responseTimeSeconds"], difference("avg_response_time")),
        (&today["changes"]["satisfactionPoints"], difference("satisfaction_rate")),
    ] {
        assert!(is_right(told, expected), "{what}: {today}: {told}, expected {expected:?}");
    }
    counted
}

async fn the_present_equals_the_oracle(seed: u64) {
    let app = TestApp::spawn_with(with_zones).await;
    let mut random = StdRng::seed_from_u64(seed);
    let start: DateTime<Utc> = NOW.parse().expect("an instant");
    let all = desk(&mut random, 400, start);
    let early = &all[..330];
    let mut counted = 0;
    for (zone, name) in ZONES.iter().enumerate() {
        let client = app.caller(&format!("z{zone}"), Role::Operator, "bot");
        let steps = [("open", early), ("settled", early), ("late", &all), ("settled again", &all)];
        for (step, events) in steps {
            match step {
                "open" => send(&client, early, &mut random).await,
                "late" => send(&client, &all[330..], &mut random).await,
                _ => drop(app.roll_up().await),
            }
            let what = format!("seed {seed}, {name}, {step}");
            counted += compare(&client, events, zone, start, &what).await;
        }
    }
    assert!(counted > 0, "seed {seed}: nobody was there");
    for (minutes, what) in [(20, "later"), (600, "much later"), (1_440, "a day later")] {
        app.advance(TimeDelta::minutes(minutes));
        let now = app.app.services.clock.now();
        for (zone, name) in ZONES.iter().enumerate() {
            let client = app.caller(&format!("z{zone}"), Role::Operator, "bot");
            let what = format!("seed {seed}, {name}, {what}");
            compare(&client, &all, zone, now, &what).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_present_equals_the_oracle_first_seed() {
    the_present_equals_the_oracle(1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_present_equals_the_oracle_any_seed() {
    the_present_equals_the_oracle(rand::random()).await;
}
