//! The way in: documents on the service's own schema, as a product would send them.

use std::{sync::Arc, time::Duration};

use async_graphql::{Request, ServerError, Variables};
use chrono::SecondsFormat;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::plan::{Call, Event};
use crate::{
    auth::{Role, Viewer},
    error::{Code, Error, Result},
    graphql::Schema,
    tenant::Tenant,
};

/// Most events, and calls of models, that one call takes.
const MOST: usize = 1_000;
/// How often a service that is busy is asked again, and the pause before.
const TRIES: u32 = 60;
const PAUSE: Duration = Duration::from_secs(1);

const TRACK: &str = "mutation DemoTrack($input: [TrackEventInput!]!) {
  trackEvents(input: $input, durability: STORED) { status reason }
}";

const RECORD: &str = "mutation DemoRecord($input: [TokenUsageInput!]!) {
  recordTokenUsages(input: $input) { recorded reason }
}";

/// A caller of the demo's tenant.
pub(super) struct Api {
    pub(super) schema: Schema,
    pub(super) viewer: Viewer,
    /// Ends whatever is not sent yet.
    pub(super) stop: CancellationToken,
}

impl Api {
    /// Who sends for the demo, and for whoever comes with its key.
    pub(super) fn viewer(tenant: &Arc<Tenant>) -> Viewer {
        Viewer::new(Arc::clone(tenant), super::TENANT, Role::Operator)
    }

    /// Sends events, in their order.
    pub(super) async fn tell(&self, events: &[Event]) -> Result<()> {
        for events in events.chunks(MOST) {
            let input: Vec<_> = events.iter().map(event).collect();
            let answer = self.ask(&self.viewer, TRACK, json!({ "input": input })).await?;
            let results = answer["trackEvents"].as_array().cloned().unwrap_or_default();
            if let Some(refused) = results.iter().find(|result| result["status"] == "REJECTED") {
                return Err(Error::Internal(format!(
                    "an event of the demo was refused: {refused}"
                )));
            }
        }
        Ok(())
    }

    /// Records calls of models. One that was recorded before stays as it is.
    pub(super) async fn record(&self, calls: &[Call]) -> Result<()> {
        for calls in calls.chunks(MOST) {
            let input: Vec<_> = calls.iter().map(call).collect();
            self.ask(&self.viewer, RECORD, json!({ "input": input })).await?;
        }
        Ok(())
    }

    /// Executes a document, again where a store is away or busy.
    ///
    /// # Errors
    /// [`Error::Internal`] with what the service has answered.
    pub(super) async fn ask(&self, by: &Viewer, document: &str, variables: Value) -> Result<Value> {
        let variables = Variables::from_json(variables);
        for _ in 0..TRIES {
            let request = Request::new(document).variables(variables.clone()).data(by.clone());
            let response = Box::pin(self.schema.execute(request)).await;
            match response.errors.first() {
                None => return as_json(response.data),
                Some(error) if is_busy(error) => {
                    if self.stop.run_until_cancelled(tokio::time::sleep(PAUSE)).await.is_none() {
                        break;
                    }
                }
                Some(error) => return Err(Error::Internal(error.message.clone())),
            }
        }
        Err(Error::unavailable("the demo cannot be told"))
    }
}

fn as_json(data: async_graphql::Value) -> Result<Value> {
    data.into_json().map_err(|cause| Error::Internal(format!("an answer that is no JSON: {cause}")))
}

fn is_busy(error: &ServerError) -> bool {
    let code = error.extensions.as_ref().and_then(|extensions| extensions.get("code"));
    [Code::Unavailable, Code::RateLimited]
        .iter()
        .any(|busy| code == Some(&async_graphql::Value::from(busy.as_str())))
}

fn event(event: &Event) -> Value {
    json!({
        "id": event.id,
        "name": event.name,
        "product": event.product,
        "sessionId": event.session_id,
        "occurredAt": event.at.to_rfc3339_opts(SecondsFormat::Micros, true),
        "data": event.data,
    })
}

fn call(call: &Call) -> Value {
    json!({
        "requestId": call.id,
        "provider": "demo",
        "sessionId": call.session_id,
        "tokens": call.input + call.output,
        "inputTokens": call.input,
        "outputTokens": call.output,
        "status": if call.has_failed { "FAILED" } else { "COMPLETED" },
        "model": call.model.name,
        "apiType": call.api_type,
        "usedAt": call.at.to_rfc3339_opts(SecondsFormat::Micros, true),
    })
}
