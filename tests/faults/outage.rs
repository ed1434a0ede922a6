//! Never in the way: with one store gone events are taken, with both gone the answer is quick.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::{
    check::settle,
    harness::{Answer, Caller, Desk, Layout, message, messages, within},
};

/// How long an answer may take once the outage is known.
const QUICK: Duration = Duration::from_millis(100);
/// How long the first answers may take, which find out.
const FIRST: Duration = Duration::from_secs(5);
/// After this long the outage is known.
const KNOWN: Duration = Duration::from_secs(1);
/// So many slow answers say it all.
const ENOUGH: usize = 4;
const DURABILITIES: [&str; 2] = ["BUFFERED", "STORED"];
const TENANT: &str = "default";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_redis_events_are_still_taken() {
    for gone in [Gone::Killed, Gone::Frozen] {
        let mut desk = Desk::start(&Layout::servers(1)).await;
        let caller = desk.caller(0, TENANT);
        caller.track(&messages(1), "BUFFERED").await.told();
        gone.redis(&mut desk);
        let mut sent = Vec::new();
        for _ in 0..20 {
            let events = messages(5);
            let told = caller.track(&events, "BUFFERED").await.told();
            assert!(told.iter().all(|told| told.status == "ACCEPTED"), "{gone:?}: {told:?}");
            sent.extend(events);
        }
        assert_eq!(desk.rows().await.count_of(TENANT, &sent).await, sent.len(), "{gone:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_postgresql_buffered_events_wait() {
    for gone in [Gone::Killed, Gone::Frozen] {
        let mut desk = Desk::start(&Layout::servers(1)).await;
        let caller = desk.caller(0, TENANT);
        gone.postgres(&mut desk);
        let mut sent = Vec::new();
        for _ in 0..20 {
            let events = messages(5);
            let told = caller.track(&events, "BUFFERED").await.told();
            assert!(told.iter().all(|told| told.status == "ACCEPTED"), "{gone:?}: {told:?}");
            sent.extend(events);
        }
        gone.postgres_is_back(&mut desk).await;
        settle(&desk).await;
        assert_eq!(desk.rows().await.count_of(TENANT, &sent).await, sent.len(), "{gone:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_either_the_answer_is_unavailable_at_once_when_they_crashed() {
    both_gone(Gone::Killed).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_either_the_answer_is_unavailable_at_once_when_they_fell_silent() {
    both_gone(Gone::Frozen).await;
}

async fn both_gone(gone: Gone) {
    let mut desk = Desk::start(&Layout::servers(1)).await;
    let caller = desk.caller(0, TENANT);
    caller.track(&messages(1), "BUFFERED").await.told();
    caller.track(&messages(1), "STORED").await.told();
    gone.postgres(&mut desk);
    gone.redis(&mut desk);

    let (mut calls, mut slow) = (Vec::new(), Vec::new());
    let begun = Instant::now();
    while begun.elapsed() < KNOWN {
        for durability in DURABILITIES {
            calls.push((false, refused(&caller, durability, FIRST, &mut slow).await));
        }
    }
    for _ in 0..20 {
        if slow.len() >= ENOUGH {
            break;
        }
        for durability in DURABILITIES {
            calls.push((true, refused(&caller, durability, QUICK, &mut slow).await));
        }
    }

    gone.redis_is_back(&mut desk).await;
    gone.postgres_is_back(&mut desk).await;
    let back = async || match caller.track(&[message()], "STORED").await {
        Answer::Told(_) => Some(()),
        _ => None,
    };
    within(Duration::from_secs(30), "an accepted event after the outage", back).await;
    settle(&desk).await;
    let rows = desk.rows().await;
    for (known, events) in calls {
        let stored = rows.count_of(TENANT, &events).await;
        // A call that met a store as it died may have reached it, but then whole.
        let whole = !known && stored == events.len();
        assert!(stored == 0 || whole, "{gone:?}: {stored} of a refused call are kept");
    }
    assert!(slow.is_empty(), "{gone:?}: slower than they may be: {slow:?}");
}

/// Sends a call, which must be refused; notes what was slow, and returns what was sent.
async fn refused(
    caller: &Caller,
    durability: &'static str,
    bound: Duration,
    slow: &mut Vec<(&'static str, Duration)>,
) -> Vec<Value> {
    let events = messages(3);
    match caller.track(&events, durability).await {
        Answer::Refused { code, retry_after_ms: Some(_), took } => {
            assert_eq!(code, "UNAVAILABLE");
            slow.extend((took > bound).then_some((durability, took)));
        }
        other => panic!("{durability}: {other:?}"),
    }
    events
}

/// How a store goes away.
#[derive(Clone, Copy, Debug)]
enum Gone {
    Killed,
    /// It neither answers nor hangs up.
    Frozen,
}

impl Gone {
    fn redis(self, desk: &mut Desk) {
        match self {
            Self::Killed => desk.redis().kill(),
            Self::Frozen => desk.redis().freeze(),
        }
    }

    fn postgres(self, desk: &mut Desk) {
        match self {
            Self::Killed => desk.postgres().kill(),
            Self::Frozen => desk.postgres().freeze(),
        }
    }

    async fn redis_is_back(self, desk: &mut Desk) {
        match self {
            Self::Killed => desk.redis().revive().await,
            Self::Frozen => desk.redis().thaw(),
        }
    }

    async fn postgres_is_back(self, desk: &mut Desk) {
        match self {
            Self::Killed => desk.postgres().revive().await,
            Self::Frozen => desk.postgres().thaw(),
        }
    }
}
