//! All that is served, and who answers what.

use std::sync::Arc;

use async_graphql::Executor;
use axum::{
    Router,
    extract::{Request, State},
    response::{Redirect, Response},
    routing::{any, get},
};
use tower::ServiceExt as _;

use super::{HttpState, answer, export, graphql, health, observe, playground, ws};
use crate::graphql::Schema;

/// The handlers with their state; cheap to clone.
#[derive(Clone)]
pub struct Site<E = Schema> {
    state: Arc<HttpState<E>>,
    /// Whatever is not asked for a thousand times a second.
    rest: Router,
}

impl<E> std::fmt::Debug for Site<E> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Site").finish_non_exhaustive()
    }
}

impl<E: Executor> Site<E> {
    /// Puts all handlers together.
    pub fn new(state: HttpState<E>) -> Self {
        let state = Arc::new(state);
        let rest = Router::new()
            .route("/", get(|| async { Redirect::temporary("/playground") }))
            .route("/graphql/ws", any(ws::handle::<E>))
            .route("/export/{file}", get(export::handle::<E>))
            .route("/healthz", get(health::healthz))
            .route("/readyz", get(health::readyz::<E>))
            .route("/metrics", get(health::metrics::<E>))
            .route("/playground", get(playground::index))
            .route("/playground/", get(playground::index))
            .route("/playground/{*path}", get(playground::file))
            .fallback(answer::not_found)
            .with_state(Arc::clone(&state));
        Self { state, rest }
    }

    /// Answers a request. GraphQL goes past the router, each of whose layers would box a future.
    pub(super) async fn answer(self, request: Request) -> Response {
        observe::observe(request, async |request: Request| {
            if request.uri().path() == "/graphql" {
                return graphql::handle(State(self.state), request).await;
            }
            match self.rest.oneshot(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            }
        })
        .await
    }
}
