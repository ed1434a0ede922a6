//! A producer: sends its script call by call, each again with the same ids until it is answered.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use serde_json::Value;
use tokio::task::JoinSet;

use super::{Batch, Event, Gate, Record, script};
use crate::harness::{Answer, Caller, Desk, TENANTS};

const PRODUCERS: usize = 8;
/// Longest pause before a call is tried again.
const MAX_PAUSE_MS: u64 = 500;
/// How long one call may go unanswered before the run fails.
const PATIENCE: Duration = Duration::from_mins(2);

/// Producers at work.
pub(crate) struct Producers {
    pub gate: Arc<Gate>,
    /// What they send, in all.
    pub events: usize,
    tasks: JoinSet<Record>,
}

impl Producers {
    /// Starts the producers; the gate is closed.
    pub(crate) fn start(desk: &Desk, seed: u64, events: usize, now: DateTime<Utc>) -> Self {
        let gate = Arc::new(Gate::new());
        let (mut tasks, mut all) = (JoinSet::new(), 0);
        for index in 0..PRODUCERS as u64 {
            let seed = seed.wrapping_mul(1_000_003).wrapping_add(index);
            let batches = script(seed, events / PRODUCERS, now);
            all += batches.iter().map(|batch| batch.items.len()).sum::<usize>();
            let producer = Producer {
                callers: callers(desk),
                random: StdRng::seed_from_u64(seed),
                gate: Arc::clone(&gate),
                record: Record::default(),
            };
            tasks.spawn(producer.run(batches));
        }
        Self { gate, events: all, tasks }
    }

    /// Waits until everything is answered, and returns what was told.
    pub(crate) async fn finish(mut self) -> Record {
        self.gate.allow(usize::MAX);
        let mut record = Record::default();
        while let Some(finished) = self.tasks.join_next().await {
            record.add(finished.expect("a producer that was answered"));
        }
        record
    }
}

/// For each replica, whoever speaks for each tenant.
fn callers(desk: &Desk) -> Vec<Vec<Caller>> {
    let of = |replica| TENANTS.iter().map(move |tenant| desk.caller(replica, tenant.id)).collect();
    (0..desk.replicas.len()).map(of).collect()
}

struct Producer {
    callers: Vec<Vec<Caller>>,
    random: StdRng,
    gate: Arc<Gate>,
    record: Record,
}

impl Producer {
    async fn run(mut self, batches: Vec<Batch>) -> Record {
        for batch in batches {
            self.gate.enter(batch.items.len()).await;
            self.send(&batch).await;
            self.gate.leave(batch.items.len());
        }
        self.record
    }

    /// Sends one call until it is answered.
    async fn send(&mut self, batch: &Batch) {
        let events: Vec<_> = batch.items.iter().map(|item| Event::input(&item.event)).collect();
        let started = Instant::now();
        loop {
            let pause_ms = match self.call(batch, &events).await {
                Answer::Told(told) if told.len() == events.len() => {
                    return self.record.told(batch, told);
                }
                Answer::Refused { code, retry_after_ms, .. } => {
                    self.record.refused(&code);
                    retry_after_ms.unwrap_or(MAX_PAUSE_MS)
                }
                Answer::Told(_) => panic!("not one result for each of {} events", events.len()),
                Answer::Lost(why) => {
                    *self.record.lost.entry(why).or_default() += 1;
                    100
                }
            };
            assert!(started.elapsed() < PATIENCE, "not answered within {PATIENCE:?}");
            let jitter = self.random.random_range(0.5..1.5);
            let pause = Duration::from_millis(pause_ms.min(MAX_PAUSE_MS)).mul_f64(jitter);
            tokio::time::sleep(pause).await;
        }
    }

    async fn call(&mut self, batch: &Batch, events: &[Value]) -> Answer {
        let replica = self.random.random_range(0..self.callers.len());
        let call = self.callers[replica][batch.tenant].track(events, batch.durability);
        if !self.gate.is_cut() {
            return call.await;
        }
        // Dropping the call closes its connection, wherever it has got to.
        let patience = Duration::from_millis(self.random.random_range(1..40));
        let cut = tokio::time::timeout(patience, call).await;
        cut.unwrap_or_else(|_| Answer::Lost("we hung up".to_owned()))
    }
}
