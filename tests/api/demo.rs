//! The demo: what it tells is what the figures say, it lives, and nothing of it stays.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use deskpulse::{
    config::Config,
    db::Db,
    demo::{DemoState, KEY, Progress, TENANT, Truth, viewer},
    tenant::Tenant,
};
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use serde_json::{Value, json};

use crate::harness::{NOW, TestApp, eventually};

const DAYS: u32 = 3;

fn without_credentials(config: &mut Config) {
    config.auth.jwt_secret = None;
}

async fn progress(app: &TestApp) -> Progress {
    app.app.services.demo.find().await.expect("an answer").expect("a demo")
}

/// Starts the demo with few days, and waits until they are filled.
async fn start(app: &TestApp) {
    let operator = viewer(tenant(app));
    let started = app.app.services.demo.start_with(&operator, DAYS).await.expect("a start");
    assert_eq!(started.state, DemoState::Filling);
    eventually("the days of the demo", async || {
        (progress(app).await.state == DemoState::Playing).then_some(())
    })
    .await;
}

async fn given_demo() -> TestApp {
    let app = TestApp::spawn_with(without_credentials).await;
    start(&app).await;
    app
}

fn tenant(app: &TestApp) -> &std::sync::Arc<Tenant> {
    app.config.demo_tenant().expect("the tenant of the demo")
}

fn now() -> DateTime<Utc> {
    NOW.parse().expect("an instant")
}

/// What the figures of a day have to be.
fn planned(app: &TestApp, date: NaiveDate) -> Truth {
    let tenant = tenant(app);
    if date == tenant.day_of(now()) {
        Truth::of_first_day(tenant, now(), now())
    } else {
        Truth::of_day(tenant, date)
    }
}

/// What the figures of a day are.
async fn told(app: &TestApp, date: NaiveDate) -> Truth {
    let query = "query ($day: Date!) {
        stats { period(from: $day, to: $day) {
            totalSessions completedSessions aiResolved transferred answered abandoned
            totalMessages ratingCount avgRating
        } }
        metrics(ids: [\"queued\"], from: $day, to: $day) { series { total { value } } }
        billing { daily(days: 1, until: $day) {
            totalTokens totalApiCalls unpricedCalls knownCost
        } }
    }";
    let answer = app.bearer(KEY).data(query, json!({ "day": date })).await;
    let (period, day) = (&answer["stats"]["period"], &answer["billing"]["daily"][0]);
    let number = |value: &Value| {
        let text = value.as_str().map(str::to_owned).unwrap_or_else(|| value.to_string());
        text.parse::<f64>().unwrap_or_else(|_| panic!("no number: {value}"))
    };
    #[expect(clippy::cast_possible_truncation, reason = "whole numbers, and few digits")]
    let whole = |value: &Value| number(value).round() as i64;
    let ratings = whole(&period["ratingCount"]);
    let mean = if ratings == 0 { 0.0 } else { number(&period["avgRating"]) };
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "few digits")]
    let rating_sum = (mean * ratings as f64).round() as i64;
    #[expect(clippy::cast_possible_truncation, reason = "few digits")]
    let cost_nanos = (number(&day["knownCost"]) * 1e9).round() as i64;
    Truth {
        sessions: whole(&period["totalSessions"]),
        completed: whole(&period["completedSessions"]),
        ai_resolved: whole(&period["aiResolved"]),
        transferred: whole(&period["transferred"]),
        queued: whole(&answer["metrics"]["series"][0]["total"]["value"]),
        answered: whole(&period["answered"]),
        abandoned: whole(&period["abandoned"]),
        messages: whole(&period["totalMessages"]),
        ratings,
        rating_sum,
        tokens: whole(&day["totalTokens"]),
        calls: whole(&day["totalApiCalls"]),
        unpriced_calls: whole(&day["unpricedCalls"]),
        cost_nanos,
    }
}

async fn assert_true(app: &TestApp) {
    let today = tenant(app).day_of(now());
    for back in 0..u64::from(DAYS) {
        let date = today - Days::new(back);
        assert_eq!(told(app, date).await, planned(app, date), "{date}");
    }
    let before = today - Days::new(DAYS.into());
    assert_eq!(told(app, before).await.sessions, 0, "{before}");
}

#[tokio::test]
async fn the_figures_are_what_was_planned() {
    let app = given_demo().await;
    assert_true(&app).await;
    app.roll_up().await;
    assert_true(&app).await;
}

