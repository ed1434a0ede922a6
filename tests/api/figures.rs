//! Figures of days: what is counted, on which day, and that every page agrees.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset, TimeDelta};
use deskpulse::auth::Role;
use serde_json::{Value, json};

use crate::harness::{Client, TestApp};

const PERIOD: &str = "query ($from: Date!, $to: Date!, $product: String) {
    stats(product: $product) { period(from: $from, to: $to) {
        totalSessions completedSessions aiResolved transferred answered abandoned resolved
        avgSessionDuration avgResponseTime avgSpeedOfAnswer serviceLevel totalMessages avgRating
        ratingCount satisfactionRate
    } }
}";

/// Shorthand for an event: id, name, session, time of day in Shanghai, data.
fn event(id: &str, name: &str, session: &str, time: &str, data: Value) -> Value {
    json!({
        "id": id, "name": name, "product": "ai_chatbot", "sessionId": session, "data": data,
        "occurredAt": format!("2026-03-10T{time}+08:00"),
    })
}

/// A small day: one resolved by the AI, one answered by a person, one abandoned, one still open.
fn day() -> Vec<Value> {
    vec![
        event("a1", "session.start", "a", "09:00:00", json!({ "channel": "app" })),
        event("a2", "message.customer", "a", "09:00:01", json!({})),
        event("a3", "message.ai", "a", "09:00:02", json!({ "response_time": 1000 })),
        event("a4", "session.end", "a", "09:01:00", json!({ "by": "ai", "resolved": true })),
        event("a5", "rating.submit", "a", "09:02:00", json!({ "score": 5 })),
        event("b1", "session.start", "b", "10:00:00", json!({ "channel": "web" })),
        event("b2", "session.transfer", "b", "10:01:00", json!({ "from": "ai", "to": "agent" })),
        event("b3", "session.queue", "b", "10:01:00", json!({})),
        event("b4", "session.assign", "b", "10:01:30", json!({ "agent_id": "li" })),
        event("b5", "message.agent", "b", "10:01:40", json!({ "response_time": 4000 })),
        event("b6", "session.end", "b", "10:10:00", json!({ "by": "agent", "duration": 540 })),
        event("b7", "rating.submit", "b", "10:11:00", json!({ "score": 2 })),
        event("c1", "session.start", "c", "11:00:00", json!({})),
        event("c2", "session.queue", "c", "11:00:10", json!({})),
        event("c3", "session.end", "c", "11:00:40", json!({ "by": "customer" })),
        event("d1", "session.start", "d", "11:59:00", json!({})),
    ]
}

async fn period(client: &Client, from: &str, to: &str) -> Value {
    let data = client.data(PERIOD, json!({ "from": from, "to": to })).await;
    data["stats"]["period"].clone()
}

fn figures_of_the_day() -> Value {
    json!({
        "totalSessions": 4, "completedSessions": 3, "aiResolved": 1, "transferred": 1,
        "answered": 1, "abandoned": 1, "resolved": 1,
        "avgSessionDuration": (60.0 + 540.0 + 40.0) / 3.0, "avgResponseTime": 2.5,
        "avgSpeedOfAnswer": 30.0, "serviceLevel": 100.0, "totalMessages": 3, "avgRating": 3.5,
        "ratingCount": 2, "satisfactionRate": 50.0,
    })
}

#[tokio::test]
async fn a_day_gives_the_figures_of_its_definition() {
    let app = TestApp::spawn().await;
    app.product().track(&day()).await;
    assert_eq!(period(&app.viewer(), "2026-03-10", "2026-03-10").await, figures_of_the_day());
}

