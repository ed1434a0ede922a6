//! `POST` and `GET /graphql`, by the letter of GraphQL over HTTP.
//!
//! The order of the checks in [`answer()`] is the one that passes every clause: what can be refused
//! without reading the body is refused before it is read, who may not enter learns nothing else.

use std::{sync::Arc, time::Duration};

use async_graphql::{Executor, ServerError, parser::types::OperationType};
use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header, request::Parts},
    response::Response,
};
use bytes::Bytes;

use super::{
    HttpState,
    accept::{self, MediaType},
    answer::{self, Refusal},
    body,
    execute::{self, Outcome},
    ingest::Call,
    observe::Routine,
    origin,
    params::Params,
    persisted, prepare, sse, ws,
};
use crate::{auth::Viewer, error::Error, graphql::codes, tracker::Tracker};

/// Longest address with parameters; the head of a request as a whole may have twice as much.
const MAX_ADDRESS_BYTES: usize = 32 * 1024;

/// What an operation that was executed came to.
enum Answer {
    Executed {
        response: Box<async_graphql::Response>,
        /// Whether it is a tracking mutation of the usual form that went well.
        is_routine: bool,
    },
    /// The same of such a mutation, as JSON.
    Written(Vec<u8>),
}

/// Answers one request.
pub(super) async fn handle<E: Executor>(
    State(state): State<Arc<HttpState<E>>>,
    request: Request,
) -> Response {
    if ws::is_upgrade(request.headers()) {
        return ws::upgrade(state, request).await;
    }
    let Some(media) = accept::negotiate(request.headers()) else {
        let expected = "application/graphql-response+json, application/json or text/event-stream";
        let error = Error::bad_text("accept", &accepted(request.headers()), expected);
        let refusal = Refusal::new(StatusCode::NOT_ACCEPTABLE, error);
        return refusal.into_response(MediaType::Json);
    };
    if media == MediaType::EventStream {
        // Apart, so that the future of all the others stays small.
        return Box::pin(sse::handle(&state, request)).await;
    }
    let statuses = state.config.server.statuses;
    match answer(&state, request).await {
        Ok(Answer::Executed { response, is_routine }) => {
            let response = answer::executed(media, &response, statuses);
            if is_routine { routine(response) } else { response }
        }
        Ok(Answer::Written(body)) => routine(answer::written(media, body)),
        Err(refusal) => refusal.into_graphql(media, statuses),
    }
}

fn routine(mut response: Response) -> Response {
    response.extensions_mut().insert(Routine);
    response
}

fn accepted(headers: &HeaderMap) -> String {
    headers
        .get(header::ACCEPT)
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        .unwrap_or_default()
}

async fn answer<E: Executor>(state: &HttpState<E>, request: Request) -> Result<Answer, Refusal> {
    let (parts, body) = request.into_parts();
    let viewer = authenticate(state, &parts).await?;
    state.callers.admit(&viewer).await.map_err(Refusal::limited)?;
    let body = read(state, &parts, body).await?;
    let most = state.config.server.max_list_items;
    if let Some(tracker) = &state.ingest
        && let Some(body) = &body
        && let Some(call) = Call::from_body(body.clone(), &state.documents, most)
    {
        return track(state, call, tracker, &viewer).await;
    }
    let params = params(&parts, body.as_deref())?;
    run(state, &parts.method, viewer, params).await
}

/// Reads the body of a POST; a GET has its parameters in its address.
pub(super) async fn read<E>(
    state: &HttpState<E>,
    parts: &Parts,
    body: Body,
) -> Result<Option<Bytes>, Refusal> {
    match parts.method {
        Method::POST => {
            check_content_type(&parts.headers)?;
            let limit = state.config.server.max_body_bytes;
            body::read(&parts.headers, body, limit, &state.timing).await.map(Some)
        }
        Method::GET | Method::HEAD => check_address(parts).map(|()| None),
        _ => Err(wrong_method(&parts.method, "GET, HEAD, POST")),
    }
}

/// Refuses an address that is too long, while it can still be said in so many words.
fn check_address(parts: &Parts) -> Result<(), Refusal> {
    let bytes = parts.uri.path_and_query().map_or(0, |address| address.as_str().len());
    if bytes <= MAX_ADDRESS_BYTES {
        return Ok(());
    }
    let expected = format!("at most {MAX_ADDRESS_BYTES} bytes, or a POST");
    let error = Error::bad_input("url", format_args!("{bytes} bytes"), &expected);
    Err(Refusal::new(StatusCode::URI_TOO_LONG, error))
}

/// The parameters in the body that was read, or in the address.
pub(super) fn params(parts: &Parts, body: Option<&[u8]>) -> Result<Params, Refusal> {
    let params = body.map_or_else(|| Params::from_uri(&parts.uri), Params::from_json);
    params.map_err(|error| Refusal::params(error, body.is_none_or(is_json)))
}

fn is_json(body: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok()
}

