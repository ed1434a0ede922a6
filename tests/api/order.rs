//! Events arrive late, twice and out of order: no figure may depend on it.
//!
//! One random stream is sent to a tenant in order, and to another of the same settings shuffled,
//! with repeats, in parallel calls and with roll-ups in between. Everything a page shows must be
//! the same, also after the last roll-up, and after a restart.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use deskpulse::{
    auth::Role,
    config::Config,
    tenant::{Tenant, TenantId},
};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::SliceRandom};
use serde_json::{Value, json};

use crate::harness::{Client, NOW, TestApp};

/// Zones with clocks that change by an hour and by half an hour within the days of the stream.
const ZONES: [&str; 3] = ["Asia/Shanghai", "America/New_York", "Australia/Lord_Howe"];
/// Clocks change in New York on 8 March 2026, in Lord Howe on 5 April.
const STARTS: [&str; 3] = ["2026-03-07T00:00:00Z", "2026-03-07T00:00:00Z", "2026-04-03T00:00:00Z"];
const HOURS: i64 = 78;
const EVENTS: usize = 400;

const EVERYTHING: &str = "query ($from: Date!, $to: Date!) {
    stats {
        trend(days: 6) { date sessions }
        satisfaction(days: 6) { distribution { value } }
        period(from: $from, to: $to) {
            totalSessions completedSessions aiResolved transferred answered abandoned resolved
            avgSessionDuration avgResponseTime avgSpeedOfAnswer serviceLevel totalMessages
            avgRating ratingCount satisfactionRate
        }
        agents(from: $from, to: $to) {
            agentId name onlineSeconds servingSeconds awaySeconds offlineSeconds sessionsHandled
            avgHandleTime busySeconds occupancy utilisation ratingCount avgRating
        }
    }
    realtime {
        overview {
            activeSessions queueCount onlineAgents totalAgents slaAlerts systemLoad
        }
        channels { id onlineUsers load trend }
        agents { agentId name status durationSeconds load }
    }
}";

fn with_twins(config: &mut Config) {
    for (index, zone) in ZONES.iter().enumerate() {
        for twin in ["a", "b"] {
            let tenant = Tenant { time_zone: zone.parse().expect("a zone"), ..Tenant::default() };
            config.tenants.insert(format!("{index}{twin}"), Arc::new(tenant));
        }
    }
}

fn pick<T: Clone>(random: &mut StdRng, choices: &[T]) -> T {
    choices[random.random_range(0..choices.len())].clone()
}

/// A random event out of few sessions, agents and seconds, so that ties and gaps are common.
fn random_event(random: &mut StdRng, index: usize, start: DateTime<Utc>) -> Value {
    let agent = format!("agent-{}", random.random_range(0..4));
    let (name, data) = match random.random_range(0..12) {
        0 | 1 => (
            "session.start",
            json!({
                "channel": pick(random, &["app", "web"]),
                "visitor_id": format!("v{}", random.random_range(0..9)),
            }),
        ),
        2 => ("session.queue", json!({})),
        3 => ("session.assign", json!({ "agent_id": agent, "agent_name": agent })),
        4 => ("session.transfer", json!({ "to": pick(random, &["agent", "ai"]) })),
        5 | 6 => (
            "session.end",
            json!({
                "by": pick(random, &["ai", "agent", "customer", "timeout"]),
                "resolved": pick(random, &[json!(true), json!(false), Value::Null]),
                "duration": pick(random, &[json!(90.5), Value::Null]),
            }),
        ),
        7 => ("message.customer", json!({})),
        8 => ("message.ai", json!({ "response_time": random.random_range(0..5_000) })),
        9 => ("message.agent", json!({ "response_time": random.random_range(0..60_000) })),
        10 => ("rating.submit", json!({ "score": random.random_range(1..=5), "agent_id": agent })),
        _ => (
            "agent.status",
            json!({
                "agent_id": agent,
                "status": pick(random, &["online", "serving", "away", "offline"]),
                "capacity": random.random_range(1..9),
                "by_hand": random.random_bool(0.5),
            }),
        ),
    };
    let at = start + TimeDelta::minutes(30 * random.random_range(0..HOURS * 2));
    json!({
        "id": format!("e{index}"), "name": name, "data": data,
        "product": pick(random, &["bot", "desk"]),
        "sessionId": format!("s{}", random.random_range(0..40)),
        "occurredAt": at.to_rfc3339(),
    })
}

