//! Figures of settled days can be proved: whatever changes behind the service's back is named.

use chrono::TimeDelta;
use sea_orm::{ConnectionTrait as _, DbBackend};
use serde_json::{Value, json};

use crate::harness::TestApp;

const DAY: &str = "2026-03-10";
const QUESTION: &str = "query ($from: Date!, $to: Date!) { verifyRollup(from: $from, to: $to) {
    days { date state differenceCount differences { what product hour kept recomputed } }
} }";

/// A conversation with a message, and an event that no figure counts.
fn conversation(id: &str) -> Vec<Value> {
    let event = |name: &str, minute: u32, data: Value| {
        json!({
            "id": format!("{id}-{name}"), "name": name, "product": "bot", "sessionId": id,
            "occurredAt": format!("{DAY}T03:{minute:02}:00Z"), "data": data,
        })
    };
    vec![
        event("session.start", 1, json!({ "channel": "app", "visitor_id": "v" })),
        event("message.ai", 3, json!({ "response_time": 1_500, "note": "first" })),
        event("page.view", 4, json!({ "url": "/" })),
        event("session.end", 5, json!({ "by": "ai", "resolved": true })),
    ]
}

/// A service the day after a conversation, rolled up.
async fn the_day_after() -> TestApp {
    let app = TestApp::spawn().await;
    app.product().track(&conversation("a")).await;
    app.advance(TimeDelta::hours(20));
    app.roll_up().await;
    app
}

/// Changes rows as nobody should.
async fn change(app: &TestApp, sql: &str) {
    let transaction = app.app.services.db.write().await.expect("a transaction");
    let changed = transaction.execute_unprepared(sql).await.expect("a change");
    assert_eq!(changed.rows_affected(), 1, "{sql}");
    transaction.commit().await.expect("a commit");
}

async fn verified(app: &TestApp) -> Value {
    let days = json!({ "from": DAY, "to": DAY });
    app.operator().data(QUESTION, days).await["verifyRollup"]["days"][0].clone()
}

/// What differs on the day, each once.
async fn differing(app: &TestApp) -> Vec<String> {
    let day = verified(app).await;
    assert_eq!((&day["date"], &day["state"]), (&json!(DAY), &json!("DIFFERS")), "{day}");
    let listed = day["differences"].as_array().expect("differences");
    assert_eq!(day["differenceCount"], listed.len());
    let what = |difference: &Value| difference["what"].as_str().expect("a name").to_owned();
    let mut what: Vec<_> = listed.iter().map(what).collect();
    what.sort();
    what.dedup();
    what
}

#[tokio::test]
async fn an_untouched_day_is_equal_and_one_that_goes_on_or_has_changed_is_open() {
    let app = TestApp::spawn().await;
    app.product().track(&conversation("a")).await;
    app.roll_up().await;
    assert_eq!(verified(&app).await["state"], "OPEN");
    app.advance(TimeDelta::hours(20));
    let equal = json!({ "date": DAY, "state": "EQUAL", "differenceCount": 0, "differences": [] });
    assert_eq!(verified(&app).await, equal);
    app.product().track(&conversation("b")).await;
    assert_eq!(verified(&app).await["state"], "OPEN");
    app.roll_up().await;
    assert_eq!(verified(&app).await, equal);
}

#[tokio::test]
async fn a_changed_event_is_named_though_no_figure_changes() {
    let app = the_day_after().await;
    let sql = "UPDATE analytics_events SET event_data = '{\"note\": \"second\"}' \
        WHERE event_id = 'a-message.ai'";
    change(&app, sql).await;
    assert_eq!(differing(&app).await, ["digest"]);
    let hour = &verified(&app).await["differences"][0]["hour"];
    assert_eq!(hour, "2026-03-10T03:00:00Z");
}

#[tokio::test]
async fn a_changed_event_that_a_figure_counts_is_named_with_the_figure() {
    let app = the_day_after().await;
    let sql = "UPDATE analytics_events SET response_ms = 100, event_name = 'message.agent' \
        WHERE event_id = 'a-message.ai'";
    change(&app, sql).await;
    let expected = [
        "agent_response_count",
        "agent_response_ms_sum",
        "ai_response_count",
        "ai_response_ms_sum",
        "digest",
        "response_ms",
    ];
    assert_eq!(differing(&app).await, expected);
}

#[tokio::test]
async fn a_deleted_event_is_missed_whether_or_not_a_figure_counts_it() {
    for (event, expected) in [
        ("page.view", &["digest", "events"][..]),
        (
            "message.ai",
            &[
                "ai_response_count",
                "ai_response_ms_sum",
                "digest",
                "events",
                "response_ms",
                "total_messages",
            ],
        ),
    ] {
        let app = the_day_after().await;
        change(&app, &format!("DELETE FROM analytics_events WHERE event_id = 'a-{event}'")).await;
        assert_eq!(differing(&app).await, expected, "{event}");
    }
}

