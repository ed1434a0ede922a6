//! The queue in which callers wait for their commit, and where concurrent calls become one
//! transaction.
//!
//! Invariant: what is queued is bounded in events and in bytes, and each call gets one answer: the
//! outcomes of all of its events, or none of them.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use bytestring::ByteString;
use tokio::sync::{Notify, oneshot};

use super::{
    buffer::Pending,
    model::{NewEvent, Outcome},
};
use crate::{
    error::{Error, Result, STORE_RETRY_MS},
    tenant::TenantId,
};

/// So many events are worth a transaction of their own; fewer wait for others, or for the transaction
/// before.
pub(super) const ENOUGH_EVENTS: usize = 400;

/// What a call gets: an outcome for each event, or none when the database did not answer.
pub(super) type Answer = Option<Vec<Outcome>>;

/// One call's events on their way.
#[derive(Debug)]
pub(super) struct Submission {
    pub(super) events: Vec<NewEvent>,
    bytes: usize,
    /// How many are of which product, in runs; most calls are one run.
    products: Vec<(ByteString, u64)>,
    answer: oneshot::Sender<Answer>,
}

impl Submission {
    /// Whether nobody waits for the answer any more.
    fn is_abandoned(&self) -> bool {
        self.answer.is_closed()
    }

    /// Answers the caller, who may have gone: its events are stored all the same.
    pub(super) fn answer(self, outcomes: Answer) {
        let _ = self.answer.send(outcomes);
    }
}

/// The calls that wait, oldest first.
#[derive(Debug)]
pub(super) struct CommitQueue {
    max_events: usize,
    max_bytes: usize,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Submission>,
    waiting_events: usize,
    /// What waits or is being written.
    events: usize,
    bytes: usize,
    tenants: HashMap<TenantId, Waiting>,
}

/// What one tenant has in the queue or on its way into the database.
#[derive(Debug, Default)]
struct Waiting {
    events: u64,
    /// The same by product.
    products: BTreeMap<String, u64>,
    /// When calls arrived, in milliseconds, with how many came at that instant.
    arrivals: BTreeMap<i64, u32>,
}

impl CommitQueue {
    pub(super) fn new(max_events: usize, max_bytes: usize) -> Self {
        let (state, changed) = (Mutex::default(), Notify::new());
        Self { max_events, max_bytes, state, changed }
    }

    /// Takes all events of a call, of one tenant, or none of them.
    ///
    /// # Errors
    /// [`Error::RateLimited`] when they would not fit.
    pub(super) fn submit(&self, events: Vec<NewEvent>) -> Result<oneshot::Receiver<Answer>> {
        let bytes = events.iter().map(NewEvent::bytes).sum();
        let runs = events.chunk_by(|a, b| a.product == b.product);
        let products = runs.map(|run| (run[0].product.clone(), run.len() as u64)).collect();
        let (answer, receiver) = oneshot::channel();
        let mut state = self.lock();
        if state.events + events.len() > self.max_events || state.bytes + bytes > self.max_bytes {
            let (events, bytes) = (state.events, state.bytes);
            let what = format!(
                "the queue is full: {events} of {} events and {bytes} of {} bytes wait",
                self.max_events, self.max_bytes
            );
            return Err(Error::RateLimited { what, retry_after_ms: STORE_RETRY_MS });
        }
        state.add(Submission { events, bytes, products, answer });
        drop(state);
        self.changed.notify_one();
        Ok(receiver)
    }

    /// Takes the calls that have waited longest, about `max` events of them; whole calls only. While
    /// calls that were taken before are being written, it waits until as many events have come
    /// together, and enough to be worth a second transaction, or `max`: two equal ones side by side
    /// keep the database busy, and a small one costs nearly as much as a large one.
    pub(super) async fn take(&self, max: usize) -> Vec<Submission> {
        loop {
            if let Some(taken) = self.take_now(max, max) {
                return taken;
            }
            self.changed.notified().await;
        }
    }

    /// The same if it need not wait, or if `enough` events have come together.
    pub(super) fn take_now(&self, max: usize, enough: usize) -> Option<Vec<Submission>> {
        let mut state = self.lock();
        // Whoever does not wait any more was told that nothing is kept, so nothing is.
        state.drop_abandoned();
        let writing = state.events - state.waiting_events;
        let wanted = if writing == 0 { 1 } else { writing.max(ENOUGH_EVENTS).min(enough).max(1) };
        if state.waiting_events < wanted {
            return None;
        }
        let taken = state.take(max);
        if !state.waiting.is_empty() {
            // Another worker may take the rest at once.
            self.changed.notify_one();
        }
        Some(taken)
    }

