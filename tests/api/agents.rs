//! Agents over days: time in each state, conversations in hand, and ratings.

use chrono::TimeDelta;
use deskpulse::auth::Role;
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use crate::harness::{Client, TestApp};

const AGENTS: &str = "query ($from: Date!, $to: Date!, $product: String) {
    stats(product: $product) { agents(from: $from, to: $to) {
        agentId name onlineSeconds servingSeconds awaySeconds offlineSeconds sessionsHandled
        avgHandleTime busySeconds occupancy utilisation ratingCount avgRating
    } }
}";
const TODAY: &str = "2026-03-10";
const YESTERDAY: &str = "2026-03-09";

async fn agents(client: &Client, from: &str, to: &str) -> Value {
    let data = client.data(AGENTS, json!({ "from": from, "to": to })).await;
    data["stats"]["agents"].clone()
}

/// An event of a session, at a time of day in Shanghai.
fn event(id: &str, name: &str, session: &str, time: &str, data: Value) -> Value {
    json!({
        "id": id, "name": name, "product": "desk", "sessionId": session, "data": data,
        "occurredAt": format!("{TODAY}T{time}+08:00"),
    })
}

/// A report of a status, at a date and time in Shanghai.
fn report(agent: &str, status: &str, at: &str, more: Value) -> Value {
    let data = with(json!({ "agent_id": agent, "status": status }), more);
    json!({
        "id": format!("{agent} {at}"), "name": "agent.status", "product": "bench", "data": data,
        "occurredAt": format!("{at}+08:00"),
    })
}

/// A heartbeat a minute, from one minute of an hour to before another.
fn beats(agent: &str, status: &str, hour: u8, minutes: std::ops::Range<u8>) -> Vec<Value> {
    let at = |minute: u8| format!("{TODAY}T{hour:02}:{minute:02}:00");
    minutes.map(|minute| report(agent, status, &at(minute), json!({}))).collect()
}

/// Li works, is away and goes; the browser of Wu dies; Xu never says a status; Yu is only rated;
/// Zed went the day before, and Qi has been away by hand since.
fn day() -> Vec<Value> {
    let at = |time: &str| format!("{TODAY}T{time}");
    let mut events = beats("li", "online", 9, 0..10);
    events.extend(beats("li", "serving", 9, 10..30));
    events.extend(beats("wu", "online", 11, 0..2));
    events.extend([
        report("li", "away", &at("09:30:00"), json!({ "by_hand": true, "capacity": 2 })),
        report("li", "OFFLINE", &at("10:00:00"), json!({ "agent_name": "李建国" })),
        report("zed", "offline", &format!("{YESTERDAY}T18:00:00"), json!({})),
        report("qi", "away", &format!("{YESTERDAY}T22:00:00"), json!({ "by_hand": true })),
        event("a1", "session.assign", "a", "09:05:00", json!({ "agent_id": "wu" })),
        event("a2", "session.assign", "a", "09:10:00", json!({ "agent_id": "li" })),
        event("a3", "session.end", "a", "09:20:00", json!({ "by": "agent" })),
        event("a4", "rating.submit", "a", "09:21:00", json!({ "score": 5, "agent_id": "li" })),
        event("b1", "session.assign", "b", "09:15:00", json!({ "agent_id": "li" })),
        event("b2", "session.end", "b", "09:35:00", json!({ "by": "customer" })),
        event("b3", "rating.submit", "b", "09:36:00", json!({ "score": 2, "agent_id": "li" })),
        event("c1", "session.assign", "c", "11:01:00", json!({ "agent_id": "wu" })),
        event("c2", "message.agent", "c", "11:50:00", json!({})),
        event("d1", "session.assign", "d", "10:00:00", json!({ "agent_id": "xu" })),
        event("d2", "message.agent", "d", "10:00:40", json!({})),
        event("e1", "rating.submit", "e", "10:00:00", json!({ "score": 4, "agent_id": "yu" })),
    ]);
    events
}

/// What stands of an agent, nothing but these figures being known.
fn agent(id: &str, figures: Value) -> Value {
    let nothing = json!({
        "agentId": id, "name": id, "onlineSeconds": 0, "servingSeconds": 0, "awaySeconds": 0,
        "offlineSeconds": 0, "sessionsHandled": 0, "avgHandleTime": null, "busySeconds": 0,
        "occupancy": null, "utilisation": null, "ratingCount": 0, "avgRating": null,
    });
    with(nothing, figures)
}

/// An object with the members of another.
fn with(mut object: Value, more: Value) -> Value {
    let members = more.as_object().expect("an object").clone();
    object.as_object_mut().expect("an object").extend(members);
    object
}

