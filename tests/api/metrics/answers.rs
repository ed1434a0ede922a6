//! What `metrics`, `explain` and `metricCatalogue` say beside the figures: groups, comparison,
//! completeness, and what they refuse.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::harness::{Client, TestApp};

fn event(id: &str, name: &str, session: &str, at: &str, data: Value) -> Value {
    json!({
        "id": id, "name": name, "product": "bot", "sessionId": session, "data": data,
        "occurredAt": at,
    })
}

fn start(session: &str, at: &str, channel: &str) -> Value {
    event(session, "session.start", session, at, json!({ "channel": channel }))
}

async fn metrics(client: &Client, arguments: &str, selection: &str) -> Value {
    client.ask(&format!("{{ metrics({arguments}) {{ {selection} }} }}")).await["metrics"].clone()
}

#[tokio::test]
async fn the_ten_largest_groups_have_a_name_and_the_others_are_one() {
    let app = TestApp::spawn().await;
    // Of channel c1 there is one session, of c2 two, and so on to c13.
    let mut events = Vec::new();
    for channel in 1..=13 {
        for index in 0..channel {
            let session = format!("c{channel}-{index}");
            events.push(start(&session, "2026-03-10T01:00:00Z", &format!("c{channel}")));
        }
    }
    app.product().track(&events).await;
    let arguments =
        r#"ids: ["total_sessions"], from: "2026-03-10", to: "2026-03-10", by: [CHANNEL]"#;
    let selection = "series { group { dimension value } isOther total { value } }";
    let answer = metrics(&app.viewer(), arguments, selection).await;
    let mut expected: Vec<_> = (4..=13)
        .rev()
        .map(|channel| {
            json!({
                "group": [{ "dimension": "CHANNEL", "value": format!("c{channel}") }],
                "isOther": false, "total": { "value": f64::from(channel) },
            })
        })
        .collect();
    expected.push(json!({ "group": [], "isOther": true, "total": { "value": 6.0 } }));
    assert_eq!(answer["series"], json!(expected));
}

#[tokio::test]
async fn a_day_that_goes_on_is_compared_with_the_same_part_of_the_day_before() {
    let app = TestApp::spawn().await;
    // It is noon in Shanghai.
    let events = [
        start("today", "2026-03-10T03:59:00Z", "app"),
        start("yesterday", "2026-03-09T03:59:00Z", "app"),
        start("yesterday too", "2026-03-09T03:59:59Z", "app"),
        start("yesterday afternoon", "2026-03-09T04:00:00Z", "app"),
    ];
    app.product().track(&events).await;
    let selection =
        "series { total { value previous delta ratio } points { figure { value previous } } }";
    let arguments =
        r#"ids: ["total_sessions"], from: "2026-03-10", to: "2026-03-10", compare: true"#;
    let today = metrics(&app.viewer(), arguments, selection).await;
    let figure = json!({ "value": 1.0, "previous": 2.0, "delta": -1.0, "ratio": -0.5 });
    assert_eq!(today["series"][0]["total"], figure);
    let both = r#"ids: ["total_sessions"], from: "2026-03-08", to: "2026-03-09", compare: true"#;
    let over = metrics(&app.viewer(), both, selection).await;
    let nothing = json!({ "value": 3.0, "previous": 0.0, "delta": 3.0, "ratio": null });
    assert_eq!(over["series"][0]["total"], nothing);
    let hours = r#"ids: ["total_sessions"], from: "2026-03-10", to: "2026-03-10", grain: HOUR,
        compare: true"#;
    let hours = metrics(&app.viewer(), hours, selection).await;
    let points = hours["series"][0]["points"].as_array().expect("points");
    assert_eq!(points.len(), 24);
    assert_eq!(points[11]["figure"], json!({ "value": 1.0, "previous": 2.0 }));
    assert_eq!(points[12]["figure"], json!({ "value": 0.0, "previous": 0.0 }));
    // The page's own words say the same.
    let page = "{ stats { today { changes { sessions sessionsPercent responseTimeSeconds } } } }";
    let changes = &app.viewer().ask(page).await["stats"]["today"]["changes"];
    let expected =
        json!({ "sessions": "-50%", "sessionsPercent": -50.0, "responseTimeSeconds": null });
    assert_eq!(*changes, expected);
}

