//! Shapes answers: status, headers and a body whose keys keep the order of the query.

use async_graphql::ServerError;
use axum::{
    Json,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde::Serialize;

use super::accept::MediaType;
use crate::{
    error::{Code, Error},
    graphql::codes,
};

/// Why a request ended before its execution.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    errors: Vec<ServerError>,
    header: Option<(HeaderName, &'static str)>,
    /// Whether it was a well-formed request, whose status depends on the media type.
    well_formed: bool,
}

impl Refusal {
    /// A request that is refused for its form or its caller, with `status` in every media type.
    pub(super) fn new(status: StatusCode, error: Error) -> Self {
        let errors = vec![codes::server_error(error)];
        Self { status, errors, header: None, well_formed: false }
    }

    /// A request error of GraphQL: well-formed, and still not to be executed.
    pub(super) fn request(errors: Vec<ServerError>) -> Self {
        let status = status_of(&errors);
        Self { status, errors, header: None, well_formed: true }
    }

    /// Credentials that are missing or wrong.
    pub(super) fn credentials(error: Error) -> Self {
        if error.code() == Code::Unauthenticated {
            return Self::new(StatusCode::UNAUTHORIZED, error)
                .with(header::WWW_AUTHENTICATE, "Bearer");
        }
        Self::new(StatusCode::FORBIDDEN, error)
    }

    pub(super) fn with(mut self, name: HeaderName, value: &'static str) -> Self {
        self.header = Some((name, value));
        self
    }

    pub(super) fn into_response(self, media: MediaType) -> Response {
        // `application/json` cannot be told from an intermediary's own error unless it is a 200.
        let status = match media {
            MediaType::Json if self.well_formed => StatusCode::OK,
            _ => self.status,
        };
        let mut response = json(status, media, &Errors { errors: &self.errors });
        if let Some((name, value)) = self.header {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        response
    }
}

/// The status of a request error: the caller's fault unless its code says otherwise.
fn status_of(errors: &[ServerError]) -> StatusCode {
    let code = errors.first().and_then(|error| error.extensions.as_ref()?.get("code").cloned());
    let is = |known: Code| code == Some(known.as_str().into());
    if is(Code::Unavailable) {
        StatusCode::SERVICE_UNAVAILABLE
    } else if is(Code::Forbidden) {
        StatusCode::FORBIDDEN
    } else if is(Code::InternalServerError) {
        StatusCode::INTERNAL_SERVER_ERROR
    } else {
        StatusCode::BAD_REQUEST
    }
}

/// A response without `data`: nothing was executed.
#[derive(Serialize)]
pub(super) struct Errors<'a> {
    pub(super) errors: &'a [ServerError],
}

/// The answer to an executed operation; errors beside the data change nothing about its status.
pub(super) fn executed(media: MediaType, response: &async_graphql::Response) -> Response {
    json(StatusCode::OK, media, response)
}

/// The same for an answer that is JSON already.
pub(super) fn written(media: MediaType, body: Vec<u8>) -> Response {
    with_body(StatusCode::OK, media, body)
}

fn with_body(status: StatusCode, media: MediaType, body: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, media.content_type()),
        (header::CACHE_CONTROL, "no-store"),
        (header::VARY, "accept"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (status, headers, body).into_response()
}

fn json(status: StatusCode, media: MediaType, body: &impl Serialize) -> Response {
    match serde_json::to_vec(body) {
        Ok(bytes) => with_body(status, media, bytes),
        Err(error) => {
            tracing::error!(%error, "an answer could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Answers an address that nothing is served at.
pub(super) async fn not_found() -> Response {
    let body = serde_json::json!({
        "error": "nothing is served here",
        "paths": [
            "/graphql", "/graphql/ws", "/export/{sessions,events,audits}.{csv,ndjson}",
            "/playground", "/healthz", "/readyz", "/metrics",
        ],
    });
    (StatusCode::NOT_FOUND, Json(body)).into_response()
}
