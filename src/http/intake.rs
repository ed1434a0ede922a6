//! `POST /intake/{provider}/{tenant}`: what a provider says of a call, recorded in the ledger.
//!
//! The same rights and the same once as `recordTokenUsage`: a callback that comes again is a repeat.

use std::sync::Arc;

use async_graphql::Executor;
use axum::{
    extract::{Path, Query, Request, State},
    http::{StatusCode, request::Parts},
    response::Response,
};
use serde::{Deserialize, Serialize};

use super::{
    HttpState,
    accept::MediaType,
    answer::{self, Refusal},
    body, coze,
    export::refused,
    graphql::{authenticate, check_content_type},
};
use crate::{
    app::Services,
    auth::Viewer,
    billing::{Provider, Recorded, bot_of, money, read_call},
    error::Error,
};

/// What the address says besides.
#[derive(Debug, Deserialize)]
struct Params {
    /// The model of calls that do not name theirs and are of no bot that is configured.
    model: Option<String>,
}

/// What became of the call, as `TokenUsageResult` has it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Taken {
    recorded: bool,
    estimated_cost: Option<String>,
}

/// Answers with what became of the call.
pub(super) async fn handle<E: Executor>(
    State(state): State<Arc<HttpState<E>>>,
    Path((provider, tenant)): Path<(String, String)>,
    request: Request,
) -> Response {
    let (Some(provider), Some(services)) = (Provider::named(&provider), &state.services) else {
        return answer::not_found().await;
    };
    match take(&state, services, (provider, &tenant), request).await {
        Ok(recorded) => {
            let estimated_cost = recorded.cost_nanos.map(|nanos| money(nanos).to_string());
            let taken = Taken { recorded: recorded.recorded, estimated_cost };
            answer::json(StatusCode::OK, MediaType::Json, &taken)
        }
        Err(refusal) => refusal.into_response(MediaType::Json),
    }
}

async fn take<E: Executor>(
    state: &HttpState<E>,
    services: &Services,
    (provider, tenant): (Provider, &str),
    request: Request,
) -> Result<Recorded, Refusal> {
    let (parts, body) = request.into_parts();
    let limit = state.config.server.max_body_bytes;
    let is_signed = provider == Provider::Coze && coze::is_signed(&parts.headers);
    let viewer =
        if is_signed { None } else { Some(authenticated(state, services, tenant, &parts).await?) };
    check_content_type(&parts.headers)?;
    let Query(params) = Query::<Params>::try_from_uri(&parts.uri)
        .map_err(|_| refused(Error::bad_input("url", "not readable", "percent-encoded UTF-8")))?;
    let body = body::read(&parts.headers, body, limit, &state.timing).await?;
    let viewer = if let Some(viewer) = viewer {
        viewer
    } else {
        let tenant = state.config.tenant(tenant).ok();
        let verified = coze::verify(&parts.headers, &body, tenant, services.clock.now());
        verified.map_err(Refusal::credentials)?
    };
    let object = serde_json::from_slice(&body)
        .map_err(|cause| refused(Error::bad_input("body", cause, "one JSON object")))?;
    let bot = bot_of(&object).and_then(|bot| viewer.tenant.coze.bots.get(bot));
    let model = bot.cloned().or(params.model);
    let call = read_call(provider, &object, model).map_err(refused)?;
    services.billing.record(&viewer, call).await.map_err(refused)
}

/// The caller, in the tenant that the address names.
async fn authenticated<E: Executor>(
    state: &HttpState<E>,
    services: &Services,
    tenant: &str,
    parts: &Parts,
) -> Result<Viewer, Refusal> {
    let viewer = authenticate(state, parts).await?;
    state.callers.admit(&viewer).await.map_err(Refusal::limited)?;
    if tenant == viewer.tenant.id.as_str() {
        return Ok(viewer);
    }
    services.viewer_elsewhere(&viewer, &tenant.into()).map_err(refused)
}