#[tokio::test]
async fn a_changed_daily_row_is_named_by_measure_and_product() {
    let app = the_day_after().await;
    change(&app, "UPDATE analytics_daily_stats SET total_messages = total_messages + 4").await;
    let expected = json!([{
        "what": "total_messages", "product": "bot", "hour": null, "kept": 5, "recomputed": 1,
    }]);
    assert_eq!(verified(&app).await["differences"], expected);
}

#[tokio::test]
async fn a_changed_distribution_is_named_whether_or_not_it_can_be_read() {
    // A value of 1 instead of 1,500; 1,500 twice; and bytes that are no distribution.
    for (bytes, kept, recomputed) in
        [("010101", 1, 0), ("01dd0202", 2, 1), ("0101", 0, 1), ("ff", 0, 1)]
    {
        let three = json!("2026-03-10T03:00:00Z");
        for (table, condition, hour) in [
            ("analytics_daily_stats", "", Value::Null),
            ("analytics_stat_histograms", " AND level = 0", three.clone()),
            ("analytics_stat_histograms", " AND level = 1", three),
            ("analytics_stat_histograms", " AND level = 2", Value::Null),
        ] {
            let app = the_day_after().await;
            let bytes = match app.app.services.db.backend() {
                DbBackend::Postgres => format!("'\\x{bytes}'::bytea"),
                _ => format!("x'{bytes}'"),
            };
            let sql = format!(
                "UPDATE {table} SET response_histogram = {bytes} \
                 WHERE response_histogram IS NOT NULL{condition}"
            );
            change(&app, &sql).await;
            let expected = json!([{
                "what": "response_ms", "product": "bot", "hour": hour, "kept": kept,
                "recomputed": recomputed,
            }]);
            assert_eq!(verified(&app).await["differences"], expected, "{sql}");
            // Found when the day is to be sealed, it is rebuilt and then sealed.
            app.advance(TimeDelta::hours(17));
            app.roll_up().await;
            assert_eq!(verified(&app).await["state"], "OPEN");
            app.roll_up().await;
            assert_eq!(verified(&app).await["state"], "EQUAL");
            assert!(sealed_at(&app).await.is_string());
        }
    }
}

#[tokio::test]
async fn a_day_whose_events_were_removed_keeps_its_proof() {
    let app = the_day_after().await;
    app.advance(TimeDelta::days(92));
    app.app.services.retention.run().await.expect("a run of the retention");
    assert_eq!(verified(&app).await["state"], "REMOVED");
    // One that comes late is counted beside those that are gone.
    app.product().track(&conversation("b")).await;
    app.roll_up().await;
    assert_eq!(verified(&app).await["state"], "REMOVED");
    change(&app, "DELETE FROM analytics_events WHERE event_id = 'b-page.view'").await;
    assert_eq!(differing(&app).await, ["digest", "events"]);
}

#[tokio::test]
async fn another_zone_makes_the_proofs_of_its_own_hours() {
    let app = the_day_after().await;
    let app = app
        .restart_with(|config| {
            let tenant = config.tenants.get_mut("default").expect("the tenant");
            let mut other = deskpulse::tenant::Tenant::clone(tenant);
            other.time_zone = "Asia/Kolkata".parse().expect("a zone");
            *tenant = other.into();
        })
        .await;
    app.roll_up().await;
    assert_eq!(verified(&app).await["state"], "EQUAL");
}

#[tokio::test]
async fn more_days_than_a_month_are_refused() {
    let app = TestApp::spawn().await;
    for (from, to, field, message) in [
        (
            "2026-01-01",
            "2026-02-01",
            "from",
            "`from` is 32 days before `to`, expected at most 31 days",
        ),
        (
            "2026-02-01",
            "2026-01-01",
            "to",
            "`to` is 2026-01-01, expected `from` (2026-02-01) or a later day",
        ),
    ] {
        let answer = app.operator().send(QUESTION, json!({ "from": from, "to": to })).await;
        let error = &answer.body["errors"][0];
        assert_eq!(
            (&error["message"], &error["extensions"]["field"]),
            (&json!(message), &json!(field))
        );
    }
}

async fn sealed_at(app: &TestApp) -> Value {
    let query = "query ($day: Date!) { verifyRollup(from: $day, to: $day) { days { sealedAt } } }";
    let data = app.operator().data(query, json!({ "day": DAY })).await;
    data["verifyRollup"]["days"][0]["sealedAt"].clone()
}

/// A service with a day that is sealed.
async fn sealed_day() -> TestApp {
    let app = the_day_after().await;
    assert_eq!(sealed_at(&app).await, Value::Null);
    app.advance(TimeDelta::hours(17));
    app.roll_up().await;
    assert_eq!(sealed_at(&app).await, "2026-03-11T17:00:00Z");
    app
}

