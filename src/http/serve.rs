//! Accepts connections, and lets them end in order when the service stops.

use std::{convert::Infallible, io, net::SocketAddr, sync::Arc, time::Duration};

use async_graphql::Executor;
use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header::CONNECTION},
    response::Response,
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpSocket, TcpStream},
    time::{Instant, timeout, timeout_at},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    Site,
    connections::{Connections, Place},
    tls::{Door, Secure, Tls},
};
use crate::config::ServerConfig;

/// Connections the system may keep waiting for us; it cuts this to its own limit.
const BACKLOG: u32 = 4_096;

/// How long a stop goes on listening. Who sends a request at this moment does not know of the stop
/// yet; it is answered, and told that its connection ends.
const LINGER: Duration = Duration::from_millis(500);

/// Largest head of a request; longer ones are answered with 431 or 414.
const MAX_HEAD_BYTES: usize = 64 * 1024;

/// What a connection's handlers know of the server's end and of their own connection's. Sockets and
/// streams outlive their handler, so they ask here when to close, and are waited for by `tasks`.
#[derive(Clone, Debug, Default)]
pub(super) struct Lifetime {
    pub(super) stop: CancellationToken,
    pub(super) tasks: TaskTracker,
    /// Ends this connection at once, whatever it has still to send.
    pub(super) cut: CancellationToken,
    /// Whoever outlives the handler keeps it, so that the connection counts on.
    pub(super) place: Option<Arc<Place>>,
}

/// Listens on `address`.
///
/// # Errors
/// The system's, such as an address in use.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves until `stop`, then until the last request has ended, at most for three quarters of
/// `stop_timeout_ms`: the rest is the buffer's. Returns when all of that time is over.
///
/// After `stop` sockets are closed with 1001, subscriptions on streams end, and every answer ends
/// its connection. Half a second later no connection is accepted and idle ones close; requests
/// under way are answered.
pub async fn serve<E: Executor>(
    door: impl Into<Door>,
    site: Site<E>,
    stop: CancellationToken,
    config: &ServerConfig,
) -> Instant {
    let Door { listener, tls } = door.into();
    // At the deadline all connections are cut.
    let lifetime = Lifetime { stop, ..Lifetime::default() };
    let limit = Duration::from_millis(config.stop_timeout_ms);
    let closing = after(&lifetime.stop, LINGER.min(limit));
    let connections = Connections::default();
    while let Some((stream, place)) = accept(&listener, &connections, config, &closing).await {
        let cut = lifetime.cut.child_token();
        let own = Lifetime { cut: cut.clone(), place: Some(place), ..lifetime.clone() };
        let headers = Duration::from_millis(config.header_timeout_ms);
        let (tls, site) = (tls.clone(), site.clone());
        let connection = connection(stream, tls, site, own, headers, closing.clone());
        lifetime.tasks.spawn(async move { cut.run_until_cancelled(connection).await });
        // Thousands that come at once would be taken before anyone is answered.
        tokio::task::yield_now().await;
    }
    drop(listener);
    lifetime.tasks.close();
    let stopped_at = Instant::now() - LINGER.min(limit);
    if timeout_at(stopped_at + limit * 3 / 4, lifetime.tasks.wait()).await.is_err() {
        tracing::warn!(connections = lifetime.tasks.len(), "connections were cut at the deadline");
        lifetime.cut.cancel();
    }
    stopped_at + limit
}

/// A token that is cancelled some time after `stop`.
fn after(stop: &CancellationToken, pause: Duration) -> CancellationToken {
    let (stop, later) = (stop.clone(), CancellationToken::new());
    let cancelled = later.clone();
    tokio::spawn(async move {
        stop.cancelled().await;
        tokio::time::sleep(pause).await;
        cancelled.cancel();
    });
    later
}

/// Tells the client that its connection ends with this answer, once the service stops.
fn last(stop: &CancellationToken, mut answer: Response) -> Response {
    if stop.is_cancelled() && answer.status() != StatusCode::SWITCHING_PROTOCOLS {
        answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    answer
}

/// The next connection; `None` once none is taken any more. One for which there is no room is
/// closed without a word: an answer would need the memory that the limit is to save.
async fn accept(
    listener: &TcpListener,
    connections: &Connections,
    limits: &ServerConfig,
    closing: &CancellationToken,
) -> Option<(TcpStream, Arc<Place>)> {
    loop {
        match closing.run_until_cancelled(listener.accept()).await? {
            Ok((stream, address)) => match connections.take(address.ip(), limits) {
                Ok(place) => return Some((stream, Arc::new(place))),
                Err(full) => {
                    metrics::counter!("connections_refused_total", "limit" => full.key())
                        .increment(1);
                    tracing::debug!(limit = full.key(), "a connection was closed at once");
                }
            },
            Err(error) if is_of_connection(&error) => {}
            Err(error) => {
                // Most likely no file descriptor is left; at once would only fail again.
                tracing::error!(%error, "cannot accept connections");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

/// Whether the client went away before we came to it.
fn is_of_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

async fn connection<E: Executor>(
    stream: TcpStream,
    tls: Option<Arc<Tls>>,
    site: Site<E>,
    lifetime: Lifetime,
    header_timeout: Duration,
    closing: CancellationToken,
) {
    // Without it a small answer may wait 40 ms for the client's acknowledgement.
    let _ = stream.set_nodelay(true);
    // What comes later is apart: a connection that has said nothing yet takes hardly any memory.
    let Some(tls) = tls else {
        let mut byte = [0];
        let first = timeout(header_timeout, stream.peek(&mut byte));
        if let Some(Ok(Ok(1))) = closing.run_until_cancelled(first).await {
            Box::pin(converse(stream, false, site, lifetime, header_timeout, closing)).await;
        }
        return;
    };
    let shaken = Box::pin(closing.run_until_cancelled(tls.accept(stream))).await;
    if let Some(Some(stream)) = shaken {
        Box::pin(converse(stream, true, site, lifetime, header_timeout, closing)).await;
    }
}

/// Answers the requests of a connection.
async fn converse<E: Executor>(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    is_secure: bool,
    site: Site<E>,
    lifetime: Lifetime,
    header_timeout: Duration,
    closing: CancellationToken,
) {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(header_timeout)
        .max_header_size(MAX_HEAD_BYTES)
        .max_buf_size(MAX_HEAD_BYTES);
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(lifetime.clone());
        if is_secure {
            request.extensions_mut().insert(Secure);
        }
        let (site, stop) = (site.clone(), lifetime.stop.clone());
        async move {
            let answer = site.answer(request.map(Body::new)).await;
            Ok::<_, Infallible>(last(&stop, answer))
        }
    });
    let serving = builder.serve_connection(TokioIo::new(stream), service).with_upgrades();
    let mut serving = std::pin::pin!(serving);
    let result = tokio::select! {
        result = serving.as_mut() => result,
        () = closing.cancelled() => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = result {
        tracing::debug!(%error, "a connection ended early");
    }
}