    /// Forgets calls that were taken; their events are stored, or their callers told.
    pub(super) fn forget(&self, taken: &[Submission]) {
        let mut state = self.lock();
        for submission in taken {
            state.remove(submission);
        }
        drop(state);
        self.changed.notify_one();
    }

    /// How many events wait to be taken.
    pub(super) fn waiting(&self) -> usize {
        self.lock().waiting_events
    }

    /// Returns once calls have arrived or been written since this was last asked.
    pub(super) async fn change(&self) {
        self.changed.notified().await;
    }

    /// Counts what waits of a tenant, taken or not.
    pub(super) fn pending(&self, tenant: &TenantId) -> Pending {
        let state = self.lock();
        let Some(waiting) = state.tenants.get(tenant) else { return Pending::default() };
        let oldest_at_ms = waiting.arrivals.keys().next().copied();
        Pending { events: waiting.events, oldest_at_ms }
    }

    /// The same by product.
    pub(super) fn pending_by_product(&self, tenant: &TenantId) -> BTreeMap<String, u64> {
        let state = self.lock();
        state.tenants.get(tenant).map(|waiting| waiting.products.clone()).unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn take(&mut self, max: usize) -> Vec<Submission> {
        let mut taken = Vec::new();
        let mut events = 0;
        while let Some(next) = self.waiting.front() {
            if events > 0 && events + next.events.len() > max {
                break;
            }
            events += next.events.len();
            taken.extend(self.waiting.pop_front());
        }
        self.waiting_events -= events;
        taken
    }

    fn add(&mut self, submission: Submission) {
        self.events += submission.events.len();
        self.waiting_events += submission.events.len();
        self.bytes += submission.bytes;
        if let Some(first) = submission.events.first() {
            let waiting = self.tenants.entry(first.tenant.clone()).or_default();
            waiting.events += submission.events.len() as u64;
            for (product, events) in &submission.products {
                waiting.add(product, *events);
            }
            *waiting.arrivals.entry(first.received_at.timestamp_millis()).or_default() += 1;
        }
        self.waiting.push_back(submission);
    }

    fn drop_abandoned(&mut self) {
        if !self.waiting.iter().any(Submission::is_abandoned) {
            return;
        }
        let waiting = std::mem::take(&mut self.waiting);
        let (abandoned, waiting): (Vec<_>, _) =
            waiting.into_iter().partition(Submission::is_abandoned);
        self.waiting = waiting.into();
        for submission in &abandoned {
            self.waiting_events -= submission.events.len();
            self.remove(submission);
        }
    }

    fn remove(&mut self, submission: &Submission) {
        self.events -= submission.events.len();
        self.bytes -= submission.bytes;
        let Some(first) = submission.events.first() else { return };
        let Some(waiting) = self.tenants.get_mut(&first.tenant) else { return };
        waiting.events -= submission.events.len() as u64;
        for (product, events) in &submission.products {
            waiting.remove(product, *events);
        }
        let arrived_at = first.received_at.timestamp_millis();
        if let Some(calls) = waiting.arrivals.get_mut(&arrived_at) {
            *calls -= 1;
            if *calls == 0 {
                waiting.arrivals.remove(&arrived_at);
            }
        }
        if waiting.events == 0 {
            self.tenants.remove(&first.tenant);
        }
    }
}

impl Waiting {
    fn add(&mut self, product: &str, events: u64) {
        if let Some(waiting) = self.products.get_mut(product) {
            *waiting += events;
        } else {
            self.products.insert(product.to_owned(), events);
        }
    }

