//! The live floor: counts over state, which time alone may change.

use chrono::TimeDelta;
use deskpulse::auth::Role;
use serde_json::{Value, json};

use crate::harness::{NOW, TestApp};

const OVERVIEW: &str = "{ realtime { overview {
    activeSessions queueCount onlineAgents totalAgents slaAlerts systemLoad systemLoadLabel
    version asOf
} } }";
const AGENTS: &str = "query ($status: AgentStatus) { realtime { agents(status: $status) {
    agentId name status durationSeconds duration load
} } }";
const UPDATE: &str = "mutation ($input: AgentStatusInput!) { updateAgentStatus(input: $input) {
    agentId name status durationSeconds duration load
} }";

fn event(id: &str, name: &str, session: &str, data: Value) -> Value {
    json!({ "id": id, "name": name, "product": "bot", "sessionId": session, "data": data })
}

async fn overview(app: &TestApp) -> Value {
    app.viewer().ask(OVERVIEW).await["realtime"]["overview"].clone()
}

#[tokio::test]
async fn the_overview_counts_what_is_so_now() {
    let app = TestApp::spawn().await;
    app.product()
        .track(&[
            event("1", "session.start", "a", json!({})),
            event("2", "session.start", "b", json!({})),
            event("3", "session.queue", "b", json!({})),
            event("4", "session.start", "c", json!({})),
            event("5", "session.queue", "c", json!({})),
            event("6", "session.assign", "c", json!({ "agent_id": "li" })),
            event("7", "session.start", "d", json!({})),
            event("8", "session.end", "d", json!({})),
            event(
                "9",
                "agent.status",
                "",
                json!({
                    "agent_id": "li", "agent_name": "李建国", "status": "serving", "capacity": 4,
                }),
            )
            .as_object()
            .map(|event| {
                let mut event = event.clone();
                event.remove("sessionId");
                Value::Object(event)
            })
            .unwrap(),
        ])
        .await;
    let mut now = overview(&app).await;
    assert!(now["version"].as_i64().unwrap() > 0);
    now.as_object_mut().unwrap().remove("version");
    assert_eq!(
        now,
        json!({
            "activeSessions": 3, "queueCount": 1, "onlineAgents": 1, "totalAgents": 1,
            "slaAlerts": 0, "systemLoad": 25.0, "systemLoadLabel": "25.0%", "asOf": NOW,
        })
    );
}

/// The tiles that count sessions, each beside the rows that are listed under it; the last has heard of
/// nothing but messages.
#[tokio::test]
async fn the_sessions_behind_a_tile_are_as_many_as_it_counts() {
    let app = TestApp::spawn().await;
    let now: chrono::DateTime<chrono::Utc> = NOW.parse().unwrap();
    let at = |event: Value, seconds: i64| {
        let mut event = event.as_object().unwrap().clone();
        event.insert("occurredAt".to_owned(), json!(now + TimeDelta::seconds(seconds)));
        Value::Object(event)
    };
    let events = [
        at(event("1", "session.start", "active", json!({})), -40),
        at(event("2", "session.start", "ended", json!({})), -30),
        at(event("3", "session.end", "ended", json!({})), -20),
        at(event("4", "session.start", "waiting", json!({})), -1_900),
        at(event("5", "session.queue", "waiting", json!({})), -30),
        at(event("6", "session.queue", "late", json!({})), -2_000),
        at(event("7", "session.start", "assigned", json!({})), -50),
        at(event("8", "session.queue", "assigned", json!({})), -40),
        at(event("9", "session.assign", "assigned", json!({ "agent_id": "li" })), -30),
        at(event("10", "session.start", "silent", json!({})), -1_830),
        at(event("11", "session.start", "heard", json!({})), -1_830),
        at(event("12", "session.queue", "given up", json!({})), -90_000),
    ];
    app.product().track(&events).await;
    app.product().track(&[at(event("13", "message.ai", "heard", json!({})), -1_790)]).await;
    let catalogue = app.viewer().ask("{ metricCatalogue { id live goesBy floor } }").await;
    let tiles = [
        (
            "active_sessions",
            "activeSessions",
            "ACTIVE",
            ["active", "assigned", "heard", "waiting"].as_slice(),
        ),
        ("queue_count", "queueCount", "WAITING", &["late", "waiting"]),
        ("sla_alerts", "slaAlerts", "LATE", &["late"]),
    ];
    let counted = overview(&app).await;
    for (metric, field, floor, expected) in tiles {
        let declared = catalogue["metricCatalogue"].as_array().unwrap().iter();
        let declared = declared.clone().find(|declared| declared["id"] == metric).unwrap();
        assert_eq!(
            *declared,
            json!({ "id": metric, "live": true, "goesBy": "now", "floor": floor })
        );
        let query =
            format!("{{ sessions(filter: {{ floor: {floor} }}) {{ edges {{ node {{ id }} }} }} }}");
        let rows = app.viewer().ask(&query).await;
        let rows = rows["sessions"]["edges"].as_array().unwrap().clone();
        let mut rows: Vec<_> =
            rows.iter().map(|edge| edge["node"]["id"].as_str().unwrap()).collect();
        rows.sort_unstable();
        assert_eq!(rows, expected, "{floor}");
        assert_eq!(counted[field], expected.len(), "{field}");
        let query = format!(
            r#"{{ metrics(ids: ["{metric}"], from: "2026-03-01", to: "2026-03-02") {{ asOf }} }}"#
        );
        let refused = app.viewer().refusal(&query, json!({})).await;
        let expected =
            "expected a figure of days: this one is of the present, and `realtime` has it";
        let message = format!("`ids` is \"{metric}\", {expected}");
        assert_eq!(refused, ("BAD_USER_INPUT".to_owned(), message));
    }
}