/// Up to noon.
fn figures_of_the_day() -> Value {
    json!([
        agent(
            "li",
            json!({
                "name": "李建国", "onlineSeconds": 600, "servingSeconds": 1_200,
                "awaySeconds": 1_800, "offlineSeconds": 7_200, "sessionsHandled": 2,
                "avgHandleTime": 900.0, "busySeconds": 1_500,
                "occupancy": 1_200.0 / 1_800.0 * 100.0,
                "utilisation": 1_500.0 / 3_600.0 * 100.0, "ratingCount": 2, "avgRating": 3.5,
            })
        ),
        agent("qi", json!({ "awaySeconds": 12 * 3_600 })),
        agent(
            "wu",
            json!({
                "onlineSeconds": 150, "offlineSeconds": 3_450, "sessionsHandled": 1,
                "busySeconds": 59 * 60, "occupancy": 60.0, "utilisation": 12.0,
            })
        ),
        agent("xu", json!({ "sessionsHandled": 1, "busySeconds": 40 })),
        agent("yu", json!({ "ratingCount": 1, "avgRating": 4.0 })),
    ])
}

#[tokio::test]
async fn a_day_of_agents_gives_the_figures_of_its_definition() {
    let app = TestApp::spawn().await;
    // A message soon after what is stored: the state of its session is not written again for it.
    let (soon, before): (Vec<_>, Vec<_>) = day().into_iter().partition(|event| event["id"] == "d2");
    app.product().track(&before).await;
    app.product().track(&soon).await;
    assert_eq!(agents(&app.viewer(), TODAY, TODAY).await, figures_of_the_day());
}

#[tokio::test]
async fn events_of_agents_shuffled_and_repeated_give_the_same() {
    let app = TestApp::spawn().await;
    let mut events = day();
    events.reverse();
    let (product, len) = (app.product(), events.len());
    for start in 0..7 {
        let part: Vec<_> = (start..len).step_by(7).map(|index| events[index].clone()).collect();
        product.track(&part).await;
        product.track(&part[..2]).await;
    }
    app.roll_up().await;
    assert_eq!(agents(&app.viewer(), TODAY, TODAY).await, figures_of_the_day());
}

#[tokio::test]
async fn agents_over_days_are_the_sum_of_their_days() {
    let app = TestApp::spawn().await;
    app.product().track(&day()).await;
    let yesterday = agents(&app.viewer(), YESTERDAY, YESTERDAY).await;
    assert_eq!(
        yesterday,
        json!([
            agent("qi", json!({ "awaySeconds": 2 * 3_600 })),
            agent("zed", json!({ "offlineSeconds": 6 * 3_600 })),
        ])
    );
    let both = agents(&app.viewer(), YESTERDAY, TODAY).await;
    assert_eq!(both[0], figures_of_the_day()[0]);
    assert_eq!(both[1], agent("qi", json!({ "awaySeconds": 14 * 3_600 })));
    assert_eq!(both[5], agent("zed", json!({ "offlineSeconds": 18 * 3_600 })));
    assert_eq!(agents(&app.viewer(), "2026-03-11", "2026-04-10").await, json!([]));
}

/// Numbers below a bound, the same in each run.
fn numbers() -> impl FnMut(usize) -> usize {
    let mut state = 7_u64;
    move |bound| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).expect("31 bits") % bound
    }
}

