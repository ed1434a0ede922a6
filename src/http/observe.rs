//! What is recorded of every request: an id, a span around it, one line and two metrics.

use std::time::Instant;

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue},
    response::Response,
};
use tracing::Instrument as _;
use uuid::Uuid;

use super::pages::{PAGES, QUALITY};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// All routes but files and the fallback.
const ROUTES: [&str; 9] = [
    "/",
    "/graphql",
    "/graphql/ws",
    "/healthz",
    "/readyz",
    "/metrics",
    "/playground",
    "/playground/",
    "/icon.svg",
];
const EXPORT: &str = "/export/{file}";
const INTAKE: &str = "/intake/{provider}/{tenant}";
const MAX_REQUEST_ID_CHARS: usize = 64;

/// On an answer that is no news, such as that of a tracking call that went well: a product sends
/// thousands of them a second.
#[derive(Clone, Copy, Debug)]
pub(super) struct Routine;

/// Runs a request inside its span and records how it went.
pub(super) async fn observe(
    request: Request,
    answer: impl AsyncFnOnce(Request) -> Response,
) -> Response {
    let id = request_id(request.headers());
    let path = route(request.uri().path());
    let method = request.method().clone();
    // At level `error` so that no filter takes the id from the lines within.
    let span =
        tracing::error_span!("request", request_id = id, %method, path, otel.kind = "server");
    async move {
        let started = Instant::now();
        let mut response = answer(request).await;
        record(path, &response, started);
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

/// The route of a path, as logs and metrics name it.
fn route(path: &str) -> &'static str {
    let is_in = |folder: &str| path.strip_prefix(folder).is_some_and(|file| !file.is_empty());
    let known = ROUTES.into_iter().chain(PAGES).find(|route| *route == path);
    known.unwrap_or(match path {
        _ if is_in("/assets/") => "/assets/{*path}",
        _ if is_in(QUALITY) => "/quality/{*rest}",
        _ if is_in("/export/") => EXPORT,
        _ if is_in("/intake/") => INTAKE,
        _ => "unmatched",
    })
}

/// Method, path and id stand in the span. Probes would drown everything else.
fn record(path: &'static str, response: &Response, started: Instant) {
    let elapsed = started.elapsed();
    let latency_ms = (elapsed.as_secs_f64() * 1_000_000.0).round() / 1_000.0;
    let (status, is_routine) =
        (response.status(), response.extensions().get::<Routine>().is_some());
    match path {
        "/healthz" | "/metrics" => {}
        _ if status.is_server_error()
            || path == EXPORT
            || (path.starts_with("/graphql") && !is_routine) =>
        {
            tracing::info!(status = status.as_u16(), latency_ms, "answered");
        }
        _ => tracing::debug!(status = status.as_u16(), latency_ms, "answered"),
    }
    metrics::counter!("http_requests_total", "path" => path, "status" => status.as_str().to_owned())
        .increment(1);
    metrics::histogram!("http_request_duration_seconds", "path" => path)
        .record(elapsed.as_secs_f64());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_named_by_its_route() {
        for (path, name) in [
            ("/graphql", "/graphql"),
            ("/graphql/", "unmatched"),
            ("/playground/", "/playground/"),
            ("/assets/a.js", "/assets/{*path}"),
            ("/playground.html", "unmatched"),
            ("/quality", "/quality"),
            ("/quality/QA-001", "/quality/{*rest}"),
            ("/quality/", "unmatched"),
            ("/export/events.csv", "/export/{file}"),
            ("/export/", "unmatched"),
            ("/intake/coze/acme", "/intake/{provider}/{tenant}"),
        ] {
            assert_eq!(route(path), name);
        }
    }

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
