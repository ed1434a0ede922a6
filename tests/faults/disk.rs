//! A full disk under the embedded store.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::harness::{Answer, Caller, Desk, Layout, messages, within};

const TENANT: &str = "default";
const CALLERS: usize = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_events_until_there_is_room() {
    let desk = Desk::start(&Layout::embedded().on_a_disk_of(24)).await;
    let caller = desk.caller(0, TENANT);
    let mut kept = messages(50);
    caller.track(&kept, "BUFFERED").await.told();

    desk.disk().fill();
    // The file may have room of its own for a little more.
    let mut refused = Vec::new();
    let full = async || {
        let events = messages(500);
        match caller.track(&events, "BUFFERED").await {
            Answer::Told(_) => {
                kept.extend(events);
                None
            }
            Answer::Refused { code, retry_after_ms: Some(_), .. } => {
                assert_eq!(code, "UNAVAILABLE");
                refused.extend(events);
                Some(())
            }
            other => panic!("{other:?}"),
        }
    };
    within(Duration::from_secs(30), "a refusal for want of room", full).await;
    let books = caller.try_ask("{ ingestStatus { stored pending } }", json!({})).await;
    assert!(books.is_ok(), "reading needs no room: {books:?}");

    desk.disk().free();
    let more = messages(50);
    let room =
        async || matches!(caller.track(&more, "STORED").await, Answer::Told(_)).then_some(());
    within(Duration::from_secs(30), "an accepted event after the disk was full", room).await;
    kept.extend(more);
    let rows = desk.rows().await;
    assert_eq!(rows.count_of(TENANT, &kept).await, kept.len());
    assert_eq!(rows.count_of(TENANT, &refused).await, 0, "a refused call is kept");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_acknowledged_after_a_full_disk_survives_a_crash() {
    let mut desk = Desk::start(&Layout::embedded().on_a_disk_of(256)).await;
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        callers.spawn(call(desk.caller(0, TENANT)));
    }
    for _ in 0..4 {
        tokio::time::sleep(Duration::from_millis(500)).await;
        desk.disk().fill();
        tokio::time::sleep(Duration::from_millis(500)).await;
        desk.disk().free();
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    desk.replicas[0].kill();
    let mut kept = Vec::new();
    while let Some(of_one) = callers.join_next().await {
        kept.extend(of_one.expect("a caller"));
    }
    desk.replicas[0].revive().await;
    assert_eq!(desk.rows().await.count_of(TENANT, &kept).await, kept.len());
}

/// Calls until the service is gone, and returns what was acknowledged.
async fn call(caller: Caller) -> Vec<Value> {
    let mut kept = Vec::new();
    loop {
        let events = messages(20);
        match caller.track(&events, "STORED").await {
            Answer::Told(_) => kept.extend(events),
            Answer::Refused { .. } => tokio::time::sleep(Duration::from_millis(20)).await,
            Answer::Lost(_) => return kept,
        }
    }
}