/// What was reported: the second of the day, the status, and whether by hand.
type Said = (usize, &'static str, bool);

/// Reports from nine o'clock on: mostly the one before again, in time, late, or at the same instant.
fn some_reports(mut below: impl FnMut(usize) -> usize) -> Vec<Said> {
    let (mut at, mut status, mut by_hand) = (9 * 3_600, "online", false);
    let mut reports = Vec::new();
    for _ in 0..120 {
        reports.push((at, status, by_hand));
        at += [60, 60, 20, 60, 89, 60, 90, 91, 0, 200][below(10)];
        if below(4) == 0 {
            status = ["online", "serving", "away", "offline"][below(4)];
            by_hand = below(3) == 0;
        }
    }
    reports
}

/// Seconds in each state from midnight to a second of the day, counted one by one.
fn counted(reports: &[Said], until: usize) -> [usize; 4] {
    let mut secs = [0; 4];
    for now in 0..until {
        let Some((at, status, by_hand)) = reports.iter().filter(|said| said.0 <= now).max() else {
            continue;
        };
        let state = ["online", "serving", "away", "offline"].iter().position(|name| name == status);
        let state = state.expect("a state");
        let holds = state == 3 || state == 2 && *by_hand || now < at + 90;
        secs[if holds { state } else { 3 }] += 1;
    }
    secs
}

/// What stands of an agent who only reports.
fn reporter(id: &str, reports: &[Said], until: usize) -> Value {
    let [online, serving, away, offline] = counted(reports, until);
    let states = json!({
        "onlineSeconds": online, "servingSeconds": serving, "awaySeconds": away,
        "offlineSeconds": offline, "occupancy": (online + serving > 0).then_some(0.0),
        "utilisation": (online + serving + away > 0).then_some(0.0),
    });
    agent(id, states)
}

/// The reports as events, in no order.
fn told(id: &str, reports: &[Said]) -> Vec<Value> {
    let told = |(index, (at, status, by_hand)): (usize, &Said)| {
        let time = format!("{:02}:{:02}:{:02}", at / 3_600, at / 60 % 60, at % 60);
        // In any case they are the same.
        let status = if index % 5 == 0 { status.to_uppercase() } else { (*status).to_owned() };
        let more = if *by_hand { json!({ "by_hand": true }) } else { json!({}) };
        let event = report(id, &status, &format!("{TODAY}T{time}"), more);
        with(event, json!({ "id": format!("{id} {index}") }))
    };
    let mut events: Vec<_> = reports.iter().enumerate().map(told).collect();
    events.sort_by_key(|event| event["id"].as_str().map(|id| id.chars().rev().collect::<String>()));
    events
}

#[tokio::test]
async fn a_day_of_repeated_reports_gives_the_same_open_kept_and_after_a_late_one() {
    const NOON: usize = 12 * 3_600;
    let app = TestApp::spawn().await;
    let mut below = numbers();
    let agents_of_the_day: Vec<_> =
        ["a", "b", "c", "d", "e", "f"].map(|id| (id, some_reports(&mut below))).into();
    let (mut events, mut late) = (Vec::new(), Vec::new());
    for (id, reports) in &agents_of_the_day {
        let mut told = told(id, reports);
        late.extend(told.split_off(100));
        events.extend(told);
    }
    let expected = |until| {
        let rows = agents_of_the_day.iter().map(|(id, reports)| reporter(id, reports, until));
        json!(rows.collect::<Vec<_>>())
    };
    app.product().track(&events).await;
    app.advance(TimeDelta::hours(13));
    app.roll_up().await;
    assert_ne!(agents(&app.viewer(), TODAY, TODAY).await, expected(2 * NOON));
    app.product().track(&late).await;
    assert_eq!(agents(&app.viewer(), TODAY, TODAY).await, expected(2 * NOON), "open");
    app.roll_up().await;
    assert_eq!(agents(&app.viewer(), TODAY, TODAY).await, expected(2 * NOON), "kept");
}

#[tokio::test]
async fn a_day_that_is_over_is_read_from_what_was_kept_until_it_changes() {
    let app = TestApp::spawn().await;
    app.product().track(&day()).await;
    app.advance(TimeDelta::hours(13));
    let open = agents(&app.viewer(), TODAY, TODAY).await;
    app.roll_up().await;
    assert_eq!(agents(&app.viewer(), TODAY, TODAY).await, open);
    let db = &app.app.services.db;
    let transaction = db.write().await.expect("a transaction");
    let spoil = r#"UPDATE analytics_agent_days SET sums = replace(sums, '"all":{"', '"all":{"no')"#;
    transaction.execute_unprepared(spoil).await.expect("a change");
    transaction.commit().await.expect("a commit");
    assert_ne!(agents(&app.viewer(), TODAY, TODAY).await, open);
    // It changes nothing but that the day is read anew.
    app.product().track(&[event("f1", "page.view", "f", "08:00:00", json!({}))]).await;
    assert_eq!(agents(&app.viewer(), TODAY, TODAY).await, open);
    app.roll_up().await;
    assert_eq!(agents(&app.viewer(), TODAY, TODAY).await, open);
}

/// The sums of a day hold for as long as it begins as it did.
#[tokio::test]
async fn a_late_report_of_the_day_before_changes_how_a_kept_day_begins() {
    let app = TestApp::spawn().await;
    app.product().track(&day()).await;
    app.advance(TimeDelta::hours(13));
    app.roll_up().await;
    let kept = agents(&app.viewer(), TODAY, TODAY).await;
    let at = format!("{YESTERDAY}T23:00:00");
    let late = report("li", "away", &at, json!({ "by_hand": true }));
    app.product().track(&[late]).await;
    let mut expected = kept.clone();
    expected[0]["awaySeconds"] = json!(1_800 + 9 * 3_600);
    assert_eq!(agents(&app.viewer(), TODAY, TODAY).await, expected);
    let over_both = agents(&app.viewer(), YESTERDAY, TODAY).await;
    assert_eq!(over_both[0]["awaySeconds"], 1_800 + 10 * 3_600);
    app.roll_up().await;
    assert_eq!(agents(&app.viewer(), TODAY, TODAY).await, expected);
    assert_eq!(agents(&app.viewer(), YESTERDAY, TODAY).await, over_both);
}

#[tokio::test]
async fn a_kept_day_tells_each_product_as_its_rows_do() {
    let app = TestApp::spawn().await;
    app.product().track(&day()).await;
    let mut other = event("g1", "session.assign", "g", "09:12:00", json!({ "agent_id": "li" }));
    other["product"] = json!("shop");
    app.product().track(&[other]).await;
    app.advance(TimeDelta::hours(13));
    let told = async || {
        let mut told = Vec::new();
        for product in [Value::Null, json!("desk"), json!("shop"), json!("none")] {
            let variables = json!({ "from": TODAY, "to": TODAY, "product": product });
            let data = app.viewer().data(AGENTS, variables).await;
            told.push(data["stats"]["agents"].clone());
        }
        told
    };
    let open = told().await;
    assert_eq!(open[0][0]["sessionsHandled"], 3);
    assert_eq!(open[2][0]["sessionsHandled"], 1);
    app.roll_up().await;
    assert_eq!(told().await, open);
}

#[tokio::test]
async fn a_conversation_over_midnight_is_in_hand_on_both_days() {
    let app = TestApp::spawn().await;
    let assign = event("1", "session.assign", "s", "11:50:00", json!({ "agent_id": "li" }));
    app.product().track(&[assign]).await;
    // A quarter past midnight: heard of 25 minutes ago.
    app.advance(TimeDelta::minutes(12 * 60 + 15));
    let message = event("2", "message.customer", "s", "23:50:00", json!({}));
    app.product().track(&[message]).await;
    let tomorrow = agents(&app.viewer(), "2026-03-11", "2026-03-11").await;
    assert_eq!(tomorrow, json!([agent("li", json!({ "busySeconds": 15 * 60 }))]));
    let today = agents(&app.viewer(), TODAY, TODAY).await;
    let busy = json!({ "sessionsHandled": 1, "busySeconds": 12 * 3_600 + 10 * 60 });
    assert_eq!(today, json!([agent("li", busy)]));
    // Half an hour of silence takes back what followed the last event.
    app.advance(TimeDelta::minutes(5));
    assert_eq!(agents(&app.viewer(), "2026-03-11", "2026-03-11").await, json!([]));
}

#[tokio::test]
async fn agents_of_one_product_have_its_conversations_and_all_their_states() {
    let app = TestApp::spawn().await;
    app.product().track(&day()).await;
    let variables = json!({ "from": TODAY, "to": TODAY, "product": "other" });
    let data = app.viewer().data(AGENTS, variables).await;
    let states = json!({
        "name": "李建国", "onlineSeconds": 600, "servingSeconds": 1_200, "awaySeconds": 1_800,
        "offlineSeconds": 7_200, "occupancy": 0.0, "utilisation": 0.0,
    });
    assert_eq!(data["stats"]["agents"][0], agent("li", states));
    let variables = json!({ "from": TODAY, "to": TODAY, "product": "desk" });
    let data = app.viewer().data(AGENTS, variables).await;
    assert_eq!(data["stats"]["agents"], figures_of_the_day());
}

#[tokio::test]
async fn agents_are_for_viewers_of_the_own_tenant() {
    let app = TestApp::spawn().await;
    app.product().track(&day()).await;
    let variables = json!({ "from": TODAY, "to": TODAY });
    assert_eq!(app.product().refusal(AGENTS, variables).await.0, "FORBIDDEN");
    let stranger = app.caller("acme", Role::Viewer, "stan");
    assert_eq!(agents(&stranger, YESTERDAY, TODAY).await, json!([]));
}

#[tokio::test]
async fn a_period_of_agents_out_of_bounds_is_refused_by_name() {
    let app = TestApp::spawn().await;
    for (from, to, message) in [
        ("2026-03-10", "2026-03-09", "`to` is 2026-03-09, expected `from` (2026-03-10)"),
        ("2026-02-07", "2026-03-10", "`from` is 32 days before `to`, expected at most 31 days"),
    ] {
        let variables = json!({ "from": from, "to": to });
        let (code, refusal) = app.viewer().refusal(AGENTS, variables).await;
        assert_eq!(code, "BAD_USER_INPUT", "{refusal}");
        assert!(refusal.starts_with(message), "{refusal}");
    }
    assert_eq!(agents(&app.viewer(), "2026-02-08", TODAY).await, json!([]));
}
