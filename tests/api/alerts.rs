//! The queue and its alerts: opened by time, closed by an answer, acknowledged once.

use chrono::TimeDelta;
use deskpulse::auth::Role;
use serde_json::{Value, json};

use crate::harness::TestApp;

const ALERTS: &str = "{ realtime { overview { slaAlerts } alerts {
    sessionId queue channel customerName waitingSince waitSeconds openedAt acknowledgedBy
    acknowledgedAt
} } }";
const WATCH: &str = "subscription { alerts { sessionId acknowledgedBy } }";
const ACKNOWLEDGE: &str = "mutation ($id: ID!) { acknowledgeAlert(sessionId: $id) {
    sessionId acknowledgedBy acknowledgedAt
} }";
const QUEUE: &str = "query ($abandoned: AbandonedHandling) { realtime { queue {
    waiting longestWaitSeconds waitP50Seconds waitP90Seconds
    serviceLevel(abandoned: $abandoned) {
        value thresholdSeconds windowSeconds queued answered answeredInTime abandoned
        abandonedInTime
    }
} } }";

fn event(id: &str, name: &str, session: &str, time: &str, data: Value) -> Value {
    json!({
        "id": id, "name": name, "product": "bot", "sessionId": session, "data": data,
        "occurredAt": format!("2026-03-10T{time}+08:00"),
    })
}

/// One who has waited for two minutes, and one for ten seconds. The clock stands at noon.
async fn with_waiting() -> TestApp {
    let app = TestApp::spawn().await;
    let start = json!({ "channel": "app", "customer_name": "张先生" });
    app.product()
        .track(&[
            event("a1", "session.start", "a", "11:57:50", start),
            event("a2", "session.queue", "a", "11:58:00", json!({ "queue": "vip" })),
            event("b1", "session.queue", "b", "11:59:50", json!({})),
        ])
        .await;
    app
}

async fn alerts(app: &TestApp) -> Value {
    app.viewer().ask(ALERTS).await["realtime"].clone()
}

#[tokio::test]
async fn an_alert_opens_when_the_threshold_is_crossed_and_closes_with_an_answer() {
    let app = with_waiting().await;
    let open = alerts(&app).await;
    assert_eq!(
        open,
        json!({ "overview": { "slaAlerts": 1 }, "alerts": [{
            "sessionId": "a", "queue": "vip", "channel": "app", "customerName": "张先生",
            "waitingSince": "2026-03-10T03:58:00Z", "waitSeconds": 120.0,
            "openedAt": "2026-03-10T03:59:00Z", "acknowledgedBy": null, "acknowledgedAt": null,
        }] })
    );
    app.advance(TimeDelta::seconds(51));
    let both = alerts(&app).await;
    assert_eq!(both["alerts"][0]["sessionId"], "a", "longest wait first");
    assert_eq!(both["alerts"][1]["sessionId"], "b");
    let assign = event("a3", "session.assign", "a", "12:00:50", json!({ "agent_id": "li" }));
    app.product().track(&[assign]).await;
    let end = event("b2", "session.end", "b", "12:00:50", json!({ "by": "customer" }));
    app.product().track(&[end]).await;
    assert_eq!(alerts(&app).await, json!({ "overview": { "slaAlerts": 0 }, "alerts": [] }));
}

#[tokio::test]
async fn the_first_acknowledgement_of_an_alert_stays() {
    let app = with_waiting().await;
    let first = app.caller("default", Role::Viewer, "wang");
    let answer = first.data(ACKNOWLEDGE, json!({ "id": "a" })).await;
    let expected = json!({
        "sessionId": "a", "acknowledgedBy": "wang", "acknowledgedAt": "2026-03-10T04:00:00Z",
    });
    assert_eq!(answer["acknowledgeAlert"], expected);
    app.advance(TimeDelta::seconds(5));
    let second = app.caller("default", Role::Reviewer, "zhao");
    assert_eq!(second.data(ACKNOWLEDGE, json!({ "id": "a" })).await, answer);
    let open = alerts(&app).await;
    assert_eq!(open["alerts"][0]["acknowledgedBy"], "wang");
    assert_eq!(open["overview"]["slaAlerts"], 1, "it is still open");
}

