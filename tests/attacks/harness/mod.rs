//! A service to be attacked, and someone who asks a normal query all the while.

mod probe;
mod service;
mod stalls;

use std::time::{Duration, Instant};

use tokio::task::JoinSet;

pub(crate) use self::service::Service;
use self::{probe::Probe, stalls::Stalls};

/// How long an answer to a normal query may take.
const PATIENCE: Duration = Duration::from_millis(100);
/// What answers took of the machine's own stalls is taken off; what is left of one in a hundred may
/// be the scheduler's.
const STRAY: usize = 100;
const LASTS: Duration = Duration::from_secs(3);

/// An attack and its bounds.
pub(crate) struct Attack {
    pub name: &'static str,
    /// How many attack at once.
    pub attackers: usize,
    /// The most memory that the service may have then.
    pub most_mib: u64,
}

impl Attack {
    /// Has each attacker do the same again and again for some seconds.
    pub(crate) async fn repeat(&self, service: &Service, act: impl AsyncAct) {
        let end = Instant::now() + LASTS;
        self.hold(service, async {
            let mut attackers = JoinSet::new();
            for _ in 0..self.attackers {
                let (service, act) = (service.clone(), act.clone());
                attackers.spawn(async move {
                    let mut count = 0_u64;
                    while Instant::now() < end {
                        act.run(service.clone()).await;
                        count += 1;
                    }
                    count
                });
            }
            attackers.join_all().await.iter().sum()
        })
        .await;
    }

    /// Holds the bounds while `attack` goes on, which tells how often it attacked.
    pub(crate) async fn hold(&self, service: &Service, attack: impl Future<Output = u64>) {
        let (before, stalls, began) = (service.resident_mib(), Stalls::watch(), Instant::now());
        let probe = Probe::start(service);
        let count = attack.await;
        // One that still waits is an answer too.
        let answers = probe.stop().await;
        let took = answers.asked.iter();
        let took: Vec<_> =
            took.map(|(begun, took)| (*begun - began, stalls.without(*begun, *took))).collect();
        let late: Vec<_> = took.iter().filter(|(_, took)| *took > PATIENCE).collect();
        let mut took: Vec<Duration> = took.iter().map(|(_, took)| *took).collect();
        took.sort();
        let at = |part: usize| took.get(took.len() * part / 100).copied().unwrap_or_default();
        let (median, most) = (at(50), took.last().copied().unwrap_or_default());
        eprintln!(
            "{}: {count} attacks, {} questions answered: median {:.1} ms, 99 % {:.1} ms, most {:.1} ms; \
             {before} MiB before, at most {} MiB",
            self.name,
            took.len(),
            ms(median),
            ms(at(99)),
            ms(most),
            answers.peak_mib,
        );
        assert!(count > 0, "{}: nothing was attacked", self.name);
        assert!(answers.failed.is_empty(), "{}: {:?}", self.name, answers.failed);
        assert!(
            late.len() * STRAY <= took.len(),
            "{}: of {} these were late, asked after so long: {late:?}",
            self.name,
            took.len()
        );
        let peak = answers.peak_mib;
        assert!(peak <= self.most_mib, "{}: {peak} MiB, expected {}", self.name, self.most_mib);
    }
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

/// One step of an attacker.
pub(crate) trait AsyncAct: Clone + Send + 'static {
    fn run(&self, service: Service) -> impl Future<Output = ()> + Send;
}

impl<F, R> AsyncAct for F
where
    F: Fn(Service) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = ()> + Send,
{
    fn run(&self, service: Service) -> impl Future<Output = ()> + Send {
        self(service)
    }
}
