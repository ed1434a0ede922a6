//! All that is served, and who answers what.

use std::{convert::Infallible, sync::Arc};

use async_graphql::Executor;
use axum::{
    Router,
    extract::{Request, State},
    response::{Redirect, Response},
    routing::{any, get, post},
};
use tower::{Layer as _, ServiceExt as _, service_fn};
use tower_http::cors::CorsLayer;

use super::{
    HttpState, answer, cors, export, graphql,
    headers::{Framing, Protection},
    health, intake, observe, pages, ws,
};
use crate::graphql::Schema;

/// The handlers with their state; cheap to clone.
#[derive(Clone)]
pub struct Site<E = Schema> {
    state: Arc<HttpState<E>>,
    /// For calls from pages of other origins.
    cors: Option<CorsLayer>,
    framing: Framing,
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
        let cors = cors::layer(&state.config.server.cors_origins);
        let rest = Router::new()
            .route("/", get(|| async { Redirect::temporary(pages::FIRST) }))
            .route("/graphql/ws", any(ws::handle::<E>))
            .route("/export/{file}", get(export::handle::<E>))
            .route("/intake/{provider}/{tenant}", post(intake::handle::<E>))
            .route("/healthz", get(health::healthz))
            .route("/readyz", get(health::readyz::<E>))
            .route("/metrics", get(health::metrics::<E>))
            .route("/playground", get(pages::playground))
            .route("/playground/", get(pages::playground))
            .route("/assets/{*path}", get(pages::asset))
            .route("/icon.svg", get(pages::icon))
            .route("/quality/{*rest}", get(pages::index));
        let rest = pages::PAGES
            .into_iter()
            .fold(rest, |routes, page| routes.route(page, get(pages::index)))
            .fallback(answer::not_found)
            .with_state(Arc::clone(&state));
        let framing = Framing::of(&state.config.server.frame_ancestors);
        Self { state, cors, framing, rest }
    }

    /// Answers a request.
    pub async fn answer(self, request: Request) -> Response {
        observe::observe(request, async |request: Request| {
            let (protection, framing) = (Protection::of(&request), self.framing.clone());
            let response = match &self.cors {
                Some(layer) if cors::concerns(request.uri().path()) => {
                    Box::pin(self.clone().answer_foreign(layer.clone(), request)).await
                }
                _ => self.route(request).await,
            };
            protection.apply(&framing, response)
        })
        .await
    }

    /// Answers what may come from a page of another origin, and whether it may.
    async fn answer_foreign(self, layer: CorsLayer, request: Request) -> Response {
        let inner = service_fn(move |request| {
            let site = self.clone();
            async move { Ok::<_, Infallible>(site.route(request).await) }
        });
        match layer.layer(inner).oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }

    /// GraphQL goes past the router, each of whose layers would box a future.
    async fn route(self, request: Request) -> Response {
        if request.uri().path() == "/graphql" {
            return graphql::handle(State(self.state), request).await;
        }
        match self.rest.oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }
}
