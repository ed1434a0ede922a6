//! Subscriptions: first the snapshot, then changes, of the own tenant alone.

use chrono::TimeDelta;
use deskpulse::auth::Role;
use serde_json::{Value, json};

use crate::harness::TestApp;

const OVERVIEW: &str = "subscription { realtimeOverview {
    activeSessions queueCount onlineAgents totalAgents slaAlerts systemLoad version asOf
} }";
const CHANNELS: &str = "subscription { realtimeChannels { id name onlineUsers load trend } }";
const AGENTS: &str = "subscription { realtimeAgents { agentId name status load } }";
const EVENTS: &str = "subscription { eventStream { id name product sessionId data } }";
const UPDATE: &str = "mutation ($input: AgentStatusInput!) {
    updateAgentStatus(input: $input) { agentId }
}";

fn start(id: &str) -> Value {
    json!({ "id": id, "name": "session.start", "product": "bot", "sessionId": id })
}

fn active(data: &Value) -> i64 {
    data["realtimeOverview"]["activeSessions"].as_i64().expect("a count")
}

#[tokio::test]
async fn the_overview_comes_first_as_it_is_and_then_with_each_change() {
    let app = TestApp::spawn().await;
    app.product().track(&[start("a")]).await;
    let mut wall = app.subscribe("default", Role::Viewer, OVERVIEW).await;
    let first = wall.data().await;
    assert_eq!(active(&first), 1);
    app.product().track(&[start("b")]).await;
    let second = wall.data().await;
    assert_eq!(active(&second), 2);
    let asked = "{ realtime { overview {
        activeSessions queueCount onlineAgents totalAgents slaAlerts systemLoad version asOf
    } } }";
    let answer = app.viewer().ask(asked).await;
    assert_eq!(second["realtimeOverview"], answer["realtime"]["overview"]);
}

#[tokio::test]
async fn versions_only_ever_grow() {
    let app = TestApp::spawn().await;
    let mut wall = app.subscribe("default", Role::Viewer, OVERVIEW).await;
    let mut versions = vec![wall.data().await["realtimeOverview"]["version"].as_i64().unwrap()];
    for index in 1..=20 {
        app.product().track(&[start(&format!("s{index}"))]).await;
        // Queries in between take pictures of their own.
        app.viewer().ask("{ realtime { overview { version } } }").await;
        if index % 5 == 0 {
            app.advance(TimeDelta::seconds(1));
        }
    }
    loop {
        let picture = wall.data().await;
        versions.push(picture["realtimeOverview"]["version"].as_i64().unwrap());
        if active(&picture) == 20 {
            break;
        }
    }
    assert!(versions.is_sorted_by(|before, after| before < after), "{versions:?}");
}

#[tokio::test]
async fn time_alone_changes_the_overview() {
    let app = TestApp::spawn().await;
    let input = json!({ "input": { "agentId": "li", "status": "ONLINE" } });
    app.product().data(UPDATE, input).await;
    let mut wall = app.subscribe("default", Role::Viewer, OVERVIEW).await;
    assert_eq!(wall.data().await["realtimeOverview"]["onlineAgents"], 1);
    app.advance(TimeDelta::seconds(91));
    assert_eq!(wall.data().await["realtimeOverview"]["onlineAgents"], 0);
}

#[tokio::test]
async fn channels_come_first_as_they_are_and_then_with_each_change() {
    let app = TestApp::spawn().await;
    let mut wall = app.subscribe("default", Role::Viewer, CHANNELS).await;
    let channel = |users: i32, load: f64, trend: &str| {
        json!([{
            "id": "app", "name": "Fiido App", "onlineUsers": users, "load": load, "trend": trend,
        }])
    };
    assert_eq!(wall.data().await["realtimeChannels"], channel(0, 0.0, "STABLE"));
    let data = json!({ "channel": "app", "visitor_id": "v1" });
    let seen = json!({ "id": "1", "name": "visitor.seen", "product": "bot", "data": data });
    // A session changes the overview, not the channels.
    app.product().track(&[start("a")]).await;
    app.product().track(&[seen]).await;
    assert_eq!(wall.data().await["realtimeChannels"], channel(1, 10.0, "UP"));
    app.advance(TimeDelta::minutes(5));
    assert_eq!(wall.data().await["realtimeChannels"], channel(0, 0.0, "DOWN"));
}

