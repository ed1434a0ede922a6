//! Someone with a normal question, every 25 ms.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::Service;

const QUESTION: &str = "{ realtime { overview { activeSessions queueCount onlineAgents } } }";
const PAUSE: Duration = Duration::from_millis(25);

/// What came of the questions.
#[derive(Debug, Default)]
pub(super) struct Answers {
    /// When each was asked, and how long its answer took.
    pub(super) asked: Vec<(Instant, Duration)>,
    pub(super) failed: Vec<String>,
    pub(super) peak_mib: u64,
}

pub(super) struct Probe {
    stop: CancellationToken,
    task: tokio::task::JoinHandle<Answers>,
}

impl Probe {
    pub(super) fn start(service: &Service) -> Self {
        let stop = CancellationToken::new();
        let task = tokio::spawn(ask(service.clone(), stop.clone()));
        Self { stop, task }
    }

    pub(super) async fn stop(self) -> Answers {
        self.stop.cancel();
        self.task.await.expect("a probe")
    }
}

/// Asks at a steady pace, however long the answers take.
async fn ask(service: Service, stop: CancellationToken) -> Answers {
    let answers = Arc::new(Mutex::new(Answers::default()));
    let (mut under_way, mut peak_mib) = (JoinSet::new(), 0);
    let mut pace = tokio::time::interval(PAUSE);
    while stop.run_until_cancelled(pace.tick()).await.is_some() {
        peak_mib = peak_mib.max(service.resident_mib());
        let (service, answers) = (service.clone(), Arc::clone(&answers));
        under_way.spawn(async move {
            let begun = Instant::now();
            let answer = service.ask_as_viewer(QUESTION).await;
            let took = begun.elapsed();
            let mut answers = answers.lock().expect("no panic");
            match answer {
                Ok(answer) if answer.body["data"]["realtime"].is_object() => {
                    answers.asked.push((begun, took));
                }
                other => answers.failed.push(format!("{other:?}")),
            }
        });
    }
    while under_way.join_next().await.is_some() {}
    let mut answers = std::mem::take(&mut *answers.lock().expect("no panic"));
    answers.peak_mib = peak_mib;
    answers
}
