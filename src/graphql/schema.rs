//! The schema's root, put together from the domains.

use std::sync::Arc;

use async_graphql::{
    MergedObject, MergedSubscription, SDLExportOptions,
    dataloader::DataLoader,
    runtime::{TokioSpawner, TokioTimer},
};

use crate::{
    app::Services,
    billing::{BillingMutation, BillingQuery},
    graphql::{codes::MarkPhase, validation::ReuseValidation},
    live::LiveSubscription,
    quality::{QualityMutation, QualityQuery},
    session::{FirstEventsLoader, SessionQuery},
    stats::{AgentNameLoader, StatsMutation, StatsQuery},
    tracker::{
        TrackerMutation, TrackerQuery,
        quarantine::{QuarantineMutation, QuarantineQuery},
    },
};

pub type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// Questions about the floor, figures, audits, billing, sessions and events of a tenant. `tenantId`
/// is for operators; everyone else stays in the own tenant.
#[derive(MergedObject, Default)]
pub struct Query(
    StatsQuery,
    QualityQuery,
    BillingQuery,
    SessionQuery,
    TrackerQuery,
    QuarantineQuery,
);

/// What products, reviewers and operators send. Everything goes to the caller's own tenant; an
/// operator may name another one for the quarantine.
#[derive(MergedObject, Default)]
pub struct Mutation(
    TrackerMutation,
    StatsMutation,
    QualityMutation,
    BillingMutation,
    QuarantineMutation,
);

/// Live data, first the present state.
#[derive(MergedSubscription, Default)]
pub struct Subscription(LiveSubscription);

/// Builds the schema. Without services it can be printed, but not executed.
pub fn build(services: Option<Arc<Services>>) -> Schema {
    let roots = (Query::default(), Mutation::default(), Subscription::default());
    let mut builder = async_graphql::Schema::build(roots.0, roots.1, roots.2)
        .extension(MarkPhase)
        .extension(ReuseValidation);
    if let Some(services) = services {
        let names = AgentNameLoader::new(services.db.clone());
        let names = DataLoader::new(names, TokioSpawner::current(), TokioTimer::default());
        let events = FirstEventsLoader::new(Arc::clone(&services.sessions));
        let events = DataLoader::new(events, TokioSpawner::current(), TokioTimer::default());
        builder = builder.data(names).data(events).data(services);
    }
    builder.finish()
}

/// The schema in its language, as `schema.graphql` holds it.
pub fn print() -> String {
    let options = SDLExportOptions::new();
    let mut text = build(None).sdl_with_options(options);
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}
