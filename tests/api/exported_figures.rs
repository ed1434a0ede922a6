//! `/export/metrics`: the answer of `metrics` as rows.

use deskpulse::auth::Role;
use serde_json::{Value, json};

use crate::{
    export::{cell, lines, refusal, text},
    harness::{Client, TestApp},
};

const DAY: &str = "ids=total_sessions&from=2026-03-10&to=2026-03-10";

/// What an export asks, and what `metrics` is asked for the same.
const QUESTIONS: [(&str, &str); 5] = [
    (
        "ids=total_sessions&ids=avg_session_duration&from=2026-03-09&to=2026-03-10&grain=HOUR\
         &by=CHANNEL&compare=true",
        r#"ids: ["total_sessions", "avg_session_duration"], from: "2026-03-09", to: "2026-03-10",
        grain: HOUR, by: [CHANNEL], compare: true"#,
    ),
    (DAY, r#"ids: ["total_sessions"], from: "2026-03-10", to: "2026-03-10""#),
    (
        "ids=completed_sessions&from=2026-03-01&to=2026-03-10&grain=WEEK&by=QUEUE&by=AGENT\
         &channels=c3&channels=c12&channels=&products=shop",
        r#"ids: ["completed_sessions"], from: "2026-03-01", to: "2026-03-10", grain: WEEK,
        by: [QUEUE, AGENT], filter: { channels: ["c3", "c12", null], products: ["shop"] }"#,
    ),
    (
        "ids=total_messages&from=2026-03-09&to=2026-03-09&by=MODEL&by=PRODUCT&models=m&agentIds=&\
         queues=&queues=sales",
        r#"ids: ["total_messages"], from: "2026-03-09", to: "2026-03-09", by: [MODEL, PRODUCT],
        filter: { models: ["m"], agentIds: [null], queues: [null, "sales"] }"#,
    ),
    (
        "ids=total_sessions&from=2026-02-01&to=2026-02-02&by=CHANNEL",
        r#"ids: ["total_sessions"], from: "2026-02-01", to: "2026-02-02", by: [CHANNEL]"#,
    ),
];

/// Sessions of thirteen channels and of none, at every half hour of two days.
async fn given_sessions(client: &Client) {
    let mut events = Vec::new();
    for index in 0..90 {
        let at = |minute: usize| {
            let minute = index * 30 + minute;
            format!(
                "2026-03-{:02}T{:02}:{:02}:00Z",
                8 + minute / 1_440,
                minute / 60 % 24,
                minute % 60
            )
        };
        let mut event = |minute: usize, name: &str, data: Value| {
            events.push(json!({
                "id": format!("{index}-{name}"), "name": name, "product": "shop", "data": data,
                "sessionId": format!("s{index}"), "occurredAt": at(minute),
            }));
        };
        let channel = index % 14;
        let start =
            if channel == 13 { json!({}) } else { json!({ "channel": format!("c{channel}") }) };
        event(0, "session.start", start);
        event(1, "message.ai", json!({ "model": "m" }));
        if index % 3 == 0 {
            event(2, "session.queue", json!({ "queue": "sales" }));
            event(3, "session.assign", json!({ "agent_id": "li" }));
        }
        event(5 + index % 7, "session.end", json!({}));
    }
    let statuses = client.track(&events).await;
    assert!(statuses.iter().all(|status| status == "ACCEPTED"), "{statuses:?}");
}

/// The rows that an export has to have.
async fn asked(client: &Client, arguments: &str) -> Vec<Value> {
    let query = format!(
        "{{ metrics({arguments}) {{ series {{
            metric {{ id }} group {{ dimension value }} isOther
            points {{ start end date completeness figure {{ value previous }} }}
        }} }} }}"
    );
    let answer = client.ask(&query).await;
    let mut rows = Vec::new();
    for series in answer["metrics"]["series"].as_array().expect("series") {
        let of = |dimension: &str| {
            let groups = series["group"].as_array().expect("a group");
            let own = groups.iter().find(|group| group["dimension"] == dimension);
            own.map_or(Value::Null, |group| group["value"].clone())
        };
        for point in series["points"].as_array().expect("points") {
            rows.push(json!({
                "metric": series["metric"]["id"], "start": point["start"], "end": point["end"],
                "date": point["date"], "channel": of("CHANNEL"), "product": of("PRODUCT"),
                "agentId": of("AGENT"), "queue": of("QUEUE"), "model": of("MODEL"),
                "isOther": series["isOther"], "value": point["figure"]["value"],
                "previous": point["figure"]["previous"], "completeness": point["completeness"],
            }));
        }
    }
    rows
}

