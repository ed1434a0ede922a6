//! What is told of the quota while someone listens.

use std::sync::Arc;

use async_graphql::{Context, ID, Subscription};
use entity::quota_crossing;
use futures_util::{Stream, StreamExt as _, future};

use super::quota::QuotaAlert;
use crate::graphql::{ContextExt as _, GraphqlError};

/// The part of the subscription root that this domain answers.
#[derive(Debug, Default)]
pub struct BillingSubscription;

#[Subscription]
impl BillingSubscription {
    /// First the marks of the quota that the present billing period has reached, highest first, then all
    /// of them again with each that is reached; none when a new period begins.
    async fn quota_alerts(
        &self,
        ctx: &Context<'_>,
        tenant_id: Option<ID>,
    ) -> Result<impl Stream<Item = Vec<QuotaAlert>> + use<>, GraphqlError> {
        let viewer = ctx.viewer_in(tenant_id.as_ref())?;
        let services = ctx.services()?;
        let (billing, tenant) = (Arc::clone(&services.billing), Arc::clone(&viewer.tenant));
        // Listened first: what is reached after the first look is heard of.
        let changes = services.live.changes_of(&tenant.id);
        let first = billing.present_crossings(&viewer).await?;
        let later = changes.filter_map(move |()| {
            let (billing, viewer) = (Arc::clone(&billing), viewer.clone());
            async move {
                let found = billing.present_crossings(&viewer).await;
                found.inspect_err(|error| tracing::warn!(?error, "cannot read marks")).ok()
            }
        });
        let looks = futures_util::stream::once(future::ready(first)).chain(later);
        let mut told = None;
        let news = looks.filter(move |marks| {
            let is_news = told.as_ref() != Some(&keys(marks));
            told = Some(keys(marks));
            future::ready(is_news)
        });
        Ok(news.map(move |marks| marks.iter().map(|mark| QuotaAlert::of(&tenant, mark)).collect()))
    }
}

/// What marks are told from others by, whatever becomes of their webhooks.
fn keys(marks: &[quota_crossing::Model]) -> Vec<(chrono::DateTime<chrono::Utc>, i32)> {
    marks.iter().map(|mark| (mark.starts_at, mark.percent)).collect()
}
