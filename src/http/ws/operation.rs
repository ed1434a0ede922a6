//! One operation of a socket: a task that sends its messages until it ends or is dropped.

use std::sync::Arc;

use async_graphql::Executor;
use futures_util::StreamExt as _;
use tokio::sync::mpsc;

use super::message::{Outgoing, Payload};
use crate::{
    auth::Viewer,
    graphql::codes,
    http::{HttpState, execute::Outcome, operation::Operation, params::Params},
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
    /// Boxed, because a channel makes room for many at once.
    pub(super) events: mpsc::Sender<Box<Event>>,
}

impl Outlet {
    async fn send(&self, message: Outgoing<'_>) {
        let last = matches!(message, Outgoing::Error { .. } | Outgoing::Complete { .. });
        let event = Event { id: self.id.clone(), run: self.run, text: message.into_text(), last };
        // Without a receiver the socket is gone, and this task with it.
        let _ = self.events.send(Box::new(event)).await;
    }

    async fn pass_result(&self, payload: Payload<'_>) -> bool {
        self.send(Outgoing::Next { id: &self.id, payload }).await;
        true
    }

    /// Sends what came of a step; `false` when that was the end.
    async fn pass_on(&self, outcome: &Outcome) -> bool {
        match outcome {
            Outcome::Executed(response) => self.pass_result(Payload::Response(response)).await,
            Outcome::Written { json, .. } => self.pass_result(Payload::Written(json)).await,
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
    let admitted = state.callers.admit(&viewer).await.map_err(codes::server_error);
    let prepared = admitted.and_then(|()| Operation::prepare(&state, &viewer, params));
    let mut outcomes = match prepared {
        Ok(operation) => operation.start(&state, viewer),
        Err(error) => {
            return outlet.send(Outgoing::Error { id: &outlet.id, payload: &[error] }).await;
        }
    };
    while let Some(outcome) = outcomes.next().await {
        if !outlet.pass_on(&outcome).await {
            return;
        }
    }
    outlet.send(Outgoing::Complete { id: &outlet.id }).await;
}
