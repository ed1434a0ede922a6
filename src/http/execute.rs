//! Runs a prepared operation: with a timeout, and with panics kept from the connection.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use async_graphql::{Executor, Request, Response, ServerError, Value};
use futures_util::{
    FutureExt as _, StreamExt as _,
    stream::{self, BoxStream},
};
use serde_json::value::RawValue;

use super::{explain::explain, params::Params};
use crate::{
    error::Error,
    graphql::{
        codes::{self, Phase},
        cost::OperationCost,
    },
};

/// What came of an operation.
pub(super) enum Outcome {
    /// Nothing was executed, or nothing came back in time: the answer has no `data`.
    Refused(Vec<ServerError>),
    /// Executed, perhaps with errors beside the data.
    Executed(Response),
    /// The same, written once for all who are to get it.
    Written { json: Arc<RawValue>, has_errors: bool },
}

impl Outcome {
    fn of(
        mut response: Response,
        phase: &Phase,
        params: &Params,
        cost: Option<OperationCost>,
    ) -> Self {
        let executed = phase.was_executed(&response);
        if let Some(cost) = cost {
            cost.show(&mut response);
        }
        explain(&mut response.errors, params);
        codes::complete(&mut response, executed);
        if executed { Self::Executed(response) } else { Self::Refused(response.errors) }
    }

    /// A panic in the middle of the execution: whatever was done, there is nothing to show.
    fn panicked() -> Self {
        let mut response = Response::new(Value::Null);
        response.errors.push(codes::internal_error());
        Self::Executed(response)
    }

    /// For the metrics.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Refused(_) => "refused",
            Self::Executed(response) if response.errors.is_empty() => "ok",
            Self::Written { has_errors: false, .. } => "ok",
            Self::Executed(_) | Self::Written { .. } => "errors",
        }
    }
}

/// Executes a query or mutation.
pub(super) async fn execute<E: Executor>(
    schema: &E,
    request: Request,
    params: &Params,
    limit: Duration,
) -> Outcome {
    let (phase, cost) = (Phase::default(), OperationCost::asked_for(&request));
    let request = request.data(phase.clone());
    match bounded(limit, schema.execute(request)).await {
        Ok(response) => Outcome::of(response, &phase, params, cost),
        Err(outcome) => outcome,
    }
}

/// Waits for an execution.
///
/// # Errors
/// What is answered for one that takes too long or panics.
pub(super) async fn bounded<T>(
    limit: Duration,
    execution: impl Future<Output = T>,
) -> Result<T, Outcome> {
    let execution = AssertUnwindSafe(execution).catch_unwind();
    match tokio::time::timeout(limit, execution).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(_)) => Err(Outcome::panicked()),
        Err(_) => {
            let what = format!("the operation did not end within {} ms", limit.as_millis());
            Err(Outcome::Refused(vec![timed_out(what)]))
        }
    }
}

/// Not by way of `GraphqlError`, whose text for this code speaks of a store.
fn timed_out(what: String) -> ServerError {
    let mut error = codes::server_error(Error::unavailable(what.clone()));
    error.message = what;
    error
}

/// Executes a subscription; the stream ends after a refusal or a panic.
pub(super) fn subscribe<E: Executor>(
    schema: &E,
    request: Request,
    params: Params,
) -> BoxStream<'static, Outcome> {
    let (phase, cost) = (Phase::default(), OperationCost::asked_for(&request));
    let request = request.data(phase.clone());
    let events = AssertUnwindSafe(schema.execute_stream(request, None)).catch_unwind();
    let outcomes = events.map(move |event| match event {
        Ok(response) => Outcome::of(response, &phase, &params, cost),
        Err(_) => Outcome::panicked(),
    });
    // A refusal is the last word, whatever the engine still has to say.
    let outcomes = outcomes.scan(false, |refused, outcome| {
        let next = (!*refused).then_some(outcome);
        *refused |= matches!(next, Some(Outcome::Refused(_)));
        std::future::ready(next)
    });
    stream::StreamExt::boxed(outcomes)
}
