//! Which fault comes when: dealt from a seed, so that a run can be repeated.

mod inject;

use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};

pub(crate) use self::inject::Injector;

/// What is broken. Where it takes time, `ms` says for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// `kill -9` of one replica.
    KillReplica,
    /// One replica stops where it stands for longer than its leases, and goes on.
    FreezeReplica,
    /// SIGTERM to one replica while its buffer cannot be emptied.
    TerminateFull,
    /// SIGTERM to one replica under load.
    Terminate,
    KillRedis,
    FreezeRedis,
    /// Everything in Redis is lost, between requests and with nothing buffered.
    EmptyRedis,
    KillPostgres,
    FreezePostgres,
    /// A stop as administrators do it, and a start later.
    StopPostgres,
    /// `kill -9` of all replicas, Redis and PostgreSQL.
    KillAll,
    /// Producers hang up in mid-answer.
    CutAnswers,
    /// Connections to PostgreSQL or Redis are closed in mid-answer.
    CutPostgres,
    CutRedis,
    /// Connections to PostgreSQL or Redis fall silent for good, without a reset.
    StallPostgres,
    StallRedis,
    /// The clock of one replica jumps, and back.
    JumpClock,
    /// The disk under the embedded store is full for a while.
    FillDisk,
}

use Kind as K;

/// Over PostgreSQL and Redis.
pub(crate) const ON_SERVERS: [Kind; 17] = [
    K::KillReplica,
    K::FreezeReplica,
    K::TerminateFull,
    K::Terminate,
    K::KillRedis,
    K::FreezeRedis,
    K::EmptyRedis,
    K::KillPostgres,
    K::FreezePostgres,
    K::StopPostgres,
    K::KillAll,
    K::CutAnswers,
    K::CutPostgres,
    K::CutRedis,
    K::StallPostgres,
    K::StallRedis,
    K::JumpClock,
];

/// On the embedded store.
pub(crate) const EMBEDDED: [Kind; 6] =
    [K::KillReplica, K::FreezeReplica, K::Terminate, K::CutAnswers, K::JumpClock, K::FillDisk];

/// One fault of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub kind: Kind,
    /// Which replica, where one is meant.
    pub victim: usize,
    /// How long it lasts.
    pub ms: u64,
    /// How far a clock jumps.
    pub jump_secs: i64,
}

/// How many faults, and how long they last at most.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub events: usize,
    pub faults: usize,
    pub longest_ms: u64,
}

/// The faults of a run: each kind as often as any other, in any order.
pub(crate) fn deal(seed: u64, kinds: &[Kind], replicas: usize, size: Size) -> Vec<Fault> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut faults = Vec::new();
    while faults.len() < size.faults {
        let mut deck = kinds.to_vec();
        deck.shuffle(&mut random);
        faults.extend(deck.into_iter().map(|kind| fault(&mut random, kind, replicas, size)));
    }
    faults.truncate(size.faults);
    faults
}

fn fault(random: &mut StdRng, kind: Kind, replicas: usize, size: Size) -> Fault {
    // Most are short; one in eight lasts as long as a fault of this run may.
    let most = if random.random_bool(0.125) { size.longest_ms } else { 1_200 };
    // Not further ahead than the days that are kept, nor further back than what producers call the
    // present: an event from the future is rejected by design.
    let jump_secs = match random.random_range(0..3) {
        0 => random.random_range(-240..0),
        1 => random.random_range(1..3_600),
        _ => random.random_range(3_600..24 * 3_600),
    };
    Fault {
        kind,
        victim: random.random_range(0..replicas),
        ms: random.random_range(0..most),
        jump_secs,
    }
}
