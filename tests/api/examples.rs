//! The answers that the original design shows as examples, from stored data, to the digit: labels exact,
//! numbers rounded as they are shown there.

use chrono::{DateTime, TimeDelta, Utc};
use deskpulse::{config::Config, tenant::ChannelSettings};
use entity::quality_audit::{ActiveModel, AuditType, Entity, Status};
use sea_orm::{ActiveValue::Set, EntityTrait as _};
use serde_json::{Value, json};

use crate::harness::{NOW, TestApp};

fn at(seconds_ago: i64) -> String {
    let now: DateTime<Utc> = NOW.parse().expect("an instant");
    (now - TimeDelta::seconds(seconds_ago)).to_rfc3339()
}

fn event(name: &str, session: impl Into<Option<String>>, at: &str, data: Value) -> Value {
    let session: Option<String> = session.into();
    json!({ "name": name, "product": "bot", "sessionId": session, "occurredAt": at, "data": data })
}

/// A number as the example has it.
fn shown(value: &Value, digits: usize) -> String {
    format!("{:.digits$}", value.as_f64().expect("a number"))
}

async fn send(app: &TestApp, events: &[Value]) {
    let statuses = app.product().track(events).await;
    assert!(statuses.iter().all(|status| status == "ACCEPTED"));
}

#[tokio::test]
async fn the_overview_and_the_agents_of_the_example() {
    let app = TestApp::spawn_with(|config| config.live.agent_lease_secs = 86_400).await;
    let mut events = Vec::new();
    let mut status = |number: usize, name: &str, status: &str, capacity: usize, since: i64| {
        let data = json!({
            "agent_id": format!("{number:03}"), "agent_name": name, "status": status,
            "capacity": capacity,
        });
        events.push(event("agent.status", None, &at(since), data));
    };
    // 42 of 50 are there, with 250 slots.
    status(1, "李建国", "serving", 6, 12 * 60 + 5);
    status(2, "王小美", "online", 6, 4 * 3_600 + 60);
    for number in 3..=50 {
        let there = if number <= 42 { "online" } else { "offline" };
        status(number, "客服", there, if number <= 40 { 6 } else { 5 }, 60);
    }
    // 71 slots are in use, five of them by the first; the second has nobody in hand.
    let agents = std::iter::repeat_n(1, 5).chain((3..=35).cycle().take(66));
    for (number, agent) in agents.enumerate() {
        let id = format!("held-{number}");
        events.push(event("session.start", id.clone(), &at(300), json!({})));
        let assigned = json!({ "agent_id": format!("{agent:03}") });
        events.push(event("session.assign", id, &at(200), assigned));
    }
    for number in 0..14 {
        let id = format!("waiting-{number}");
        events.push(event("session.start", id.clone(), &at(90), json!({})));
        events.push(event("session.queue", id, &at(30), json!({})));
    }
    for number in 0..43 {
        events.push(event("session.start", format!("ai-{number}"), &at(60), json!({})));
    }
    send(&app, &events).await;
    let told = app
        .viewer()
        .ask(
            "{ realtime {
                overview {
                    activeSessions queueCount onlineAgents totalAgents slaAlerts systemLoadLabel
                }
                agents { agentId name status duration load }
            } }",
        )
        .await["realtime"]
        .clone();
    assert_eq!(
        told["overview"],
        json!({
            "activeSessions": 128, "queueCount": 14, "onlineAgents": 42, "totalAgents": 50,
            "slaAlerts": 0, "systemLoadLabel": "28.4%",
        })
    );
    let agent = |id: &str, name: &str, status: &str, duration: &str, load: &str| json!({ "agentId": id, "name": name, "status": status, "duration": duration, "load": load });
    let agents = told["agents"].as_array().unwrap();
    assert_eq!(agents[0], agent("001", "李建国", "SERVING", "12m", "HIGH"));
    assert_eq!(agents[1], agent("002", "王小美", "ONLINE", "4h", "LOW"));
}

