//! `GET /export/{list}.{format}`: a whole list as a file, sent as fast as its client reads.
//!
//! Invariant: an answer that is complete for HTTP is complete. Whatever ends it early cuts its
//! connection, so that no client takes a part for the whole. A task of its own reads the pages, because
//! the connection asks for nothing while its client does not read, and a stop ends it all the same.

use std::{io, sync::Arc, time::Duration};

use async_graphql::Executor;
use axum::{
    body::Body,
    extract::{Path, Query, Request, State},
    http::{StatusCode, header, request::Parts},
    response::{IntoResponse as _, Response},
};
use bytes::Bytes;
use futures_util::stream;
use tokio::{
    sync::mpsc::{Receiver, Sender, channel},
    time::{sleep, timeout},
};
use tracing::Instrument as _;

use super::{
    HttpState,
    accept::MediaType,
    answer::{self, Refusal},
    graphql,
    serve::Lifetime,
    sockets::{self, Place},
};
use crate::{
    app::Services,
    auth::Viewer,
    error::{Code, Error, Result},
    export::{Format, List, ListKind, Pages, Params},
};

/// Most exports of a tenant at a time in this process: each holds a page in memory.
const MAX_EXPORTS: usize = 8;
/// How long a client waits before it asks for another.
const RETRY_MS: u64 = 1_000;
/// Bytes that go to the connection at once.
const PIECE: usize = 64 * 1024;
/// Pieces that wait for the connection.
const QUEUE_LEN: usize = 1;

/// A part of an answer.
enum Piece {
    Rows(Bytes),
    /// All rows were sent. An answer that goes without is broken off.
    End,
}

/// Answers with a list.
pub(super) async fn handle<E: Executor>(
    State(state): State<Arc<HttpState<E>>>,
    Path(file): Path<String>,
    request: Request,
) -> Response {
    let (Some((kind, format)), Some(services)) = (list_of(&file), &state.services) else {
        return answer::not_found().await;
    };
    let (parts, _) = request.into_parts();
    match open(&state, services, &parts, kind, format).await {
        Ok(pieces) => answer(&file, format, pieces),
        Err(refusal) => refusal.into_response(MediaType::Json),
    }
}

fn list_of(file: &str) -> Option<(ListKind, Format)> {
    let (name, extension) = file.split_once('.')?;
    Some((name.parse().ok()?, extension.parse().ok()?))
}

/// Reads the first page, so that whatever is wrong is said by the status, and starts to send.
async fn open<E: Executor>(
    state: &HttpState<E>,
    services: &Arc<Services>,
    parts: &Parts,
    kind: ListKind,
    format: Format,
) -> Result<Receiver<Piece>, Refusal> {
    let viewer = graphql::authenticate(state, parts).await?;
    state.callers.admit(&viewer).await.map_err(Refusal::limited)?;
    let (viewer, list) = read(services, viewer, parts, kind).map_err(refused)?;
    let place = state.exports.take(&viewer.tenant.id, MAX_EXPORTS).map_err(|_| {
        let what = format!("too many exports of tenant {}: {MAX_EXPORTS}", viewer.tenant.id);
        refused(Error::RateLimited { what, retry_after_ms: RETRY_MS })
            .with(header::RETRY_AFTER, "1")
    })?;
    let left = sockets::time_left(&viewer);
    let mut pages = Pages::new(Arc::clone(services), viewer, list, format);
    let first = pages.next().await.map_err(refused)?;
    let lifetime = parts.extensions.get::<Lifetime>().cloned().unwrap_or_default();
    let (sender, pieces) = channel(QUEUE_LEN);
    let tasks = lifetime.tasks.clone();
    let stall = state.timing.export_piece;
    let export = Export { pages, sender, lifetime, stall, left, _place: place };
    tasks.spawn(export.run(first).in_current_span());
    Ok(pieces)
}

/// Who asks, in the tenant that is asked about, and for what.
fn read(
    services: &Services,
    viewer: Viewer,
    parts: &Parts,
    kind: ListKind,
) -> Result<(Viewer, List)> {
    let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri)
        .map_err(|_| Error::bad_input("url", "not readable", "percent-encoded UTF-8"))?;
    let mut params = Params::new(pairs);
    let viewer = match params.text("tenant")? {
        Some(id) if id != viewer.tenant.id.as_str() => {
            services.viewer_elsewhere(&viewer, &id.into())?
        }
        _ => viewer,
    };
    Ok((viewer, List::read(kind, params)?))
}

pub(super) fn refused(error: Error) -> Refusal {
    let status = match error.code() {
        Code::BadUserInput | Code::PersistedQueryNotFound | Code::PersistedQueryNotSupported => {
            StatusCode::BAD_REQUEST
        }
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::Forbidden => StatusCode::FORBIDDEN,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::Conflict => StatusCode::CONFLICT,
        Code::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::InternalServerError => StatusCode::INTERNAL_SERVER_ERROR,
    };
    Refusal::new(status, error)
}

fn answer(file: &str, format: Format, pieces: Receiver<Piece>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, format.content_type().to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{file}\"")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    let body = stream::unfold(Some(pieces), async |pieces| {
        let mut pieces = pieces?;
        match pieces.recv().await {
            Some(Piece::Rows(rows)) => Some((Ok(rows), Some(pieces))),
            Some(Piece::End) => None,
            None => Some((Err(io::Error::from(io::ErrorKind::ConnectionAborted)), None)),
        }
    });
    (headers, Body::from_stream(body)).into_response()
}

/// An answer on its way.
struct Export {
    pages: Pages,
    sender: Sender<Piece>,
    lifetime: Lifetime,
    /// How long the client may take for a piece.
    stall: Duration,
    /// How long the credentials hold that asked for it.
    left: Duration,
    _place: Place,
}

/// Why an answer is not complete.
enum Broken {
    /// Nobody is there to get it any more.
    Gone,
    /// It must not go on.
    Cut,
}

impl Export {
    /// Sends all pages; what goes wrong ends the connection.
    async fn run(mut self, first: Option<Vec<u8>>) {
        let lifetime = self.lifetime.clone();
        let left = self.left;
        let sent = tokio::select! {
            sent = self.send_all(first) => sent,
            () = lifetime.stop.cancelled() => Err(Broken::Cut),
            () = sleep(left) => {
                tracing::debug!("the credentials of an export have ended");
                Err(Broken::Cut)
            }
        };
        if let Err(Broken::Cut) = sent {
            lifetime.cut.cancel();
        }
    }

    async fn send_all(&mut self, first: Option<Vec<u8>>) -> Result<(), Broken> {
        let mut page = first;
        while let Some(text) = page {
            let mut text = Bytes::from(text);
            while !text.is_empty() {
                let piece = text.split_to(text.len().min(PIECE));
                self.send(Piece::Rows(piece)).await?;
            }
            page = self.next().await?;
        }
        self.send(Piece::End).await
    }

    async fn send(&self, piece: Piece) -> Result<(), Broken> {
        let Ok(sent) = timeout(self.stall, self.sender.send(piece)).await else {
            tracing::debug!("an export is not read");
            return Err(Broken::Cut);
        };
        sent.map_err(|_| Broken::Gone)
    }

    async fn next(&mut self) -> Result<Option<Vec<u8>>, Broken> {
        let page = tokio::select! {
            page = self.pages.next() => page,
            () = self.sender.closed() => return Err(Broken::Gone),
        };
        page.map_err(|error| {
            tracing::warn!(?error, "an export was broken off");
            Broken::Cut
        })
    }
}
