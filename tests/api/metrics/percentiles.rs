//! Percentiles beside the oracle: how they are explained, and what they say where values are lost.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::harness::{TestApp, steps_back_before};

const DAY: &str = "2026-03-10";

fn event(id: &str, name: &str, session: &str, time: &str, data: Value) -> Value {
    json!({
        "id": id, "name": name, "product": "bot", "sessionId": session, "data": data,
        "occurredAt": format!("{DAY}T{time}Z"),
    })
}

/// A conversation that waits for 90.5 seconds and is handled for ten minutes, by two people.
fn handled(session: &str) -> Vec<Value> {
    let of = |name: &str, time: &str, data: Value| {
        event(&format!("{session}-{time}"), name, session, time, data)
    };
    vec![
        of("session.start", "01:00:00", json!({ "channel": "app" })),
        of("session.queue", "01:01:00", json!({})),
        of("session.assign", "01:02:30.500", json!({ "agent_id": "li" })),
        of("session.assign", "01:05:00", json!({ "agent_id": "wang" })),
        of("message.agent", "01:06:00", json!({ "response_time": 4_000 })),
        of("message.agent", "01:07:00", json!({ "response_time": 100 })),
        of("message.agent", "01:08:00", json!({})),
        of("session.end", "01:15:00", json!({})),
    ]
}

async fn explained(app: &TestApp, metric: &str) -> Value {
    let query = format!(
        r#"{{ explain(metric: "{metric}", from: "{DAY}", to: "{DAY}") {{
            value numerator denominator measures {{ id sum }} leftOut {{ id rows }}
            rowCount rowsRemoved rows {{ edges {{ node {{ at numerator denominator }} }} }}
        }} }}"#
    );
    app.viewer().ask(&query).await["explain"].clone()
}

#[tokio::test]
async fn a_percentile_is_explained_by_its_values() {
    let app = TestApp::spawn().await;
    let mut events = handled("a");
    events.push(event("b", "session.start", "b", "01:00:00", json!({})));
    events.push(event("b2", "session.end", "b", "01:10:00", json!({})));
    app.product().track(&events).await;
    let row = |time: &str, value: i64| {
        let at = format!("{DAY}T{time}Z");
        json!({ "node": { "at": at, "numerator": value, "denominator": 1 } })
    };
    let expected = json!({
        // 4,000 shares its bucket with all up to 4,031.
        "value": 4.0155, "numerator": null, "denominator": 2,
        "measures": [
            { "id": "ai_response_count", "sum": 0 }, { "id": "agent_response_count", "sum": 2 },
        ],
        "leftOut": [{ "id": "no_response_time", "rows": 1 }], "rowCount": 2, "rowsRemoved": 0,
        "rows": { "edges": [row("01:07:00", 100), row("01:06:00", 4_000)] },
    });
    assert_eq!(explained(&app, "p90_response_time").await, expected);
    assert_eq!(explained(&app, "p50_response_time").await["value"], 0.1);
    let expected = json!({
        // From the last assignment on: 600,000 lies between 598,016 and 606,207.
        "value": 602.1115, "numerator": null, "denominator": 1,
        "measures": [{ "id": "handle_count", "sum": 1 }],
        "leftOut": [{ "id": "open_sessions", "rows": 0 }, { "id": "never_assigned", "rows": 1 }],
        "rowCount": 1, "rowsRemoved": 0, "rows": { "edges": [row("01:15:00", 600_000)] },
    });
    assert_eq!(explained(&app, "p99_handle_time").await, expected);
}

/// The figures of the day, by hour, and as the daily table and the cells tell them.
async fn told(app: &TestApp, ids: &[&str]) -> Vec<Value> {
    let query = "query ($ids: [String!]!, $day: Date!, $grain: Grain, $by: [Dimension!]) {
        metrics(ids: $ids, from: $day, to: $day, grain: $grain, by: $by) {
            series { total { value } }
        }
    }";
    let mut told = Vec::new();
    for (grain, by) in [("HOUR", json!([])), ("DAY", json!([])), ("DAY", json!(["CHANNEL"]))] {
        let variables = json!({ "ids": ids, "day": DAY, "grain": grain, "by": by });
        let series = app.viewer().data(query, variables).await["metrics"]["series"].clone();
        let values = series.as_array().expect("series").iter();
        told.push(values.map(|series| series["total"]["value"].clone()).collect());
    }
    told
}

#[tokio::test]
async fn values_that_an_older_service_removed_are_missed_and_all_others_come_back() {
    let app = TestApp::spawn().await;
    app.product().track(&handled("a")).await;
    app.roll_up().await;
    let ids = ["avg_response_time", "p50_response_time", "p50_wait", "p50_handle_time"];
    let wait = 90.623_5;
    let all = json!([2.05, 0.1, wait, 602.1115]);
    assert_eq!(told(&app, &ids).await, vec![all; 3]);
    app.advance(TimeDelta::days(92));
    app.app.services.retention.run().await.expect("a run of the retention");

    let db = &app.app.services.db;
    // Down to the service that knew no distributions.
    let steps = steps_back_before("create_histogram");
    db.migrate_down(steps).await.expect("a store of before");
    db.migrate().await.expect("migrations");
    let lost = json!([2.05, null, wait, 602.1115]);
    assert_eq!(told(&app, &ids).await, vec![lost.clone(); 3]);
    app.roll_up().await;
    assert_eq!(told(&app, &ids).await, vec![lost.clone(); 3]);
    // What comes late is counted; of all values together nothing can be said.
    app.product().track(&handled("b")).await;
    app.roll_up().await;
    assert_eq!(told(&app, &ids).await, vec![lost; 3]);
}
