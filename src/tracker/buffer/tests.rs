//! What the buffer promises, on a Redis of each test's own.

use std::{
    fs,
    io::Write as _,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta};
use redis::{AsyncCommands as _, aio::MultiplexedConnection};
use serde_json::json;

use super::{EventBuffer, RedisBuffer};
use crate::{
    clock::ManualClock,
    config::Config,
    error::Code,
    live::{RedisLink, testing::PrivateRedis},
    tenant::TenantId,
    tracker::{model::NewEvent, testing},
};

const CAPACITY: usize = 1_000;
const LEASE_MS: u64 = 30_000;

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at("2026-01-01T00:00:00Z".parse().unwrap()))
}

fn events(count: usize) -> Vec<NewEvent> {
    let event = |index| NewEvent {
        tenant: TenantId::new("default"),
        id: format!("e{index}").into(),
        occurred_at: DateTime::from_timestamp(1_767_225_600, 0).unwrap(),
        received_at: DateTime::from_timestamp(1_767_225_600, 0).unwrap(),
        ..testing::event("page.view", json!({ "index": index }))
    };
    (0..count).map(event).collect()
}

/// A buffer under test, with what keeps its server alive.
struct Subject {
    buffer: RedisBuffer,
    clock: Arc<ManualClock>,
    _server: PrivateRedis,
}

async fn given_buffer() -> Subject {
    let server = PrivateRedis::start().await;
    let (buffer, clock) = buffer_on(&server).await;
    Subject { buffer, clock, _server: server }
}

async fn buffer_on(server: &PrivateRedis) -> (RedisBuffer, Arc<ManualClock>) {
    let link = RedisLink::connect(server.client()).await.unwrap();
    let mut config = Config::default();
    config.ingest.max_pending_events = CAPACITY;
    config.ingest.lease_ms = LEASE_MS;
    let clock = clock();
    (RedisBuffer::new(link, clock.clone(), &config), clock)
}

#[tokio::test]
async fn gives_out_what_was_pushed_in_order() {
    let subject = given_buffer().await;
    subject.buffer.push(&events(5)).await.unwrap();
    let batch = subject.buffer.claim(3).await.unwrap().unwrap();
    assert_eq!(batch.events, events(5)[..3]);
    let batch = subject.buffer.claim(10).await.unwrap().unwrap();
    assert_eq!(batch.events, events(5)[3..]);
    assert!(subject.buffer.claim(10).await.unwrap().is_none());
}

#[tokio::test]
async fn gives_a_claim_out_again_after_its_lease() {
    let subject = given_buffer().await;
    subject.buffer.push(&events(2)).await.unwrap();
    let first = subject.buffer.claim(10).await.unwrap().unwrap();
    assert!(subject.buffer.claim(10).await.unwrap().is_none());
    subject.clock.advance(TimeDelta::milliseconds(30_001));
    let second = subject.buffer.claim(10).await.unwrap().unwrap();
    assert_eq!((first.id, first.events), (second.id, second.events));
}

#[tokio::test]
async fn gives_out_again_what_a_clock_that_ran_ahead_has_claimed() {
    let subject = given_buffer().await;
    subject.buffer.push(&events(2)).await.unwrap();
    subject.clock.advance(TimeDelta::hours(16));
    let first = subject.buffer.claim(10).await.unwrap().unwrap();
    subject.clock.advance(TimeDelta::hours(-16));
    let second = subject.buffer.claim(10).await.unwrap().unwrap();
    assert_eq!((first.id, first.events), (second.id, second.events));
    assert!(subject.buffer.claim(10).await.unwrap().is_none());
}

#[tokio::test]
async fn forgets_what_is_acknowledged() {
    let subject = given_buffer().await;
    subject.buffer.push(&events(2)).await.unwrap();
    let batch = subject.buffer.claim(10).await.unwrap().unwrap();
    subject.buffer.ack(&batch).await.unwrap();
    subject.buffer.ack(&batch).await.unwrap();
    subject.clock.advance(TimeDelta::hours(1));
    assert!(subject.buffer.claim(10).await.unwrap().is_none());
}

#[tokio::test]
async fn counts_what_waits_claimed_or_not() {
    let subject = given_buffer().await;
    subject.buffer.push(&events(5)).await.unwrap();
    let batch = subject.buffer.claim(3).await.unwrap().unwrap();
    let tenant = TenantId::new("default");
    let pending = subject.buffer.pending(&tenant).await.unwrap();
    assert_eq!((pending.events, pending.oldest_at_ms), (5, Some(1_767_225_600_000)));
    subject.buffer.ack(&batch).await.unwrap();
    assert_eq!(subject.buffer.pending(&tenant).await.unwrap().events, 2);
}

#[tokio::test]
async fn takes_all_of_a_push_or_none() {
    let subject = given_buffer().await;
    subject.buffer.push(&events(CAPACITY - 1)).await.unwrap();
    let error = subject.buffer.push(&events(2)).await.unwrap_err();
    assert_eq!(error.code(), Code::RateLimited);
    let pending = subject.buffer.pending(&TenantId::new("default")).await.unwrap();
    assert_eq!(pending.events, CAPACITY as u64 - 1);
}

/// Keeps a disk busy, so that a sync takes long, until it is dropped.
struct BusyDisk {
    stop: Arc<AtomicBool>,
    writers: Vec<thread::JoinHandle<()>>,
}

impl BusyDisk {
    fn of(folder: &Path) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let writer = |number: usize| {
            let (file, stop) = (folder.join(format!("busy{number}")), Arc::clone(&stop));
            thread::spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    // A new file each time: its blocks are new to the journal of the file system.
                    let _ = fs::remove_file(&file);
                    let mut written = fs::File::create(&file).unwrap();
                    written.write_all(&vec![b'x'; 32 << 20]).unwrap();
                    written.sync_all().unwrap();
                }
            })
        };
        let writers = (0..2).map(writer).collect();
        Self { stop, writers }
    }
}

impl Drop for BusyDisk {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for writer in self.writers.drain(..) {
            let _ = writer.join();
        }
    }
}

/// Whether Redis is in the middle of a sync, and puts off writing.
async fn is_syncing(aside: &mut MultiplexedConnection) -> bool {
    let info: String = redis::cmd("INFO").arg("persistence").query_async(aside).await.unwrap();
    !info.contains("aof_pending_bio_fsync:0")
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_kill_while_the_disk_is_busy() {
    const EVENTS: &str = "analytics:event_buffer";
    let mut server = PrivateRedis::durable().await;
    let _busy = BusyDisk::of(server.folder());
    for round in 0..6 {
        let (buffer, _) = buffer_on(&server).await;
        let mut aside = server.aside().await;
        let (mut pushed, mut claimed, begun) = (0, 0, Instant::now());
        // A kill hits hardest in the middle of a sync, of which there is one a second.
        while begun.elapsed() < Duration::from_millis(1_500) {
            buffer.push(&events(1)).await.unwrap();
            pushed += 1;
            if pushed % 3 == 0 {
                claimed += buffer.claim(1).await.unwrap().unwrap().events.len();
            }
            if is_syncing(&mut aside).await {
                buffer.push(&events(1)).await.unwrap();
                pushed += 1;
                break;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        server.kill();
        server.revive().await;
        let mut aside = server.aside().await;
        let waiting: usize = aside.llen(EVENTS).await.unwrap();
        assert_eq!(waiting, pushed - claimed, "round {round}: of {pushed}, {claimed} claimed");
        redis::cmd("FLUSHALL").query_async::<()>(&mut aside).await.unwrap();
    }
}
