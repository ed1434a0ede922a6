//! Watchers of the floor, while whatever carries it to them dies: each sees the true state at the
//! end, and no version goes back.

use std::time::Duration;

use rand::Rng as _;
use serde_json::{Value, json};

use crate::harness::{Answer, Caller, Desk, Layout, Watcher, within};

const TENANT: &str = "default";
const SESSIONS: usize = 400;
const WATCHERS: usize = 4;
const IN_GOOD_TIME: Duration = Duration::from_secs(20);

fn start(index: usize) -> Value {
    let id = format!("live-{index}");
    json!({ "id": id, "name": "session.start", "product": "bot", "sessionId": id })
}

/// Sends a session that starts to whichever replica takes it.
async fn send(callers: &[Caller], index: usize) {
    let event = [start(index)];
    for caller in callers.iter().cycle().skip(index) {
        if let Answer::Told(told) = caller.track(&event, "STORED").await {
            assert!(matches!(told[0].status.as_str(), "ACCEPTED" | "DUPLICATE"), "{told:?}");
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_watcher_ends_with_the_true_state_and_no_version_goes_back() {
    watchers_end_with_the_true_state(&Layout::servers(2)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_watcher_over_a_cluster_ends_with_the_true_state_and_no_version_goes_back() {
    watchers_end_with_the_true_state(&Layout::servers(2).on_a_cluster()).await;
}

async fn watchers_end_with_the_true_state(layout: &Layout) {
    let mut desk = Desk::start(layout).await;
    let callers: Vec<_> = (0..2).map(|replica| desk.caller(replica, TENANT)).collect();
    let ways = |first: usize| callers.iter().cycle().skip(first).take(2).cloned().collect();
    let watchers: Vec<_> = (0..WATCHERS).map(|index| Watcher::start(ways(index))).collect();
    // Each somewhere in a part of the run of its own.
    let mut random = rand::rng();
    let moments: [usize; 7] =
        std::array::from_fn(|step| 80 + 40 * step + random.random_range(0..40));
    eprintln!("faults come at {moments:?}");
    for index in 0..SESSIONS {
        match moments.iter().position(|moment| *moment == index) {
            Some(0) => desk.replicas[0].kill(),
            Some(1) => desk.replicas[0].revive().await,
            Some(2) => desk.redis().kill(),
            Some(3) => desk.redis().revive().await,
            Some(4) => desk.replicas[1].kill(),
            Some(5) => desk.replicas[1].revive().await,
            Some(6) => desk.redis().empty().await,
            _ => {}
        }
        send(&callers, index).await;
    }
    let expected = i64::try_from(SESSIONS).expect("a small number");
    for (index, watcher) in watchers.iter().enumerate() {
        let is_true = async || {
            let last = watcher.seen().last().copied()?;
            (last.active_sessions == expected).then_some(())
        };
        within(IN_GOOD_TIME, &format!("the true state at watcher {index}"), is_true).await;
        let seen = watcher.seen();
        let back = seen.windows(2).find(|pair| pair[1].version < pair[0].version);
        assert!(back.is_none(), "watcher {index} saw a version go back: {back:?}");
        let back = seen.windows(2).find(|pair| pair[1].active_sessions < pair[0].active_sessions);
        assert!(back.is_none(), "watcher {index} saw a session go that had not ended: {back:?}");
        assert!(seen.len() > 10, "watcher {index} saw {} pictures", seen.len());
    }
}
