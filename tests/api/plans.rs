//! How PostgreSQL goes about what the pages ask: it never reads all events of a day for them.
//!
//! The server itself writes the plan of every statement into its log, with the values it was run with.

use chrono::{DateTime, TimeDelta, Utc};
use deskpulse::bench::PageQuery;
use sea_orm::{ConnectionTrait as _, Database};
use serde_json::{Value, json};

use crate::harness::{NOW, PrivatePostgres, TestApp};

/// Conversations that are sent, and copies of each: large enough a day that an index pays.
const CONVERSATIONS: i64 = 200;
const COPIES: u32 = 60;

fn now() -> DateTime<Utc> {
    NOW.parse().expect("an instant")
}

/// One conversation that ended some minutes ago.
fn conversation(number: i64, ended_ago: TimeDelta) -> Vec<Value> {
    let event = |name: &str, before_end: i64, data: Value| {
        let at = now() - ended_ago - TimeDelta::seconds(before_end);
        json!({
            "id": format!("{number}-{name}"), "name": name, "product": "shop",
            "sessionId": format!("s{number}"), "occurredAt": at.to_rfc3339(), "data": data,
        })
    };
    let agent = format!("agent-{}", number % 20);
    vec![
        event("session.start", 90, json!({ "channel": "app", "visitor_id": format!("v{number}") })),
        event("message.customer", 80, json!({})),
        event("message.ai", 75, json!({ "response_time": 900, "model": "gpt-4o-mini" })),
        event("session.queue", 60, json!({ "queue": "sales" })),
        event("session.assign", 40, json!({ "agent_id": agent, "agent_name": agent })),
        event("message.agent", 20, json!({ "agent_id": agent, "response_time": 9_000 })),
        event("session.end", 0, json!({ "by": "agent", "resolved": true })),
        event("rating.submit", -5, json!({ "score": 4, "agent_id": agent })),
    ]
}

/// The columns of a table that are not computed, each as it is or with a suffix for a copy.
fn copy_sql(table: &str, columns: &str, keys: &[&str]) -> String {
    let selected = columns.split(", ").map(|column| {
        if keys.contains(&column) { format!("{column} || '-' || copy") } else { column.to_owned() }
    });
    format!(
        "INSERT INTO {table} ({columns}) SELECT {} FROM {table}, generate_series(1, {COPIES}) AS copy",
        selected.collect::<Vec<_>>().join(", ")
    )
}

async fn run(url: &str, statements: &[&str]) {
    let db = Database::connect(url).await.expect("the database");
    for sql in statements {
        db.execute_unprepared(sql).await.expect("a statement");
    }
    db.close().await.expect("a closed connection");
}

/// The plans in a log that read a partition of events from its beginning to its end; of days to come
/// they are empty, and cost nothing.
fn full_scans(log: &str) -> Vec<&str> {
    // The policy of tenants is checked once, for a hundredth.
    let is_empty = |line: &str| {
        ["(cost=0.00..0.00 ", "(cost=0.01..0.01 "].iter().any(|cost| line.contains(cost))
    };
    let is_full = |line: &&str| line.contains("Seq Scan on analytics_events") && !is_empty(line);
    log.lines().filter(is_full).map(str::trim).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_reads_all_events_of_a_day() {
    let postgres = PrivatePostgres::start().await;
    let url = postgres.url();
    let app = TestApp::spawn_with(|config| {
        config.store.database_url = Some(url.clone().into());
    })
    .await;
    for number in 0..CONVERSATIONS {
        let ended_ago = TimeDelta::minutes(number * 14);
        app.product().track(&conversation(number, ended_ago)).await;
    }
    let events = "tenant_id, event_id, event_name, event_data, session_id, product, occurred_at, \
        received_at, created_at, response_ms, rating, agent_id, channel, visitor_id";
    let sessions = "tenant_id, session_id, product, first_event_at, first_product, last_event_at, \
        last_event_hour, started_at, channel, visitor_id, queued_at, queue, assigned_at, \
        agent_assigned_at, agent_id, ended_at, ended_by, resolved";
    run(
        &url,
        &[
            &copy_sql("analytics_events", events, &["event_id", "session_id"]),
            &copy_sql("analytics_sessions", sessions, &["session_id"]),
            "VACUUM (ANALYZE)",
        ],
    )
    .await;
    assert!(app.roll_up().await >= 2);
    // The present hour goes on.
    app.product().track(&conversation(CONVERSATIONS, TimeDelta::seconds(20))).await;
    postgres.configure(
        "session_preload_libraries = 'auto_explain'\nauto_explain.log_min_duration = 0\n\
         auto_explain.log_nested_statements = on\n",
    );
    run(&url, &["SELECT pg_reload_conf()"]).await;
    // Connections of before know nothing of it.
    let app = app.restart().await;
    let before = postgres.log().len();
    for query in PageQuery::all(now(), (now() + TimeDelta::hours(8)).date_naive(), 7) {
        let from = postgres.log().len();
        let answer = app.operator().post(&query.body()).await;
        assert_eq!(answer.body.get("errors"), None, "{query:?}");
        let log = postgres.log().split_off(from);
        let scans = full_scans(&log);
        assert!(scans.is_empty(), "{}: {scans:#?}\n{log}", query.name);
    }
    let plans = postgres.log().split_off(before);
    let by_index = plans.matches("Index Scan using analytics_events_").count();
    assert!(by_index > 0, "no plan with events is in the log:\n{plans}");
    run(&url, &["SELECT COUNT(*) FROM analytics_events WHERE event_name LIKE '%x'"]).await;
    let log = postgres.log();
    assert!(!full_scans(&log).is_empty(), "a full scan would not have been seen");
}
