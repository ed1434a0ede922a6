//! Raw events are removed after a while; no figure changes when they go.

use chrono::TimeDelta;
use deskpulse::retention::Removed;
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use serde_json::{Value, json};

use crate::harness::{TestApp, eventually};

const DAY: &str = "2026-03-10";
const FIGURES: &str = r#"{ stats { period(from: "2026-03-01", to: "2026-03-31") {
    totalSessions completedSessions aiResolved totalMessages avgResponseTime ratingCount avgRating
} } }"#;

/// A conversation with two messages and a rating.
fn conversation(id: &str) -> Vec<Value> {
    let event = |name: &str, minute: u32, data: Value| {
        json!({
            "id": format!("{id}-{name}"), "name": name, "product": "bot", "sessionId": id,
            "occurredAt": format!("{DAY}T03:{minute:02}:00Z"), "data": data,
        })
    };
    vec![
        event("session.start", 1, json!({ "channel": "app", "visitor_id": "v" })),
        event("message.customer", 2, json!({})),
        event("message.ai", 3, json!({ "response_time": 1_500 })),
        event("session.end", 4, json!({ "by": "ai", "resolved": true })),
        event("rating.submit", 5, json!({ "score": 4 })),
    ]
}

async fn stored(app: &TestApp) -> usize {
    let query = "query ($from: DateTime!, $to: DateTime!) {
        events(filter: { from: $from, to: $to }, first: 100) { edges { node { id } } }
    }";
    let range = json!({ "from": "2026-03-01T00:00:00Z", "to": "2026-03-31T00:00:00Z" });
    let data = app.viewer().data(query, range).await;
    data["events"]["edges"].as_array().expect("edges").len()
}

async fn run(app: &TestApp) -> Removed {
    app.app.services.retention.run().await.expect("a run of the retention")
}

#[tokio::test]
async fn no_figure_changes_when_raw_events_go_and_a_late_one_still_counts() {
    let app = TestApp::spawn().await;
    app.product().track(&conversation("a")).await;
    app.product().track(&conversation("b")).await;
    app.roll_up().await;
    let before = app.viewer().ask(FIGURES).await;
    app.advance(TimeDelta::days(89));
    assert_eq!(run(&app).await.events, 0);
    assert_eq!(stored(&app).await, 10);

    app.advance(TimeDelta::days(3));
    let removed = run(&app).await;
    assert!(removed.events == 10 || removed.partitions > 0, "{removed:?}");
    assert_eq!(stored(&app).await, 0);
    assert_eq!(app.viewer().ask(FIGURES).await, before);

    let late = conversation("c");
    assert_eq!(app.product().track(&late).await, vec!["ACCEPTED"; 5]);
    assert_eq!(stored(&app).await, 5);
    let open = app.viewer().ask(FIGURES).await;
    assert_eq!(open["stats"]["period"]["totalSessions"], 3);
    assert_eq!(open["stats"]["period"]["totalMessages"], 6);
    assert_eq!(open["stats"]["period"]["ratingCount"], 3);
    assert_eq!(app.roll_up().await, 1);
    assert_eq!(app.viewer().ask(FIGURES).await, open);

    // It was received just now, and stays for as long as any other.
    assert_eq!(run(&app).await.events, 0);
    app.advance(TimeDelta::days(91));
    assert_eq!(run(&app).await.events, 5);
    assert_eq!(app.viewer().ask(FIGURES).await, open);
    assert_eq!(app.roll_up().await, 0);
}

#[tokio::test]
async fn a_day_that_is_not_rolled_up_keeps_its_events() {
    let app = TestApp::spawn_with(|config| config.rollup.interval_secs = 86_400).await;
    // The service rolls up once when it starts.
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    app.product().track(&conversation("a")).await;
    app.advance(TimeDelta::days(92));
    assert_eq!(run(&app).await.events, 0);
    assert_eq!(stored(&app).await, 5);
    app.roll_up().await;
    run(&app).await;
    assert_eq!(stored(&app).await, 0);
}

