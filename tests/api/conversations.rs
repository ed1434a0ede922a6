//! Single sessions: what became of each, in pages, by filter, with their events.

use chrono::{DateTime, TimeDelta, Utc};
use deskpulse::auth::Role;
use serde_json::{Value, json};

use crate::harness::{Client, TestApp};

const SESSIONS: &str = "query ($filter: SessionFilter, $first: Int, $after: String, $tenant: ID) {
    sessions(filter: $filter, first: $first, after: $after, tenantId: $tenant) {
        edges { cursor node { id outcome } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
}";
const EVENTS: &str = "query ($id: ID!, $first: Int, $after: String) {
    session(id: $id) { events(first: $first, after: $after) {
        edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage }
    } }
}";

/// An event of a session, so many seconds after ten in the morning in Shanghai.
fn event(session: &str, second: i64, name: &str, data: Value) -> Value {
    let start: DateTime<Utc> = "2026-03-10T02:00:00Z".parse().expect("an instant");
    let at = (start + TimeDelta::seconds(second)).to_rfc3339();
    json!({
        "id": format!("{session}-{second}-{name}"), "name": name, "product": "shop",
        "sessionId": session, "occurredAt": at, "data": data,
    })
}

/// One session for each outcome, and more for the edges between them.
fn one_of_each() -> Vec<Value> {
    let start = |session: &str| {
        let data = json!({
            "channel": "app", "channel_name": "App", "visitor_id": "v", "customer_name": "Zhao",
        });
        event(session, 0, "session.start", data)
    };
    let queue = |session: &str| event(session, 10, "session.queue", json!({ "queue": "sales" }));
    let transfer = |session: &str| event(session, 5, "session.transfer", json!({ "to": "agent" }));
    let assign = |session: &str, second, agent: &str| {
        event(session, second, "session.assign", json!({ "agent_id": agent }))
    };
    let end = |session: &str, resolved: Value| {
        let data = json!({ "by": "customer", "resolved": resolved });
        event(session, 100, "session.end", data)
    };
    vec![
        start("open"),
        transfer("open-transferred"),
        start("waiting"),
        queue("waiting"),
        start("in-hand"),
        queue("in-hand"),
        assign("in-hand", 20, "li"),
        start("ai"),
        end("ai", json!(true)),
        end("ai-silent", Value::Null),
        start("abandoned"),
        transfer("abandoned"),
        queue("abandoned"),
        end("abandoned", json!(false)),
        start("handled"),
        transfer("handled"),
        queue("handled"),
        assign("handled", 20, "li"),
        assign("handled", 40, "wu"),
        end("handled", json!(true)),
        assign("handled-unqueued", 20, "li"),
        end("handled-unqueued", json!(false)),
        start("closed"),
        end("closed", json!(false)),
        transfer("closed-transferred"),
        end("closed-transferred", json!(true)),
    ]
}

async fn given(app: &TestApp, events: &[Value]) {
    let statuses = app.product().track(events).await;
    assert!(statuses.iter().all(|status| status == "ACCEPTED"), "{statuses:?}");
}

/// The ids of a filtered list, sorted.
async fn ids(client: &Client, filter: Value) -> Vec<String> {
    let page = client.data(SESSIONS, json!({ "filter": filter })).await;
    let mut ids: Vec<_> = nodes(&page["sessions"]).iter().map(|node| text(&node["id"])).collect();
    ids.sort();
    ids
}

fn nodes(page: &Value) -> Vec<Value> {
    page["edges"].as_array().expect("edges").iter().map(|edge| edge["node"].clone()).collect()
}

fn text(value: &Value) -> String {
    value.as_str().expect("text").to_owned()
}

#[tokio::test]
async fn a_session_is_what_its_events_have_told() {
    let app = TestApp::spawn().await;
    given(&app, &one_of_each()).await;
    let query = "query ($id: ID!) { session(id: $id) {
        id product channel channelName visitorId customerName queue agentId startedAt queuedAt
        assignedAt transferredAt endedAt endedBy resolved firstEventAt lastEventAt outcome
        durationSeconds waitSeconds handleSeconds
    } }";
    let handled = app.viewer().data(query, json!({ "id": "handled" })).await;
    assert_eq!(
        handled["session"],
        json!({
            "id": "handled", "product": "shop", "channel": "app", "channelName": "App",
            "visitorId": "v", "customerName": "Zhao", "queue": "sales", "agentId": "wu",
            "startedAt": "2026-03-10T02:00:00Z", "queuedAt": "2026-03-10T02:00:10Z",
            "assignedAt": "2026-03-10T02:00:20Z", "transferredAt": "2026-03-10T02:00:05Z",
            "endedAt": "2026-03-10T02:01:40Z", "endedBy": "customer", "resolved": true,
            "firstEventAt": "2026-03-10T02:00:00Z", "lastEventAt": "2026-03-10T02:01:40Z",
            "outcome": "HANDLED",
            "durationSeconds": 100.0, "waitSeconds": 10.0, "handleSeconds": 60.0,
        })
    );
    let open =
        app.viewer().data(query, json!({ "id": "open-transferred" })).await["session"].clone();
    for field in ["startedAt", "endedAt", "resolved", "durationSeconds", "handleSeconds", "queue"] {
        assert_eq!(open[field], Value::Null, "{field}");
    }
}