#[tokio::test]
async fn an_export_of_figures_is_the_answer_of_metrics() {
    let app = TestApp::spawn().await;
    given_sessions(&app.caller("mumbai", Role::Ingest, "bot")).await;
    let viewer = app.caller("mumbai", Role::Viewer, "vera");
    let mut counts = Vec::new();
    for (parameters, arguments) in QUESTIONS {
        let expected = asked(&viewer, arguments).await;
        counts.push(expected.len());
        let ndjson = text(&viewer, &format!("/export/metrics.ndjson?{parameters}")).await;
        assert_eq!(lines(&ndjson), expected, "{parameters}");
        let csv = text(&viewer, &format!("/export/metrics.csv?{parameters}")).await;
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        let header: Vec<_> =
            reader.headers().expect("a header").iter().map(str::to_owned).collect();
        assert_eq!(
            header.join(","),
            "metric,start,end,date,channel,product,agentId,queue,model,isOther,value,previous,\
             completeness"
        );
        let rows: Vec<Vec<String>> = reader.deserialize().map(|row| row.expect("a row")).collect();
        let cells = |row: &Value| header.iter().map(|column| cell(&row[column])).collect();
        let expected: Vec<Vec<String>> = expected.iter().map(cells).collect();
        assert_eq!(rows, expected, "{parameters}");
    }
    // Two figures of ten groups and the others in 48 hours; more than one page.
    assert_eq!(counts, [2 * 11 * 48, 1, 6, 1, 0]);
    let hours = text(&viewer, &format!("/export/metrics.ndjson?{}", QUESTIONS[0].0)).await;
    let first = &lines(&hours)[0];
    assert_eq!(first["start"], "2026-03-08T18:30:00Z");
    assert_eq!(first["date"], "2026-03-09");
    assert!(lines(&hours).iter().any(|row| row["isOther"] == true && row["value"] == 1.0));
    assert!(lines(&hours).iter().any(|row| row["previous"] == 1.0));
}

#[tokio::test]
async fn a_channel_of_figures_is_no_formula() {
    let app = TestApp::spawn().await;
    let event = json!({
        "name": "session.start", "product": "shop", "sessionId": "s",
        "data": { "channel": "=1+1" }, "occurredAt": "2026-03-10T01:00:00Z",
    });
    app.product().track(&[event]).await;
    let csv = text(&app.viewer(), &format!("/export/metrics.csv?{DAY}&by=CHANNEL")).await;
    let (_, rows) = csv.split_once("\r\n").expect("a header");
    assert_eq!(
        rows,
        "total_sessions,2026-03-09T16:00:00Z,2026-03-10T16:00:00Z,2026-03-10,'=1+1,,,,,false,1,,\
         RUNNING\r\n"
    );
    let path = format!("/export/metrics.ndjson?{DAY}&channels=%3D1%2B1&by=CHANNEL");
    let ndjson = text(&app.viewer(), &path).await;
    assert_eq!(lines(&ndjson)[0]["channel"], "=1+1");
}