/// Whether somebody waits to archive sums.
async fn is_archiving(app: &TestApp) -> bool {
    let db = &app.app.services.db;
    if db.backend() != DbBackend::Postgres {
        // Its one writer waits from the beginning.
        return true;
    }
    let sql = "SELECT 1 FROM pg_locks WHERE NOT granted \
         AND relation = 'analytics_archived_cells'::regclass";
    let waiting = db.pool().query_one_raw(Statement::from_string(db.backend(), sql)).await;
    waiting.expect("an answer").is_some()
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_a_day_are_read_while_it_is_removed() {
    let app = TestApp::spawn().await;
    app.product().track(&conversation("a")).await;
    app.roll_up().await;
    app.advance(TimeDelta::days(92));
    // Sealed beforehand, so that nothing is left but to archive the sums.
    app.roll_up().await;
    let db = &app.app.services.db;
    let held = db.write().await.expect("a transaction");
    if db.backend() == DbBackend::Postgres {
        let lock = "LOCK TABLE analytics_archived_cells IN EXCLUSIVE MODE";
        held.execute_unprepared(lock).await.expect("a lock");
    }
    let (removed, ()) = tokio::join!(run(&app), async {
        eventually("sums to be archived", async || is_archiving(&app).await.then_some(())).await;
        let reading = tokio::time::timeout(std::time::Duration::from_secs(1), stored(&app)).await;
        assert_eq!(reading.expect("events that nobody waits for"), 5);
        held.commit().await.expect("a commit");
    });
    assert!(removed.events == 5 || removed.partitions > 0, "{removed:?}");
    assert_eq!(stored(&app).await, 0);
}

#[tokio::test]
async fn a_day_whose_rows_differ_from_its_events_keeps_them_and_is_rebuilt() {
    let app = TestApp::spawn().await;
    app.product().track(&conversation("a")).await;
    app.roll_up().await;
    let db = &app.app.services.db;
    let spoil = "UPDATE analytics_daily_stats SET total_messages = total_messages + 1";
    let transaction = db.write().await.expect("a transaction");
    transaction.execute_unprepared(spoil).await.expect("a change");
    transaction.commit().await.expect("a commit");
    app.advance(TimeDelta::days(92));
    run(&app).await;
    assert_eq!(stored(&app).await, 5);
    assert_eq!(app.roll_up().await, 1);
    run(&app).await;
    assert_eq!(stored(&app).await, 0);
    let figures = app.viewer().ask(FIGURES).await;
    assert_eq!(figures["stats"]["period"]["totalMessages"], 2);
}

#[tokio::test]
async fn an_event_of_a_day_without_a_part_lands() {
    let app = TestApp::spawn().await;
    let old = json!({
        "id": "old", "name": "page.view", "product": "shop", "occurredAt": "2023-11-16T10:00:00Z",
    });
    assert_eq!(app.product().track(&[old]).await, ["ACCEPTED"]);
    let query = r#"{ events(filter: { from: "2023-11-16T00:00:00Z", to: "2023-11-17T00:00:00Z" }) {
        edges { node { id } }
    } }"#;
    let data = app.viewer().ask(query).await;
    assert_eq!(data["events"]["edges"][0]["node"]["id"], "old");
}

#[tokio::test]
async fn an_id_is_known_for_as_long_as_configured_whatever_the_day_it_is_sent_for() {
    let app = TestApp::spawn().await;
    let event = |day: u32| {
        json!({
            "id": "e", "name": "page.view", "product": "shop",
            "occurredAt": format!("2026-03-{day:02}T01:00:00Z"),
        })
    };
    assert_eq!(app.product().track(&[event(10)]).await, ["ACCEPTED"]);
    app.advance(TimeDelta::hours(6 * 24 + 23));
    run(&app).await;
    assert_eq!(app.product().track(&[event(16)]).await, ["DUPLICATE"]);
    app.advance(TimeDelta::hours(2));
    assert_eq!(run(&app).await.event_ids, 1);
    assert_eq!(app.product().track(&[event(16)]).await, ["ACCEPTED"]);
}

