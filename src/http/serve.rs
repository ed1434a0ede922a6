//! Accepts connections, and lets them end in order when the service stops.

use std::{convert::Infallible, io, net::SocketAddr, time::Duration};

use async_graphql::Executor;
use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header::CONNECTION},
    response::Response,
};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    time::{Instant, timeout_at},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::Site;
use crate::config::ServerConfig;

/// Connections the system may keep waiting for us; it cuts this to its own limit.
const BACKLOG: u32 = 4_096;

/// For all the headers of a request, and for a kept connection to send its next one.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);

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
    listener: TcpListener,
    site: Site<E>,
    stop: CancellationToken,
    config: &ServerConfig,
) -> Instant {
    // At the deadline all connections are cut.
    let lifetime = Lifetime { stop, ..Lifetime::default() };
    let limit = Duration::from_millis(config.stop_timeout_ms);
    let closing = after(&lifetime.stop, LINGER.min(limit));
    while let Some(stream) = accept(&listener, &closing).await {
        let cut = lifetime.cut.child_token();
        let own = Lifetime { cut: cut.clone(), ..lifetime.clone() };
        let connection = connection(stream, site.clone(), own, closing.clone());
        lifetime.tasks.spawn(async move { cut.run_until_cancelled(connection).await });
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

/// The next connection; `None` once none is taken any more.
async fn accept(listener: &TcpListener, closing: &CancellationToken) -> Option<TcpStream> {
    loop {
        match closing.run_until_cancelled(listener.accept()).await? {
            Ok((stream, _)) => return Some(stream),
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
    site: Site<E>,
    lifetime: Lifetime,
    closing: CancellationToken,
) {
    // Without it a small answer may wait 40 ms for the client's acknowledgement.
    let _ = stream.set_nodelay(true);
    let mut builder = auto::Builder::new(TokioExecutor::new()).http1_only();
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_buf_size(MAX_HEAD_BYTES);
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(lifetime.clone());
        let (site, stop) = (site.clone(), lifetime.stop.clone());
        async move {
            let answer = site.answer(request.map(Body::new)).await;
            Ok::<_, Infallible>(last(&stop, answer))
        }
    });
    let serving = builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
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