#[tokio::test]
async fn a_session_counts_on_the_days_of_its_instants_however_long_it_lasts() {
    let app = TestApp::spawn().await;
    let end: DateTime<FixedOffset> = "2026-03-10T11:00:00+08:00".parse().unwrap();
    let mut starts = BTreeMap::from([(end.date_naive(), 0)]);
    let mut events = Vec::new();
    for hours in [0, 1, 3, 4, 15, 16, 50, 64, 200, 256, 1_000, 1_024, 2_000] {
        let start = end - TimeDelta::hours(hours);
        *starts.entry(start.date_naive()).or_default() += 1;
        for (name, at) in [("session.start", start), ("session.end", end)] {
            events.push(json!({
                "id": format!("{hours}{name}"), "name": name, "product": "bot",
                "sessionId": format!("s{hours}"), "occurredAt": at.to_rfc3339(),
            }));
        }
    }
    app.product().track(&events).await;
    for settled in [false, true] {
        for (day, sessions) in &starts {
            let figures = period(&app.viewer(), &day.to_string(), &day.to_string()).await;
            let ended = if *day == end.date_naive() { 13 } else { 0 };
            assert_eq!(figures["totalSessions"], *sessions, "{day}, settled: {settled}");
            assert_eq!(figures["completedSessions"], ended, "{day}, settled: {settled}");
        }
        app.roll_up().await;
    }
}

#[tokio::test]
async fn a_settled_day_gives_the_same_figures_as_an_open_one() {
    let app = TestApp::spawn().await;
    app.product().track(&day()).await;
    let open = period(&app.viewer(), "2026-03-01", "2026-03-31").await;
    // The service's own first run may have come before.
    app.roll_up().await;
    assert_eq!(app.roll_up().await, 0, "a second run has nothing to do");
    assert_eq!(period(&app.viewer(), "2026-03-01", "2026-03-31").await, open);
    assert_eq!(open, figures_of_the_day());
}

#[tokio::test]
async fn an_event_after_the_roll_up_counts_at_once() {
    let app = TestApp::spawn().await;
    app.product().track(&day()).await;
    app.roll_up().await;
    app.product().track(&[event("e1", "session.start", "e", "08:00:00", json!({}))]).await;
    let figures = period(&app.viewer(), "2026-03-10", "2026-03-10").await;
    assert_eq!(figures["totalSessions"], 5);
}

#[tokio::test]
async fn a_late_hand_over_takes_back_what_the_ai_had_resolved() {
    let app = TestApp::spawn().await;
    app.product().track(&day()).await;
    app.roll_up().await;
    let late = event("a9", "session.transfer", "a", "09:00:30", json!({}));
    app.product().track(&[late]).await;
    let figures = period(&app.viewer(), "2026-03-10", "2026-03-10").await;
    assert_eq!((&figures["aiResolved"], &figures["transferred"]), (&json!(0), &json!(2)));
}

#[tokio::test]
async fn days_are_cut_at_the_tenant_s_midnight() {
    let app = TestApp::spawn().await;
    let mumbai = app.caller("mumbai", Role::Operator, "bot");
    let starts = [
        ("2026-03-08T18:29:59.999999Z", "2026-03-08"),
        ("2026-03-08T18:30:00Z", "2026-03-09"),
        ("2026-03-09T18:29:59.999999Z", "2026-03-09"),
    ];
    let events: Vec<_> = starts
        .iter()
        .enumerate()
        .map(|(index, (at, _))| {
            json!({
                "id": format!("{index}"), "name": "session.start", "product": "p",
                "sessionId": format!("s{index}"), "occurredAt": at,
            })
        })
        .collect();
    mumbai.track(&events).await;
    for rolled_up in [false, true] {
        if rolled_up {
            app.roll_up().await;
        }
        for (day, sessions) in [("2026-03-08", 1), ("2026-03-09", 2), ("2026-03-10", 0)] {
            let figures = period(&mumbai, day, day).await;
            assert_eq!(figures["totalSessions"], sessions, "{day}, rolled up: {rolled_up}");
        }
    }
}

