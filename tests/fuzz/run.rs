//! Runs a target: so many inputs from a seed, a fresh service every few thousand.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    env, fmt,
    panic::{self, PanicHookInfo},
    sync::{
        Once,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use proptest::{
    strategy::BoxedStrategy,
    test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner},
};
use tokio::runtime::{Builder, Runtime};

/// Inputs of each target where `DESKPULSE_FUZZ_INPUTS` does not say how many.
const INPUTS: u32 = 300;
/// Inputs that one service gets: its stores stay small, so that the last is as fast as the first.
const ROUND: u32 = 5_000;
/// Attempts to make a failing input smaller.
const SHRINKS: u32 = 2_000;

/// Panics of all threads, those that somebody caught included.
static PANICS: AtomicUsize = AtomicUsize::new(0);

/// One door of the service.
pub(crate) trait Target: Sized {
    type Input: fmt::Debug;

    const NAME: &str;
    /// How outcomes begin that each run must see: a target whose inputs are all refused tests little.
    const OUTCOMES: &[&str];

    async fn open() -> Self;

    fn inputs(&self) -> BoxedStrategy<Self::Input>;

    /// Offers an input; the outcome in a word or two, or which promise was broken.
    async fn offer(&self, input: &Self::Input) -> Result<String, String>;

    /// Looks at what all inputs together have left.
    async fn close(self) -> Result<(), String>;
}

/// How often each outcome was seen.
#[derive(Default)]
struct Tally(BTreeMap<String, u32>);

impl Tally {
    fn has(&self, start: &str) -> bool {
        self.0.keys().any(|outcome| outcome.starts_with(start))
    }

    fn inputs(&self) -> u32 {
        self.0.values().sum()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outcomes: Vec<_> =
            self.0.iter().map(|(outcome, count)| format!("{outcome} {count}")).collect();
        formatter.write_str(&outcomes.join(", "))
    }
}

/// Offers a target its inputs.
///
/// # Panics
/// With the smallest input that breaks a promise, and the seed that finds it again.
pub(crate) fn fuzz<T: Target>() {
    count_panics();
    let inputs = from_env("DESKPULSE_FUZZ_INPUTS", INPUTS);
    let seed = from_env("DESKPULSE_FUZZ_SEED", 1);
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (started, tally) = (Instant::now(), RefCell::new(Tally::default()));
    for (round, first) in (0..inputs).step_by(ROUND as usize).enumerate() {
        let cases = ROUND.min(inputs - first);
        let runner = runner(cases, seed, u32::try_from(round).expect("few rounds"));
        if let Err(fault) = run_round::<T>(&runtime, runner, &tally) {
            panic!("{}, seed {seed}, round {round}: {fault}", T::NAME);
        }
    }
    let (tally, seconds) = (tally.into_inner(), started.elapsed().as_secs_f64());
    println!("fuzz {:<14} {:>8} inputs in {seconds:.1} s: {tally}", T::NAME, tally.inputs());
    for outcome in T::OUTCOMES {
        assert!(tally.has(outcome), "{}: no input came to `{outcome}`: {tally}", T::NAME);
    }
}

fn run_round<T: Target>(
    runtime: &Runtime,
    mut runner: TestRunner,
    tally: &RefCell<Tally>,
) -> Result<(), String> {
    let target = runtime.block_on(T::open());
    let offered = runner.run(&target.inputs(), |input| {
        let before = PANICS.load(Ordering::Relaxed);
        let outcome = runtime.block_on(target.offer(&input));
        let outcome = outcome.map_err(TestCaseError::fail)?;
        if PANICS.load(Ordering::Relaxed) != before {
            return Err(TestCaseError::fail("something panicked"));
        }
        *tally.borrow_mut().0.entry(outcome).or_default() += 1;
        Ok(())
    });
    offered.map_err(|failure| failure.to_string())?;
    let before = PANICS.load(Ordering::Relaxed);
    runtime.block_on(target.close())?;
    if PANICS.load(Ordering::Relaxed) == before { Ok(()) } else { Err("a panic at the end".into()) }
}

fn runner(cases: u32, seed: u32, round: u32) -> TestRunner {
    let config =
        Config { cases, failure_persistence: None, max_shrink_iters: SHRINKS, ..Config::default() };
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&seed.to_le_bytes());
    bytes[4..8].copy_from_slice(&round.to_le_bytes());
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

fn from_env(name: &str, default: u32) -> u32 {
    let Ok(text) = env::var(name) else { return default };
    text.parse().unwrap_or_else(|_| panic!("{name} is {text:?}, expected a whole number"))
}

fn count_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let shown = panic::take_hook();
        panic::set_hook(Box::new(move |info: &PanicHookInfo<'_>| {
            PANICS.fetch_add(1, Ordering::Relaxed);
            shown(info);
        }));
    });
}