#[tokio::test]
async fn agents_come_first_as_they_are_and_then_with_each_change() {
    let app = TestApp::spawn().await;
    let mut wall = app.subscribe("default", Role::Viewer, AGENTS).await;
    assert_eq!(wall.data().await["realtimeAgents"], json!([]));
    let input = json!({ "agentId": "li", "name": "李建国", "status": "SERVING", "capacity": 1 });
    app.product().data(UPDATE, json!({ "input": input })).await;
    let agent = |status: &str, load: &str| json!([{ "agentId": "li", "name": "李建国", "status": status, "load": load }]);
    assert_eq!(wall.data().await["realtimeAgents"], agent("SERVING", "LOW"));
    let assign = json!({
        "id": "1", "name": "session.assign", "product": "desk", "sessionId": "a",
        "data": { "agent_id": "li" },
    });
    app.product().track(&[assign]).await;
    assert_eq!(wall.data().await["realtimeAgents"], agent("SERVING", "HIGH"));
    app.advance(TimeDelta::seconds(91));
    assert_eq!(wall.data().await["realtimeAgents"], agent("OFFLINE", "HIGH"));
}

#[tokio::test]
async fn the_event_stream_shows_each_new_event_once() {
    let app = TestApp::spawn().await;
    let mut stream = app.event_stream("default", "", ("x", "bot")).await;
    let mut other = start("a");
    other["product"] = json!("another body");
    app.product().track(&[start("a"), start("b"), start("a")]).await;
    app.product().track(&[start("b"), other, start("c")]).await;
    app.product().track(&[start("last")]).await;
    assert_eq!(stream.ids_until("last").await, ["a", "b", "c", "last"]);
}

#[tokio::test]
async fn the_event_stream_shows_an_event_as_it_is_listed() {
    let app = TestApp::spawn().await;
    let mut stream = app.subscribe("default", Role::Viewer, EVENTS).await;
    let event = json!({
        "id": "1", "name": "session.start", "product": "bot", "sessionId": "s",
        "data": { "channel": "app", "n": [1, 2.5, null, "中"] },
    });
    // Sent under new ids until the subscription is heard.
    let shown = crate::harness::eventually("an event", async || {
        let mut event = event.clone();
        event["id"] = json!(uuid::Uuid::now_v7().to_string());
        app.product().track(&[event]).await;
        let wait = std::time::Duration::from_millis(200);
        tokio::time::timeout(wait, stream.data()).await.ok()
    })
    .await;
    let mut shown = shown["eventStream"].clone();
    shown["id"] = json!("1");
    assert_eq!(shown, event);
}

#[tokio::test]
async fn the_event_stream_goes_by_name_and_product() {
    let app = TestApp::spawn().await;
    let mut named = app.event_stream("default", "(name: \"x\")", ("x", "bot")).await;
    let mut of_product = app.event_stream("default", "(product: \"desk\")", ("y", "desk")).await;
    let arguments = "(name: \"x\", product: \"desk\")";
    let mut both = app.event_stream("default", arguments, ("x", "desk")).await;
    let event =
        |id: &str, name: &str, product: &str| json!({ "id": id, "name": name, "product": product });
    app.product()
        .track(&[
            event("1", "x", "bot"),
            event("2", "y", "desk"),
            event("3", "y", "bot"),
            event("4", "X", "Desk"),
            event("last", "x", "desk"),
        ])
        .await;
    let known = |ids: Vec<String>| -> Vec<String> {
        ids.into_iter().filter(|id| !id.starts_with("beacon")).collect()
    };
    assert_eq!(known(named.ids_until("last").await), ["1", "last"]);
    assert_eq!(known(of_product.ids_until("last").await), ["2", "last"]);
    assert_eq!(known(both.ids_until("last").await), ["last"]);
}

