//! The live floor and the Dashboard in GraphQL.

mod agents;
mod days;
mod floor;
mod mutation;
mod period;
mod queue;
mod today;

use async_graphql::{Context, ID, Object};

use self::{days::Stats, floor::Realtime};
pub use self::{
    floor::{Agent, Channel, RealtimeOverview},
    mutation::StatsMutation,
    queue::Alert,
};
use super::store::OpenDays;
use crate::{
    graphql::{ContextExt, GraphqlResult},
    input::check_filter,
};

#[derive(Default)]
pub struct StatsQuery;

/// Reads figures.
#[Object]
impl StatsQuery {
    /// The live floor: answers from the same session state that history is built from.
    async fn realtime(&self, ctx: &Context<'_>, tenant_id: Option<ID>) -> GraphqlResult<Realtime> {
        let viewer = ctx.viewer_in(tenant_id.as_ref())?;
        let picture = ctx.services()?.live.picture_for(&viewer).await?;
        Ok(Realtime { picture, tenant: viewer.tenant })
    }

    /// Efficiency figures for the Dashboard page, of one product or of all.
    async fn stats(
        &self,
        ctx: &Context<'_>,
        tenant_id: Option<ID>,
        product: Option<String>,
    ) -> GraphqlResult<Stats> {
        check_filter("product", product.as_deref())?;
        let viewer = ctx.viewer_in(tenant_id.as_ref())?;
        Ok(Stats { viewer, product, open: OpenDays::default() })
    }
}
