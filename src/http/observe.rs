//! What is recorded of every request: an id, a span around it, one line and two metrics.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request},
    http::{HeaderMap, HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use tracing::Instrument as _;
use uuid::Uuid;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const MAX_REQUEST_ID_CHARS: usize = 64;

/// Runs a request inside its span and records how it went.
pub(super) async fn observe(request: Request, next: Next) -> Response {
    let id = request_id(request.headers());
    let path = request.extensions().get::<MatchedPath>().cloned();
    let path = path.as_ref().map_or("unmatched", MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    // At level `error` so that no filter takes the id from the lines within.
    let span =
        tracing::error_span!("request", request_id = id, %method, path, otel.kind = "server");
    async move {
        let started = Instant::now();
        let mut response = next.run(request).await;
        record(&path, response.status().as_u16(), started);
        if let Ok(value) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(REQUEST_ID, value);
        }
        response
    }
    .instrument(span)
    .await
}

/// The client's id when it is a sane token, ours otherwise.
fn request_id(headers: &HeaderMap) -> String {
    let given = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok()).filter(|id| {
        (1..=MAX_REQUEST_ID_CHARS).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic())
    });
    given.map_or_else(|| Uuid::now_v7().to_string(), str::to_owned)
}

/// Method, path and id stand in the span. Probes would drown everything else.
fn record(path: &str, status: u16, started: Instant) {
    let elapsed = started.elapsed();
    let latency_ms = (elapsed.as_secs_f64() * 1_000_000.0).round() / 1_000.0;
    match path {
        "/healthz" | "/metrics" => {}
        _ if path.starts_with("/graphql") || status >= 500 => {
            tracing::info!(status, latency_ms, "answered");
        }
        _ => tracing::debug!(status, latency_ms, "answered"),
    }
    let labels = [("path", path.to_owned()), ("status", status.to_string())];
    metrics::counter!("http_requests_total", &labels).increment(1);
    metrics::histogram!("http_request_duration_seconds", "path" => path.to_owned())
        .record(elapsed.as_secs_f64());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sane_request_id_is_kept_and_another_replaced() {
        let long = "x".repeat(65);
        for (given, kept) in [("abc-1", true), ("", false), ("a b", false), (long.as_str(), false)]
        {
            let mut headers = HeaderMap::new();
            headers.insert(REQUEST_ID, given.parse().unwrap());
            assert_eq!(request_id(&headers) == given, kept, "{given:?}");
        }
    }
}