#[tokio::test]
async fn events_lie_in_the_part_of_their_day_and_parts_are_made_ahead() {
    let app = TestApp::spawn().await;
    let db = &app.app.services.db;
    let is_parted = db.backend() == DbBackend::Postgres;
    let mut events = conversation("a");
    events.push(json!({
        "id": "late", "name": "page.view", "product": "shop", "occurredAt": "2026-03-09T23:59:59Z",
    }));
    app.product().track(&events).await;
    let parts = || async {
        // The embedded store has one table.
        let part = if is_parted { "tableoid::regclass::text" } else { "'analytics_events'" };
        let sql = format!(
            "SELECT {part} AS part, COUNT(*) AS events FROM analytics_events GROUP BY 1 ORDER BY 1"
        );
        let rows = db.pool().query_all_raw(Statement::from_string(db.backend(), sql)).await;
        let part = |row: &sea_orm::QueryResult| -> (String, i64) {
            (row.try_get("", "part").expect("text"), row.try_get("", "events").expect("a count"))
        };
        rows.expect("rows").iter().map(part).collect::<Vec<_>>()
    };
    let named = |parted: &[(&str, i64)]| -> Vec<(String, i64)> {
        if is_parted {
            return parted.iter().map(|(part, events)| ((*part).to_owned(), *events)).collect();
        }
        vec![("analytics_events".to_owned(), parted.iter().map(|(_, events)| events).sum())]
    };
    let (own, other) = ("analytics_events_20260310", "analytics_events_default");
    assert_eq!(parts().await, named(&[(own, 5), (other, 1)]));

    // A part that is made late takes what came for its day.
    app.advance(TimeDelta::days(30));
    let stray = json!({ "id": "stray", "name": "page.view", "product": "shop" });
    app.product().track(&[stray]).await;
    app.app.services.retention.prepare().await.expect("parts");
    let made = "analytics_events_20260409";
    assert_eq!(parts().await, named(&[(own, 5), (made, 1), (other, 1)]));
}

#[tokio::test]
async fn a_repeat_of_the_same_instant_after_its_window_moves_no_figure() {
    let app = TestApp::spawn().await;
    let event = json!({
        "id": "a", "name": "message.ai", "product": "bot", "occurredAt": format!("{DAY}T03:00:00Z"),
    });
    assert_eq!(app.product().track(std::slice::from_ref(&event)).await, ["ACCEPTED"]);
    app.roll_up().await;
    let before = app.viewer().ask(FIGURES).await;
    app.advance(TimeDelta::days(8));
    assert_eq!(run(&app).await.event_ids, 1);
    assert_eq!(app.product().track(&[event]).await, ["REJECTED"]);
    assert_eq!(stored(&app).await, 1);
    app.roll_up().await;
    assert_eq!(app.viewer().ask(FIGURES).await, before);
    let kept = app.operator().ask("{ quarantine { edges { node { eventId } } } }").await;
    assert_eq!(kept["quarantine"]["edges"], json!([{ "node": { "eventId": "a" } }]));
}

#[tokio::test]
async fn reservations_go_some_time_after_they_ended() {
    const RESERVE: &str = "mutation ($key: ID!, $ttl: Int!) {
        reserveTokens(tokens: 5, ttlSecs: $ttl, key: $key) { reservation { id } }
    }";
    let app = TestApp::spawn().await;
    let product = app.product();
    let reserve = async |key: &str, ttl: i32| {
        let data = product.data(RESERVE, json!({ "key": key, "ttl": ttl })).await;
        data["reserveTokens"]["reservation"]["id"].clone()
    };
    let release = async |id: &Value| {
        let release = "mutation ($id: ID!) { releaseReservation(id: $id) { changed } }";
        product.send(release, json!({ "id": id })).await
    };
    let (expired, released, late) =
        (reserve("a", 60).await, reserve("b", 60).await, reserve("c", 60).await);
    release(&released).await;
    app.advance(TimeDelta::days(2));
    // It had expired, and its call came all the same.
    let settle = "mutation ($id: ID!) { settleReservation(id: $id, tokens: 5) { changed } }";
    product.data(settle, json!({ "id": late })).await;
    let open = reserve("d", 86_400).await;
    app.advance(TimeDelta::days(28));
    assert_eq!(run(&app).await.reservations, 0);
    assert_eq!(reserve("a", 60).await, expired);
    app.advance(TimeDelta::minutes(2));
    assert_eq!(run(&app).await.reservations, 2);
    assert_ne!(reserve("a", 60).await, expired, "its key is free again");
    assert_eq!(release(&released).await.codes(), ["NOT_FOUND"]);
    assert_eq!(release(&late).await.codes(), ["CONFLICT"]);
    app.advance(TimeDelta::days(2));
    assert_eq!(run(&app).await.reservations, 1);
    assert_eq!(release(&open).await.body["errors"], Value::Null);
    // What it held was used, and stays so.
    let usage = "{ billing { daily(days: 60) { totalTokens } } }";
    let days = app.viewer().ask(usage).await["billing"]["daily"].clone();
    let tokens = days.as_array().expect("days").iter().map(|day| day["totalTokens"].as_i64());
    assert_eq!(tokens.map(Option::unwrap).sum::<i64>(), 5);
}
