//! Lists as files: what is in them, who gets them, and how they end.

use std::time::Duration;

use deskpulse::{
    auth::{Role, issue_token_for},
    clock::{Clock as _, SystemClock},
};
use sea_orm::ConnectionTrait as _;
use serde_json::{Map, Value, json};

use crate::harness::{Client, TestApp};

const DAY: &str = "from=2026-03-09T16:00:00Z&to=2026-03-10T16:00:00Z";
/// Larger than what waits in sockets, so that its sender is held up by a client that does not read.
const LARGE: usize = 3_000;

/// Each list with what its export asks and what GraphQL is asked for the same.
const LISTS: [(&str, &str, &str); 3] = [
    (
        "sessions",
        "product=shop",
        "query ($after: String) { page: sessions(
            filter: { product: \"shop\" }, first: 400, after: $after
        ) { edges { node {
            id product channel channelName visitorId customerName queue agentId startedAt queuedAt
            assignedAt transferredAt endedAt endedBy resolved firstEventAt lastEventAt outcome
            durationSeconds waitSeconds handleSeconds
        } } pageInfo { hasNextPage endCursor } } }",
    ),
    (
        "events",
        "from=2026-03-09T16:00:00Z&to=2026-03-10T16:00:00Z&name=session.end",
        "query ($after: String) { page: events(
            filter: {
                from: \"2026-03-09T16:00:00Z\", to: \"2026-03-10T16:00:00Z\", name: \"session.end\"
            }, first: 400, after: $after
        ) { edges { node { id name product sessionId data occurredAt receivedAt } }
            pageInfo { hasNextPage endCursor } } }",
    ),
    (
        "audits",
        "minScore=1&auditType=MANUAL",
        "query ($after: String) { quality { page: audits(
            filter: { minScore: 1, auditType: MANUAL }, first: 400, after: $after
        ) { edges { node {
            id sessionId agentId customer score status auditType type issues date auditedAt
            reviewedBy reviewedAt
        } } pageInfo { hasNextPage endCursor } } } }",
    ),
];

/// Events of a session that is handled, and of one that is not.
fn conversation(index: usize) -> Vec<Value> {
    let event = |second: usize, name: &str, data: Value| {
        json!({
            "id": format!("{index}-{name}"), "name": name, "product": "shop", "data": data,
            "sessionId": format!("s-{index}"),
            "occurredAt": format!("2026-03-10T0{}:{:02}:{second:02}.5Z", index / 3_600, index / 60 % 60),
        })
    };
    let mut events = vec![event(1, "session.start", json!({ "customer_name": "赵, \"Li\"\r\n" }))];
    if index.is_multiple_of(2) {
        events.push(event(2, "session.queue", json!({ "queue": "sales" })));
        events.push(event(5, "session.assign", json!({ "agent_id": "li" })));
    }
    events.push(event(9, "session.end", json!({ "by": "agent", "resolved": true })));
    events
}

async fn given_conversations(app: &TestApp, count: usize) {
    let events: Vec<_> = (0..count).flat_map(conversation).collect();
    let statuses = app.product().track(&events).await;
    assert!(statuses.iter().all(|status| status == "ACCEPTED"), "{statuses:?}");
}

async fn given_audits(app: &TestApp, count: usize) {
    let audits: Vec<_> = (0..count).collect();
    for audits in audits.chunks(15) {
        let one = |index: &usize| {
            let (score, issues) = (index % 101, "issues: [{ a: 1.5 }]");
            format!(
                "a{index}: createAudit(input: {{
                    sessionId: \"s\", score: {score}, auditType: MANUAL, {issues}
                }}) {{ id }}"
            )
        };
        let all: String = audits.iter().map(one).collect();
        app.product().ask(&format!("mutation {{ {all} }}")).await;
    }
}

/// Events of several kilobytes each.
async fn given_large_events(app: &TestApp) {
    let event = |index: usize| {
        json!({
            "id": format!("{index}"), "name": "page.view", "product": "shop",
            "data": "x".repeat(6_000), "occurredAt": "2026-03-10T01:00:00Z",
        })
    };
    let events: Vec<_> = (0..LARGE).map(event).collect();
    app.product().track(&events).await;
}

