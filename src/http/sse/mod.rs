//! GraphQL over server-sent events, by the letter of `graphql-sse` with distinct connections.
//!
//! Source: PROTOCOL.md of the graphql-sse project. A request is one operation, and its answer the
//! stream of what comes of it. [`handle`] opens a stream, [`stream`] is its life, [`event`] what is
//! said. Why it ends as it does: `docs/adr/0016-server-sent-events.md`.

mod event;
mod stream;

use std::future::{pending, ready};

use async_graphql::{Executor, parser::types::OperationType};
use axum::{
    body::Body,
    extract::Request,
    http::{HeaderName, Method, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use bytes::Bytes;
use futures_util::{
    FutureExt as _, StreamExt as _,
    future::BoxFuture,
    stream::{self as streams, BoxStream},
};
use tokio::{sync::mpsc, time::timeout};
use tokio_stream::wrappers::ReceiverStream;
use tracing::Instrument as _;

use self::stream::Stream;
use super::{
    HttpState,
    accept::MediaType,
    answer::Refusal,
    execute::Outcome,
    graphql,
    operation::Operation,
    params::Params,
    serve::Lifetime,
    sockets::{self, Counted, Place},
};
use crate::auth::Viewer;

/// Tells nginx, and what took it over from there, to pass every event on as it comes.
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// Events that wait for the connection.
const QUEUE_LEN: usize = 1;

/// Answers a request whose client asks for an event stream.
///
/// What is wrong with the request is said by its status, what is wrong with the operation in the
/// stream: a browser's `EventSource` shows nothing of an answer that is no 200.
pub(super) async fn handle<E: Executor>(state: &HttpState<E>, request: Request) -> Response {
    match open(state, request).await {
        Ok(response) => response,
        Err(refusal) => refusal.into_response(MediaType::Json),
    }
}

async fn open<E: Executor>(state: &HttpState<E>, request: Request) -> Result<Response, Refusal> {
    let (parts, body) = request.into_parts();
    let viewer = graphql::authenticate(state, &parts).await?;
    state.callers.admit(&viewer).await.map_err(Refusal::limited)?;
    let body = graphql::read(state, &parts, body).await?;
    let params = graphql::params(&parts, body.as_deref())?;
    let place = place(state, &viewer)?;
    let lifetime = parts.extensions.get::<Lifetime>().cloned().unwrap_or_default();
    let (outcomes, end) = start(state, &parts.method, viewer, params, &lifetime)?;
    let stream = Stream {
        outcomes,
        end,
        keep_alive: state.timing.stream_comment,
        send: state.timing.socket_send,
        cut: lifetime.cut,
        _place: place,
        _counted: Counted::socket(),
    };
    let (sender, events) = mpsc::channel(QUEUE_LEN);
    // Tracked, so that a stop waits until the operation has let go of what it holds.
    lifetime.tasks.spawn(stream.run(sender).in_current_span());
    Ok(answer(events))
}

fn place<E>(state: &HttpState<E>, viewer: &Viewer) -> Result<Place, Refusal> {
    let most = state.config.server.max_sockets_per_tenant;
    state.sockets.take(&viewer.tenant.id, most).map_err(|full| {
        Refusal::new(StatusCode::TOO_MANY_REQUESTS, full.into()).with(header::RETRY_AFTER, "1")
    })
}

/// Begins an operation, with what ends its stream before it is complete.
fn start<E: Executor>(
    state: &HttpState<E>,
    method: &Method,
    viewer: Viewer,
    params: Params,
    lifetime: &Lifetime,
) -> Result<(BoxStream<'static, Outcome>, BoxFuture<'static, ()>), Refusal> {
    let operation = match Operation::prepare(state, &viewer, params) {
        Ok(operation) => operation,
        Err(error) => {
            let refused = Outcome::Refused(vec![error]);
            return Ok((streams::once(ready(refused)).boxed(), pending().boxed()));
        }
    };
    graphql::check_method(operation.kind, method)?;
    let end = if operation.kind == OperationType::Subscription {
        let (stop, left) = (lifetime.stop.clone(), sockets::time_left(&viewer));
        // Either way it is over.
        async move { timeout(left, stop.cancelled()).await.unwrap_or_default() }.boxed()
    } else {
        // It ends by itself, and a stop lets requests end.
        pending().boxed()
    };
    Ok((operation.start(state, viewer), end))
}

fn answer(events: mpsc::Receiver<Bytes>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, MediaType::EventStream.content_type()),
        (header::CACHE_CONTROL, "no-store"),
        (header::VARY, "accept"),
        (X_ACCEL_BUFFERING, "no"),
    ];
    let events = ReceiverStream::new(events).map(Ok::<_, std::convert::Infallible>);
    (headers, Body::from_stream(events)).into_response()
}