/// A page of the restatements of the month, and the cursor of the next one.
async fn restated(app: &TestApp, tenant: &str, first: usize, after: Value) -> (Vec<Value>, Value) {
    let query = "query ($tenant: ID, $first: Int, $after: String) {
        restatements(
            tenantId: $tenant, from: \"2026-03-01\", to: \"2026-03-31\", first: $first, after: $after
        ) {
            edges { node { date restatedAt measure product before after reason eventsMore } }
            pageInfo { endCursor hasNextPage }
        }
    }";
    let variables = json!({ "tenant": tenant, "first": first, "after": after });
    let page = app.operator().data(query, variables).await["restatements"].clone();
    let nodes = page["edges"].as_array().expect("edges").iter().map(|edge| edge["node"].clone());
    let is_last = page["pageInfo"]["hasNextPage"] == false;
    (nodes.collect(), if is_last { Value::Null } else { page["pageInfo"]["endCursor"].clone() })
}

#[tokio::test]
async fn a_late_event_of_a_sealed_day_is_counted_and_written_down() {
    let app = sealed_day().await;
    app.product().track(&conversation("b")).await;
    assert_eq!(verified(&app).await["state"], "OPEN");
    assert_eq!(restated(&app, "default", 50, Value::Null).await.0, Vec::<Value>::new());
    app.advance(TimeDelta::hours(1));
    app.roll_up().await;
    let (rows, next) = restated(&app, "default", 50, Value::Null).await;
    assert_eq!(next, Value::Null);
    let row = |measure: &str, product: Value, before: i64, after: i64| {
        json!({
            "date": DAY, "restatedAt": "2026-03-11T18:00:00Z", "measure": measure,
            "product": product, "before": before, "after": after, "reason": "LATE_EVENTS",
            "eventsMore": 4,
        })
    };
    for expected in [
        row("events", Value::Null, 4, 8),
        row("total_sessions", json!("bot"), 1, 2),
        row("ai_response_ms_sum", json!("bot"), 1_500, 3_000),
    ] {
        assert!(rows.contains(&expected), "{expected} is not among {rows:?}");
    }
    assert!(rows.iter().all(|row| row["measure"] != "queued"), "{rows:?}");
    // The same in pages, and nothing of it elsewhere.
    let (mut pages, mut after) = (Vec::new(), Value::Null);
    loop {
        let (page, next) = restated(&app, "default", 2, after).await;
        pages.extend(page);
        after = next;
        if after.is_null() {
            break;
        }
    }
    assert_eq!(pages, rows);
    assert_eq!(restated(&app, "acme", 50, Value::Null).await.0, Vec::<Value>::new());
    // It is over for long enough, and equal.
    assert_eq!(sealed_at(&app).await, "2026-03-11T18:00:00Z");
}

#[tokio::test]
async fn a_day_that_differs_is_rebuilt_before_it_is_sealed() {
    let app = the_day_after().await;
    change(&app, "UPDATE analytics_daily_stats SET total_messages = total_messages + 4").await;
    app.advance(TimeDelta::hours(17));
    assert_eq!(app.roll_up().await, 0);
    assert_eq!(sealed_at(&app).await, Value::Null);
    assert_eq!(verified(&app).await["state"], "OPEN");
    assert_eq!(app.roll_up().await, 1);
    assert_eq!(sealed_at(&app).await, "2026-03-11T17:00:00Z");
    // It was never said to be so.
    assert_eq!(restated(&app, "default", 50, Value::Null).await.0, Vec::<Value>::new());
}

#[tokio::test]
async fn an_event_that_is_missing_from_a_sealed_day_is_restated_and_the_others_stay() {
    let app = sealed_day().await;
    change(&app, "DELETE FROM analytics_events WHERE event_id = 'a-page.view'").await;
    app.advance(TimeDelta::days(92));
    app.app.services.retention.run().await.expect("a run of the retention");
    assert_eq!(verified(&app).await["state"], "OPEN");
    app.roll_up().await;
    let (rows, _) = restated(&app, "default", 50, Value::Null).await;
    let [row] = &rows[..] else { panic!("{rows:?}") };
    let told = (&row["measure"], &row["before"], &row["after"], &row["reason"], &row["eventsMore"]);
    let expected = (&json!("events"), &json!(4), &json!(3), &json!("MISSING_EVENTS"), &json!(-1));
    assert_eq!(told, expected);
    assert_eq!(verified(&app).await["state"], "EQUAL");
}

#[tokio::test]
async fn raw_events_wait_for_the_seal_of_their_day() {
    let app = TestApp::spawn_with(|config| config.rollup.seal_after_hours = 200 * 24).await;
    app.product().track(&conversation("a")).await;
    app.roll_up().await;
    app.advance(TimeDelta::days(190));
    app.app.services.retention.run().await.expect("a run of the retention");
    assert_eq!(
        (&verified(&app).await["state"], sealed_at(&app).await),
        (&json!("EQUAL"), Value::Null)
    );
    app.advance(TimeDelta::days(20));
    app.app.services.retention.run().await.expect("a run of the retention");
    assert_eq!(verified(&app).await["state"], "REMOVED");
    assert!(sealed_at(&app).await.is_string());
}
