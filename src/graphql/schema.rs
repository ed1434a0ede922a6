//! The schema's root, put together from the domains.

use std::sync::Arc;

use async_graphql::{
    MergedObject, MergedSubscription, SDLExportOptions, SchemaBuilder,
    dataloader::DataLoader,
    runtime::{TokioSpawner, TokioTimer},
};

use crate::{
    app::Services,
    auth::ViewerQuery,
    billing::{BillingMutation, BillingQuery, BillingSubscription},
    demo::DemoMutation,
    graphql::{codes::MarkPhase, validation::ReuseValidation},
    live::LiveSubscription,
    quality::{AuditLoader, QualityMutation, QualityQuery},
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
    ViewerQuery,
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
    DemoMutation,
);

/// Live data, first the present state.
#[derive(MergedSubscription, Default)]
pub struct Subscription(LiveSubscription, BillingSubscription);

/// Builds the schema. Without services it can be printed, but not executed.
pub fn build(services: Option<Arc<Services>>) -> Schema {
    let mut builder = builder().extension(MarkPhase).extension(ReuseValidation);
    if let Some(services) = services {
        if !services.config.server.introspection {
            builder = builder.disable_suggestions();
        }
        let names = loader(AgentNameLoader::new(services.db.clone()));
        let events = loader(FirstEventsLoader::new(Arc::clone(&services.sessions)));
        let audits = loader(AuditLoader::new(Arc::clone(&services.quality)));
        builder = builder.data(names).data(events).data(audits).data(services);
    }
    builder.finish()
}

pub(super) fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
    async_graphql::Schema::build(Query::default(), Mutation::default(), Subscription::default())
}

fn loader<T>(of: T) -> DataLoader<T> {
    DataLoader::new(of, TokioSpawner::current(), TokioTimer::default())
}

/// The schema in its language, as `schema.graphql` holds it.
pub fn print() -> String {
    let options = SDLExportOptions::new();
    let mut text = build(None).sdl_with_options(options);
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}
