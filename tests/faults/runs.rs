//! The runs: eight producers, a seed's faults, and nothing lost, doubled or off.
//!
//! `DESKPULSE_FAULT_SEED` repeats a run; `DESKPULSE_FAULTS`, `DESKPULSE_FAULT_EVENTS` and
//! `DESKPULSE_FAULT_LONGEST_MS` make it longer (`tests/faults-long.sh`).

use std::{
    collections::BTreeMap,
    str::FromStr,
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use serde_json::json;

use crate::{
    check::faults_found,
    harness::{Answer, Desk, Layout, TENANTS, Tenant, now},
    plan::{EMBEDDED, Fault, Injector, Kind, ON_SERVERS, Size, deal},
    traffic::{Event, Gate, Producers, Record},
};

/// How many findings are shown.
const SHOWN: usize = 20;
/// How long a fault waits for the traffic that it is to meet.
const BUSY: Duration = Duration::from_secs(2);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_or_doubled_over_postgresql_and_redis() {
    let layout = Layout::servers(2).proxied().with_clock();
    let layout = layout.set("ingest.lease_ms", 1_000).set("server.stop_timeout_ms", 4_000);
    run(&layout, &ON_SERVERS).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_or_doubled_on_the_embedded_store() {
    run(&Layout::embedded().with_clock().on_a_disk_of(512), &EMBEDDED).await;
}

async fn run(layout: &Layout, kinds: &[Kind]) {
    let seed = setting("DESKPULSE_FAULT_SEED").unwrap_or_else(rand::random);
    let size = Size {
        events: setting("DESKPULSE_FAULT_EVENTS").unwrap_or(50_000),
        faults: setting("DESKPULSE_FAULTS").unwrap_or(40),
        longest_ms: setting("DESKPULSE_FAULT_LONGEST_MS").unwrap_or(3_000),
    };
    eprintln!("DESKPULSE_FAULT_SEED={seed} repeats this run of {size:?}");
    let mut desk = Desk::start(layout).await;
    let started = Instant::now();
    let faults = deal(seed, kinds, layout.replicas, size);
    let producers = Producers::start(&desk, seed, size.events, now());
    let mut surprises = break_things(&mut desk, &producers, &faults).await;
    let mut record = producers.finish().await;
    close(&desk, &mut record).await;
    surprises.extend(faults_found(&desk, &record).await);
    report(&record, &faults, started);
    let shown: Vec<_> = surprises.iter().take(SHOWN).collect();
    assert!(surprises.is_empty(), "seed {seed}, {} findings: {shown:#?}", surprises.len());
}

fn setting<T: FromStr>(name: &str) -> Option<T> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is {text:?}, expected a number")))
}

/// Injects the faults one after the other, spread over the traffic.
async fn break_things(desk: &mut Desk, producers: &Producers, faults: &[Fault]) -> Vec<String> {
    let gate = &*producers.gate;
    let share = producers.events / (faults.len() + 1);
    let mut injector = Injector { desk, gate, surprises: Vec::new() };
    for (index, fault) in faults.iter().enumerate() {
        // Enough to be busy during the fault, and not so much that none is left for the others.
        gate.allow(share * (index + 2));
        busy(gate, share * (index + 1)).await;
        let begun = Instant::now();
        injector.inject(*fault).await;
        let (told, took) = (gate.told(), begun.elapsed());
        eprintln!("fault {:>3} {fault:?} took {took:?}, {told} events answered", index + 1);
    }
    injector.surprises
}

/// Waits until `events` are answered, so that a fault meets traffic; not for long, because the last
/// fault may still keep them waiting.
async fn busy(gate: &Gate, events: usize) {
    let begun = Instant::now();
    while gate.told() < events && begun.elapsed() < BUSY {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Says of every agent how it is, so that there is somebody on the floor.
async fn close(desk: &Desk, record: &mut Record) {
    for (tenant, Tenant { id, .. }) in TENANTS.iter().enumerate() {
        let event = |index: usize| Event {
            tenant,
            id: format!("closing-{index}"),
            name: "agent.status",
            product: "workbench",
            session_id: None,
            data: json!({ "agent_id": format!("agent-{index}"), "status": "serving", "capacity": 9 }),
            at: now() + TimeDelta::milliseconds(1),
        };
        let events: Vec<_> = (0..6).map(event).collect();
        let inputs: Vec<_> = events.iter().map(Event::input).collect();
        let caller = desk.caller(0, id);
        while !matches!(caller.track(&inputs, "STORED").await, Answer::Told(_)) {}
        for event in &events {
            record.keep_one(event);
        }
    }
}

fn report(record: &Record, faults: &[Fault], started: Instant) {
    let mut kinds: BTreeMap<Kind, usize> = BTreeMap::new();
    for fault in faults {
        *kinds.entry(fault.kind).or_default() += 1;
    }
    let mut answers: BTreeMap<&str, i64> = BTreeMap::new();
    for ((_, status), events) in &record.answers {
        *answers.entry(status).or_default() += events;
    }
    eprintln!("{} ids in {:?}, answers {answers:?}", record.sent.len(), started.elapsed());
    eprintln!("calls refused {:?}, lost {:#?}; faults {kinds:?}", record.refusals, record.lost);
}