    fn remove(&mut self, product: &str, events: u64) {
        let Some(waiting) = self.products.get_mut(product) else { return };
        *waiting -= events;
        if *waiting == 0 {
            self.products.remove(product);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{error::Code, tracker::testing};

    fn call(events: usize) -> Vec<NewEvent> {
        (0..events).map(|index| testing::event("n", json!(index))).collect()
    }

    fn lens(taken: &[Submission]) -> Vec<usize> {
        taken.iter().map(|submission| submission.events.len()).collect()
    }

    #[test]
    fn calls_are_taken_whole_and_in_order() {
        let queue = CommitQueue::new(1_000, usize::MAX);
        let _answers = [3, 4, 2, 20].map(|events| queue.submit(call(events)).unwrap());
        assert_eq!(lens(&queue.take_now(8, 1).unwrap()), [3, 4]);
        assert_eq!(lens(&queue.take_now(8, 1).unwrap()), [2]);
        let alone = queue.take_now(8, 1).unwrap();
        assert_eq!(lens(&alone), [20], "a call larger than asked for comes alone");
        assert!(queue.take_now(8, 1).is_none());
    }

    #[test]
    fn a_second_group_waits_until_it_is_as_large_as_what_is_written() {
        let queue = CommitQueue::new(10_000, usize::MAX);
        let _a = queue.submit(call(500)).unwrap();
        let first = queue.take_now(800, 800).unwrap();
        let _b = queue.submit(call(450)).unwrap();
        assert!(queue.take_now(800, 800).is_none());
        let _c = queue.submit(call(50)).unwrap();
        assert_eq!(lens(&queue.take_now(800, 800).unwrap()), [450, 50]);
        let _d = queue.submit(call(700)).unwrap();
        assert!(queue.take_now(800, 800).is_none());
        queue.forget(&first);
        assert_eq!(lens(&queue.take_now(800, 800).unwrap()), [700]);
        let _e = queue.submit(call(800)).unwrap();
        assert_eq!(lens(&queue.take_now(800, 800).unwrap()), [800], "more are never waited for");
    }

    #[test]
    fn few_events_wait_for_the_transaction_before() {
        let queue = CommitQueue::new(10_000, usize::MAX);
        let _a = queue.submit(call(5)).unwrap();
        let first = queue.take_now(4_000, 4_000).unwrap();
        let _b = queue.submit(call(ENOUGH_EVENTS - 1)).unwrap();
        assert!(queue.take_now(4_000, 4_000).is_none());
        let _c = queue.submit(call(1)).unwrap();
        assert_eq!(lens(&queue.take_now(4_000, 4_000).unwrap()), [ENOUGH_EVENTS - 1, 1]);
        let _d = queue.submit(call(2)).unwrap();
        assert!(queue.take_now(4_000, 4_000).is_none());
        queue.forget(&first);
        assert!(queue.take_now(4_000, 4_000).is_none(), "the second is still being written");
    }

    #[test]
    fn nothing_is_taken_of_an_empty_queue_however_little_is_enough() {
        let queue = CommitQueue::new(1_000, usize::MAX);
        let _a = queue.submit(call(1)).unwrap();
        let _first = queue.take_now(1, 1).unwrap();
        assert!(queue.take_now(1, 0).is_none());
    }

    #[test]
    fn what_does_not_fit_is_refused_whole() {
        let bytes = call(1)[0].bytes();
        for queue in [CommitQueue::new(5, usize::MAX), CommitQueue::new(1_000, 5 * bytes)] {
            let _first = queue.submit(call(4)).unwrap();
            let taken = queue.take_now(10, 1).unwrap();
            assert_eq!(queue.submit(call(2)).unwrap_err().code(), Code::RateLimited);
            let _second = queue.submit(call(1)).unwrap();
            queue.forget(&taken);
            let _third = queue.submit(call(4)).unwrap();
        }
    }

    #[test]
    fn what_is_being_written_is_pending() {
        let queue = CommitQueue::new(1_000, usize::MAX);
        let tenant = testing::event("n", json!(0)).tenant;
        let _first = queue.submit(call(3)).unwrap();
        let taken = queue.take_now(10, 1).unwrap();
        let _second = queue.submit(call(1)).unwrap();
        assert_eq!(queue.pending(&tenant).events, 4);
        assert_eq!(queue.pending_by_product(&tenant), [("p".to_owned(), 4)].into());
        queue.forget(&taken);
        assert_eq!(queue.pending(&tenant), Pending { events: 1, oldest_at_ms: Some(0) });
        queue.forget(&queue.take_now(10, 1).unwrap());
        assert_eq!(queue.pending(&tenant), Pending::default());
        assert!(queue.pending_by_product(&tenant).is_empty());
    }

    #[test]
    fn what_nobody_waits_for_is_not_taken() {
        let queue = CommitQueue::new(1_000, usize::MAX);
        let tenant = testing::event("n", json!(0)).tenant;
        let _first = queue.submit(call(1)).unwrap();
        drop(queue.submit(call(2)).unwrap());
        let _third = queue.submit(call(4)).unwrap();
        assert_eq!(lens(&queue.take_now(10, 1).unwrap()), [1, 4]);
        assert_eq!((queue.waiting(), queue.pending(&tenant).events), (0, 5));
    }

    #[tokio::test]
    async fn each_call_gets_its_own_answer() {
        let queue = CommitQueue::new(1_000, usize::MAX);
        let first = queue.submit(call(1)).unwrap();
        let second = queue.submit(call(1)).unwrap();
        let mut taken = queue.take_now(10, 1).unwrap().into_iter();
        taken.next().unwrap().answer(Some(vec![Outcome::Stored]));
        taken.next().unwrap().answer(None);
        assert_eq!(first.await.unwrap(), Some(vec![Outcome::Stored]));
        assert_eq!(second.await.unwrap(), None);
    }
}
