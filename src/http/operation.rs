//! An operation of a socket as a stream of what comes of it, whatever its kind.

use std::time::Duration;

use async_graphql::{Executor, Request, ServerError, parser::types::OperationType};
use futures_util::{
    StreamExt as _,
    stream::{self, BoxStream},
};

use super::{
    HttpState,
    execute::{self, Outcome},
    graphql::{count, kind_name},
    params::Params,
    persisted, prepare,
    shared::Key,
    sockets::Counted,
};
use crate::{auth::Viewer, graphql::codes};

/// An operation that may be executed.
pub(super) struct Operation {
    pub(super) kind: OperationType,
    is_shareable: bool,
    request: Request,
    params: Params,
}

impl Operation {
    /// Prepares what `params` ask for.
    ///
    /// # Errors
    /// A request error, which has been counted: nothing was executed.
    pub(super) fn prepare<E>(
        state: &HttpState<E>,
        viewer: &Viewer,
        mut params: Params,
    ) -> Result<Self, ServerError> {
        let limits = &state.config.server;
        let found = persisted::find(state, &viewer.tenant.id, &mut params)
            .and_then(|document| Ok((prepare::request(&document, &params, limits)?, document)));
        let (request, document) = found.inspect_err(|_| count("unknown", "refused"))?;
        let (kind, is_shareable) = (document.kind, document.is_shareable);
        Ok(Self { kind, is_shareable, request, params })
    }

    /// Executes it while its outcomes are asked for; dropping the stream ends the operation.
    pub(super) fn start<E: Executor>(
        self,
        state: &HttpState<E>,
        viewer: Viewer,
    ) -> BoxStream<'static, Outcome> {
        let kind = self.kind;
        let outcomes = if kind == OperationType::Subscription {
            self.subscribe(state, viewer)
        } else {
            let limit = Duration::from_millis(state.config.server.operation_timeout_ms);
            let (schema, Self { request, params, .. }) = (state.schema.clone(), self);
            let turn = state.callers.start(&viewer);
            let request = request.data(viewer);
            let outcome = async move {
                match turn {
                    Ok(_turn) => execute::execute(&schema, request, &params, limit).await,
                    Err(error) => Outcome::Refused(vec![codes::server_error(error)]),
                }
            };
            stream::once(outcome).boxed()
        };
        let mut tally = Tally::new(kind);
        outcomes.inspect(move |outcome| tally.note(outcome)).boxed()
    }
}

impl Operation {
    fn subscribe<E: Executor>(
        self,
        state: &HttpState<E>,
        viewer: Viewer,
    ) -> BoxStream<'static, Outcome> {
        let Self { is_shareable, request, params, .. } = self;
        let key = Key::of(&viewer, &params).filter(|_| is_shareable);
        let request = request.data(viewer);
        match key {
            Some(key) => state.shared.join(key, |progress| {
                execute::subscribe(&state.schema, request.data(progress), params)
            }),
            None => execute::subscribe(&state.schema, request, params),
        }
    }
}

/// Counts an operation while it runs, and once it has ended, whoever ended it.
struct Tally {
    kind: OperationType,
    outcome: &'static str,
    _counted: Counted,
}

impl Tally {
    fn new(kind: OperationType) -> Self {
        Self { kind, outcome: "ok", _counted: Counted::operation() }
    }

    fn note(&mut self, outcome: &Outcome) {
        if outcome.name() != "ok" {
            self.outcome = outcome.name();
        }
    }
}

impl Drop for Tally {
    fn drop(&mut self) {
        count(kind_name(self.kind), self.outcome);
    }
}