#[tokio::test]
async fn an_alert_beyond_those_listed_can_be_acknowledged() {
    let app = TestApp::spawn().await;
    let queued = |index: usize| {
        let (id, second) = (format!("q{index:03}"), index % 60);
        let time = format!("11:{:02}:{second:02}", 40 + index / 60);
        event(&id, "session.queue", &id, &time, json!({}))
    };
    let events: Vec<_> = (0..502).map(queued).collect();
    app.product().track(&events).await;
    let open = alerts(&app).await;
    assert_eq!(open["overview"]["slaAlerts"], 502);
    let listed = open["alerts"].as_array().unwrap();
    assert_eq!((listed.len(), &listed[0]["sessionId"]), (500, &json!("q000")));
    let viewer = app.caller("default", Role::Viewer, "wang");
    let answer = viewer.data(ACKNOWLEDGE, json!({ "id": "q501" })).await;
    assert_eq!(answer["acknowledgeAlert"]["acknowledgedBy"], "wang");
}

#[tokio::test]
async fn only_an_open_alert_of_the_own_tenant_can_be_acknowledged() {
    let app = TestApp::spawn_with(|config| {
        config.tenants.insert("other".to_owned(), std::sync::Arc::default());
    })
    .await;
    app.product()
        .track(&[
            event("a1", "session.queue", "a", "11:58:00", json!({})),
            event("b1", "session.queue", "b", "11:59:50", json!({})),
        ])
        .await;
    for (tenant, session) in [("default", "b"), ("default", "none"), ("other", "a")] {
        let caller = app.caller(tenant, Role::Viewer, "wang");
        let (code, message) = caller.refusal(ACKNOWLEDGE, json!({ "id": session })).await;
        assert_eq!(code, "NOT_FOUND", "{tenant} {session}: {message}");
    }
    let (code, _) = app.product().refusal(ACKNOWLEDGE, json!({ "id": "a" })).await;
    assert_eq!(code, "FORBIDDEN");
}

#[tokio::test]
async fn subscribers_see_alerts_open_be_acknowledged_and_close() {
    let app = with_waiting().await;
    let mut wall = app.subscribe("default", Role::Viewer, WATCH).await;
    let alert = |by: Value| json!([{ "sessionId": "a", "acknowledgedBy": by }]);
    assert_eq!(wall.data().await["alerts"], alert(Value::Null));
    app.viewer().data(ACKNOWLEDGE, json!({ "id": "a" })).await;
    let by = wall.data().await["alerts"].clone();
    assert!(by[0]["acknowledgedBy"].is_string(), "{by}");
    let end = event("a3", "session.end", "a", "12:00:00", json!({ "by": "customer" }));
    app.product().track(&[end]).await;
    assert_eq!(wall.data().await["alerts"], json!([]));
}

#[tokio::test]
async fn the_queue_tells_waits_and_the_service_level_of_the_last_half_hour() {
    let app = with_waiting().await;
    let assign = |id: &str, session: &str, time: &str| {
        event(id, "session.assign", session, time, json!({ "agent_id": "li" }))
    };
    app.product()
        .track(&[
            event("c1", "session.queue", "c", "11:40:00", json!({})),
            assign("c2", "c", "11:40:30"),
            event("d1", "session.queue", "d", "11:41:00", json!({})),
            assign("d2", "d", "11:42:30"),
            event("e1", "session.queue", "e", "11:43:00", json!({})),
            event("e2", "session.end", "e", "11:43:20", json!({ "by": "customer" })),
            // Before the window; its answer lies within.
            event("f1", "session.queue", "f", "11:29:50", json!({})),
            assign("f2", "f", "11:30:10"),
        ])
        .await;
    let queue = |abandoned: Value| {
        let viewer = app.viewer();
        async move {
            let data = viewer.data(QUEUE, json!({ "abandoned": abandoned })).await;
            data["realtime"]["queue"].clone()
        }
    };
    // `b` has waited for ten seconds, and may yet be answered in time.
    assert_eq!(
        queue(json!("COUNT_ALL")).await,
        json!({
            "waiting": 2, "longestWaitSeconds": 120.0, "waitP50Seconds": 30.0,
            "waitP90Seconds": 90.0, "serviceLevel": {
                "value": 25.0, "thresholdSeconds": 60, "windowSeconds": 1800, "queued": 4,
                "answered": 2, "answeredInTime": 1, "abandoned": 1, "abandonedInTime": 1,
            },
        })
    );
    let third = queue(json!("EXCLUDE_SHORT")).await["serviceLevel"]["value"].as_f64().unwrap();
    assert!((third - 100.0 / 3.0).abs() < 1e-9);
    assert_eq!(queue(json!("EXCLUDE_ALL")).await["serviceLevel"]["value"], 50.0);
}