#[tokio::test]
async fn the_channels_of_the_example() {
    // Name, visitors now and in the five minutes before, load and trend; the capacity follows.
    let channels = [
        ("a", "Fiido App", 1_202, 1_000, 88, "UP"),
        ("b", "Fiido Global", 840, 830, 56, "STABLE"),
        ("c", "微信小程序", 2_100, 1_900, 74, "UP"),
        ("d", "电话呼叫中心", 156, 200, 32, "DOWN"),
    ];
    let app = TestApp::spawn_with(|config: &mut Config| {
        let tenant = config.tenants.get_mut("default").expect("the tenant");
        let tenant = std::sync::Arc::make_mut(tenant);
        tenant.channels.clear();
        for (id, name, now, _, load, _) in channels {
            let capacity = (now * 100 + load / 2) / load;
            let settings = ChannelSettings { name: name.to_owned(), capacity };
            tenant.channels.insert(id.to_owned(), settings);
        }
    })
    .await;
    let mut events = Vec::new();
    for (channel, _, now, before, ..) in channels {
        for (visitors, seconds_ago) in [(now, 60), (before, 400)] {
            for visitor in 0..visitors {
                let data = json!({ "channel": channel, "visitor_id": visitor.to_string() });
                events.push(event("visitor.seen", None, &at(seconds_ago), data));
            }
        }
    }
    send(&app, &events).await;
    let query = "{ realtime { channels { name onlineUsers load trend } } }";
    let told = app.viewer().ask(query).await["realtime"]["channels"].clone();
    let told: Vec<_> = told
        .as_array()
        .unwrap()
        .iter()
        .map(|channel| {
            json!([
                channel["name"],
                channel["onlineUsers"],
                shown(&channel["load"], 0),
                channel["trend"]
            ])
        })
        .collect();
    let expected = channels
        .map(|(_, name, now, _, load, trend)| json!([name, now, load.to_string(), trend]))
        .to_vec();
    assert_eq!(told, expected);
}

#[tokio::test]
async fn today_and_its_changes_of_the_example() {
    let app = TestApp::spawn().await;
    let (today, yesterday) = (at(600), at(86_400 + 600));
    let mut events = Vec::new();
    for (count, day) in [(1_582, &today), (1_412, &yesterday)] {
        for number in 0..count {
            events.push(event("session.start", format!("{day}-{number}"), day, json!({})));
        }
    }
    for (milliseconds, day) in [(28_000, &today), (32_000, &yesterday)] {
        let data = json!({ "response_time": milliseconds });
        events.push(event("message.ai", format!("{day}-0"), day, data));
    }
    for (satisfied, other, day) in [(197, 3, &today), (59, 1, &yesterday)] {
        for number in 0..satisfied + other {
            let score = if number < satisfied { 5 } else { 2 };
            events.push(event("rating.submit", None, day, json!({ "score": score })));
        }
    }
    send(&app, &events).await;
    let audit = "mutation { createAudit(
        input: { sessionId: \"s\", score: 98, auditType: MANUAL }
    ) { id } }";
    app.reviewer().ask(audit).await;
    let query = "{ stats { today {
        totalSessions avgResponseTime satisfactionRate qualityRating
        changes { sessions responseTime satisfaction }
    } } }";
    let told = app.viewer().ask(query).await["stats"]["today"].clone();
    assert_eq!(
        told,
        json!({
            "totalSessions": 1_582, "avgResponseTime": 28.0, "satisfactionRate": 98.5,
            "qualityRating": "卓越",
            "changes": { "sessions": "+12%", "responseTime": "-4s", "satisfaction": "+0.2%" },
        })
    );
}

#[tokio::test]
async fn the_satisfaction_of_the_example() {
    let app = TestApp::spawn().await;
    let scores = std::iter::repeat_n(5, 88).chain([4; 10]).chain([3, 1]);
    let rating = |score: i32| event("rating.submit", None, &at(60), json!({ "score": score }));
    send(&app, &scores.map(rating).collect::<Vec<_>>()).await;
    let query = "{ stats { satisfaction { distribution { label value color } } } }";
    let told = app.viewer().ask(query).await["stats"]["satisfaction"].clone();
    let share = |label: &str, value: i32, color: &str| json!({ "label": label, "value": value, "color": color });
    assert_eq!(
        told["distribution"],
        json!([
            share("非常满意", 88, "#00a6a0"),
            share("满意", 10, "#ffffff"),
            share("待改进", 2, "#ef4444"),
        ])
    );
}