#[tokio::test]
async fn an_answer_says_how_complete_it_is() {
    let app = TestApp::spawn().await;
    let rated = |id: &str, at: &str| event(id, "rating.submit", "s", at, json!({ "score": 5 }));
    app.product()
        .track(&[rated("a", "2026-03-09T03:00:00Z"), rated("b", "2026-03-10T03:00:00Z")])
        .await;
    let days = |by: &str| {
        format!(r#"ids: ["rating_count"], from: "2026-03-09", to: "2026-03-10", by: [{by}]"#)
    };
    let selection =
        "completeness series { total { value } points { completeness figure { value } } }";
    let told = async |app: &TestApp, by: &str| {
        let answer = metrics(&app.viewer(), &days(by), selection).await;
        let points = answer["series"][0]["points"].as_array().expect("points").clone();
        let points: Vec<_> = points
            .iter()
            .map(|point| (point["completeness"].clone(), point["figure"]["value"].clone()))
            .collect();
        (points, answer["series"][0]["total"]["value"].clone())
    };
    let of = |first: &str, second: &str, count: Value| {
        (vec![(json!(first), count.clone()), (json!(second), count.clone())], count)
    };
    let one = || json!(1.0);
    assert_eq!(told(&app, "").await.0, of("ROWS", "RUNNING", one()).0);
    app.roll_up().await;
    assert_eq!(told(&app, "").await.0, of("SETTLED", "RUNNING", one()).0);
    assert_eq!(told(&app, "PRODUCT").await.0, of("SETTLED", "RUNNING", one()).0);
    app.advance(TimeDelta::days(92));
    app.app.services.retention.run().await.expect("a run of the retention");
    for by in ["", "PRODUCT", "CHANNEL", "QUEUE, AGENT"] {
        assert_eq!(told(&app, by).await, (of("SETTLED", "SETTLED", one()).0, json!(2.0)), "{by}");
    }
    let explained = app
        .viewer()
        .ask(
            r#"{ explain(metric: "rating_count", from: "2026-03-09", to: "2026-03-10") {
            value rowCount rowsRemoved rows { edges { cursor } }
        } }"#,
        )
        .await;
    let expected =
        json!({ "value": 2.0, "rowCount": 0, "rowsRemoved": 2, "rows": { "edges": [] } });
    assert_eq!(explained["explain"], expected);
}

#[tokio::test]
async fn an_explanation_says_what_is_left_out_and_what_was_late() {
    let app = TestApp::spawn().await;
    let at = |time: &str| format!("2026-03-10T{time}Z");
    app.product()
        .track(&[
            start("a", &at("01:00:00"), "app"),
            event("a2", "session.end", "a", &at("01:10:00"), json!({ "resolved": true })),
            event("a3", "rating.submit", "a", &at("01:11:00"), json!({ "score": 4 })),
            start("b", &at("01:00:00"), "app"),
            event("b2", "session.end", "b", &at("01:20:00"), json!({})),
            start("c", &at("01:00:00"), "app"),
        ])
        .await;
    app.advance(TimeDelta::days(2));
    app.product()
        .track(&[event("b3", "rating.submit", "b", &at("01:21:00"), json!({ "score": 1 }))])
        .await;
    let explain = async |metric: &str| {
        let query = format!(
            r#"{{ explain(metric: "{metric}", from: "2026-03-10", to: "2026-03-10") {{
                value numerator denominator lateRows leftOut {{ id rows }}
                measures {{ id sum }} rows {{ edges {{ node {{ kind id sessionId numerator }} }} }}
            }} }}"#
        );
        app.viewer().ask(&query).await["explain"].clone()
    };
    let resolved = explain("auto_resolve_rate").await;
    assert_eq!(resolved["value"], 100.0);
    assert_eq!(resolved["leftOut"], json!([{ "id": "open_sessions", "rows": 1 }]));
    assert_eq!(resolved["denominator"], 2);
    let rated = explain("satisfaction_rate").await;
    assert_eq!((&rated["value"], &rated["lateRows"]), (&json!(50.0), &json!(1)));
    assert_eq!(rated["leftOut"], json!([{ "id": "not_rated", "rows": 0 }]));
    let row = |id: &str, session: &str, numerator: i64| {
        json!({ "node": {
            "kind": "EVENT", "id": id, "sessionId": session, "numerator": numerator,
        } })
    };
    assert_eq!(rated["rows"]["edges"], json!([row("b3", "b", 0), row("a3", "a", 1)]));
}

#[tokio::test]
async fn the_catalogue_declares_every_figure_once() {
    let app = TestApp::spawn().await;
    let query = "{ metricCatalogue { id title unit formula goesBy addsUp dimensions live } }";
    let mut catalogue = app.viewer().ask(query).await["metricCatalogue"].clone();
    let of_days = |metric: &Value| metric["live"] == false;
    catalogue.as_array_mut().expect("metrics").retain(of_days);
    let mut ids: Vec<_> =
        catalogue.as_array().expect("metrics").iter().map(|metric| &metric["id"]).collect();
    ids.sort_by_key(|id| id.as_str());
    let mut known: Vec<_> = super::oracle::ids().collect();
    known.sort_unstable();
    assert_eq!(ids, known);
    let rate = catalogue.as_array().expect("metrics").iter();
    let rate = rate.clone().find(|metric| metric["id"] == "service_level").expect("a rate");
    assert_eq!(
        *rate,
        json!({
            "id": "service_level", "title": "服务水平", "unit": "PERCENT", "addsUp": false,
            "formula": "100 × (answered_in_time) ÷ (queued − abandoned_in_time)",
            "goesBy": "queued_at", "dimensions": ["CHANNEL", "PRODUCT", "AGENT", "QUEUE"],
            "live": false,
        })
    );
}

