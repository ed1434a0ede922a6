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
    prepare,
    sockets::Counted,
};
use crate::auth::Viewer;

/// An operation that may be executed.
pub(super) struct Operation {
    pub(super) kind: OperationType,
    request: Request,
    params: Params,
}

impl Operation {
    /// Prepares what `params` ask for.
    ///
    /// # Errors
    /// A request error, which has been counted: nothing was executed.
    pub(super) fn prepare<E>(state: &HttpState<E>, params: Params) -> Result<Self, ServerError> {
        let found = prepare::find(&params, &state.config.server, &state.documents)
            .and_then(|document| Ok((document.kind, prepare::request(&document, &params)?)));
        let (kind, request) = found.inspect_err(|_| count("unknown", "refused"))?;
        Ok(Self { kind, request, params })
    }

    /// Executes it while its outcomes are asked for; dropping the stream ends the operation.
    pub(super) fn start<E: Executor>(
        self,
        state: &HttpState<E>,
        viewer: Viewer,
    ) -> BoxStream<'static, Outcome> {
        let Self { kind, request, params } = self;
        let request = request.data(viewer);
        let outcomes = if kind == OperationType::Subscription {
            execute::subscribe(&state.schema, request, params)
        } else {
            let limit = Duration::from_millis(state.config.server.operation_timeout_ms);
            let schema = state.schema.clone();
            stream::once(async move { execute::execute(&schema, request, &params, limit).await })
                .boxed()
        };
        let mut tally = Tally::new(kind);
        outcomes.inspect(move |outcome| tally.note(outcome)).boxed()
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