async fn everything(client: &Client, start: DateTime<Utc>) -> Value {
    let days = |hours| (start + TimeDelta::hours(hours)).date_naive().to_string();
    let variables = json!({ "from": days(-24), "to": days(HOURS + 24) });
    client.data(EVERYTHING, variables).await
}

/// Sends a shuffled stream with repeats, in calls of random length, some of them at once.
async fn send_in_disorder(app: &TestApp, client: &Client, events: &[Value], random: &mut StdRng) {
    let mut stream = events.to_vec();
    stream.extend(
        (0..events.len() / 3).map(|_| events[random.random_range(0..events.len())].clone()),
    );
    stream.shuffle(random);
    let mut rest = &stream[..];
    while !rest.is_empty() {
        let lens = [random.random_range(1..40), random.random_range(1..40)];
        let (first, tail) = rest.split_at(lens[0].min(rest.len()));
        let (second, tail) = tail.split_at(lens[1].min(tail.len()));
        if second.is_empty() {
            client.track(first).await;
        } else {
            tokio::join!(client.track(first), client.track(second));
        }
        rest = tail;
        if random.random_bool(0.2) {
            app.roll_up().await;
        }
    }
}

async fn no_figure_depends_on_the_order(seed: u64) {
    let app = TestApp::spawn_with(with_twins).await;
    let mut random = StdRng::seed_from_u64(seed);
    for (index, start) in STARTS.iter().enumerate() {
        let start: DateTime<Utc> = start.parse().expect("an instant");
        app.clock.set(start + TimeDelta::hours(HOURS));
        let twin = |name: &str| app.caller(&format!("{index}{name}"), Role::Operator, "twin");
        let events: Vec<_> =
            (0..EVENTS).map(|event| random_event(&mut random, event, start)).collect();
        twin("a").track(&events).await;
        send_in_disorder(&app, &twin("b"), &events, &mut random).await;
        let expected = everything(&twin("a"), start).await;
        let context = format!("seed {seed}, {}", ZONES[index]);
        assert_eq!(everything(&twin("b"), start).await, expected, "{context}, open days");
        assert_ne!(expected["stats"]["period"]["totalSessions"], 0, "{context}");
        app.roll_up().await;
        assert_eq!(everything(&twin("a"), start).await, expected, "{context}, settled, in order");
        assert_eq!(everything(&twin("b"), start).await, expected, "{context}, settled");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_figure_depends_on_the_order_of_events_first_seed() {
    no_figure_depends_on_the_order(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_figure_depends_on_the_order_of_events_second_seed() {
    no_figure_depends_on_the_order(2).await;
}

/// A seed of the day: finds what fixed ones do not, and says which it was.
#[tokio::test(flavor = "multi_thread")]
async fn no_figure_depends_on_the_order_of_events_any_seed() {
    no_figure_depends_on_the_order(rand::random()).await;
}

#[tokio::test]
async fn two_roll_ups_at_once_and_events_meanwhile_leave_the_right_figures() {
    let app = TestApp::spawn().await;
    let start: DateTime<Utc> = NOW.parse().unwrap();
    let mut random = StdRng::seed_from_u64(3);
    let events: Vec<_> = (0..EVENTS)
        .map(|event| random_event(&mut random, event, start - TimeDelta::hours(HOURS)))
        .collect();
    let client = app.operator();
    let rollup = &app.app.services.rollup;
    let (first, second) = events.split_at(EVENTS / 2);
    let (one, two, _, _) =
        tokio::join!(rollup.run(), rollup.run(), client.track(first), client.track(second));
    one.unwrap();
    two.unwrap();
    let open = everything(&client, start - TimeDelta::hours(HOURS)).await;
    app.roll_up().await;
    assert_eq!(everything(&client, start - TimeDelta::hours(HOURS)).await, open);
    let tenant = TenantId::new("default");
    let left = deskpulse::rollup::list_changed(
        app.app.services.db.pool(),
        &tenant,
        "2000-01-01".parse().unwrap(),
        "2100-01-01".parse().unwrap(),
    );
    assert!(left.await.unwrap().is_empty());
}