#[tokio::test]
async fn time_alone_raises_alerts_and_empties_the_floor() {
    let app = TestApp::spawn().await;
    let status = json!({
        "id": "3", "name": "agent.status", "product": "desk",
        "data": { "agent_id": "li", "status": "online" },
    });
    app.product()
        .track(&[
            event("1", "session.start", "a", json!({})),
            event("2", "session.queue", "a", json!({})),
            status,
        ])
        .await;
    let counts = async |app: &TestApp| {
        let now = overview(app).await;
        let count = |name: &str| now[name].as_i64().unwrap();
        (count("slaAlerts"), count("onlineAgents"), count("activeSessions"), count("queueCount"))
    };
    assert_eq!(counts(&app).await, (0, 1, 1, 1));
    app.advance(TimeDelta::seconds(61));
    assert_eq!(counts(&app).await, (1, 1, 1, 1));
    app.advance(TimeDelta::seconds(30));
    assert_eq!(counts(&app).await, (1, 0, 1, 1));
    app.advance(TimeDelta::minutes(30));
    assert_eq!(counts(&app).await, (1, 0, 0, 1));
    app.advance(TimeDelta::hours(24));
    assert_eq!(counts(&app).await, (0, 0, 0, 0));
    assert_eq!(overview(&app).await["systemLoad"], Value::Null);
}

#[tokio::test]
async fn the_version_grows_with_changes_only_and_over_restarts() {
    let app = TestApp::spawn().await;
    let version = async |app: &TestApp| overview(app).await["version"].as_i64().unwrap();
    let first = version(&app).await;
    app.advance(TimeDelta::seconds(5));
    assert_eq!(version(&app).await, first);
    app.product().track(&[event("1", "session.start", "a", json!({}))]).await;
    let second = version(&app).await;
    assert!(second > first);
    app.advance(TimeDelta::seconds(5));
    let app = app.restart().await;
    assert!(version(&app).await >= second);
}

#[tokio::test]
async fn channels_count_distinct_visitors_of_five_minutes() {
    let app = TestApp::spawn().await;
    let seen = |id: &str, channel: &str, visitor: &str, at: &str| {
        json!({
            "id": id, "name": "visitor.seen", "product": "bot",
            "data": { "channel": channel, "visitor_id": visitor },
            "occurredAt": format!("2026-03-10T{at}Z"),
        })
    };
    app.product()
        .track(&[
            seen("1", "app", "v1", "03:56:00"),
            seen("2", "app", "v1", "03:57:00"),
            seen("3", "app", "v2", "03:58:00"),
            seen("4", "app", "v3", "03:53:00"),
            seen("5", "web", "v1", "03:52:00"),
            event("6", "session.start", "s", json!({ "channel": "tel", "visitor_id": "v9" })),
        ])
        .await;
    let query = "{ realtime { channels { id name onlineUsers load trend } } }";
    assert_eq!(
        app.viewer().ask(query).await["realtime"]["channels"],
        json!([
            { "id": "app", "name": "Fiido App", "onlineUsers": 2, "load": 20.0, "trend": "UP" },
            { "id": "tel", "name": "tel", "onlineUsers": 1, "load": 0.1, "trend": "UP" },
            { "id": "web", "name": "web", "onlineUsers": 0, "load": 0.0, "trend": "DOWN" },
        ])
    );
}

