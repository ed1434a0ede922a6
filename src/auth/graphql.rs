//! Who asks, for whoever shows a page to somebody.

use async_graphql::{Context, ID, Object};

use super::{Right, Role, Viewer};
use crate::{
    demo::Demo,
    graphql::{ContextExt as _, DateTime, GraphqlResult},
};

/// The part of the query root that this domain answers.
#[derive(Debug, Default)]
pub struct ViewerQuery;

#[Object]
impl ViewerQuery {
    /// Who asks, and what it may do.
    async fn viewer(&self, ctx: &Context<'_>) -> GraphqlResult<ViewerObject> {
        let viewer = ctx.viewer()?;
        viewer.require(Right::ReadViewer)?;
        Ok(ViewerObject(viewer.clone()))
    }
}

#[derive(Debug)]
struct ViewerObject(Viewer);

/// The caller of a request, in its own tenant.
#[Object(name = "Viewer")]
impl ViewerObject {
    async fn tenant_id(&self) -> ID {
        ID(self.0.tenant.id.to_string())
    }

    /// Who it is within the tenant: the subject of the token, the name of the key, or `local` where
    /// the service is open.
    async fn subject(&self) -> &str {
        &self.0.subject
    }

    async fn role(&self) -> Role {
        self.0.role
    }

    /// What it may do with everything of the tenant.
    async fn rights(&self) -> Vec<Right> {
        self.0.rights()
    }

    /// What it may do with its own things only; empty but for agents.
    async fn own_rights(&self) -> Vec<Right> {
        self.0.own_rights()
    }

    /// IANA name of the zone in which the tenant's days are cut.
    async fn time_zone(&self) -> &str {
        self.0.tenant.time_zone.name()
    }

    /// Whether the service asks nobody for credentials.
    async fn is_open(&self, ctx: &Context<'_>) -> GraphqlResult<bool> {
        Ok(ctx.services()?.config.auth.is_open())
    }

    /// Whether what the tenant holds was made up by the demo.
    async fn is_demo(&self, ctx: &Context<'_>) -> GraphqlResult<bool> {
        let demo = ctx.services()?.config.demo_tenant();
        Ok(demo.is_some_and(|demo| demo.id == self.0.tenant.id))
    }

    /// Whether the tenant has taken an event at any time.
    async fn has_events(&self, ctx: &Context<'_>) -> GraphqlResult<bool> {
        Ok(ctx.services()?.tracker.has_events(&self.0.tenant.id).await?)
    }

    async fn server_time(&self, ctx: &Context<'_>) -> GraphqlResult<DateTime> {
        Ok(DateTime(ctx.services()?.clock.now()))
    }

    /// The demo; null where the service offers none, since it asks for credentials.
    async fn demo(&self, ctx: &Context<'_>) -> GraphqlResult<Option<Demo>> {
        Ok(ctx.services()?.demo.find().await?.map(Demo))
    }
}
