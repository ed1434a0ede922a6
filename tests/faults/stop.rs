//! SIGTERM: nobody is cut off, the buffer is emptied or named, and it takes ten seconds at most.

use std::{
    sync::Arc,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use serde_json::Value;
use tokio::task::JoinSet;

use crate::{
    check::settle,
    harness::{Answer, Caller, Desk, Layout, messages},
};

const STOP: Duration = Duration::from_secs(10);
const TENANT: &str = "default";
const CALLERS: usize = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_under_load_cuts_nobody_off_over_servers() {
    stopped_under_load(Layout::servers(1)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_under_load_cuts_nobody_off_on_the_embedded_store() {
    stopped_under_load(Layout::embedded()).await;
}

async fn stopped_under_load(layout: Layout) {
    let mut desk = Desk::start(&layout).await;
    let load = Load::start(&desk);
    tokio::time::sleep(Duration::from_secs(2)).await;
    let asked = Instant::now();
    desk.replicas[0].terminate();
    let status = desk.replicas[0].ended_within(STOP).await;
    let calls = load.finish().await;
    assert!(status.is_some_and(|status| status.success()), "{status:?}");

    let cut_off: Vec<_> =
        calls.iter().filter(|call| call.begun < asked && call.is_lost()).collect();
    assert!(
        cut_off.is_empty(),
        "{} calls in flight failed: {:?}",
        cut_off.len(),
        cut_off[0].answer
    );
    desk.replicas[0].revive().await;
    settle(&desk).await;
    all_is_kept(&desk, &calls).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_with_a_full_buffer_names_what_is_left() {
    let layout = Layout::servers(1).set("ingest.max_pending_events", 2_000);
    let layout = layout.set("ingest.lease_ms", 3_000);
    let mut desk = Desk::start(&layout).await;
    desk.postgres().freeze();
    let load = Load::start(&desk);
    let caller = desk.caller(0, TENANT);
    let full = async || match caller.track(&messages(100), "BUFFERED").await {
        Answer::Refused { code, .. } if code == "RATE_LIMITED" => Some(()),
        _ => None,
    };
    crate::harness::within(Duration::from_secs(30), "a full buffer", full).await;
    let asked = Instant::now();
    desk.replicas[0].terminate();
    let status = desk.replicas[0].ended_within(STOP).await;
    let took = asked.elapsed();
    let calls = load.finish().await;
    let said = desk.replicas[0].said();
    desk.postgres().thaw();
    desk.replicas[0].revive().await;
    settle(&desk).await;
    all_is_kept(&desk, &calls).await;

    assert!(status.is_some_and(|status| status.success()), "{status:?} after {took:?}");
    let cut_off: Vec<_> =
        calls.iter().filter(|call| call.begun < asked && call.is_lost()).collect();
    assert!(
        cut_off.is_empty(),
        "{} calls in flight failed: {:?}",
        cut_off.len(),
        cut_off[0].answer
    );
    let named = said.lines().any(|line| line.contains("wait") && line.contains("left"));
    assert!(named, "what is left is not named");
}

/// One call, when it began, and what came of it.
struct Call {
    begun: Instant,
    events: Vec<Value>,
    answer: Answer,
}

impl Call {
    fn is_lost(&self) -> bool {
        matches!(self.answer, Answer::Lost(_))
    }
}

/// Callers who call one after the other until nobody answers.
struct Load {
    stop: Arc<AtomicBool>,
    tasks: JoinSet<Vec<Call>>,
}

impl Load {
    fn start(desk: &Desk) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let mut tasks = JoinSet::new();
        for index in 0..CALLERS {
            let durability = ["BUFFERED", "STORED"][index % 2];
            tasks.spawn(call(desk.caller(0, TENANT), durability, Arc::clone(&stop)));
        }
        Self { stop, tasks }
    }

    async fn finish(mut self) -> Vec<Call> {
        self.stop.store(true, Ordering::SeqCst);
        let mut calls = Vec::new();
        while let Some(of_one) = self.tasks.join_next().await {
            calls.extend(of_one.expect("a caller"));
        }
        calls
    }
}

async fn call(caller: Caller, durability: &'static str, stop: Arc<AtomicBool>) -> Vec<Call> {
    let mut calls = Vec::new();
    while !stop.load(Ordering::SeqCst) {
        let (begun, events) = (Instant::now(), messages(20));
        let answer = caller.track(&events, durability).await;
        if !matches!(answer, Answer::Told(_)) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        calls.push(Call { begun, events, answer });
    }
    calls
}

async fn all_is_kept(desk: &Desk, calls: &[Call]) {
    let told = calls.iter().filter(|call| matches!(call.answer, Answer::Told(_)));
    let events: Vec<_> = told.flat_map(|call| call.events.iter().cloned()).collect();
    assert!(!events.is_empty(), "there was no load");
    assert_eq!(desk.rows().await.count_of(TENANT, &events).await, events.len());
}
