//! A status set by hand.

use async_graphql::{Context, ID, InputObject, Object};

use super::{floor::Agent, queue::Alert};
use crate::{
    error::Error,
    graphql::{ContextExt, GraphqlResult},
    tracker::{RawEvent, TrackStatus, fact::AgentStatus, service::OWN_PRODUCT},
};

/// A status set by hand.
#[derive(InputObject)]
pub(super) struct AgentStatusInput {
    agent_id: ID,
    status: AgentStatus,
    /// At most 100 characters.
    name: Option<String>,
    /// Conversations this agent can hold at once, 0 to 10,000.
    capacity: Option<i32>,
}

#[derive(Default)]
pub struct StatsMutation;

/// Changes the floor.
#[Object]
impl StatsMutation {
    /// Sets an agent's status, which is stored as an `agent.status` event. ONLINE and SERVING hold
    /// for the lease of 90 seconds; AWAY and OFFLINE stay until the next status.
    async fn update_agent_status(
        &self,
        ctx: &Context<'_>,
        input: AgentStatusInput,
    ) -> GraphqlResult<Agent> {
        let (services, viewer) = (ctx.services()?, ctx.viewer()?);
        let agent_id = input.agent_id.0.clone();
        let results = services.tracker.set_agent_status(viewer, &agent_id, input.into()).await?;
        if let Some(rejected) = results.iter().find(|result| result.status == TrackStatus::Rejected)
        {
            let reason = rejected.reason.as_deref().unwrap_or_default();
            return Err(Error::Refused(as_argument(reason)).into());
        }
        let picture = services.live.picture(&viewer.tenant).await?;
        let agent =
            Agent::list(&picture, None).into_iter().find(|agent| agent.agent.id == agent_id);
        Ok(agent.ok_or_else(|| Error::not_found("agent", agent_id))?)
    }

    /// Says that the caller has seen that a session waits too long, which is stored as an
    /// `alert.acknowledge` event. Of several acknowledgements the first stays. `NOT_FOUND` when the
    /// session does not wait, or not for too long.
    async fn acknowledge_alert(&self, ctx: &Context<'_>, session_id: ID) -> GraphqlResult<Alert> {
        let (services, viewer) = (ctx.services()?, ctx.viewer()?);
        let (alert, as_of) = services.live.alert_for(viewer, &session_id).await?;
        if alert.acknowledged.is_some() {
            return Ok(Alert { alert, as_of });
        }
        services.tracker.acknowledge_alert(viewer, &session_id).await?;
        let (alert, as_of) = services.live.alert_for(viewer, &session_id).await?;
        Ok(Alert { alert, as_of })
    }
}

/// Names the arguments of `updateAgentStatus` instead of the fields of its event.
fn as_argument(reason: &str) -> String {
    let renamed = [("data.agent_id", "agentId"), ("data.agent_name", "name"), ("data.", "")];
    renamed.iter().fold(reason.to_owned(), |reason, (field, name)| reason.replace(field, name))
}

impl From<AgentStatusInput> for RawEvent {
    fn from(input: AgentStatusInput) -> Self {
        let data = serde_json::json!({
            "agent_id": input.agent_id.as_str(),
            "agent_name": input.name,
            "status": input.status.as_str(),
            "capacity": input.capacity,
            "by_hand": true,
        });
        Self {
            name: "agent.status".into(),
            product: OWN_PRODUCT.into(),
            data: data.into(),
            ..Self::default()
        }
    }
}