#[tokio::test]
async fn every_session_has_one_outcome_which_is_that_of_the_figures() {
    let app = TestApp::spawn().await;
    given(&app, &one_of_each()).await;
    let viewer = app.viewer();
    for (outcome, expected) in [
        ("OPEN_AI", vec!["open", "open-transferred"]),
        ("WAITING", vec!["waiting"]),
        ("IN_HAND", vec!["in-hand"]),
        ("AI_RESOLVED", vec!["ai", "ai-silent"]),
        ("ABANDONED", vec!["abandoned"]),
        ("HANDLED", vec!["handled", "handled-unqueued"]),
        ("CLOSED", vec!["closed", "closed-transferred"]),
    ] {
        assert_eq!(ids(&viewer, json!({ "outcome": outcome })).await, expected, "{outcome}");
    }
    let figures = "{ stats { period(from: \"2026-03-10\", to: \"2026-03-10\") {
        aiResolved abandoned completedSessions
    } } }";
    let figures = viewer.ask(figures).await["stats"]["period"].clone();
    let count = async |filter| ids(&viewer, filter).await.len();
    assert_eq!(figures["aiResolved"], count(json!({ "outcome": "AI_RESOLVED" })).await);
    assert_eq!(figures["abandoned"], count(json!({ "outcome": "ABANDONED" })).await);
    assert_eq!(figures["completedSessions"], count(json!({ "ended": true })).await);
}

#[tokio::test]
async fn sessions_are_filtered_by_all_they_are_filed_under() {
    let app = TestApp::spawn().await;
    let mut blog = event("blog", 3_600, "session.start", json!({ "visitor_id": "w" }));
    blog["product"] = json!("blog");
    given(&app, &one_of_each()).await;
    given(&app, &[blog]).await;
    let viewer = app.viewer();
    for (filter, expected) in [
        (json!({ "product": "blog" }), vec!["blog"]),
        (json!({ "visitorId": "w" }), vec!["blog"]),
        (json!({ "agentId": "wu" }), vec!["handled"]),
        (
            json!({ "channel": "app", "ended": true, "queue": "sales" }),
            vec!["abandoned", "handled"],
        ),
        (json!({ "queue": "sales", "ended": false }), vec!["in-hand", "waiting"]),
        (json!({ "from": "2026-03-10T03:00:00Z" }), vec!["blog"]),
        (json!({ "from": "2026-03-10T03:00:00.000001Z" }), vec![]),
        (
            json!({ "from": "2026-03-10T02:01:40Z", "to": "2026-03-10T03:00:00Z" }),
            vec!["ai-silent"],
        ),
        (json!({ "channel": "nowhere" }), vec![]),
    ] {
        assert_eq!(ids(&viewer, filter.clone()).await, expected, "{filter}");
    }
}

