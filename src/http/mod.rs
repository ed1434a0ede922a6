//! HTTP around the schema: GraphQL over HTTP, WebSocket and server-sent events, exports, health,
//! metrics and the playground.
//!
//! The engine's own handlers break both protocols (they ignore `Accept`, answer request errors with
//! `data`, run mutations on GET), so these are ours. A request passes `observe`, then
//! `graphql::handle`, whose order of checks is what the specification's clauses need (`site`).

mod accept;
mod answer;
mod body;
mod documents;
mod execute;
mod explain;
mod export;
mod graphql;
mod health;
mod ingest;
mod observe;
mod operation;
mod origin;
mod params;
mod playground;
mod prepare;
mod serve;
mod shared;
mod site;
mod sockets;
mod sse;
#[cfg(test)]
mod tests;
mod ws;

use std::{fmt, sync::Arc, time::Duration};

use metrics_exporter_prometheus::PrometheusHandle;

pub use self::{
    documents::Documents,
    health::{Check, Readiness},
    playground::is_embedded,
    serve::{bind, serve},
    shared::SharedStreams,
    site::Site,
    sockets::Sockets,
};
use crate::{
    app::Services, auth::Authenticator, config::Config, graphql::Schema, tracker::Tracker,
};

/// What the handlers need. `E` is the schema; only tests use another than the service's own.
#[derive(Clone)]
pub struct HttpState<E = Schema> {
    pub schema: E,
    pub documents: Documents,
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
    pub timing: Timing,
}

impl<E> fmt::Debug for HttpState<E> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("HttpState").finish_non_exhaustive()
    }
}

/// How long a client may take. Tests shorten these; nobody else has a reason to.
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

impl Default for Timing {
    fn default() -> Self {
        Self {
            body_piece: Duration::from_secs(10),
            body: Duration::from_mins(1),
            socket_init: Duration::from_secs(10),
            socket_ping: Duration::from_secs(20),
            stream_comment: Duration::from_secs(20),
            socket_send: Duration::from_secs(15),
            export_piece: Duration::from_mins(1),
        }
    }
}