#[tokio::test]
async fn a_trend_has_a_point_for_every_day_in_the_tenant_s_language() {
    let app = TestApp::spawn().await;
    app.product().track(&day()).await;
    let query = "{ stats { trend(days: 3) { date name sessions } } }";
    assert_eq!(
        app.viewer().ask(query).await["stats"]["trend"],
        json!([
            { "date": "2026-03-08", "name": "周日", "sessions": 0 },
            { "date": "2026-03-09", "name": "周一", "sessions": 0 },
            { "date": "2026-03-10", "name": "周二", "sessions": 4 },
        ])
    );
    let acme = app.caller("acme", Role::Viewer, "v");
    let until = "{ stats { trend(days: 1, until: \"2025-12-25\") { date name sessions } } }";
    assert_eq!(
        acme.ask(until).await["stats"]["trend"],
        json!([{ "date": "2025-12-25", "name": "Thu", "sessions": 0 }])
    );
}

#[tokio::test]
async fn satisfaction_has_shares_that_add_up_to_a_hundred() {
    let app = TestApp::spawn().await;
    let rating = |index: i32, score: i32| {
        event(&format!("r{index}"), "rating.submit", "s", "09:00:00", json!({ "score": score }))
    };
    app.product().track(&[rating(1, 5), rating(2, 4), rating(3, 1)]).await;
    let query = "{ stats { satisfaction { distribution { label value color } } } }";
    assert_eq!(
        app.viewer().ask(query).await["stats"]["satisfaction"]["distribution"],
        json!([
            { "label": "非常满意", "value": 34, "color": "#00a6a0" },
            { "label": "满意", "value": 33, "color": "#ffffff" },
            { "label": "待改进", "value": 33, "color": "#ef4444" },
        ])
    );
    let empty = app.caller("empty", Role::Viewer, "v").ask(query).await;
    let values: Vec<_> = empty["stats"]["satisfaction"]["distribution"]
        .as_array()
        .unwrap()
        .iter()
        .map(|share| share["value"].clone())
        .collect();
    assert_eq!(values, [0, 0, 0]);
}

const TODAY: &str = "{ stats { today {
    totalSessions avgResponseTime satisfactionRate qualityRating
    changes { sessions responseTime satisfaction }
} } }";

#[tokio::test]
async fn today_is_compared_with_the_same_part_of_yesterday() {
    let app = TestApp::spawn().await;
    app.product().track(&day()).await;
    // A day and an hour later: of yesterday, only what had happened by 13:00 counts.
    app.advance(TimeDelta::hours(25));
    let tomorrow: Vec<_> = (0..5)
        .map(|index| {
            json!({
                "id": format!("t{index}"), "name": "session.start", "product": "ai_chatbot",
                "sessionId": format!("t{index}"), "occurredAt": "2026-03-11T09:00:00+08:00",
            })
        })
        .chain([
            json!({
                "id": "m", "name": "message.ai", "product": "ai_chatbot", "sessionId": "t0",
                "occurredAt": "2026-03-11T09:00:00+08:00", "data": { "response_time": 500 },
            }),
            json!({
                "id": "r", "name": "rating.submit", "product": "ai_chatbot", "sessionId": "t0",
                "occurredAt": "2026-03-11T09:00:00+08:00", "data": { "score": 4 },
            }),
            json!({
                "id": "late", "name": "session.start", "product": "ai_chatbot",
                "sessionId": "late", "occurredAt": "2026-03-10T13:00:01+08:00",
            }),
        ])
        .collect();
    app.product().track(&tomorrow).await;
    assert_eq!(
        app.viewer().ask(TODAY).await["stats"]["today"],
        json!({
            "totalSessions": 5, "avgResponseTime": 0.5, "satisfactionRate": 100.0,
            "qualityRating": null,
            "changes": { "sessions": "+25%", "responseTime": "-2s", "satisfaction": "+50.0%" },
        })
    );
}