#[tokio::test]
async fn sessions_are_paged_newest_first_however_long_they_last() {
    let app = TestApp::spawn().await;
    let mut events = Vec::new();
    for index in 0..20 {
        // Pairs that begin at one instant, so that the id has to break ties.
        let first = -3_600 * 24 * 180 + index / 2;
        events.push(event(&format!("s{index:02}"), first, "session.start", Value::Null));
        let length = (3_600 << (2 * (index % 7))) - 1;
        events.push(event(&format!("s{index:02}"), first + length, "message.ai", Value::Null));
    }
    given(&app, &events).await;
    let (mut seen, mut after) = (Vec::new(), Value::Null);
    loop {
        let page = app.viewer().data(SESSIONS, json!({ "first": 3, "after": after })).await;
        let page = &page["sessions"];
        seen.extend(nodes(page).iter().map(|node| text(&node["id"])));
        assert_eq!(page["pageInfo"]["hasPreviousPage"], !after.is_null());
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
    let expected: Vec<_> = (0..20).rev().map(|index| format!("s{index:02}")).collect();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_wrong_page_names_the_argument() {
    let app = TestApp::spawn().await;
    for (variables, field) in [
        (json!({ "after": "not a cursor" }), "`after`"),
        (json!({ "first": 0 }), "`first`"),
        (json!({ "first": 501 }), "`first`"),
        (
            json!({ "filter": { "from": "2026-03-10T02:00:00Z", "to": "2026-03-10T02:00:00Z" } }),
            "`filter.to`",
        ),
        (json!({ "filter": { "product": "\u{0}" } }), "`filter.product`"),
    ] {
        let (code, message) = app.viewer().refusal(SESSIONS, variables).await;
        assert_eq!(code, "BAD_USER_INPUT");
        assert!(message.starts_with(field) && message.contains("expected"), "{message}");
    }
}

#[tokio::test]
async fn a_session_of_another_tenant_is_none() {
    let app = TestApp::spawn().await;
    given(&app, &one_of_each()).await;
    let query = "query ($id: ID!, $tenant: ID) { session(id: $id, tenantId: $tenant) { id } }";
    let acme = app.caller("acme", Role::Viewer, "ann");
    for client in [&acme, &app.viewer()] {
        let answer = client.data(query, json!({ "id": "nowhere" })).await;
        assert_eq!(answer["session"], Value::Null);
    }
    assert_eq!(acme.data(query, json!({ "id": "ai" })).await["session"], Value::Null);
    assert_eq!(ids(&acme, json!({})).await, Vec::<String>::new());
    let operator = app.caller("acme", Role::Operator, "olga");
    let found = operator.data(query, json!({ "id": "ai", "tenant": "default" })).await;
    assert_eq!(found["session"]["id"], "ai");
    assert_eq!(
        acme.refusal(query, json!({ "id": "ai", "tenant": "default" })).await.0,
        "FORBIDDEN"
    );
}

#[tokio::test]
async fn events_of_a_session_are_paged_oldest_first() {
    let app = TestApp::spawn().await;
    // Pairs of one instant; the second is stored before the first.
    let mut events: Vec<_> = (0..7)
        .map(|index| {
            let mut event = event("s", index / 2, "message.ai", Value::Null);
            event["id"] = json!(format!("e{index}"));
            event
        })
        .collect();
    events.reverse();
    events.push(event("other", 1, "message.ai", Value::Null));
    given(&app, &events).await;
    let (mut seen, mut after) = (Vec::new(), Value::Null);
    loop {
        let variables = json!({ "id": "s", "first": 3, "after": after });
        let page = app.viewer().data(EVENTS, variables).await["session"]["events"].clone();
        seen.extend(nodes(&page).iter().map(|node| text(&node["id"])));
        assert_eq!(page["pageInfo"]["hasPreviousPage"], !after.is_null());
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = page["edges"].as_array().unwrap().last().unwrap()["cursor"].clone();
    }
    assert_eq!(seen, ["e0", "e1", "e2", "e3", "e4", "e5", "e6"]);
    let (code, message) = app.viewer().refusal(EVENTS, json!({ "id": "s", "after": "x" })).await;
    assert_eq!(code, "BAD_USER_INPUT");
    assert!(message.starts_with("`after`"), "{message}");
}

#[tokio::test]
async fn each_session_of_a_page_has_its_own_events() {
    let app = TestApp::spawn().await;
    let events: Vec<_> = (0..60)
        .flat_map(|session| {
            (0..=session % 4).map(move |index| {
                event(&format!("s{session}"), 60 * session + index, "message.ai", Value::Null)
            })
        })
        .collect();
    given(&app, &events).await;
    let query = "query ($first: Int) { sessions(first: 60) { edges { node {
        id
        events(first: 2) { edges { node { sessionId } } pageInfo { hasNextPage } }
        more: events(first: $first) { edges { node { sessionId } } }
    } } } }";
    let page = app.viewer().data(query, json!({ "first": 416 })).await;
    let sessions = nodes(&page["sessions"]);
    assert_eq!(sessions.len(), 60);
    for session in sessions {
        let number: usize = text(&session["id"])[1..].parse().unwrap();
        let own = |count| vec![json!({ "sessionId": session["id"] }); count];
        assert_eq!(nodes(&session["events"]), own((number % 4 + 1).min(2)));
        assert_eq!(session["events"]["pageInfo"]["hasNextPage"], number % 4 + 1 > 2);
        assert_eq!(nodes(&session["more"]), own(number % 4 + 1));
    }
    let (code, message) = app.viewer().refusal(query, json!({ "first": 417 })).await;
    assert_eq!(code, "BAD_USER_INPUT");
    assert_eq!(message, "`first` is 417, expected at most 416 events of each of 60 sessions");
}
