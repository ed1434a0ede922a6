//! When the machine itself stood still: a thread that only sleeps, and notes when it woke up late.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

const NAP: Duration = Duration::from_millis(5);
/// Less is no stall.
const USUAL: Duration = Duration::from_millis(2);

/// Watches until it is dropped.
pub(super) struct Stalls {
    seen: Arc<Mutex<Vec<(Instant, Duration)>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Stalls {
    pub(super) fn watch() -> Self {
        let (seen, stop) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (noted, stopped) = (Arc::clone(&seen), Arc::clone(&stop));
        let thread = thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                let begun = Instant::now();
                thread::sleep(NAP);
                let late = begun.elapsed().saturating_sub(NAP);
                if late > USUAL {
                    noted.lock().expect("no panic").push((begun + NAP, late));
                }
            }
        });
        Self { seen, stop, thread: Some(thread) }
    }

    /// How long something took that began then, but for the stalls meanwhile.
    pub(super) fn without(&self, begun: Instant, took: Duration) -> Duration {
        let end = begun + took;
        let seen = self.seen.lock().expect("no panic");
        let stalled = seen.iter().map(|(at, late)| {
            let (from, to) = ((*at).max(begun), (*at + *late).min(end));
            to.saturating_duration_since(from)
        });
        took.saturating_sub(stalled.sum())
    }
}

impl Drop for Stalls {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
