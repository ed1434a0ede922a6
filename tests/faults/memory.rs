//! Memory while PostgreSQL is away: bounded by shedding, not by luck.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use tokio::task::JoinSet;

use crate::{
    check::settle,
    harness::{Answer, Caller, Desk, Layout, messages},
};

const TENANT: &str = "default";
const MOST_KIB: u64 = 300 * 1024;
const CALLERS: usize = 16;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_stays_bounded_while_postgresql_is_silent() {
    let mut desk = Desk::start(&Layout::servers(1)).await;
    desk.postgres().freeze();
    let peak = under_load(&desk).await;
    desk.postgres().thaw();
    assert!(peak < MOST_KIB, "{} MiB, expected less than 300", peak / 1024);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_stays_bounded_while_postgresql_is_down() {
    let mut desk = Desk::start(&Layout::servers(1)).await;
    desk.postgres().kill();
    let peak = under_load(&desk).await;
    assert!(peak < MOST_KIB, "{} MiB, expected less than 300", peak / 1024);
    desk.postgres().revive().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_buffer_sheds_and_then_empties() {
    let layout = Layout::servers(1).set("ingest.max_pending_events", 3_000);
    let mut desk = Desk::start(&layout).await;
    desk.postgres().freeze();
    let caller = desk.caller(0, TENANT);
    let (begun, mut taken) = (Instant::now(), Vec::new());
    loop {
        let events = messages(100);
        match caller.track(&events, "BUFFERED").await {
            Answer::Told(_) => taken.extend(events),
            Answer::Refused { code, retry_after_ms: Some(_), .. } if code == "RATE_LIMITED" => {
                break;
            }
            other => panic!("{other:?}"),
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{} taken, never full", taken.len());
    }
    // The bound is on what nobody has claimed; one batch may be claimed beside it.
    assert!((2_900..=4_000).contains(&taken.len()), "{} of 3000 were taken", taken.len());
    desk.postgres().thaw();
    settle(&desk).await;
    assert_eq!(desk.rows().await.count_of(TENANT, &taken).await, taken.len());
}

/// Calls as fast as they are answered, and returns the most memory that the service had.
async fn under_load(desk: &Desk) -> u64 {
    let secs = std::env::var("DESKPULSE_FAULT_AWAY_SECS")
        .map_or(10, |secs| secs.parse().expect("DESKPULSE_FAULT_AWAY_SECS is a number of seconds"));
    let end = Instant::now() + Duration::from_secs(secs);
    let mut callers = JoinSet::new();
    for index in 0..CALLERS {
        let durability = ["BUFFERED", "STORED"][index % 2];
        callers.spawn(call(desk.caller(0, TENANT), durability, end));
    }
    let mut peak = 0;
    while Instant::now() < end {
        peak = peak.max(desk.replicas[0].process().resident_kib());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let mut answers: BTreeMap<String, usize> = BTreeMap::new();
    while let Some(of_one) = callers.join_next().await {
        for answer in of_one.expect("a caller") {
            *answers.entry(answer).or_default() += 1;
        }
    }
    eprintln!("{} MiB at most; {answers:?}", peak / 1024);
    let known = ["told", "RATE_LIMITED", "UNAVAILABLE", "lost"];
    assert!(answers.keys().all(|answer| known.contains(&answer.as_str())), "{answers:?}");
    peak
}

async fn call(caller: Caller, durability: &'static str, end: Instant) -> Vec<String> {
    let mut answers = Vec::new();
    while Instant::now() < end {
        answers.push(match caller.track(&messages(500), durability).await {
            Answer::Told(_) => "told".to_owned(),
            Answer::Refused { code, .. } => code,
            Answer::Lost(_) => "lost".to_owned(),
        });
    }
    answers
}
