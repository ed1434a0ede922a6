//! `verify` on the embedded store.

use chrono::TimeDelta;
use deskpulse::{
    clock::{Clock as _, SystemClock},
    config::StoreConfig,
    db::Db,
};
use sea_orm::ConnectionTrait as _;
use serde_json::json;

use crate::process::Desk;

/// Changes the message behind the service's back.
async fn spoil(desk: &Desk) {
    let data_dir = Some(desk.path().join("deskpulse-data"));
    let db = Db::connect(&StoreConfig { data_dir, ..StoreConfig::default() }).await;
    let db = db.expect("a database");
    let transaction = db.write().await.expect("a transaction");
    let sql = "UPDATE analytics_events SET event_data = '{}' WHERE event_id = '1'";
    transaction.execute_unprepared(sql).await.expect("a change");
    transaction.commit().await.expect("a commit");
    db.close().await;
}

#[tokio::test]
async fn a_day_that_differs_is_a_line_and_an_exit_code() {
    let desk = Desk::new();
    assert_eq!(
        desk.done(&["verify"]),
        "default: 0 equal, 0 differing, 0 open, 0 equal but for removed events\n"
    );
    let service = desk.serve();
    let at = SystemClock.now() - TimeDelta::days(2);
    let day = (at + TimeDelta::hours(8)).date_naive().to_string();
    let event = json!({ "input": {
        "id": "1", "name": "message.ai", "product": "bot", "sessionId": "s", "occurredAt": at,
        "data": { "response_time": 5 },
    } });
    let track = "mutation ($input: TrackEventInput!) {
        trackEvent(input: $input, durability: STORED) { status }
    }";
    let answer = service.ask(track, event).await;
    assert_eq!(answer["data"]["trackEvent"]["status"], "ACCEPTED", "{answer}");
    service.stop();
    let only = ["verify", "--from", &day, "--to", &day];
    let counted = |equal, differing, open| {
        format!(
            "default: {equal} equal, {differing} differing, {open} open, 0 equal but for removed events\n"
        )
    };
    assert_eq!(desk.done(&only), counted(0, 0, 1));
    desk.done(&["rollup"]);
    assert_eq!(desk.done(&only), counted(1, 0, 0));
    assert_eq!(desk.run(&["verify"]).code, Some(0));
    spoil(&desk).await;
    let said = desk.run(&["verify", "--tenant", "default"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    let line = said.out.lines().next().expect("a line");
    assert!(line.starts_with(&format!("default: {day} differs in 1: digest at ")), "{line}");
    assert!(said.out.contains(", 1 differing, "), "{}", said.out);
}

#[test]
fn a_wrong_range_is_named() {
    let desk = Desk::new();
    assert_eq!(desk.refused(&["verify", "--tenant", "gone"]), "tenant `gone` not found");
    let reason = desk.refused(&["verify", "--from", "2026-03-02", "--to", "2026-03-01"]);
    assert_eq!(reason, "`to` is 2026-03-01, expected 2026-03-02 or a later day");
}
