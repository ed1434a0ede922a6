//! Subscriptions: first the snapshot, then changes.

use std::sync::Arc;

use async_graphql::{Context, ID, Subscription};
use tokio_stream::{Stream, StreamExt as _};

use super::{Picture, Progress, notice::Streamed, watched::Followed};
use crate::{
    auth::Right,
    graphql::{ContextExt, GraphqlError},
    stats::{Agent, Alert, Channel, RealtimeOverview},
    tracker::Event,
};

/// Live data for walls and boards.
#[derive(Default)]
pub struct LiveSubscription;

#[expect(clippy::unused_async, reason = "the engine expects functions that wait")]
#[Subscription]
impl LiveSubscription {
    /// First the present overview, then each change; changes within a quarter of a second come as
    /// one.
    async fn realtime_overview(
        &self,
        ctx: &Context<'_>,
        tenant_id: Option<ID>,
    ) -> Result<impl Stream<Item = RealtimeOverview> + use<>, GraphqlError> {
        let pictures = pictures(ctx, tenant_id.as_ref()).await?;
        let part = |picture: &Picture| (picture.floor.overview, picture.degraded);
        Ok(changes(pictures, part).map(RealtimeOverview))
    }

    /// First the present channels, then all of them again with each change.
    async fn realtime_channels(
        &self,
        ctx: &Context<'_>,
        tenant_id: Option<ID>,
    ) -> Result<impl Stream<Item = Vec<Channel>> + use<>, GraphqlError> {
        let pictures = pictures(ctx, tenant_id.as_ref()).await?;
        let changed = changes(pictures, |picture| picture.floor.channels.clone());
        Ok(changed.map(|picture| Channel::list(&picture)))
    }

    /// First the present agents, then all of them again with each change. An agent sees itself.
    async fn realtime_agents(
        &self,
        ctx: &Context<'_>,
        tenant_id: Option<ID>,
    ) -> Result<impl Stream<Item = Vec<Agent>> + use<>, GraphqlError> {
        let viewer = ctx.viewer_in(tenant_id.as_ref())?;
        let progress = ctx.data_opt::<Arc<Progress>>().cloned();
        let live: &Arc<_> = &ctx.services()?.live;
        let pictures = live.watch_agents(&viewer, progress.as_deref()).await?;
        let own = viewer.scope(Right::ReadAgents)?.map(str::to_owned);
        let pictures = Followed::new(pictures, progress);
        let seen = pictures.map(move |picture| picture.seen_by(own.as_deref()));
        let changed = changes(seen, |picture| picture.floor.agents.clone());
        Ok(changed.map(|picture| Agent::list(&picture, None)))
    }

    /// First the open alerts, longest wait first, then all of them again with each change.
    async fn alerts(
        &self,
        ctx: &Context<'_>,
        tenant_id: Option<ID>,
    ) -> Result<impl Stream<Item = Vec<Alert>> + use<>, GraphqlError> {
        let pictures = pictures(ctx, tenant_id.as_ref()).await?;
        let changed = changes(pictures, |picture| picture.floor.alerts.clone());
        Ok(changed.map(|picture| Alert::list(&picture)))
    }

    /// Events as they are accepted: each new id once, when it is stored. A reader that is too slow
    /// misses some, and sees in `missedBefore` how many.
    async fn event_stream(
        &self,
        ctx: &Context<'_>,
        tenant_id: Option<ID>,
        name: Option<String>,
        product: Option<String>,
    ) -> Result<impl Stream<Item = Event> + use<>, GraphqlError> {
        let viewer = ctx.viewer_in(tenant_id.as_ref())?;
        viewer.require(Right::ReadEvents)?;
        let tenant = viewer.tenant.id.clone();
        let reader = ctx.services()?.live.events(&tenant);
        let batches = futures_util::stream::unfold(reader, |mut reader| async move {
            reader.next().await.map(|heard| (heard, reader))
        });
        let mut missed = 0;
        let events = futures_util::StreamExt::flat_map(batches, move |heard| {
            missed += heard.missed;
            let wanted = heard.events.iter().filter(|event| {
                name.as_ref().is_none_or(|name| *name == event.name)
                    && product.as_ref().is_none_or(|product| *product == event.product)
            });
            let event = |event: &Arc<Streamed>| Event {
                missed: std::mem::take(&mut missed),
                ..Event::from(event.to_row(&tenant))
            };
            tokio_stream::iter(wanted.map(event).collect::<Vec<_>>())
        });
        Ok(events)
    }
}

async fn pictures(
    ctx: &Context<'_>,
    tenant_id: Option<&ID>,
) -> crate::error::Result<impl Stream<Item = Picture> + use<>> {
    let viewer = ctx.viewer_in(tenant_id)?;
    let live: &Arc<_> = &ctx.services()?.live;
    let progress = ctx.data_opt::<Arc<Progress>>().cloned();
    let pictures = live.watch(&viewer, progress.as_deref()).await?;
    Ok(Followed::new(pictures, progress))
}

/// Leaves out pictures in which the watched part is as before, unless someone comes who may have seen
/// the version of a later one elsewhere.
fn changes<T: PartialEq>(
    pictures: impl Stream<Item = Picture>,
    part: impl Fn(&Picture) -> T,
) -> impl Stream<Item = Picture> {
    let mut last = None;
    pictures.filter(move |picture| {
        let part = part(picture);
        let is_news = match &last {
            Some((version, before)) => {
                *before != part || (picture.is_asked_for && *version != picture.version)
            }
            None => true,
        };
        if is_news {
            last = Some((picture.version, part));
        }
        is_news
    })
}
