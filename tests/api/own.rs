//! Agents see and do what is their own, on every surface, and learn nothing of the rest.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use deskpulse::auth::Role;
use serde_json::{Value, json};

use crate::harness::{Client, TestApp};

const SESSIONS: &str = "query ($after: String, $filter: SessionFilter) {
    sessions(first: 1, after: $after, filter: $filter) {
        edges { cursor node { id agentId events { edges { node { id } } } } }
        pageInfo { hasNextPage endCursor }
    }
}";
const AUDITS: &str = "query ($after: String, $filter: AuditFilter) { quality {
    audits(first: 1, after: $after, filter: $filter) {
        edges { node { id agentId } }
        pageInfo { hasNextPage endCursor }
    }
} }";
const RECORDS: &str = "query ($filter: AuditFilter) { quality {
    records(filter: $filter) { items { id agentId } total }
} }";
const DISPUTE: &str = "mutation ($id: ID!) { disputeAudit(auditId: $id, comment: \"no\") { id } }";
const STATUS: &str = "mutation ($id: ID!) {
    updateAgentStatus(input: { agentId: $id, status: AWAY, capacity: 7 }) { agentId status }
}";
const PERIOD: &str = "{ stats { agents(from: \"2026-03-10\", to: \"2026-03-10\") {
    agentId sessionsHandled
} } }";

fn agent(app: &TestApp, subject: &str) -> Client {
    app.caller("default", Role::Agent, subject)
}

/// Two agents at the same desk, each with two sessions and two audits, and a session of nobody.
async fn given_desk(app: &TestApp) {
    let mut events = Vec::new();
    for (number, id) in ["li", "wang", "li", "wang"].into_iter().enumerate() {
        let session = format!("{id}-{number}");
        events.push(json!({
            "name": "agent.status", "product": "desk",
            "data": { "agent_id": id, "agent_name": id, "status": "ONLINE" },
        }));
        for (name, data) in
            [("session.start", json!({})), ("session.assign", json!({ "agent_id": id }))]
        {
            events.push(json!({
                "id": format!("{session}-{name}"), "name": name, "product": "desk",
                "sessionId": session, "data": data,
            }));
        }
    }
    events.push(json!({ "name": "session.start", "product": "desk", "sessionId": "nobody-s" }));
    let statuses = app.product().track(&events).await;
    assert!(
        statuses.iter().all(|status| status == "ACCEPTED" || status == "STORED"),
        "{statuses:?}"
    );
    let create = "mutation ($input: CreateAuditInput!) { createAudit(input: $input) { id } }";
    for id in ["li", "wang", "li", "wang"] {
        let input = json!({
            "sessionId": format!("{id}-0"), "agentId": id, "score": 90, "auditType": "MANUAL",
        });
        app.reviewer().data(create, json!({ "input": input })).await;
    }
    let nobody = json!({ "sessionId": "nobody-s", "score": 90, "auditType": "MANUAL" });
    app.reviewer().data(create, json!({ "input": nobody })).await;
}

