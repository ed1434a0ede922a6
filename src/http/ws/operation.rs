//! One operation of a socket: a task that sends its messages until it ends or is dropped.

use std::{sync::Arc, time::Duration};

use async_graphql::{Executor, parser::types::OperationType};
use futures_util::StreamExt as _;
use tokio::sync::mpsc;

use super::message::Outgoing;
use crate::{
    auth::Viewer,
    http::{
        HttpState,
        execute::{self, Outcome},
        graphql::{count, kind_name},
        params::Params,
        prepare,
    },
};

/// A message of an operation on its way to the socket.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) id: Arc<str>,
    /// Tells operations apart that used the same id one after the other.
    pub(super) run: u64,
    pub(super) text: String,
    /// Whether the operation has ended with it.
    pub(super) last: bool,
}

/// Where an operation's messages go.
#[derive(Clone, Debug)]
pub(super) struct Outlet {
    pub(super) id: Arc<str>,
    pub(super) run: u64,
    pub(super) events: mpsc::Sender<Event>,
}

impl Outlet {
    async fn send(&self, message: Outgoing<'_>) {
        let last = matches!(message, Outgoing::Error { .. } | Outgoing::Complete { .. });
        let event = Event { id: self.id.clone(), run: self.run, text: message.into_text(), last };
        // Without a receiver the socket is gone, and this task with it.
        let _ = self.events.send(event).await;
    }

    /// Sends what came of a step; `false` when that was the end.
    async fn pass_on(&self, outcome: &Outcome) -> bool {
        match outcome {
            Outcome::Executed(response) => {
                self.send(Outgoing::Next { id: &self.id, payload: response }).await;
                true
            }
            Outcome::Refused(errors) => {
                self.send(Outgoing::Error { id: &self.id, payload: errors }).await;
                false
            }
        }
    }
}

/// Runs an operation from its parameters to its last message.
pub(super) async fn run<E: Executor>(
    state: Arc<HttpState<E>>,
    viewer: Viewer,
    params: Params,
    outlet: Outlet,
) {
    let _counted = Counted::new("websocket_operations");
    let server = &state.config.server;
    let found = prepare::find(&params, server, &state.documents)
        .and_then(|document| Ok((document.kind, prepare::request(&document, &params)?)));
    let (kind, request) = match found {
        Ok(found) => found,
        Err(error) => {
            count("unknown", "refused");
            return outlet.send(Outgoing::Error { id: &outlet.id, payload: &[error] }).await;
        }
    };
    let request = request.data(viewer);
    let mut outcomes = if kind == OperationType::Subscription {
        execute::subscribe(&state.schema, request, params)
    } else {
        let limit = Duration::from_millis(server.operation_timeout_ms);
        let schema = state.schema.clone();
        futures_util::stream::once(async move {
            execute::execute(&schema, request, &params, limit).await
        })
        .boxed()
    };
    let mut tally = Tally { kind, outcome: "ok" };
    while let Some(outcome) = outcomes.next().await {
        if outcome.name() != "ok" {
            tally.outcome = outcome.name();
        }
        if !outlet.pass_on(&outcome).await {
            return;
        }
    }
    outlet.send(Outgoing::Complete { id: &outlet.id }).await;
}

/// Counts an operation once it has ended, whoever ended it.
struct Tally {
    kind: OperationType,
    outcome: &'static str,
}

impl Drop for Tally {
    fn drop(&mut self) {
        count(kind_name(self.kind), self.outcome);
    }
}

/// Counts in a gauge for as long as it lives.
pub(super) struct Counted(&'static str);

impl Counted {
    pub(super) fn new(gauge: &'static str) -> Self {
        metrics::gauge!(gauge).increment(1.0);
        Self(gauge)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        metrics::gauge!(self.0).decrement(1.0);
    }
}
