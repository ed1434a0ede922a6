//! The demo, as pages show and start it.

use async_graphql::{Context, Object};

use super::{DemoState, KEY, Progress};
use crate::graphql::{ContextExt as _, DateTime, GraphqlResult};

/// How far the demo is.
#[derive(Debug)]
pub struct Demo(pub Progress);

/// A desk that is made up, in a tenant of its own.
#[Object]
impl Demo {
    async fn state(&self) -> DemoState {
        self.0.state
    }

    /// What to send as `Authorization: Bearer …` to see it.
    async fn key(&self) -> &str {
        KEY
    }

    /// Days that are filled so far, of `days`.
    async fn days_filled(&self) -> u32 {
        self.0.days_filled
    }

    async fn days(&self) -> u32 {
        self.0.days
    }

    /// When it was started in this process; null unless it is filling or playing.
    async fn started_at(&self) -> Option<DateTime> {
        self.0.started_at.map(DateTime)
    }
}

/// Starts and removes the demo.
#[derive(Debug, Default)]
pub struct DemoMutation;

#[Object]
impl DemoMutation {
    /// Fills the demo tenant and plays a living desk in it; does nothing while it plays. `NOT_FOUND`
    /// where the service asks for credentials.
    async fn start_demo(&self, ctx: &Context<'_>) -> GraphqlResult<Demo> {
        Ok(Demo(ctx.services()?.demo.start(ctx.viewer()?).await?))
    }

    /// Stops the demo and removes all that its tenant holds. `NOT_FOUND` where the service asks for
    /// credentials.
    async fn remove_demo(&self, ctx: &Context<'_>) -> GraphqlResult<Demo> {
        Ok(Demo(ctx.services()?.demo.remove(ctx.viewer()?).await?))
    }
}