#[tokio::test]
async fn a_status_set_by_hand_shows_at_once_with_its_time() {
    let app = TestApp::spawn().await;
    let desk = app.product();
    let input = json!({ "agentId": "li", "status": "SERVING", "name": "李建国", "capacity": 2 });
    let agent = desk.data(UPDATE, json!({ "input": input })).await;
    let mut expected = json!({
        "agentId": "li", "name": "李建国", "status": "SERVING", "durationSeconds": 0,
        "duration": "0s", "load": "LOW",
    });
    assert_eq!(agent["updateAgentStatus"], expected);
    // Heartbeats keep the status, and its beginning.
    for beat in 0..12 {
        app.advance(TimeDelta::seconds(60));
        let data = json!({ "agent_id": "li", "status": "serving" });
        let heartbeat = json!({
            "id": format!("beat-{beat}"), "name": "agent.status", "product": "desk", "data": data,
        });
        desk.track(&[heartbeat]).await;
    }
    desk.track(&[
        event("s", "session.start", "s", json!({})),
        event("a", "session.assign", "s", json!({ "agent_id": "li" })),
    ])
    .await;
    expected["durationSeconds"] = json!(720);
    expected["duration"] = json!("12m");
    expected["load"] = json!("MEDIUM");
    let agents = app.viewer().data(AGENTS, json!({ "status": "SERVING" })).await;
    assert_eq!(agents["realtime"]["agents"], json!([expected]));
    let away = app.viewer().data(AGENTS, json!({ "status": "AWAY" })).await;
    assert_eq!(away["realtime"]["agents"], json!([]));
}

#[tokio::test]
async fn a_lease_runs_out_but_away_by_hand_stays() {
    let app = TestApp::spawn().await;
    for (agent, status) in [("on", "ONLINE"), ("away", "AWAY")] {
        let input = json!({ "agentId": agent, "status": status });
        app.product().data(UPDATE, json!({ "input": input })).await;
    }
    app.advance(TimeDelta::seconds(120));
    let agents = app.viewer().data(AGENTS, json!({})).await;
    let shown: Vec<_> = agents["realtime"]["agents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|agent| (agent["agentId"].clone(), agent["status"].clone()))
        .collect();
    assert_eq!(shown, [(json!("away"), json!("AWAY")), (json!("on"), json!("OFFLINE"))]);
    assert_eq!(overview(&app).await["onlineAgents"], 0);
}

#[tokio::test]
async fn a_bad_status_is_refused_by_name() {
    let app = TestApp::spawn().await;
    for (input, word) in [
        (json!({ "agentId": "x".repeat(65), "status": "AWAY" }), "agentId"),
        (json!({ "agentId": "", "status": "AWAY" }), "agentId"),
        (json!({ "agentId": "li", "status": "BUSY" }), "BUSY"),
        (json!({ "agentId": "li", "status": "AWAY", "capacity": -1 }), "capacity"),
        (json!({ "agentId": "li", "status": "AWAY", "name": "x".repeat(101) }), "name"),
    ] {
        let (code, message) = app.product().refusal(UPDATE, json!({ "input": input })).await;
        assert_eq!(code, "BAD_USER_INPUT", "{message}");
        assert!(message.contains(word), "{message}");
    }
    let agents = app.viewer().data(AGENTS, json!({})).await;
    assert_eq!(agents["realtime"]["agents"], json!([]));
}

#[tokio::test]
async fn the_floor_is_for_viewers_of_the_own_tenant() {
    let app = TestApp::spawn().await;
    app.product().track(&[event("1", "session.start", "a", json!({}))]).await;
    assert_eq!(app.product().refusal(OVERVIEW, json!({})).await.0, "FORBIDDEN");
    let input = json!({ "input": { "agentId": "li", "status": "AWAY" } });
    assert_eq!(app.viewer().refusal(UPDATE, input).await.0, "FORBIDDEN");
    let stranger = app.caller("acme", Role::Viewer, "stan");
    let foreign = "{ realtime(tenantId: \"default\") { overview { activeSessions } } }";
    assert_eq!(stranger.refusal(foreign, json!({})).await.0, "FORBIDDEN");
    let own = stranger.ask(OVERVIEW).await;
    assert_eq!(own["realtime"]["overview"]["activeSessions"], 0);
}
