//! Does to real processes what the plan says, and puts everything right again.

use std::time::Duration;

use rand::{SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};

use super::{Fault, Kind};
use crate::{
    check::{pending, settle},
    harness::{Desk, within},
    traffic::Gate,
};

/// How long the stop of a replica may take.
const STOP: Duration = Duration::from_secs(10);
/// A replica that was frozen for so long has lost its leases to the others.
const LEASE: Duration = Duration::from_millis(1_500);

pub(crate) struct Injector<'a> {
    pub desk: &'a mut Desk,
    pub gate: &'a Gate,
    /// What a fault showed that it should not have.
    pub surprises: Vec<String>,
}

impl Injector<'_> {
    /// Breaks something for a while.
    pub(crate) async fn inject(&mut self, fault: Fault) {
        match fault.kind {
            Kind::KillReplica => {
                self.desk.replicas[fault.victim].kill();
                hold(fault).await;
                self.desk.replicas[fault.victim].revive().await;
            }
            Kind::FreezeReplica => {
                self.desk.replicas[fault.victim].process().freeze();
                tokio::time::sleep(LEASE).await;
                hold(fault).await;
                self.desk.replicas[fault.victim].process().thaw();
            }
            Kind::Terminate => self.terminate(fault).await,
            Kind::KillAll => self.kill_all(fault).await,
            Kind::CutAnswers => self.gate.cut_answers(40),
            Kind::JumpClock => self.jump_clock(fault).await,
            Kind::FillDisk => {
                self.desk.disk().fill();
                hold(fault).await;
                self.desk.disk().free();
            }
            _ => self.inject_into_servers(fault).await,
        }
    }

    async fn inject_into_servers(&mut self, fault: Fault) {
        match fault.kind {
            Kind::KillRedis => {
                self.desk.redis().kill();
                hold(fault).await;
                self.desk.redis().revive().await;
            }
            Kind::FreezeRedis => {
                self.desk.redis().freeze();
                hold(fault).await;
                self.desk.redis().thaw();
            }
            Kind::KillPostgres => {
                self.desk.postgres().kill();
                hold(fault).await;
                self.desk.postgres().revive().await;
            }
            Kind::FreezePostgres => {
                self.desk.postgres().freeze();
                hold(fault).await;
                self.desk.postgres().thaw();
            }
            Kind::StopPostgres => {
                self.desk.postgres().stop().await;
                hold(fault).await;
                self.desk.postgres().revive().await;
            }
            Kind::TerminateFull => {
                self.desk.postgres().freeze();
                hold(fault).await;
                self.terminate(fault).await;
                self.desk.postgres().thaw();
            }
            Kind::EmptyRedis => self.empty_redis().await,
            _ => self.inject_into_wires(fault),
        }
    }

    fn inject_into_wires(&mut self, fault: Fault) {
        let postgres = self.desk.postgres_wire.as_ref().expect("a layout with wires");
        let redis = self.desk.redis_wire.as_ref().expect("a layout with wires");
        match fault.kind {
            Kind::CutPostgres => postgres.cut(),
            Kind::CutRedis => redis.cut(),
            Kind::StallPostgres => postgres.stall(),
            Kind::StallRedis => redis.stall(),
            other => unreachable!("{other:?} is injected elsewhere"),
        }
    }

    /// Stops a replica as an init system does, and starts it again.
    async fn terminate(&mut self, fault: Fault) {
        self.desk.replicas[fault.victim].terminate();
        let status = self.desk.replicas[fault.victim].ended_within(STOP).await;
        if !status.is_some_and(|status| status.success()) {
            self.surprises.push(format!("SIGTERM ended in {status:?} within {STOP:?}, {fault:?}"));
        }
        if fault.kind == Kind::TerminateFull {
            self.desk.postgres().thaw();
        }
        self.desk.replicas[fault.victim].revive().await;
    }

    async fn kill_all(&mut self, fault: Fault) {
        // Whoever is killed last sees the others die; whoever starts first finds nobody there.
        let mut random = StdRng::seed_from_u64(fault.ms);
        let mut victims: Vec<_> = (0..self.desk.replicas.len() + 2).collect();
        victims.shuffle(&mut random);
        for victim in &victims {
            match victim {
                0 => self.desk.postgres().kill(),
                1 => self.desk.redis().kill(),
                replica => self.desk.replicas[replica - 2].kill(),
            }
        }
        hold(fault).await;
        self.desk.redis().revive().await;
        self.desk.postgres().revive().await;
        for replica in &mut self.desk.replicas {
            replica.revive().await;
        }
    }

    async fn jump_clock(&mut self, fault: Fault) {
        let last = self.desk.replicas.last().expect("a replica");
        let clock = last.clock.as_ref().expect("a layout with a clock");
        clock.set(fault.jump_secs);
        // The clock is read once a second.
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        hold(fault).await;
        clock.set(0);
    }

    /// Takes everything out of Redis when nothing waits in it: buffered events are the documented
    /// exception, and would not be missed by accident then.
    async fn empty_redis(&mut self) {
        let allowed = self.gate.close();
        let quiet = async || self.gate.is_quiet().then_some(());
        within(Duration::from_mins(4), "the end of all calls", quiet).await;
        settle(self.desk).await;
        assert_eq!(pending(self.desk).await, Ok(0));
        self.desk.redis().empty().await;
        self.gate.allow(allowed);
    }
}

async fn hold(fault: Fault) {
    tokio::time::sleep(Duration::from_millis(fault.ms)).await;
}
