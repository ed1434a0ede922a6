//! The schema's root, put together from the domains.

use std::sync::Arc;

use async_graphql::{EmptyMutation, EmptySubscription, Object};

use crate::app::Services;

pub type Schema = async_graphql::Schema<Query, EmptyMutation, EmptySubscription>;

/// The root of all queries.
#[derive(Debug)]
pub struct Query;

#[Object]
impl Query {
    /// Placeholder until the domains stand.
    async fn version(&self) -> &str {
        env!("CARGO_PKG_VERSION")
    }
}

/// Builds the schema. Without services it can be printed, but not executed.
pub fn build(services: Option<Arc<Services>>) -> Schema {
    let mut builder = async_graphql::Schema::build(Query, EmptyMutation, EmptySubscription);
    if let Some(services) = services {
        builder = builder.data(services);
    }
    builder.finish()
}
