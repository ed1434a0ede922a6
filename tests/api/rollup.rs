//! The roll-up of several replicas over one database: one at a time.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, mpsc},
    time::Duration,
};

use chrono::{DateTime, NaiveDate, Utc};
use deskpulse::{
    clock::{Clock, ManualClock},
    config::Config,
    db::{Db, Lease, Turn},
    error::{Code, Result},
    rollup::{self, LEASE, Quarters, Rebuilt, Rollup, Run},
    tenant::TenantId,
};
use sea_orm::ConnectionTrait as _;
use tokio::task::{JoinHandle, block_in_place};

use crate::harness::{NOW, Stopped, TestApp};

const DAYS: [&str; 3] = ["2026-03-01", "2026-03-04", "2026-03-09"];
const WAIT: Duration = Duration::from_secs(20);

/// A database whose service was stopped, so that no job is at it.
struct Desk {
    config: Arc<Config>,
    db: Db,
    _stopped: Stopped,
}

/// A clock that keeps back whoever asks for the time, until it is let go.
struct Gate {
    arrived: mpsc::Sender<()>,
    open: Mutex<mpsc::Receiver<()>>,
}

/// A roll-up that has its lease and has written nothing yet.
struct KeptBack {
    run: JoinHandle<Result<Run>>,
    gate: mpsc::Sender<()>,
}

fn now() -> DateTime<Utc> {
    NOW.parse().expect("an instant")
}

impl Clock for Gate {
    fn now(&self) -> DateTime<Utc> {
        let _ = self.arrived.send(());
        // Fails once nobody holds the gate any more. Others go on meanwhile, and so do their connections.
        let _ = block_in_place(|| self.open.lock().expect("a gate").recv());
        now()
    }
}

impl Desk {
    async fn new() -> Self {
        let stopped = TestApp::spawn().await.halt(WAIT).await;
        let config = stopped.config();
        let db = Db::connect(&config.store).await.expect("a database");
        // What the job of the service may have left.
        db.pool().execute_unprepared("DELETE FROM analytics_leases").await.expect("no lease");
        let desk = Self { config, db, _stopped: stopped };
        desk.given_changes().await;
        desk
    }

    async fn given_changes(&self) {
        let days: BTreeMap<NaiveDate, Quarters> =
            DAYS.map(|day| (day.parse().expect("a day"), Quarters::ALL)).into();
        let transaction = self.db.write().await.expect("a transaction");
        let tenant = TenantId::new("default");
        rollup::mark_changed(&*transaction, &tenant, &days).await.expect("marks");
        transaction.commit().await.expect("a commit");
    }

    async fn changes(&self) -> usize {
        let day = |text: &str| text.parse().expect("a day");
        let (first, last) = (day("2000-01-01"), day("2100-01-01"));
        let tenant = TenantId::new("default");
        rollup::list_changed(self.db.pool(), &tenant, first, last).await.expect("marks").len()
    }

    /// The roll-up of another replica.
    async fn replica(&self, clock: Arc<dyn Clock>) -> Rollup {
        let db = Db::connect(&self.config.store).await.expect("a database");
        Rollup::new(db, clock, Arc::clone(&self.config))
    }

    async fn run(&self) -> Run {
        let replica = self.replica(Arc::new(ManualClock::at(now()))).await;
        replica.run().await.expect("a run")
    }

    async fn given_kept_back(&self) -> KeptBack {
        let (gate, open) = mpsc::channel();
        let (arrived, arrivals) = mpsc::channel();
        let replica = self.replica(Arc::new(Gate { arrived, open: Mutex::new(open) })).await;
        let run = tokio::spawn(async move { replica.run().await });
        arrivals.recv_timeout(WAIT).expect("a roll-up under way");
        KeptBack { run, gate }
    }

    /// What passing time does to a lease whose holder is heard of no more.
    async fn given_end_of_lease(&self) {
        let end = "UPDATE analytics_leases SET expires_at = '2026-01-01T00:00:00.000+00:00'";
        let ended = self.db.pool().execute_unprepared(end).await.expect("an end");
        assert_eq!(ended.rows_affected(), 1);
    }
}

impl KeptBack {
    async fn let_go(self) -> Result<Run> {
        drop(self.gate);
        self.run.await.expect("a run that ends")
    }
}

fn done(days: usize) -> Run {
    Run::Done(Rebuilt { days })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_roll_ups_at_once_one_rebuilds_and_the_other_changes_nothing() {
    let desk = Desk::new().await;
    let first = desk.given_kept_back().await;
    let second = desk.run().await;
    let process = format!(", process {} (", std::process::id());
    assert!(matches!(&second, Run::Held(holder) if holder.contains(&process)), "{second:?}");
    assert_eq!(desk.changes().await, DAYS.len());
    assert_eq!(first.let_go().await.expect("a run"), done(DAYS.len()));
    assert_eq!(desk.changes().await, 0);
    assert_eq!(desk.run().await, done(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_roll_up_that_wakes_up_after_another_took_over_writes_nothing() {
    let desk = Desk::new().await;
    let old = desk.given_kept_back().await;
    desk.given_end_of_lease().await;
    assert_eq!(desk.run().await, done(DAYS.len()));
    desk.given_changes().await;
    let refusal = old.let_go().await.expect_err("no run");
    assert_eq!(refusal.code(), Code::Conflict, "{refusal}");
    assert_eq!(desk.changes().await, DAYS.len());
    assert_eq!(desk.run().await, done(DAYS.len()));
}

#[tokio::test]
async fn the_lease_of_a_replica_that_died_is_taken_once_it_has_ended() {
    let desk = Desk::new().await;
    let Turn::Ours(dead) = Lease::take(&desk.db, LEASE).await.unwrap() else { panic!("held") };
    drop(dead);
    assert!(matches!(desk.run().await, Run::Held(_)));
    desk.given_end_of_lease().await;
    assert_eq!(desk.run().await, done(DAYS.len()));
}

#[tokio::test]
async fn whoever_waits_rolls_up_once_the_lease_is_given_back() {
    let desk = Desk::new().await;
    let Turn::Ours(lease) = Lease::take(&desk.db, LEASE).await.unwrap() else { panic!("held") };
    let replica = desk.replica(Arc::new(ManualClock::at(now()))).await;
    assert!(matches!(replica.run_within(Duration::ZERO).await.unwrap(), Run::Held(_)));
    let (run, ()) = tokio::join!(replica.run_within(WAIT), lease.release());
    assert_eq!(run.expect("a run"), done(DAYS.len()));
}
