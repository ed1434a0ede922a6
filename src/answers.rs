//! Answers that many ask for are made once.
//!
//! Whoever asks gets an answer that was begun after it asked: those who come while one is being made
//! share the next. While nothing has changed as far as this replica has heard, one that is not older than
//! a second will do, so that pages that ask again and again cost little. What this replica has
//! committed shows in the next answer; what another has, once its notice is here, and within a second.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};

use crate::{error::Result, tenant::TenantId};

/// Longest age of an answer.
const MAX_AGE: Duration = Duration::from_secs(1);
/// Answers that are kept, before those of no more use are thrown away.
const MAX_KEPT: usize = 1_000;

/// Counts the changes of each tenant.
#[derive(Debug, Default)]
pub struct Changes(Mutex<HashMap<TenantId, Arc<AtomicU64>>>);

impl Changes {
    /// Something of a tenant has changed. Say so after the commit.
    pub fn add(&self, tenant: &TenantId) {
        self.of(tenant).fetch_add(1, Ordering::AcqRel);
    }

    /// Something may have changed of any tenant.
    pub fn add_to_all(&self) {
        for changes in self.0.lock().unwrap_or_else(PoisonError::into_inner).values() {
            changes.fetch_add(1, Ordering::AcqRel);
        }
    }

    fn of(&self, tenant: &TenantId) -> Arc<AtomicU64> {
        let mut tenants = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(changes) = tenants.get(tenant) {
            return Arc::clone(changes);
        }
        Arc::clone(tenants.entry(tenant.clone()).or_default())
    }
}

/// Answers to one kind of question, by tenant and what was asked.
#[derive(Debug)]
pub struct Answers<K, V> {
    changes: Arc<Changes>,
    max_age: Duration,
    slots: Mutex<HashMap<(TenantId, K), Slot<V>>>,
}

type Slot<V> = Arc<tokio::sync::Mutex<Option<Held<V>>>>;

#[derive(Debug)]
struct Held<V> {
    /// None when it could not be made.
    value: Option<V>,
    begun: Instant,
    /// By the clock that figures go by.
    as_of: DateTime<Utc>,
    changes: u64,
}

impl<K: Eq + Hash + Clone, V: Clone> Answers<K, V> {
    pub fn new(changes: Arc<Changes>) -> Self {
        Self { changes, max_age: MAX_AGE, slots: Mutex::default() }
    }

    /// Answers that are never kept, and only shared by those who come while one is being made.
    #[must_use]
    pub fn never_kept(self) -> Self {
        Self { max_age: Duration::ZERO, ..self }
    }

    /// The answer to a question, made by `make` if there is none that will do.
    ///
    /// # Errors
    /// Those of `make`. An error is nobody else's answer: those who waited for it then ask at once, each
    /// for itself, so that a store that fails slowly is not waited for in turn.
    pub async fn get(
        &self,
        tenant: &TenantId,
        question: K,
        now: DateTime<Utc>,
        make: impl AsyncFnOnce() -> Result<V>,
    ) -> Result<V> {
        let asked = Instant::now();
        let slot = self.slot(tenant, question);
        // Whoever waits here is answered by what is begun next.
        let mut held = slot.lock().await;
        let changes = self.changes.of(tenant).load(Ordering::Acquire);
        if let Some(last) = &*held {
            match &last.value {
                Some(value) if last.begun >= asked || last.is_good(now, changes, self.max_age) => {
                    return Ok(value.clone());
                }
                None if last.begun >= asked => {
                    drop(held);
                    return make().await;
                }
                _ => {}
            }
        }
        let begun = Instant::now();
        let answer = make().await;
        *held = Some(Held { value: answer.as_ref().ok().cloned(), begun, as_of: now, changes });
        answer
    }

    fn slot(&self, tenant: &TenantId, question: K) -> Slot<V> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= MAX_KEPT {
            let is_young = |held: &Held<V>| held.begun.elapsed() < MAX_AGE;
            // Those that someone waits for stay too.
            slots.retain(|_, slot| {
                Arc::strong_count(slot) > 1
                    || slot.try_lock().is_ok_and(|held| held.as_ref().is_some_and(is_young))
            });
        }
        Arc::clone(slots.entry((tenant.clone(), question)).or_default())
    }
}