/// Tells who sends a request, and refuses one of a foreign page to an open service.
pub(super) async fn authenticate<E>(
    state: &HttpState<E>,
    parts: &Parts,
) -> Result<Viewer, Refusal> {
    if state.config.auth.is_open() {
        let listed = &state.config.server.cors_origins;
        origin::check(&parts.headers, &parts.uri, listed).map_err(Refusal::credentials)?;
    }
    let authorization = authorization(&parts.headers);
    state.auth.authenticate(authorization).await.map_err(Refusal::credentials)
}

/// The text of `Authorization`.
pub(super) fn authorization(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok())
}

fn wrong_method(method: &Method, allowed: &'static str) -> Refusal {
    let error = Error::bad_input("method", method, allowed);
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, error).with(header::ALLOW, allowed)
}

/// Takes JSON in UTF-8 only: what a form can send would be sent by foreign pages too (CSRF).
pub(super) fn check_content_type(headers: &HeaderMap) -> Result<(), Refusal> {
    const EXPECTED: &str = "application/json";
    let unsupported = |error: Error| Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, error));
    let text = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let Some(text) = text else {
        return unsupported(Error::bad_input("content-type", "missing", EXPECTED));
    };
    let known = text.parse::<mime::Mime>().is_ok_and(|kind| {
        kind.essence_str() == EXPECTED
            && kind.get_param(mime::CHARSET).is_none_or(|charset| charset == mime::UTF_8)
    });
    if !known {
        return unsupported(Error::bad_text("content-type", text, EXPECTED));
    }
    match headers.get(header::CONTENT_ENCODING).map(|value| value.to_str().unwrap_or_default()) {
        None | Some("identity") => Ok(()),
        Some(other) => unsupported(Error::bad_text("content-encoding", other, "identity")),
    }
}

/// From a well-formed request to its outcome.
async fn run<E: Executor>(
    state: &HttpState<E>,
    method: &Method,
    viewer: Viewer,
    mut params: Params,
) -> Result<Answer, Refusal> {
    let refused = |error: ServerError| {
        count("unknown", "refused");
        Refusal::request(vec![error])
    };
    let server = &state.config.server;
    let document = persisted::find(state, &viewer.tenant.id, &mut params).map_err(refused)?;
    if let Some(tracker) = &state.ingest
        && method == Method::POST
        && let Some(call) = Call::from_params(&document, &params, server.max_list_items)
    {
        return track(state, call, tracker, &viewer).await;
    }
    let kind = document.kind;
    check_method(kind, method)?;
    let request = prepare::request(&document, &params, server).map_err(refused)?;
    check_single(kind)?;
    let _turn = state.callers.start(&viewer).map_err(Refusal::limited)?;
    let limit = Duration::from_millis(server.operation_timeout_ms);
    let outcome = execute::execute(&state.schema, request.data(viewer), &params, limit).await;
    conclude(kind, outcome, document.ingest.is_some())
}

/// Runs what needs no engine.
async fn track<E>(
    state: &HttpState<E>,
    call: Call,
    tracker: &Tracker,
    viewer: &Viewer,
) -> Result<Answer, Refusal> {
    let limit = Duration::from_millis(state.config.server.operation_timeout_ms);
    match call.run(tracker, viewer, limit).await {
        Ok(body) => {
            count(kind_name(OperationType::Mutation), "ok");
            Ok(Answer::Written(body))
        }
        Err(outcome) => conclude(OperationType::Mutation, outcome, true),
    }
}

fn conclude(kind: OperationType, outcome: Outcome, is_usual: bool) -> Result<Answer, Refusal> {
    count(kind_name(kind), outcome.name());
    match outcome {
        Outcome::Executed(response) => {
            let is_routine = is_usual && response.errors.is_empty();
            Ok(Answer::Executed { response: Box::new(response), is_routine })
        }
        Outcome::Written { json, .. } => Ok(Answer::Written(json.get().as_bytes().to_vec())),
        Outcome::Refused(errors) => Err(Refusal::request(errors)),
    }
}

/// Refuses a mutation by GET, and counts it.
pub(super) fn check_method(kind: OperationType, method: &Method) -> Result<(), Refusal> {
    if kind != OperationType::Mutation || method == Method::POST {
        return Ok(());
    }
    count(kind_name(kind), "refused");
    let error = Error::bad_input("method", method, "POST for a mutation");
    Err(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, error).with(header::ALLOW, "POST"))
}

/// Refuses what has more than one result, and counts it.
fn check_single(kind: OperationType) -> Result<(), Refusal> {
    if kind != OperationType::Subscription {
        return Ok(());
    }
    count(kind_name(kind), "refused");
    let expected = "a query or mutation: subscribe with `accept: text/event-stream`, \
                    or by WebSocket (graphql-transport-ws) at /graphql/ws";
    let error = Error::bad_input("query", "a subscription", expected);
    Err(Refusal::request(vec![codes::server_error(error)]))
}

pub(super) fn kind_name(kind: OperationType) -> &'static str {
    match kind {
        OperationType::Query => "query",
        OperationType::Mutation => "mutation",
        OperationType::Subscription => "subscription",
    }
}

/// Counts an operation.
pub(super) fn count(kind: &'static str, outcome: &'static str) {
    metrics::counter!("graphql_operations_total", "kind" => kind, "outcome" => outcome)
        .increment(1);
}
