//! What the buffer promises, on a Redis of each test's own.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta};
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
    let link = RedisLink::connect(server.client()).await.unwrap();
    let blocking = server.client().get_connection_manager().await.unwrap();
    let mut config = Config::default();
    config.ingest.max_pending_events = CAPACITY;
    config.ingest.lease_ms = LEASE_MS;
    let clock = clock();
    let buffer = RedisBuffer::new(link, blocking, clock.clone(), &config);
    Subject { buffer, clock, _server: server }
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
