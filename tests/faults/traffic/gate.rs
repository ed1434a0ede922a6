//! Keeps producers and faults in step: so much traffic between one fault and the next.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::watch;

/// Counts events on their way, and lets no more out than allowed.
#[derive(Debug)]
pub(crate) struct Gate {
    begun: AtomicUsize,
    told: AtomicUsize,
    in_flight: AtomicUsize,
    allowed: watch::Sender<usize>,
    /// How many of the next calls are left before their answer comes.
    cuts: AtomicUsize,
}

impl Gate {
    pub(crate) fn new() -> Self {
        let zero = AtomicUsize::default;
        let allowed = watch::Sender::new(0);
        Self { begun: zero(), told: zero(), in_flight: zero(), allowed, cuts: zero() }
    }

    /// Lets `events` out in all.
    pub(crate) fn allow(&self, events: usize) {
        self.allowed.send_modify(|allowed| *allowed = events.max(*allowed));
    }

    /// Lets nothing more out, and returns what was allowed.
    pub(crate) fn close(&self) -> usize {
        self.allowed.send_replace(0)
    }

    pub(super) async fn enter(&self, events: usize) {
        let mut allowed = self.allowed.subscribe();
        loop {
            let open = |allowed: &usize| self.begun.load(Ordering::SeqCst) < *allowed;
            allowed.wait_for(open).await.expect("the gate outlives its producers");
            // Counted before the look at the gate, or a gate that closes now would be passed.
            self.in_flight.fetch_add(1, Ordering::SeqCst);
            if open(&self.allowed.borrow()) {
                self.begun.fetch_add(events, Ordering::SeqCst);
                return;
            }
            self.in_flight.fetch_sub(1, Ordering::SeqCst);
        }
    }

    pub(super) fn leave(&self, events: usize) {
        self.told.fetch_add(events, Ordering::SeqCst);
        self.in_flight.fetch_sub(1, Ordering::SeqCst);
    }

    /// Events that were answered.
    pub(crate) fn told(&self) -> usize {
        self.told.load(Ordering::SeqCst)
    }

    /// Whether no call is under way.
    pub(crate) fn is_quiet(&self) -> bool {
        self.in_flight.load(Ordering::SeqCst) == 0
    }

    /// Makes producers hang up on their next `calls` calls.
    pub(crate) fn cut_answers(&self, calls: usize) {
        self.cuts.store(calls, Ordering::SeqCst);
    }

    pub(super) fn is_cut(&self) -> bool {
        let less = |left: usize| left.checked_sub(1);
        self.cuts.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_ok()
    }
}