pub(crate) async fn text(client: &Client, path: &str) -> String {
    let answer = client.get(path).await;
    assert_eq!(answer.status().as_u16(), 200, "{path}");
    answer.text().await.expect("a whole body")
}

/// Status, code and message of a refusal.
pub(crate) async fn refusal(client: &Client, path: &str) -> (u16, String, String) {
    let answer = client.get(path).await;
    let status = answer.status().as_u16();
    let body: Value = answer.json().await.expect("JSON");
    let error = &body["errors"][0];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (status, text(&error["extensions"]["code"]), text(&error["message"]))
}

/// All rows of a list in GraphQL.
async fn listed(client: &Client, query: &str) -> Vec<Value> {
    let (mut rows, mut after) = (Vec::new(), Value::Null);
    loop {
        let data = client.data(query, json!({ "after": after })).await;
        let page = data.get("page").unwrap_or(&data["quality"]["page"]);
        let edges = page["edges"].as_array().expect("edges");
        rows.extend(edges.iter().map(|edge| edge["node"].clone()));
        if page["pageInfo"]["hasNextPage"] == false {
            return rows;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

pub(crate) fn lines(ndjson: &str) -> Vec<Value> {
    ndjson.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

/// The value of a cell as it would be in JSON, as far as the cell tells.
pub(crate) fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string().trim_end_matches(".0").to_owned(),
        other => other.to_string(),
    }
}

#[tokio::test]
async fn an_export_is_the_list_of_graphql() {
    let app = TestApp::spawn().await;
    given_conversations(&app, 1_100).await;
    given_audits(&app, 1_100).await;
    let viewer = app.viewer();
    for (list, filter, query) in LISTS {
        let expected = listed(&viewer, query).await;
        assert!(expected.len() > 1_050, "{list}");
        let path = format!("/export/{list}.ndjson?{filter}");
        assert!(lines(&text(&viewer, &path).await) == expected, "{list} in NDJSON");
        let csv = text(&viewer, &format!("/export/{list}.csv?{filter}")).await;
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        let columns: Vec<_> =
            reader.headers().expect("a header").iter().map(str::to_owned).collect();
        let names: Vec<_> = expected[0].as_object().expect("a row").keys().cloned().collect();
        assert_eq!(columns, names);
        let rows: Vec<Vec<String>> = reader.deserialize().map(|row| row.expect("a row")).collect();
        let row =
            |row: &Value| row.as_object().map(|row: &Map<_, _>| row.values().map(cell).collect());
        let expected: Vec<Vec<String>> = expected.iter().filter_map(row).collect();
        assert!(rows == expected, "{list} in CSV");
    }
}

#[tokio::test]
async fn a_cell_is_no_formula() {
    let app = TestApp::spawn().await;
    let event = |second: u32, name: &str, data: Value| {
        json!({
            "name": name, "product": "shop", "sessionId": "=id", "data": data,
            "occurredAt": format!("2026-03-10T01:00:{second:02}Z"),
        })
    };
    let start = json!({
        "channel": "=cmd|' /C calc'!A0", "channel_name": "+49", "visitor_id": "-1",
        "customer_name": "@SUM(A1)",
    });
    let events = [
        event(0, "session.start", start),
        event(1, "session.queue", json!({ "queue": "\r=1" })),
        event(2, "session.end", json!({ "duration": 1.5, "by": "ai" })),
    ];
    let statuses = app.product().track(&events).await;
    assert!(statuses.iter().all(|status| status == "ACCEPTED"), "{statuses:?}");
    let csv = text(&app.viewer(), "/export/sessions.csv").await;
    let (_, row) = csv.split_once("\r\n").unwrap();
    assert_eq!(
        row,
        "'=id,shop,'=cmd|' /C calc'!A0,'+49,'-1,'@SUM(A1),\"'\r=1\",,2026-03-10T01:00:00Z,\
         2026-03-10T01:00:01Z,,,2026-03-10T01:00:02Z,ai,,2026-03-10T01:00:00Z,\
         2026-03-10T01:00:02Z,ABANDONED,1.5,,\r\n"
    );
    let ndjson = text(&app.viewer(), "/export/sessions.ndjson").await;
    assert_eq!(lines(&ndjson)[0]["visitorId"], "-1");
}

#[tokio::test]
async fn an_export_is_a_file_to_be_saved_and_not_to_be_kept() {
    let app = TestApp::spawn().await;
    for (path, kind, body) in [
        (
            format!("/export/events.csv?{DAY}"),
            "text/csv; charset=utf-8; header=present",
            "id,name,product,sessionId,data,occurredAt,receivedAt\r\n",
        ),
        (format!("/export/events.ndjson?{DAY}"), "application/x-ndjson", ""),
    ] {
        let answer = app.viewer().get(&path).await;
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        let name = path[8..].split('?').next().unwrap();
        assert_eq!(header("content-type"), kind);
        assert_eq!(header("content-disposition"), format!("attachment; filename=\"{name}\""));
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(answer.text().await.unwrap(), body);
    }
}

#[tokio::test]
async fn an_export_is_given_to_whoever_may_read_the_list() {
    let app = TestApp::spawn().await;
    given_conversations(&app, 1).await;
    given_audits(&app, 1).await;
    for (list, ..) in LISTS {
        let path = |more: &str| {
            let range = if list == "events" { DAY } else { "" };
            format!("/export/{list}.ndjson?{range}{more}")
        };
        for role in [Role::Viewer, Role::Reviewer, Role::Operator] {
            let client = app.caller("default", role, "sam");
            assert_ne!(text(&client, &path("")).await, "", "{list} as {role:?}");
            assert_ne!(text(&client, &path("&tenant=default")).await, "", "{list} as {role:?}");
        }
        let ingest = refusal(&app.product(), &path("")).await;
        assert_eq!((ingest.0, ingest.1.as_str()), (403, "FORBIDDEN"), "{list}");
        for client in [app.nobody(), app.bearer("dpk_wrong")] {
            let (status, code, _) = refusal(&client, &path("")).await;
            assert_eq!((status, code.as_str()), (401, "UNAUTHENTICATED"), "{list}");
        }
        let acme = app.caller("acme", Role::Viewer, "ann");
        assert_eq!(text(&acme, &path("")).await, "", "{list} of another tenant");
        let foreign = refusal(&acme, &path("&tenant=default")).await;
        assert_eq!((foreign.0, foreign.1.as_str()), (403, "FORBIDDEN"), "{list}");
        let elsewhere = app.caller("acme", Role::Operator, "olga");
        assert_ne!(text(&elsewhere, &path("&tenant=default")).await, "", "{list}");
        let nowhere = refusal(&elsewhere, &path("&tenant=nowhere")).await;
        assert_eq!((nowhere.0, nowhere.1.as_str()), (404, "NOT_FOUND"), "{list}");
    }
}

#[tokio::test]
async fn a_wrong_parameter_is_named_with_what_is_expected() {
    let app = TestApp::spawn().await;
    let viewer = app.viewer();
    for (path, expected) in [
        (
            "sessions.csv?agent=li",
            "`parameter` is \"agent\", expected one of tenant, from, to, product, channel, queue, \
             agentId, visitorId, outcome, ended",
        ),
        ("sessions.csv?product=a&product=b", "`product` is given twice, expected one value"),
        ("sessions.csv?ended=yes", "`ended` is \"yes\", expected true or false"),
        (
            "sessions.csv?outcome=lost",
            "`outcome` is \"lost\", expected one of OPEN_AI, WAITING, IN_HAND, AI_RESOLVED, \
             ABANDONED, HANDLED, CLOSED",
        ),
        (
            "sessions.csv?from=2026-03-10T00:00:00%2B08:00&to=2026-03-09T16:00:00Z",
            "`to` is 2026-03-09T16:00:00+00:00, expected an instant after `from`",
        ),
        ("sessions.csv?queue=%00", "`queue` is \"\\0\", expected text without NUL"),
        (
            "events.csv?to=2026-03-10T00:00:00Z",
            "`from` is missing, expected an instant: events are exported for a range",
        ),
        (
            "events.csv?from=2026-01-01T00:00:00Z&to=2026-03-10T00:00:00Z",
            "`to` is a range of 68 days, expected a range of at most 31 days",
        ),
        ("events.csv?from=yesterday", "`from` is \"yesterday\", expected an RFC 3339 instant"),
        ("audits.csv?minScore=101", "`minScore` is 101, expected 0 to 100"),
        ("audits.csv?minScore=low", "`minScore` is \"low\", expected a whole number"),
        ("audits.csv?status=FINE", "`status` is \"FINE\", expected one of PASSED, FAILED"),
    ] {
        let (status, code, message) = refusal(&viewer, &format!("/export/{path}")).await;
        assert_eq!((status, code.as_str()), (400, "BAD_USER_INPUT"), "{path}");
        assert!(message.starts_with(expected), "{message}");
    }
    for path in ["sessions", "sessions.xlsx", "agents.csv", "sessions.csv.gz"] {
        let answer = viewer.get(&format!("/export/{path}")).await;
        assert_eq!(answer.status().as_u16(), 404, "{path}");
    }
}

#[tokio::test]
async fn an_export_that_fails_on_its_way_is_no_whole_answer() {
    let app = TestApp::spawn().await;
    given_large_events(&app).await;
    let mut answer = app.viewer().get(&format!("/export/events.csv?{DAY}")).await;
    assert!(answer.chunk().await.unwrap().is_some());
    let rename = "ALTER TABLE analytics_events RENAME TO analytics_events_gone";
    app.app.services.db.pool().execute_unprepared(rename).await.unwrap();
    assert!(answer.text().await.is_err());
}

#[tokio::test]
async fn a_stop_waits_for_no_export_and_leaves_none_whole() {
    let app = TestApp::spawn().await;
    given_large_events(&app).await;
    let mut answer = app.viewer().get(&format!("/export/events.ndjson?{DAY}")).await;
    assert!(answer.chunk().await.unwrap().is_some());
    // Nobody reads on: a stop that waits for it takes all of its time.
    let stopped = app.halt(Duration::from_secs(30)).await;
    assert!(stopped.took < Duration::from_secs(15), "{:?}", stopped.took);
    assert!(answer.text().await.is_err());
}

#[tokio::test]
async fn an_export_ends_with_the_token_that_asked_for_it() {
    let app = TestApp::spawn().await;
    given_large_events(&app).await;
    let ends_at = SystemClock.now().timestamp() + 2;
    let token = issue_token_for(&app.config.auth, "default", "ann", Role::Viewer, ends_at).unwrap();
    let mut answer = app.bearer(&token).get(&format!("/export/events.ndjson?{DAY}")).await;
    assert!(answer.chunk().await.unwrap().is_some());
    // Tokens go by the machine's time.
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(answer.text().await.is_err());
}

#[tokio::test]
async fn an_export_that_nobody_reads_holds_a_place_and_no_connection() {
    let app = TestApp::spawn().await;
    given_large_events(&app).await;
    let (viewer, path) = (app.viewer(), format!("/export/events.csv?{DAY}"));
    let mut unread = Vec::new();
    for _ in 0..8 {
        unread.push(viewer.get(&path).await);
    }
    let (status, code, message) = refusal(&viewer, &path).await;
    assert_eq!((status, code.as_str()), (429, "RATE_LIMITED"));
    assert!(message.starts_with("too many exports of tenant default: 8"), "{message}");
    viewer.ask("{ sessions { edges { cursor } } }").await;
    let whole = unread.pop().unwrap().text().await.unwrap();
    assert_eq!(whole.lines().count(), LARGE + 1);
    drop(unread);
    crate::harness::eventually("a place", async || {
        (viewer.get(&path).await.status().as_u16() == 200).then_some(())
    })
    .await;
}
