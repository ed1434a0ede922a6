//! HTTP around the schema: GraphQL over HTTP, WebSocket and server-sent events, exports, intake of
//! token usage, health, metrics, the pages and the playground.
//!
//! The engine's own handlers break both protocols (they ignore `Accept`, answer request errors with
//! `data`, run mutations on GET), so these are ours. A request passes `observe`, then
//! `graphql::handle`, whose order of checks is what the specification's clauses need (`site`).

mod accept;
mod answer;
mod body;
mod callers;
mod coding;
mod connections;
mod cors;
mod coze;
mod documents;
mod execute;
mod explain;
mod export;
mod graphql;
mod headers;
mod health;
mod ingest;
mod intake;
mod named;
mod observe;
mod operation;
mod origin;
mod pages;
mod params;
mod persisted;
mod prepare;
mod rates;
mod serve;
mod shared;
mod site;
mod sockets;
mod sse;
mod status;
#[cfg(test)]
mod tests;
mod tls;
mod ws;

use std::{fmt, sync::Arc, time::Duration};

use metrics_exporter_prometheus::PrometheusHandle;

pub use self::{
    callers::Callers,
    documents::Documents,
    health::{Check, Readiness},
    pages::is_embedded,
    persisted::Persisted,
    serve::{bind, serve},
    shared::SharedStreams,
    site::Site,
    sockets::Sockets,
    tls::{Door, RENEWAL_PAUSE, Tls, TlsError},
};
use crate::{
    app::Services,
    auth::Authenticator,
    config::{Config, ServerConfig},
    graphql::Schema,
    tracker::Tracker,
};

/// For a piece of an export: spreadsheets read slowly.
const EXPORT_PIECE: Duration = Duration::from_mins(1);

/// What the handlers need. `E` is the schema; only tests use another than the service's own.
#[derive(Clone)]
pub struct HttpState<E = Schema> {
    pub schema: E,
    pub documents: Documents,
    /// Those that are asked for by their digest, and whether no others are executed.
    pub persisted: Persisted,
    /// Takes the usual tracking mutations past the schema; without it all go the long way.
    pub ingest: Option<Arc<Tracker>>,
    /// What is exported; without it nothing is.
    pub services: Option<Arc<Services>>,
    pub auth: Arc<Authenticator>,
    pub config: Arc<Config>,
    pub metrics: PrometheusHandle,
    pub readiness: Arc<dyn Readiness>,
    /// The open WebSockets and event streams.
    pub sockets: Sockets,
    /// The exports under way.
    pub exports: Sockets,
    /// Subscriptions that many have in common.
    pub shared: SharedStreams,
    /// What each caller may ask for.
    pub callers: Callers,
    pub timing: Timing,
}

impl<E> fmt::Debug for HttpState<E> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("HttpState").finish_non_exhaustive()
    }
}

/// How long a client may take. Tests go below the floors of the settings.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// From one piece of a body to the next.
    pub body_piece: Duration,
    /// For all of a body.
    pub body: Duration,
    /// From the opening of a socket to its `connection_init`.
    pub socket_init: Duration,
    /// Between pings; a socket silent for two of them is closed.
    pub socket_ping: Duration,
    /// From an event of a stream to the comment that shows it to be alive.
    pub stream_comment: Duration,
    /// For one message to leave for a socket or stream that does not read.
    pub socket_send: Duration,
    /// For a piece of an export to leave for a client that does not read.
    pub export_piece: Duration,
}

impl Timing {
    pub fn of(config: &ServerConfig) -> Self {
        Self {
            body_piece: Duration::from_millis(config.body_pause_ms),
            body: Duration::from_millis(config.body_timeout_ms),
            socket_init: Duration::from_millis(config.socket_init_timeout_ms),
            socket_ping: Duration::from_millis(config.socket_ping_ms),
            stream_comment: Duration::from_millis(config.socket_ping_ms),
            socket_send: Duration::from_millis(config.send_timeout_ms),
            export_piece: EXPORT_PIECE.max(Duration::from_millis(config.send_timeout_ms)),
        }
    }
}