#[tokio::test]
async fn the_audits_of_the_example() {
    let app = TestApp::spawn().await;
    let day: DateTime<Utc> = "2024-03-22T04:00:00Z".parse().unwrap();
    app.clock.set(day);
    let name = json!({ "agent_id": "001", "agent_name": "李建国", "status": "online" });
    send(&app, &[event("agent.status", None, &day.to_rfc3339(), name)]).await;
    let first = json!({
        "sessionId": "s", "agentId": "001", "customerName": "John Doe", "score": 98,
        "auditType": "MANUAL", "sessionType": "Titan续航疑虑回复",
    });
    let create = "mutation ($input: CreateAuditInput!) { createAudit(input: $input) { id } }";
    app.reviewer().data(create, json!({ "input": first })).await;
    // Of 1,192 with a result 1,181 passed; twelve wait. All of the days before.
    let audit = |number: i64| {
        let (status, audit_type, score) = match number {
            2..=1_181 => (Status::Passed, AuditType::Manual, 90),
            1_182..=1_192 => (Status::Failed, AuditType::Manual, 30),
            _ => (Status::PendingReview, AuditType::Auto, 30),
        };
        ActiveModel {
            tenant_id: Set("default".to_owned()),
            id: Set(number),
            session_id: Set(format!("s{number}")),
            score: Set(score),
            status: Set(status),
            audit_type: Set(audit_type),
            audited_at: Set(day - TimeDelta::minutes(number)),
            created_at: Set(day),
            version: Set(1),
            change: Set(number),
            ..ActiveModel::default()
        }
    };
    let rows: Vec<_> = (2..=1_204).map(audit).collect();
    for chunk in rows.chunks(500) {
        let insert = Entity::insert_many(chunk.to_vec());
        insert.exec_without_returning(app.app.services.db.pool()).await.expect("audits");
    }
    let query = "{ quality {
        summary { passRate auditedCount pendingReview }
        records(page: 1, size: 10) {
            items { id agent customer score status type date } total page
        }
    } }";
    let told = app.viewer().ask(query).await["quality"].clone();
    let summary = &told["summary"];
    assert_eq!(shown(&summary["passRate"], 1), "99.1");
    assert_eq!((&summary["auditedCount"], &summary["pendingReview"]), (&json!(1_204), &json!(12)));
    let records = &told["records"];
    assert_eq!((&records["total"], &records["page"]), (&json!(1_204), &json!(1)));
    assert_eq!(
        records["items"][0],
        json!({
            "id": "QA-001", "agent": "李建国", "customer": "John Doe", "score": 98,
            "status": "PASSED", "type": "Titan续航疑虑回复", "date": "2024-03-22",
        })
    );
}

#[tokio::test]
async fn the_usage_and_the_return_of_the_example() {
    let app = TestApp::spawn_with(|config: &mut Config| {
        let plan = config.plans.get_mut("standard").expect("a plan");
        (plan.tokens, plan.reset_day) = (10_000, 20);
        let price = config.prices.first_mut().expect("a price");
        (price.input_per_million, price.output_per_million) = (0.into(), 2_400_000.into());
    })
    .await;
    let day: DateTime<Utc> = "2025-04-10T04:00:00Z".parse().unwrap();
    app.clock.set(day);
    // The AI costs 480.
    let usage = "mutation { recordTokenUsage(input: {
        tokens: 7420, inputTokens: 7220, outputTokens: 200, model: \"gpt-4o-mini\"
    }) { recorded } }";
    app.product().ask(usage).await;
    let mut events = Vec::new();
    // 1,760 of 2,256 that ended: six minutes at 0.50 each make 5,280.
    for number in 0..2_256 {
        let session = format!("s{number}");
        let start = day.to_rfc3339();
        events.push(event("session.start", session.clone(), &start, json!({})));
        let end = json!({ "resolved": number < 1_760 });
        events.push(event("session.end", session, &start, end));
    }
    send(&app, &events).await;
    let query = "{ billing {
        usage { tokensUsed tokensTotal usagePercent resetDate }
        roi { savedCost autoResolveRate equivalentHeadcount period }
    } }";
    let told = app.viewer().ask(query).await["billing"].clone();
    assert_eq!(
        told["usage"],
        json!({
            "tokensUsed": 7_420, "tokensTotal": 10_000, "usagePercent": 74.2,
            "resetDate": "2025-04-20",
        })
    );
    let roi = &told["roi"];
    assert_eq!((&roi["savedCost"], &roi["period"]), (&json!("4800.00"), &json!("本月")));
    assert_eq!(shown(&roi["autoResolveRate"], 0), "78");
    assert_eq!(shown(&roi["equivalentHeadcount"], 1), "1.1");
}
