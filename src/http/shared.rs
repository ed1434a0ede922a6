//! Subscriptions that many have in common: executed and written once, however many watch.
//!
//! The floor and the quota look the same to everyone with the same rights, so those who ask for them in
//! the same words share one execution. Each reads the latest result when it comes to it: a slow reader gets
//! fewer, and nothing is kept for it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use async_graphql::{
    ServerError,
    parser::types::{OperationDefinition, OperationType, Selection},
};
use futures_util::{
    StreamExt as _,
    stream::{self, BoxStream},
};
use serde_json::value::RawValue;
use tokio::sync::watch;

use super::{execute::Outcome, params::Params};
use crate::{
    auth::{Role, Viewer},
    live::Progress,
    tenant::TenantId,
};

/// The fields whose results depend on the viewer's tenant and role only, and of an agent on who it is,
/// and of which the latest result says all.
const FIELDS: [&str; 5] =
    ["realtimeOverview", "realtimeChannels", "realtimeAgents", "alerts", "quotaAlerts"];

/// Whether an operation may be shared.
pub(super) fn is_shareable(operation: &OperationDefinition) -> bool {
    let [item] = operation.selection_set.node.items.as_slice() else { return false };
    let Selection::Field(field) = &item.node else { return false };
    operation.ty == OperationType::Subscription && FIELDS.contains(&field.node.name.node.as_str())
}

/// The executions under way. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct SharedStreams(Arc<Mutex<HashMap<Key, Weak<Source>>>>);

/// An execution that others may join.
#[derive(Debug, Default)]
struct Source {
    shown: watch::Sender<Shown>,
    progress: Arc<Progress>,
}

/// What has to be the same for two to share an execution.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    tenant: TenantId,
    role: Role,
    /// Who it is, where the results depend on it.
    subject: Option<Arc<str>>,
    query: String,
    operation_name: Option<String>,
    variables: Option<String>,
}

impl Key {
    /// None for a request whose extensions may mean something else.
    pub(super) fn of(viewer: &Viewer, params: &Params) -> Option<Self> {
        params.extensions.is_none().then(|| Self {
            tenant: viewer.tenant.id.clone(),
            role: viewer.role,
            subject: viewer.is_narrowed().then(|| Arc::clone(&viewer.subject)),
            query: params.query.clone(),
            operation_name: params.operation_name.clone(),
            variables: params.variables.as_deref().map(|text| text.get().to_owned()),
        })
    }
}

/// What there is to be seen of an execution.
#[derive(Clone, Debug, Default)]
struct Shown {
    /// Results so far.
    count: u64,
    last: Option<Last>,
    has_ended: bool,
}

#[derive(Clone, Debug)]
enum Last {
    Written { json: Arc<RawValue>, has_errors: bool },
    Refused(Arc<[ServerError]>),
}

impl Last {
    fn of(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Refused(errors) => Self::Refused(errors.into()),
            Outcome::Written { json, has_errors } => Self::Written { json, has_errors },
            Outcome::Executed(response) => {
                let has_errors = !response.errors.is_empty();
                let json = serde_json::value::to_raw_value(&response).unwrap_or_else(|error| {
                    tracing::error!(%error, "a result could not be written");
                    RawValue::NULL.to_owned()
                });
                Self::Written { json: json.into(), has_errors }
            }
        }
    }

    fn to_outcome(&self) -> Outcome {
        match self {
            Self::Refused(errors) => Outcome::Refused(errors.to_vec()),
            Self::Written { json, has_errors } => {
                Outcome::Written { json: Arc::clone(json), has_errors: *has_errors }
            }
        }
    }
}