#[tokio::test]
async fn figures_are_exported_to_whoever_may_ask_for_them() {
    let app = TestApp::spawn().await;
    let path = |more: &str| format!("/export/metrics.csv?{DAY}{more}");
    for role in [Role::Viewer, Role::Reviewer, Role::Operator] {
        let client = app.caller("default", role, "sam");
        assert_eq!(text(&client, &path("&tenant=default")).await.lines().count(), 2, "{role:?}");
    }
    let acme = app.caller("acme", Role::Viewer, "ann");
    let elsewhere = app.caller("acme", Role::Operator, "olga");
    for (client, more, status, code) in [
        (app.product(), "", 403, "FORBIDDEN"),
        (app.nobody(), "", 401, "UNAUTHENTICATED"),
        (acme, "&tenant=default", 403, "FORBIDDEN"),
        (elsewhere.clone(), "&tenant=nowhere", 404, "NOT_FOUND"),
    ] {
        let refusal = refusal(&client, &path(more)).await;
        assert_eq!((refusal.0, refusal.1.as_str()), (status, code), "{}", refusal.2);
    }
    let csv = text(&elsewhere, &path("&tenant=default")).await;
    assert!(csv.contains(",2026-03-09T16:00:00Z,"), "{csv}");
}

#[tokio::test]
async fn a_wrong_argument_of_figures_is_named_as_a_parameter() {
    let app = TestApp::spawn().await;
    let viewer = app.viewer();
    let many = "&channels=a".repeat(101);
    for (parameters, expected) in [
        ("", "`from` is missing, expected a date such as 2025-12-25"),
        ("from=2026-03-10", "`to` is missing, expected a date such as 2025-12-25"),
        (
            "from=2026-03-10&to=2026-03-10",
            "`ids` is [], expected at least one id of `metricCatalogue`",
        ),
        (
            "ids=sessions&from=2026-03-10&to=2026-03-10",
            "`ids` is \"sessions\", expected an id of `metricCatalogue`, such as `total_sessions`",
        ),
        (
            &format!("{DAY}&ids=total_sessions"),
            "`ids` is \"total_sessions\", expected each id once",
        ),
        ("from=10.3.2026&to=2026-03-10", "`from` is \"10.3.2026\", expected a date such as"),
        (&format!("{DAY}&to=2026-03-11"), "`to` is given twice, expected one value"),
        (
            "ids=total_sessions&from=2026-03-10&to=2026-03-09",
            "`to` is 2026-03-09, expected `from` (2026-03-10) or a later day",
        ),
        (
            "ids=total_sessions&from=2026-01-01&to=2026-03-10&grain=HOUR",
            "`from` is 69 days before `to`, expected at most 31 days",
        ),
        (
            &format!("{DAY}&grain=YEAR"),
            "`grain` is \"YEAR\", expected one of HOUR, DAY, WEEK, MONTH",
        ),
        (
            &format!("{DAY}&by=QUEUE&by=country"),
            "`by` is \"country\", expected one of CHANNEL, PRODUCT, AGENT, QUEUE, MODEL",
        ),
        (
            &format!("{DAY}&by=QUEUE&by=QUEUE"),
            "`by` is 2 dimensions, expected at most 2, each once",
        ),
        (
            &format!("{DAY}&by=MODEL"),
            "`by` is MODEL, expected dimensions of sessions: `total_sessions` counts these",
        ),
        (
            &format!("{DAY}&models=m"),
            "`models` is MODEL, expected dimensions of sessions: `total_sessions` counts these",
        ),
        (&format!("{DAY}&queues=%00"), "`queues` is \"\\0\", expected text without NUL"),
        (&format!("{DAY}{many}"), "`channels` is 101 values, expected at most 100 values"),
        (&format!("{DAY}&compare=yes"), "`compare` is \"yes\", expected true or false"),
        (
            &format!("{DAY}&channel=app"),
            "`parameter` is \"channel\", expected one of tenant, ids, from, to, grain, by, \
             channels, products, agentIds, queues, models, compare",
        ),
    ] {
        let path = format!("/export/metrics.ndjson?{parameters}");
        let (status, code, message) = refusal(&viewer, &path).await;
        assert_eq!((status, code.as_str()), (400, "BAD_USER_INPUT"), "{path}");
        assert!(message.starts_with(expected), "{message}");
    }
}