/// Walks a list of one item a page to its end, by its own cursors.
async fn walk(client: &Client, query: &str, place: &[&str], filter: &Value) -> Vec<Value> {
    let (mut items, mut after) = (Vec::new(), Value::Null);
    loop {
        let data = client.data(query, json!({ "after": after, "filter": filter })).await;
        let page = place.iter().fold(&data, |data, field| &data[*field]);
        let edges = page["edges"].as_array().expect("edges");
        items.extend(edges.iter().map(|edge| edge["node"].clone()));
        if page["pageInfo"]["hasNextPage"] == false {
            return items;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

fn owners(items: &[Value]) -> BTreeSet<&str> {
    items.iter().map(|item| item["agentId"].as_str().unwrap_or("nobody")).collect()
}

#[tokio::test]
async fn an_agent_sees_its_own_sessions_with_their_events() {
    let app = TestApp::spawn().await;
    given_desk(&app).await;
    let li = agent(&app, "li");
    let all = walk(&app.viewer(), SESSIONS, &["sessions"], &Value::Null).await;
    assert_eq!(all.len(), 5, "{all:?}");
    for filter in [json!(null), json!({ "agentId": "li" }), json!({ "product": "desk" })] {
        let own = walk(&li, SESSIONS, &["sessions"], &filter).await;
        assert_eq!((own.len(), owners(&own)), (2, BTreeSet::from(["li"])), "{filter}");
        assert_eq!(own[0]["events"]["edges"].as_array().map(Vec::len), Some(2), "{own:?}");
    }
    let foreign = walk(&li, SESSIONS, &["sessions"], &json!({ "agentId": "wang" })).await;
    assert_eq!(foreign, [] as [Value; 0]);
    // A cursor of another's list says where to go on, and no more.
    let query = "{ sessions(first: 1) { pageInfo { endCursor } } }";
    let cursor = app.viewer().ask(query).await["sessions"]["pageInfo"]["endCursor"].clone();
    let after = li.data(SESSIONS, json!({ "after": cursor, "filter": null })).await;
    let after = after["sessions"]["edges"].as_array().expect("edges").clone();
    assert!(after.iter().all(|edge| edge["node"]["agentId"] == "li"), "{after:?}");
    let one = "query ($id: ID!) { session(id: $id) { id } }";
    for (id, found) in [
        ("li-0", json!({ "id": "li-0" })),
        ("wang-1", Value::Null),
        ("nobody-s", Value::Null),
        ("none", Value::Null),
    ] {
        assert_eq!(li.data(one, json!({ "id": id })).await["session"], found, "{id}");
    }
}

#[tokio::test]
async fn an_agent_sees_and_disputes_its_own_audits() {
    // From the database, and from a picture.
    for index_min_audits in [10_000, 0] {
        let app =
            TestApp::spawn_with(|config| config.quality.index_min_audits = index_min_audits).await;
        given_desk(&app).await;
        let li = agent(&app, "li");
        for _ in 0..2 {
            let own = walk(&li, AUDITS, &["quality", "audits"], &Value::Null).await;
            assert_eq!((own.len(), owners(&own)), (2, BTreeSet::from(["li"])));
            let records = li.data(RECORDS, json!({})).await["quality"]["records"].clone();
            assert_eq!(records["total"], 2, "{records}");
            assert_eq!(owners(records["items"].as_array().unwrap()), BTreeSet::from(["li"]));
        }
        let foreign = json!({ "agentId": "wang" });
        assert_eq!(walk(&li, AUDITS, &["quality", "audits"], &foreign).await, [] as [Value; 0]);
        let records = li.data(RECORDS, json!({ "filter": foreign })).await;
        assert_eq!(records["quality"]["records"], json!({ "items": [], "total": 0 }));
        let one = "query ($id: ID!) { quality { audit(id: $id) { id } } }";
        for (id, found) in [
            ("QA-001", json!({ "id": "QA-001" })),
            ("QA-002", Value::Null),
            ("QA-005", Value::Null),
            ("QA-999", Value::Null),
        ] {
            let audit = li.data(one, json!({ "id": id })).await["quality"]["audit"].clone();
            assert_eq!(audit, found, "{id}");
        }
        for id in ["QA-002", "QA-005", "QA-999"] {
            let refusal = li.refusal(DISPUTE, json!({ "id": id })).await;
            assert_eq!(refusal, ("NOT_FOUND".to_owned(), format!("audit `{id}` not found")));
        }
        li.data(DISPUTE, json!({ "id": "QA-001" })).await;
        // A viewer sees that it is there, and may not.
        let viewer = app.viewer().refusal(DISPUTE, json!({ "id": "QA-002" })).await;
        assert_eq!(viewer.0, "FORBIDDEN");
    }
}

#[tokio::test]
async fn an_agent_sees_and_sets_itself_on_the_floor() {
    let app = TestApp::spawn().await;
    given_desk(&app).await;
    let li = agent(&app, "li");
    let agents = "{ realtime { agents { agentId } } }";
    let all = json!([{ "agentId": "li" }, { "agentId": "wang" }]);
    assert_eq!(app.viewer().ask(agents).await["realtime"]["agents"], all);
    assert_eq!(li.ask(agents).await["realtime"]["agents"], json!([{ "agentId": "li" }]));
    let stranger = agent(&app, "zhao").ask(agents).await;
    assert_eq!(stranger["realtime"]["agents"], json!([]));
    let period = li.ask(PERIOD).await["stats"]["agents"].clone();
    assert_eq!(period, json!([{ "agentId": "li", "sessionsHandled": 2 }]));
    // A status of the same instant would leave it open which of them is the last.
    app.advance(TimeDelta::seconds(1));
    let set = li.data(STATUS, json!({ "id": "li" })).await;
    assert_eq!(set["updateAgentStatus"], json!({ "agentId": "li", "status": "AWAY" }));
    for id in ["wang", "none"] {
        let refusal = li.refusal(STATUS, json!({ "id": id })).await;
        assert_eq!(refusal, ("NOT_FOUND".to_owned(), format!("agent `{id}` not found")));
    }
    let query = "{ realtime { agents { agentId status } } }";
    let floor = app.viewer().ask(query).await["realtime"]["agents"].clone();
    assert_eq!(floor[1], json!({ "agentId": "wang", "status": "ONLINE" }));
}

#[tokio::test]
async fn agents_who_watch_in_the_same_words_see_each_itself() {
    let app = TestApp::spawn().await;
    given_desk(&app).await;
    let query = "subscription { realtimeAgents { agentId status } }";
    let watch = async |role, subject: &str| {
        app.subscribe_as(&app.token("default", role, subject), query).await
    };
    let mut li = watch(Role::Agent, "li").await;
    let mut wang = watch(Role::Agent, "wang").await;
    let mut wall = watch(Role::Viewer, "vera").await;
    let row = |id: &str, status: &str| json!({ "agentId": id, "status": status });
    assert_eq!(li.data().await["realtimeAgents"], json!([row("li", "ONLINE")]));
    assert_eq!(wang.data().await["realtimeAgents"], json!([row("wang", "ONLINE")]));
    assert_eq!(wall.data().await["realtimeAgents"].as_array().map(Vec::len), Some(2));
    app.advance(TimeDelta::seconds(1));
    agent(&app, "wang").data(STATUS, json!({ "id": "wang" })).await;
    assert_eq!(wang.data().await["realtimeAgents"], json!([row("wang", "AWAY")]));
    wall.until(|data| data["realtimeAgents"][1] == row("wang", "AWAY")).await;
    agent(&app, "li").data(STATUS, json!({ "id": "li" })).await;
    // Nothing came of the other's change.
    assert_eq!(li.data().await["realtimeAgents"], json!([row("li", "AWAY")]));
}

#[tokio::test]
async fn an_agent_exports_its_own_sessions_and_audits_and_nothing_else() {
    let app = TestApp::spawn().await;
    given_desk(&app).await;
    let li = agent(&app, "li");
    for list in ["sessions", "audits"] {
        let path = format!("/export/{list}.ndjson");
        let lines = async |client: &Client, more: &str| {
            let answer = client.get(&format!("{path}{more}")).await;
            assert_eq!(answer.status().as_u16(), 200);
            answer.text().await.expect("a body").lines().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(lines(&app.viewer(), "").await.len(), 5, "{list}");
        let own = lines(&li, "").await;
        let is_own = |line: &String| {
            let row: Value = serde_json::from_str(line).expect("JSON");
            row["agentId"] == "li"
        };
        assert!(own.len() == 2 && own.iter().all(is_own), "{own:?}");
        assert_eq!(lines(&li, "?agentId=wang").await, [] as [String; 0]);
    }
    for path in [
        "/export/events.ndjson?from=2026-03-09T16:00:00Z&to=2026-03-10T16:00:00Z",
        "/export/metrics.ndjson?ids=queued&from=2026-03-09&to=2026-03-10",
        "/export/sessions.ndjson?tenant=acme",
    ] {
        assert_eq!(li.get(path).await.status().as_u16(), 403, "{path}");
    }
}

#[tokio::test]
async fn a_field_of_others_beside_an_own_one_is_refused() {
    let app = TestApp::spawn().await;
    given_desk(&app).await;
    let li = agent(&app, "li");
    for query in [
        "{ realtime { agents { agentId } overview { activeSessions } } }",
        "{ realtime { agents { agentId } queue { waiting } } }",
        "{ quality { audits { edges { cursor } } summary { auditedCount } } }",
        "{ stats { agents(from: \"2026-03-10\", to: \"2026-03-10\") { agentId } today { totalSessions } } }",
        "{ sessions { edges { cursor } } billing { quota { plan } } }",
    ] {
        let answer = li.send(query, json!({})).await;
        assert_eq!(answer.codes(), ["FORBIDDEN"], "{query}: {:?}", answer.body);
        assert_eq!(answer.body["data"], Value::Null, "{query}");
    }
}
