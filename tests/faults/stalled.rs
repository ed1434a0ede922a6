//! Connections that stop answering without a reset, as a firewall leaves them behind.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::harness::{Answer, Caller, Desk, Layout, Proxy, messages, within};

/// How soon the service must have found new connections, by itself.
const RECOVERED: Duration = Duration::from_secs(10);
const TENANT: &str = "default";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silent_connections_to_postgresql_are_replaced_under_load() {
    stalled(Wire::Postgres, true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silent_connections_to_postgresql_are_replaced_when_they_were_idle() {
    stalled(Wire::Postgres, false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silent_connections_to_redis_are_replaced_under_load() {
    stalled(Wire::Redis, true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_network_that_swallows_everything_for_a_while_is_survived() {
    let desk = Desk::start(&Layout::servers(1).proxied()).await;
    let caller = desk.caller(0, TENANT);
    caller.track(&messages(1), "STORED").await.told();
    let wire = desk.postgres_wire.as_ref().expect("a wire");
    wire.block();
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(3) {
        let answer = caller.track(&messages(1), "STORED").await;
        assert!(!matches!(answer, Answer::Told(_)), "acknowledged without a database: {answer:?}");
    }
    wire.unblock();
    recovers(&caller, "STORED").await;
}

/// What lies between the service and one of its stores.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wire {
    Postgres,
    Redis,
}

impl Wire {
    fn of(self, desk: &Desk) -> &Proxy {
        let wire = match self {
            Self::Postgres => &desk.postgres_wire,
            Self::Redis => &desk.redis_wire,
        };
        wire.as_ref().expect("a wire")
    }

    /// The durability whose answers need it.
    fn durability(self) -> &'static str {
        match self {
            Self::Postgres => "STORED",
            Self::Redis => "BUFFERED",
        }
    }
}

/// Lets the connections of one wire fall silent, and waits for the service to notice.
async fn stalled(wire: Wire, busy: bool) {
    // A batch whose claim was answered into the silence waits for its lease.
    let layout = Layout::servers(1).proxied().set("ingest.lease_ms", 3_000);
    let desk = Desk::start(&layout).await;
    let (caller, rows) = (desk.caller(0, TENANT), desk.rows().await);
    let mut load = load(&caller, wire.durability());
    // Long enough that the pool has all the connections that this load needs.
    tokio::time::sleep(Duration::from_secs(1)).await;
    if !busy {
        load.shutdown().await;
    }
    let silenced = rows.backends().await;
    assert!(!silenced.is_empty());
    wire.of(&desk).stall();
    let begun = Instant::now();
    recovers(&caller, wire.durability()).await;
    // What reads recovers as well: every connection of the pool is used by someone.
    let books = caller.try_ask("{ ingestStatus { stored } }", serde_json::json!({})).await;
    assert!(books.is_ok(), "after {:?}: {books:?}", begun.elapsed());
    if wire == Wire::Postgres && busy {
        // Their transactions would hold their locks until the server finds out by itself. Others of
        // them hold none: the pool forgets those that answer no call for a sign of life.
        let ended = async || {
            let left = rows.backends_in_transaction().await;
            (!silenced.iter().any(|process| left.contains(process))).then_some(())
        };
        let left = RECOVERED.saturating_sub(begun.elapsed());
        within(left, "an end of the silent transactions on the server", ended).await;
        eprintln!("transactions ended after {:?}", begun.elapsed());
    }
    load.shutdown().await;
    crate::check::settle(&desk).await;
}

/// Callers side by side, so that connections are in the middle of something.
fn load(caller: &Caller, durability: &'static str) -> JoinSet<()> {
    let mut load = JoinSet::new();
    for _ in 0..8 {
        let caller = caller.clone();
        load.spawn(async move {
            loop {
                caller.track(&messages(5), durability).await;
            }
        });
    }
    load
}

/// Calls one after the other until ten in a row were taken.
async fn recovers(caller: &Caller, durability: &str) {
    let (begun, mut in_a_row) = (Instant::now(), 0);
    while in_a_row < 10 {
        let answer = caller.track(&messages(2), durability).await;
        in_a_row = if matches!(answer, Answer::Told(_)) { in_a_row + 1 } else { 0 };
        assert!(begun.elapsed() < RECOVERED, "{durability}: still {answer:?} after {RECOVERED:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    eprintln!("{durability}: recovered after {:?}", begun.elapsed());
}