impl SharedStreams {
    /// Joins the execution of the same words by the same rights, or begins it. Whoever joins is first
    /// shown what is so from then on.
    pub(super) fn join(
        &self,
        key: Key,
        begin: impl FnOnce(Arc<Progress>) -> BoxStream<'static, Outcome>,
    ) -> BoxStream<'static, Outcome> {
        let mut sources = self.lock();
        if let Some(source) = sources.get(&key).and_then(Weak::upgrade) {
            let (receiver, progress) = (source.shown.subscribe(), Arc::clone(&source.progress));
            return stream::once(caught_up(receiver, progress)).flat_map(results).boxed();
        }
        let source = Arc::new(Source::default());
        let receiver = source.shown.subscribe();
        sources.insert(key.clone(), Arc::downgrade(&source));
        let outcomes = begin(Arc::clone(&source.progress));
        tokio::spawn(self.clone().drive(key, source, outcomes));
        results(receiver)
    }

    /// Shows what comes of an execution until it ends or nobody watches.
    async fn drive(self, key: Key, source: Arc<Source>, mut outcomes: BoxStream<'static, Outcome>) {
        loop {
            let outcome = tokio::select! {
                outcome = outcomes.next() => outcome,
                () = source.shown.closed() => {
                    if self.is_given_up(&key, &source) {
                        return;
                    }
                    continue;
                }
            };
            let Some(outcome) = outcome else { break };
            let last = Last::of(outcome);
            source.shown.send_modify(|shown| {
                shown.count += 1;
                shown.last = Some(last);
            });
        }
        // Whoever comes next begins anew.
        self.lock().remove(&key);
        source.shown.send_modify(|shown| shown.has_ended = true);
    }

    /// Gives an execution up unless someone has joined since the last one left.
    fn is_given_up(&self, key: &Key, source: &Source) -> bool {
        // Whoever joins holds this lock meanwhile.
        let mut sources = self.lock();
        let is_abandoned = source.shown.receiver_count() == 0;
        if is_abandoned {
            sources.remove(key);
        }
        is_abandoned
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Weak<Source>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns once an execution has caught up with what it shows, or has ended.
async fn caught_up(
    shown: watch::Receiver<Shown>,
    progress: Arc<Progress>,
) -> watch::Receiver<Shown> {
    let mut ended = shown.clone();
    tokio::select! {
        () = progress.catch_up() => {}
        _ = ended.wait_for(|shown| shown.has_ended) => {}
    }
    shown
}

/// What one reader sees: the latest result whenever it asks, until the end.
fn results(shown: watch::Receiver<Shown>) -> BoxStream<'static, Outcome> {
    let next = |(mut shown, seen): (watch::Receiver<Shown>, u64)| async move {
        let is_news = |shown: &Shown| shown.count > seen || shown.has_ended;
        let (last, count) = {
            let shown = shown.wait_for(is_news).await.ok()?;
            // An end comes after the result before it.
            let last = shown.last.as_ref().filter(|_| shown.count > seen)?;
            (last.to_outcome(), shown.count)
        };
        Some((last, (shown, count)))
    };
    stream::unfold((shown, 0), next).boxed()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use async_graphql::{Response, Value};
    use tokio::sync::mpsc;
    use tokio_stream::wrappers::UnboundedReceiverStream;

    use super::*;
    use crate::tenant::Tenant;

    fn viewer(role: Role) -> Viewer {
        let tenant = Arc::new(Tenant::default());
        Viewer::new(tenant, "s", role)
    }

    fn params(query: &str) -> Params {
        Params { query: query.to_owned(), ..Params::default() }
    }

    fn result(number: i32) -> Outcome {
        Outcome::Executed(Response::new(Value::from(number)))
    }

    /// Executions that a test feeds.
    #[derive(Default)]
    struct Desk {
        shared: SharedStreams,
        begun: AtomicUsize,
    }

    impl Desk {
        fn join(&self, role: Role, query: &str) -> (BoxStream<'static, Outcome>, Feed) {
            let (feed, outcomes) = mpsc::unbounded_channel();
            let begin = |_: Arc<Progress>| {
                self.begun.fetch_add(1, Ordering::Relaxed);
                UnboundedReceiverStream::new(outcomes).boxed()
            };
            let key = Key::of(&viewer(role), &params(query)).unwrap();
            (self.shared.join(key, begin), feed)
        }

        fn begun(&self) -> usize {
            self.begun.load(Ordering::Relaxed)
        }
    }

    type Feed = mpsc::UnboundedSender<Outcome>;

    async fn text(results: &mut BoxStream<'static, Outcome>) -> Option<String> {
        match results.next().await? {
            Outcome::Written { json, .. } => Some(json.get().to_owned()),
            other => panic!("not written: {}", other.name()),
        }
    }

    #[test]
    fn what_is_of_an_agent_s_own_is_shared_with_nobody_else() {
        let of = |role, subject: &str| {
            let viewer = Viewer { subject: subject.into(), ..viewer(role) };
            Key::of(&viewer, &params("subscription { realtimeAgents { agentId } }"))
        };
        assert_eq!(of(Role::Agent, "li"), of(Role::Agent, "li"));
        assert_ne!(of(Role::Agent, "li"), of(Role::Agent, "wang"));
        assert_eq!(of(Role::Viewer, "li"), of(Role::Viewer, "wang"));
        assert_ne!(of(Role::Viewer, "li"), of(Role::Agent, "li"));
    }

    #[tokio::test]
    async fn the_same_words_by_the_same_rights_are_executed_once() {
        let desk = Desk::default();
        let (mut first, feed) = desk.join(Role::Viewer, "a");
        feed.send(result(1)).unwrap_or_default();
        assert_eq!(text(&mut first).await.unwrap(), r#"{"data":1}"#);
        let (mut second, _) = desk.join(Role::Viewer, "a");
        assert_eq!(text(&mut second).await.unwrap(), r#"{"data":1}"#, "the snapshot comes first");
        assert_eq!(desk.begun(), 1);
        let _others = [desk.join(Role::Operator, "a"), desk.join(Role::Viewer, "b")];
        assert_eq!(desk.begun(), 3);
    }

    #[tokio::test]
    async fn a_slow_reader_gets_the_latest_and_the_last_before_the_end() {
        let desk = Desk::default();
        let (mut slow, feed) = desk.join(Role::Viewer, "a");
        for number in 1..=5 {
            feed.send(result(number)).unwrap_or_default();
        }
        drop(feed);
        while !desk.shared.lock().is_empty() {
            tokio::task::yield_now().await;
        }
        assert_eq!(text(&mut slow).await.unwrap(), r#"{"data":5}"#);
        assert_eq!(text(&mut slow).await, None);
    }

    #[tokio::test]
    async fn an_execution_ends_with_the_last_who_watches() {
        let desk = Desk::default();
        let (first, feed) = desk.join(Role::Viewer, "a");
        let (second, _) = desk.join(Role::Viewer, "a");
        drop(first);
        tokio::task::yield_now().await;
        assert!(!feed.is_closed());
        drop(second);
        feed.closed().await;
        let _anew = desk.join(Role::Viewer, "a");
        assert_eq!(desk.begun(), 2);
    }
}
