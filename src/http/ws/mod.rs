//! GraphQL over WebSocket, by the letter of `graphql-transport-ws`.
//!
//! Source: PROTOCOL.md of the graphql-ws project. [`upgrade`] opens a socket, [`session`] is its
//! life, [`operation`] one `subscribe` within it, [`message`] what is said.

mod message;
mod operation;
mod session;

use std::sync::Arc;

use async_graphql::Executor;
use axum::{
    extract::{FromRequestParts as _, Request, State, WebSocketUpgrade},
    http::{HeaderMap, StatusCode, header},
    response::Response,
};
use tracing::Instrument as _;

use super::{
    HttpState, accept::MediaType, answer::Refusal, graphql::authorization, origin, serve::Lifetime,
};
use crate::error::Error;

/// The only subprotocol spoken here.
const PROTOCOL: &str = "graphql-transport-ws";

/// Buffers of a socket. The engine of the sockets takes 128 KiB each unless told otherwise. What
/// clients send is small, and the buffer for it is there for as long as the socket.
const READ_BUFFER_BYTES: usize = 1_024;
const WRITE_BUFFER_BYTES: usize = 4_096;

/// Largest answer that one message may carry.
const MAX_ANSWER_BYTES: usize = 64 * 1024 * 1024;

/// Whether a request asks to become a WebSocket.
pub(super) fn is_upgrade(headers: &HeaderMap) -> bool {
    headers
        .get(header::UPGRADE)
        .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// Answers at the address that only speaks WebSocket.
pub(super) async fn handle<E: Executor>(
    State(state): State<Arc<HttpState<E>>>,
    request: Request,
) -> Response {
    upgrade(state, request).await
}

/// Opens a socket. Credentials are asked for inside, where every client can give them.
pub(super) async fn upgrade<E: Executor>(state: Arc<HttpState<E>>, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    let listed = &state.config.server.cors_origins;
    if state.config.auth.is_open()
        && let Err(error) = origin::check(&parts.headers, &parts.uri, listed)
    {
        return Refusal::credentials(error).into_response(MediaType::Json);
    }
    let upgrade = match WebSocketUpgrade::from_request_parts(&mut parts, &state).await {
        Ok(upgrade) => upgrade,
        Err(fault) => {
            let expected = "a WebSocket handshake (graphql-transport-ws)";
            let error = Error::bad_input("request", fault.body_text().to_lowercase(), expected);
            return Refusal::new(StatusCode::UPGRADE_REQUIRED, error)
                .with(header::UPGRADE, "websocket")
                .into_response(MediaType::Json);
        }
    };
    let header = authorization(&parts.headers).map(str::to_owned);
    let lifetime = parts.extensions.get::<Lifetime>().cloned().unwrap_or_default();
    // Taken before the handshake ends, so that a stop in between waits for the socket.
    let tracked = lifetime.tasks.token();
    let limit = state.config.server.max_body_bytes;
    let span = tracing::Span::current();
    upgrade
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(WRITE_BUFFER_BYTES)
        .max_write_buffer_size(MAX_ANSWER_BYTES)
        .max_message_size(limit)
        .max_frame_size(limit)
        .protocols([PROTOCOL])
        .on_upgrade(move |socket| {
            async move {
                session::run(state, socket, header, lifetime.stop).await;
                drop((tracked, lifetime.place));
            }
            .instrument(span)
        })
}