#[tokio::test]
async fn what_cannot_be_answered_is_named() {
    let app = TestApp::spawn().await;
    let days = r#"from: "2026-03-01", to: "2026-03-10""#;
    let many: Vec<_> = (0..101).map(|index| format!("\"c{index}\"")).collect();
    let cases = [
        (format!(r#"ids: ["speed"], {days}"#), "`ids` is \"speed\", expected an id of"),
        (format!("ids: [], {days}"), "`ids` is [], expected at least one"),
        (
            format!(r#"ids: ["queued"], {days}, by: [MODEL]"#),
            "`by` is MODEL, expected dimensions of sessions: `queued` counts these",
        ),
        (
            format!(r#"ids: ["queued"], {days}, filter: {{ models: ["gpt"] }}"#),
            "`filter` is MODEL, expected dimensions of sessions",
        ),
        (
            format!(r#"ids: ["queued"], {days}, by: [CHANNEL, PRODUCT, AGENT]"#),
            "`by` is 3 dimensions, expected at most 2, each once",
        ),
        (
            format!(r#"ids: ["queued"], {days}, by: [CHANNEL, CHANNEL]"#),
            "`by` is 2 dimensions, expected at most 2, each once",
        ),
        (
            format!(r#"ids: ["queued"], {days}, filter: {{ channels: [{}] }}"#, many.join(", ")),
            "`filter.channels` is 101 values, expected at most 100",
        ),
        (
            r#"ids: ["queued"], from: "2026-03-02", to: "2026-03-01""#.to_owned(),
            "`to` is 2026-03-01, expected `from` (2026-03-02) or a later day",
        ),
        (
            r#"ids: ["queued"], from: "2026-01-01", to: "2026-03-10", grain: HOUR"#.to_owned(),
            "`from` is 69 days before `to`, expected at most 31 days",
        ),
    ];
    for (arguments, message) in cases {
        let query = format!("{{ metrics({arguments}) {{ timeZone }} }}");
        let (code, said) = app.viewer().refusal(&query, json!({})).await;
        assert_eq!(code, "BAD_USER_INPUT", "{arguments}");
        assert!(said.starts_with(message), "{said}, expected {message}");
    }
    let query = r#"{ explain(metric: "x", from: "2026-03-01", to: "2026-03-01") { value } }"#;
    let (code, said) = app.viewer().refusal(query, json!({})).await;
    assert_eq!(code, "BAD_USER_INPUT");
    assert!(said.starts_with("`metric` is \"x\""), "{said}");
    let page = r#"{ explain(metric: "queued", from: "2026-03-01", to: "2026-03-01") {
        rows(after: "?") { edges { cursor } }
    } }"#;
    let (code, said) = app.viewer().refusal(page, json!({})).await;
    assert_eq!((code.as_str(), &said[..10]), ("BAD_USER_INPUT", "`after` is"));
}

#[tokio::test]
async fn what_a_session_is_not_written_for_is_found_all_the_same() {
    let app = TestApp::spawn().await;
    let at = |time: &str| format!("2026-03-09T{time}Z");
    let message = |id: &str, time: &str| {
        event(id, "message.ai", "s", &at(time), json!({ "response_time": 1_000 }))
    };
    // Each in a call of its own: the second of two within a minute changes nothing of its session.
    app.product().track(&[message("m1", "02:59:40")]).await;
    app.product().track(&[message("m2", "03:00:10")]).await;
    app.roll_up().await;
    app.product().track(&[start("s", &at("02:50:00"), "app")]).await;
    let by_channel = async || {
        let arguments =
            r#"ids: ["total_messages"], from: "2026-03-09", to: "2026-03-09", by: [CHANNEL]"#;
        let selection = "series { group { value } total { value } }";
        metrics(&app.viewer(), arguments, selection).await["series"].clone()
    };
    let app_only = json!([{ "group": [{ "value": "app" }], "total": { "value": 2.0 } }]);
    assert_eq!(by_channel().await, app_only);
    app.roll_up().await;
    assert_eq!(by_channel().await, app_only);

    app.product().track(&[event("e", "session.end", "s", &at("03:10:00"), json!({}))]).await;
    let rated = event("r", "rating.submit", "s", &at("03:10:30"), json!({ "score": 5 }));
    app.product().track(&[rated]).await;
    let query = r#"{ explain(metric: "avg_rating", from: "2026-03-09", to: "2026-03-09") {
        leftOut { id rows }
    } }"#;
    let left_out = &app.viewer().ask(query).await["explain"]["leftOut"];
    assert_eq!(*left_out, json!([{ "id": "not_rated", "rows": 0 }]));
}
