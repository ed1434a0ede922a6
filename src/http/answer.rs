//! Shapes answers: status, headers and a body whose keys keep the order of the query.

use async_graphql::ServerError;
use axum::{
    Json,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde::Serialize;

use super::{
    accept::MediaType,
    prepare::Unreadable,
    status::{self, Fault},
};
use crate::{
    config::Statuses,
    error::{Code, Error},
    graphql::codes,
};

/// Why a request ended before its execution.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    errors: Vec<ServerError>,
    header: Option<(HeaderName, HeaderValue)>,
    fault: Fault,
}

impl Refusal {
    /// A request that is refused for its form or its caller, with `status` in every media type.
    pub(super) fn new(status: StatusCode, error: Error) -> Self {
        let errors = vec![codes::server_error(error)];
        Self { status, errors, header: None, fault: Fault::Form }
    }

    /// Parameters that are none of a request, in a body that could be read or not.
    pub(super) fn params(error: Error, is_readable: bool) -> Self {
        let fault = if is_readable { Fault::Shape } else { Fault::Form };
        Self { fault, ..Self::new(StatusCode::BAD_REQUEST, error) }
    }

    /// A request error of GraphQL: well-formed, and still not to be executed.
    pub(super) fn request(errors: Vec<ServerError>) -> Self {
        let status = status_of(&errors);
        let unreadable = errors.iter().any(|error| error.source::<Unreadable>().is_some());
        let fault = if unreadable { Fault::Document } else { Fault::Request };
        Self { status, errors, header: None, fault }
    }

    /// Credentials that are missing or wrong.
    pub(super) fn credentials(error: Error) -> Self {
        match error.code() {
            Code::Unauthenticated => {
                Self::new(StatusCode::UNAUTHORIZED, error).with(header::WWW_AUTHENTICATE, "Bearer")
            }
            Code::Unavailable => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, error).with(header::RETRY_AFTER, "1")
            }
            _ => Self::new(StatusCode::FORBIDDEN, error),
        }
    }

    pub(super) fn with(mut self, name: HeaderName, value: &'static str) -> Self {
        self.header = Some((name, HeaderValue::from_static(value)));
        self
    }

    /// A caller that asks for more than it may, told when to ask again.
    pub(super) fn limited(error: Error) -> Self {
        let wait_ms = match error {
            Error::RateLimited { retry_after_ms, .. } => retry_after_ms,
            _ => 0,
        };
        let wait = HeaderValue::from(wait_ms.div_ceil(1_000).max(1));
        let refusal = Self::new(StatusCode::TOO_MANY_REQUESTS, error);
        Self { header: Some((header::RETRY_AFTER, wait)), ..refusal }
    }

    /// The answer where the media type has no say.
    pub(super) fn into_response(self, media: MediaType) -> Response {
        let status = self.status;
        self.answer(status, media)
    }

    /// The answer to a request of GraphQL.
    pub(super) fn into_graphql(self, media: MediaType, statuses: Statuses) -> Response {
        let (status, media) = status::refused(statuses, media, self.fault, self.status);
        self.answer(status, media)
    }

    fn answer(self, status: StatusCode, media: MediaType) -> Response {
        let mut response = json(status, media, &Errors { errors: &self.errors });
        if let Some((name, value)) = self.header {
            response.headers_mut().insert(name, value);
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

/// The answer to an executed operation.
pub(super) fn executed(
    media: MediaType,
    response: &async_graphql::Response,
    statuses: Statuses,
) -> Response {
    json(status::executed(statuses, media, !response.errors.is_empty()), media, response)
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
    ];
    (status, headers, body).into_response()
}

pub(super) fn json(status: StatusCode, media: MediaType, body: &impl Serialize) -> Response {
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
            "/monitoring", "/dashboard", "/quality", "/billing", "/playground", "/healthz", "/readyz", "/metrics",
        ],
    });
    (StatusCode::NOT_FOUND, Json(body)).into_response()
}