#[tokio::test]
async fn a_product_may_not_watch() {
    let app = TestApp::spawn().await;
    for query in [OVERVIEW, CHANNELS, AGENTS, EVENTS] {
        let mut wall = app.subscribe("default", Role::Ingest, query).await;
        assert_eq!(wall.refusal().await, "FORBIDDEN", "{query}");
    }
}

#[tokio::test]
async fn another_tenant_may_be_watched_by_operators_only() {
    let app = TestApp::spawn().await;
    app.product().track(&[start("a")]).await;
    for (field, part) in [
        ("realtimeOverview", "version"),
        ("realtimeChannels", "id"),
        ("realtimeAgents", "agentId"),
        ("eventStream", "id"),
    ] {
        let of =
            |tenant| format!("subscription {{ {field}(tenantId: \"{tenant}\") {{ {part} }} }}");
        let mut wall = app.subscribe("acme", Role::Viewer, &of("default")).await;
        assert_eq!(wall.refusal().await, "FORBIDDEN", "{field}");
        let mut wall = app.subscribe("acme", Role::Operator, &of("nobody")).await;
        assert_eq!(wall.refusal().await, "NOT_FOUND", "{field}");
    }
    let foreign = "subscription { realtimeOverview(tenantId: \"default\") { activeSessions } }";
    let mut wall = app.subscribe("acme", Role::Operator, foreign).await;
    assert_eq!(active(&wall.data().await), 1);
}

#[tokio::test]
async fn a_viewer_of_another_tenant_receives_nothing_of_this_one() {
    let app = TestApp::spawn().await;
    let mut stream = app.event_stream("acme", "", ("x", "bot")).await;
    let mut wall = app.subscribe("acme", Role::Viewer, OVERVIEW).await;
    assert_eq!(active(&wall.data().await), 0);
    app.product().track(&[start("a"), start("b"), start("c")]).await;
    app.caller("acme", Role::Ingest, "bot").track(&[start("own")]).await;
    // What came of `default` would have come first.
    assert_eq!(stream.ids_until("own").await, ["own"]);
    assert_eq!(active(&wall.data().await), 1);
}

#[tokio::test]
async fn many_watchers_of_a_tenant_get_the_same_picture() {
    let app = TestApp::spawn().await;
    let mut walls = Vec::new();
    for _ in 0..30 {
        walls.push(app.subscribe("default", Role::Viewer, OVERVIEW).await);
    }
    for wall in &mut walls {
        assert_eq!(active(&wall.data().await), 0);
    }
    for index in 0..10 {
        app.product().track(&[start(&format!("s{index}"))]).await;
        app.advance(TimeDelta::milliseconds(1));
    }
    let mut last = Vec::new();
    for wall in &mut walls {
        last.push(wall.until(|picture| active(picture) == 10).await);
    }
    last.dedup();
    assert_eq!(last.len(), 1, "{last:?}");
}

#[tokio::test]
async fn watchers_may_come_and_go_at_any_moment() {
    let app = TestApp::spawn().await;
    for round in 1..=40 {
        let mut wall = app.subscribe("default", Role::Viewer, OVERVIEW).await;
        assert_eq!(active(&wall.data().await), round - 1);
        // The last to watch goes while the next one comes.
        let ((), mut next) =
            tokio::join!(async { drop(wall) }, app.subscribe("default", Role::Viewer, OVERVIEW),);
        assert_eq!(active(&next.data().await), round - 1);
        app.product().track(&[start(&format!("s{round}"))]).await;
        assert_eq!(active(&next.until(|picture| active(picture) == round).await), round);
    }
}