impl<V> Held<V> {
    fn is_good(&self, now: DateTime<Utc>, changes: u64, max_age: Duration) -> bool {
        let age = (now - self.as_of).abs();
        self.changes == changes
            && self.begun.elapsed() < max_age
            && age < TimeDelta::from_std(max_age).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;
    use crate::error::Error;

    struct Desk {
        changes: Arc<Changes>,
        answers: Arc<Answers<&'static str, usize>>,
        made: Arc<AtomicUsize>,
        tenant: TenantId,
    }

    impl Desk {
        fn new() -> Self {
            let changes = Arc::new(Changes::default());
            let answers = Arc::new(Answers::new(Arc::clone(&changes)));
            Self { changes, answers, made: Arc::default(), tenant: TenantId::new("t") }
        }

        async fn ask(&self, question: &'static str, now: DateTime<Utc>) -> usize {
            let make = async || Ok(self.made.fetch_add(1, Ordering::AcqRel) + 1);
            self.answers.get(&self.tenant, question, now, make).await.unwrap()
        }
    }

    #[tokio::test]
    async fn an_answer_is_kept_until_something_changes_or_time_passes() {
        let (desk, now) = (Desk::new(), DateTime::UNIX_EPOCH);
        assert_eq!(desk.ask("a", now).await, 1);
        assert_eq!(desk.ask("a", now).await, 1);
        assert_eq!(desk.ask("b", now).await, 2, "another question");
        desk.changes.add(&TenantId::new("u"));
        assert_eq!(desk.ask("a", now).await, 1, "another tenant changed");
        desk.changes.add(&desk.tenant);
        assert_eq!(desk.ask("a", now).await, 3);
        desk.changes.add_to_all();
        assert_eq!(desk.ask("a", now).await, 4);
        assert_eq!(desk.ask("a", now + TimeDelta::seconds(1)).await, 5);
    }

    #[tokio::test]
    async fn those_who_come_meanwhile_share_the_next_answer() {
        let desk = Desk::new();
        let (enter, gate) =
            (Arc::new(tokio::sync::Notify::new()), Arc::new(tokio::sync::Notify::new()));
        let first = {
            let (answers, tenant) = (Arc::clone(&desk.answers), desk.tenant.clone());
            let (enter, gate, made) =
                (Arc::clone(&enter), Arc::clone(&gate), Arc::clone(&desk.made));
            tokio::spawn(async move {
                let slowly = async || {
                    enter.notify_one();
                    gate.notified().await;
                    Ok(made.fetch_add(1, Ordering::AcqRel) + 1)
                };
                answers.get(&tenant, "a", DateTime::UNIX_EPOCH, slowly).await.unwrap()
            })
        };
        enter.notified().await;
        // Committed while the first answer is being made, which may not show it.
        desk.changes.add(&desk.tenant);
        let others = async {
            tokio::join!(desk.ask("a", DateTime::UNIX_EPOCH), desk.ask("a", DateTime::UNIX_EPOCH))
        };
        let open = async { gate.notify_one() };
        let (others, ()) = tokio::join!(others, open);
        assert_eq!((first.await.unwrap(), others), (1, (2, 2)));
    }

    #[tokio::test]
    async fn an_error_is_nobody_else_s_answer() {
        let (desk, now) = (Desk::new(), DateTime::UNIX_EPOCH);
        let fail = async || Err(Error::unavailable("a test"));
        assert!(desk.answers.get(&desk.tenant, "a", now, fail).await.is_err());
        assert_eq!(desk.ask("a", now).await, 1);
    }

    #[tokio::test]
    async fn who_waited_for_an_answer_that_failed_does_not_wait_for_the_others() {
        let (desk, now) = (Desk::new(), DateTime::UNIX_EPOCH);
        let gate = tokio::sync::Notify::new();
        let together = tokio::sync::Barrier::new(2);
        let first = desk.answers.get(&desk.tenant, "a", now, async || {
            gate.notified().await;
            Err(Error::unavailable("a test"))
        });
        // Neither ends before the other has begun.
        let after = async || {
            together.wait().await;
            Err(Error::unavailable("a test"))
        };
        let others = async {
            let fail = async || Err(Error::unavailable("a test"));
            tokio::join!(
                desk.answers.get(&desk.tenant, "a", now, fail),
                desk.answers.get(&desk.tenant, "a", now, after),
                desk.answers.get(&desk.tenant, "a", now, after),
                async { gate.notify_one() },
            )
        };
        let (first, others) = tokio::join!(first, others);
        let others = [others.0, others.1, others.2];
        assert!(first.is_err() && others.iter().all(Result::is_err));
    }

    #[tokio::test]
    async fn what_is_of_no_more_use_is_thrown_away() {
        let answers: Answers<usize, usize> = Answers::new(Arc::default());
        let tenant = TenantId::new("t");
        let ask = async |question: usize| {
            let made = answers.get(&tenant, question, DateTime::UNIX_EPOCH, async || Ok(question));
            made.await.unwrap()
        };
        for question in 0..MAX_KEPT {
            ask(question).await;
        }
        for slot in answers.slots.lock().unwrap().values() {
            slot.try_lock().unwrap().as_mut().unwrap().begun -= MAX_AGE;
        }
        ask(MAX_KEPT).await;
        assert_eq!(answers.slots.lock().unwrap().len(), 1);
    }
}
