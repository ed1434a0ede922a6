//! What machines ask: is the process alive, may it be sent requests, what are its figures.

use std::sync::Arc;

use async_graphql::Executor;
use async_trait::async_trait;
use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::HttpState;

/// Tells whether the service can do its work now.
#[async_trait]
pub trait Readiness: Send + Sync {
    /// Looks at everything that requests depend on, within a second or two.
    async fn check(&self) -> Vec<Check>;
}

/// One thing that requests depend on.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    pub name: &'static str,
    pub ok: bool,
    /// For whoever looks into it, without secrets.
    pub detail: String,
}

/// Answers as long as the process does.
pub(super) async fn healthz() -> &'static str {
    "ok"
}

/// Answers 200 when every check passes, 503 otherwise.
pub(super) async fn readyz<E: Executor>(State(state): State<Arc<HttpState<E>>>) -> Response {
    let checks = state.readiness.check().await;
    let ready = checks.iter().all(|check| check.ok);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body = Json(serde_json::json!({ "ready": ready, "checks": checks }));
    (status, [(header::CACHE_CONTROL, "no-store")], body).into_response()
}

/// Renders the metrics for Prometheus.
pub(super) async fn metrics<E: Executor>(
    State(state): State<Arc<HttpState<E>>>,
) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, state.metrics.render())
}