#[tokio::test]
async fn a_day_without_anything_has_no_rates() {
    let app = TestApp::spawn().await;
    assert_eq!(
        app.viewer().ask(TODAY).await["stats"]["today"],
        json!({
            "totalSessions": 0, "avgResponseTime": null, "satisfactionRate": null,
            "qualityRating": null,
            "changes": { "sessions": null, "responseTime": null, "satisfaction": null },
        })
    );
}

#[tokio::test]
async fn figures_of_one_product_leave_out_the_others() {
    let app = TestApp::spawn().await;
    let mut events = day();
    events.push(json!({
        "id": "x", "name": "session.start", "product": "workbench", "sessionId": "x",
        "occurredAt": "2026-03-10T09:00:00+08:00",
    }));
    app.product().track(&events).await;
    for rolled_up in [false, true] {
        if rolled_up {
            app.roll_up().await;
        }
        for (product, sessions) in [(json!("workbench"), 1), (json!("none"), 0), (Value::Null, 5)] {
            let variables = json!({ "from": "2026-03-10", "to": "2026-03-10", "product": product });
            let data = app.viewer().data(PERIOD, variables).await;
            assert_eq!(data["stats"]["period"]["totalSessions"], sessions);
        }
    }
}

#[tokio::test]
async fn a_range_out_of_bounds_is_refused_by_name() {
    let app = TestApp::spawn().await;
    for (field, word) in [
        ("trend(days: 0) { date }", "days"),
        ("trend(days: 367) { date }", "days"),
        ("satisfaction(days: -1) { distribution { value } }", "days"),
        ("period(from: \"2026-03-10\", to: \"2026-03-09\") { totalSessions }", "to"),
        ("period(from: \"2010-01-01\", to: \"2026-03-09\") { totalSessions }", "3660 days"),
        ("period(from: \"10.3.2026\", to: \"2026-03-09\") { totalSessions }", "10.3.2026"),
    ] {
        let query = format!("{{ stats {{ {field} }} }}");
        let (code, message) = app.viewer().refusal(&query, json!({})).await;
        assert_eq!(code, "BAD_USER_INPUT", "{message}");
        assert!(message.contains(word), "{message}");
    }
}

#[tokio::test]
async fn figures_are_for_viewers_of_the_own_tenant() {
    let app = TestApp::spawn().await;
    app.product().track(&day()).await;
    assert_eq!(app.product().refusal(TODAY, json!({})).await.0, "FORBIDDEN");
    let foreign = "{ stats(tenantId: \"default\") { today { totalSessions } } }";
    let stranger = app.caller("acme", Role::Viewer, "stan");
    assert_eq!(stranger.refusal(foreign, json!({})).await.0, "FORBIDDEN");
    assert_eq!(stranger.ask(TODAY).await["stats"]["today"]["totalSessions"], 0);
    let operator = app.caller("acme", Role::Operator, "olga").ask(foreign).await;
    assert_eq!(operator["stats"]["today"]["totalSessions"], 4);
}

#[tokio::test]
async fn another_time_zone_or_threshold_makes_settled_days_open_again() {
    let app = TestApp::spawn().await;
    app.product().track(&day()).await;
    app.roll_up().await;
    let app = app
        .restart_with(|config| {
            let tenant = config.tenants.get_mut("default").unwrap();
            let tenant = std::sync::Arc::make_mut(tenant);
            tenant.time_zone = "America/New_York".parse().unwrap();
            tenant.sla_threshold_secs = 20;
        })
        .await;
    for rolled_up in [false, true] {
        if rolled_up {
            app.roll_up().await;
        }
        // 09:00 to 12:00 in Shanghai is the evening before in New York.
        let evening = period(&app.viewer(), "2026-03-09", "2026-03-09").await;
        let next = period(&app.viewer(), "2026-03-10", "2026-03-10").await;
        assert_eq!((&evening["totalSessions"], &next["totalSessions"]), (&json!(4), &json!(0)));
        assert_eq!(evening["serviceLevel"], 0.0);
    }
}