#[tokio::test]
async fn the_floor_and_every_page_have_something_to_show() {
    let app = given_demo().await;
    let shown = app
        .bearer(KEY)
        .ask(
            "{ viewer { tenantId isDemo hasEvents demo { state daysFilled days } }
            realtime {
                overview { activeSessions queueCount onlineAgents totalAgents slaAlerts }
                channels { onlineUsers } agents { status name }
            }
            quality { summary { auditedCount pendingReview passRate } overturns { scoredBy } }
            billing { models(from: \"2026-03-08\", to: \"2026-03-10\") { model estimatedCost } } }",
        )
        .await;
    let viewer = json!({
        "tenantId": TENANT, "isDemo": true, "hasEvents": true,
        "demo": { "state": "PLAYING", "daysFilled": DAYS, "days": DAYS },
    });
    assert_eq!(shown["viewer"], viewer);
    let overview = &shown["realtime"]["overview"];
    let count = |name: &str| overview[name].as_i64().expect("a count");
    assert!(count("queueCount") >= 1 && count("slaAlerts") >= 1, "{overview}");
    assert!(count("activeSessions") > 1 && count("onlineAgents") >= 5, "{overview}");
    assert_eq!(count("totalAgents"), 12);
    let agents = shown["realtime"]["agents"].as_array().expect("agents");
    assert!(agents.iter().any(|agent| agent["status"] == "SERVING"), "{agents:?}");
    let channels = shown["realtime"]["channels"].as_array().expect("channels");
    assert!(
        channels.iter().all(|channel| channel["onlineUsers"].as_i64() > Some(0)),
        "{channels:?}"
    );
    let summary = &shown["quality"]["summary"];
    assert!(summary["pendingReview"].as_i64() > Some(0), "{summary}");
    assert!(summary["auditedCount"].as_i64() > Some(20), "{summary}");
    assert_eq!(shown["quality"]["overturns"].as_array().map(Vec::len), Some(1));
    let models = shown["billing"]["models"].as_array().expect("models");
    let priced = models.iter().filter(|model| model["estimatedCost"].is_string()).count();
    assert_eq!((models.len(), priced), (3, 2), "{models:?}");
}

#[tokio::test]
async fn the_desk_goes_on_living() {
    let app = given_demo().await;
    let query = "subscription { eventStream(name: \"session.start\") { id } }";
    let mut stream = app.subscribe_as(KEY, query).await;
    let counted = "{ stats { today { totalSessions } } }";
    let before = app.bearer(KEY).ask(counted).await;
    app.advance(TimeDelta::minutes(2));
    assert!(stream.data().await["eventStream"]["id"].is_string());
    let after = eventually("more sessions", async || {
        let after = app.bearer(KEY).ask(counted).await;
        (after != before).then_some(after)
    })
    .await;
    let count = |answer: &Value| answer["stats"]["today"]["totalSessions"].as_i64();
    assert!(count(&after) > count(&before), "{before} {after}");
    let online = "{ realtime { overview { onlineAgents } } }";
    let online = app.bearer(KEY).ask(online).await;
    assert!(online["realtime"]["overview"]["onlineAgents"].as_i64() > Some(4), "{online}");
}

/// How many rows each table has of a tenant, whatever tables there are.
async fn rows(app: &TestApp, of: &str) -> Vec<(String, i64)> {
    let db = Db::connect(&app.config.store).await.expect("a database");
    let statement = |sql: String| Statement::from_string(db.backend(), sql);
    let tables = match db.backend() {
        DbBackend::Postgres => {
            "SELECT table_name::text FROM information_schema.columns \
             JOIN information_schema.tables USING (table_schema, table_name) \
             WHERE column_name = 'tenant_id' AND table_type = 'BASE TABLE' \
             AND table_schema = current_schema()"
        }
        _ => {
            "SELECT m.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c \
             WHERE m.type = 'table' AND c.name = 'tenant_id'"
        }
    };
    let tables = db.pool().query_all_raw(statement(tables.to_owned())).await.expect("tables");
    let mut counts = Vec::new();
    for table in tables {
        let table: String = table.try_get_by_index(0).expect("a name");
        let sql = format!("SELECT count(*) FROM \"{table}\" WHERE tenant_id = '{of}'");
        let row = db.pool().query_one_raw(statement(sql)).await.expect("a count").expect("a row");
        counts.push((table, row.try_get_by_index(0).expect("a number")));
    }
    db.close().await;
    counts.sort();
    counts
}

#[tokio::test]
async fn a_removal_leaves_nothing_of_it_and_everything_of_others() {
    let app = TestApp::spawn_with(without_credentials).await;
    let event = json!({
        "name": "session.start", "product": "shop", "sessionId": "s",
        "data": { "channel": "app", "visitor_id": "v" },
    });
    app.nobody().track(&[event]).await;
    start(&app).await;
    app.roll_up().await;
    let own = rows(&app, "default").await;
    let of_demo = rows(&app, TENANT).await;
    assert!(of_demo.len() >= 27, "{of_demo:?}");
    assert!(of_demo.iter().filter(|(_, rows)| *rows > 0).count() >= 15, "{of_demo:?}");
    let query = "subscription { realtimeOverview { activeSessions totalAgents queueCount } }";
    let mut wall = app.subscribe_as(KEY, query).await;
    assert!(wall.data().await["realtimeOverview"]["activeSessions"].as_i64() > Some(0));

    let removed = app.nobody().ask("mutation { removeDemo { state daysFilled startedAt } }").await;
    let absent = json!({ "state": "ABSENT", "daysFilled": 0, "startedAt": null });
    assert_eq!(removed["removeDemo"], absent);
    let left: Vec<_> = rows(&app, TENANT).await.into_iter().filter(|(_, rows)| *rows > 0).collect();
    assert_eq!(left, []);
    let is_sum = |(table, _): &(String, i64)| table != "analytics_ingest_ledger";
    let same = |rows: Vec<(String, i64)>| rows.into_iter().filter(is_sum).collect::<Vec<_>>();
    assert_eq!(same(rows(&app, "default").await), same(own));
    let empty = json!({ "activeSessions": 0, "totalAgents": 0, "queueCount": 0 });
    wall.until(|shown| shown["realtimeOverview"] == empty).await;
    let asked = "{ viewer { hasEvents } stats { today { totalSessions } }
        quality { summary { auditedCount } } billing { usage { tokensUsed } } }";
    let nothing = json!({
        "viewer": { "hasEvents": false }, "stats": { "today": { "totalSessions": 0 } },
        "quality": { "summary": { "auditedCount": 0 } },
        "billing": { "usage": { "tokensUsed": 0 } },
    });
    assert_eq!(app.bearer(KEY).ask(asked).await, nothing);
    // And it may begin anew.
    start(&app).await;
    assert_true(&app).await;
}

#[tokio::test]
async fn after_a_restart_it_goes_on_and_tells_nothing_twice() {
    let app = given_demo().await;
    let app = app.restart().await;
    assert_eq!(progress(&app).await.state, DemoState::Stopped);
    start(&app).await;
    // The outage of the first start is there, and no second one.
    assert_true(&app).await;
    let books = "{ ingestStatus { conflict rejected } }";
    let books = app.bearer(KEY).ask(books).await;
    assert_eq!(books["ingestStatus"], json!({ "conflict": 0, "rejected": 0 }));
}

#[tokio::test]
async fn a_service_with_credentials_has_no_demo() {
    let app = TestApp::spawn().await;
    let asked = app.operator().ask("{ viewer { isOpen isDemo demo { state } role } }").await;
    let none = json!({ "isOpen": false, "isDemo": false, "demo": null, "role": "OPERATOR" });
    assert_eq!(asked["viewer"], none);
    for change in ["startDemo", "removeDemo"] {
        let query = format!("mutation {{ {change} {{ state }} }}");
        let (code, reason) = app.operator().refusal(&query, json!({})).await;
        assert_eq!(code, "NOT_FOUND", "{change}");
        assert!(reason.contains("asks for credentials"), "{reason}");
        assert_eq!(app.viewer().refusal(&query, json!({})).await.0, "FORBIDDEN", "{change}");
    }
    let answer = app.bearer(KEY).send("{ viewer { subject } }", json!({})).await;
    assert_eq!((answer.status, answer.codes()), (401, vec!["UNAUTHENTICATED"]));
}

#[tokio::test]
async fn the_key_enters_its_tenant_and_everything_else_stays() {
    let app = TestApp::spawn_with(without_credentials).await;
    let asked = "{ viewer { tenantId subject role isDemo hasEvents ownRights } }";
    let local = json!({
        "tenantId": "default", "subject": "local", "role": "OPERATOR", "isDemo": false,
        "hasEvents": false, "ownRights": [],
    });
    assert_eq!(app.nobody().ask(asked).await["viewer"], local);
    assert_eq!(app.bearer("anything").ask(asked).await["viewer"], local);
    let demo = json!({
        "tenantId": "demo", "subject": "demo", "role": "OPERATOR", "isDemo": true,
        "hasEvents": false, "ownRights": [],
    });
    assert_eq!(app.bearer(KEY).ask(asked).await["viewer"], demo);
    let cards = "{ quality { scorecards { id } } }";
    assert_eq!(app.nobody().ask(cards).await["quality"]["scorecards"], json!([]));
    let of_demo = app.bearer(KEY).ask(cards).await;
    assert_eq!(of_demo["quality"]["scorecards"], json!([{ "id": "demo-service" }]));
}
