//! Outcomes on their way back to the callers who wait for them.

use std::{
    collections::HashMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::sync::oneshot;

use super::model::{NewEvent, Outcome};

/// Marks an event whose caller waits: which call, and which event of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    call: u64,
    index: usize,
}

/// What a caller gets: an outcome for each event, or none when the database did not answer.
pub(super) type Outcomes = Option<Vec<Outcome>>;

/// The calls that wait.
#[derive(Debug, Default)]
pub struct Receipts {
    next: AtomicU64,
    calls: Mutex<HashMap<u64, Call>>,
}

#[derive(Debug)]
struct Call {
    outcomes: Vec<Option<Outcome>>,
    open: usize,
    answer: oneshot::Sender<Outcomes>,
}

impl Receipts {
    /// Gives each event a ticket; the receiver yields once all of them are settled.
    pub(super) fn issue(&self, events: &mut [NewEvent]) -> oneshot::Receiver<Outcomes> {
        let call = self.next.fetch_add(1, Ordering::Relaxed);
        for (index, event) in events.iter_mut().enumerate() {
            event.ticket = Some(Ticket { call, index });
        }
        let (answer, receiver) = oneshot::channel();
        let waiting = Call { outcomes: vec![None; events.len()], open: events.len(), answer };
        self.lock().insert(call, waiting);
        receiver
    }

    /// Hands out the outcomes of a stored batch.
    pub(super) fn settle(&self, events: &[NewEvent], outcomes: &[Outcome]) {
        let mut calls = self.lock();
        for (event, outcome) in events.iter().zip(outcomes) {
            let Some(ticket) = event.ticket else { continue };
            let Some(call) = calls.get_mut(&ticket.call) else { continue };
            if call.outcomes[ticket.index].replace(*outcome).is_none() {
                call.open -= 1;
            }
            if call.open == 0
                && let Some(call) = calls.remove(&ticket.call)
            {
                // The caller may have gone; its events are stored all the same.
                let _ = call.answer.send(call.outcomes.into_iter().collect());
            }
        }
    }

    /// Tells every caller in a batch that it was not stored.
    pub(super) fn fail(&self, events: &[NewEvent]) {
        let mut calls = self.lock();
        for ticket in events.iter().filter_map(|event| event.ticket) {
            if let Some(call) = calls.remove(&ticket.call) {
                let _ = call.answer.send(None);
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<u64, Call>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
