//! A desk that is made up, to show the pages before there is one.
//!
//! Invariant: everything of it is in a tenant of its own, which only an open service has, and comes
//! in through the schema as any product's does. What is told is worked out beforehand (`plan`), so that
//! what the figures have to be is known ([`Truth`]). Start at [`DemoService::start`]. Why:
//! `docs/adr/0041-demo.md`.

mod agenda;
mod api;
mod audits;
pub(crate) mod client;
mod graphql;
mod plan;
mod presence;
mod remove;
mod run;
mod service;
pub(crate) mod settings;
mod truth;

use std::sync::Arc;

pub use self::{
    client::DOCUMENTS,
    graphql::{Demo, DemoMutation},
    service::{DemoService, DemoState, Parts, Progress},
    truth::Truth,
};
use crate::{auth::Viewer, tenant::Tenant};

/// The tenant of the demo.
pub const TENANT: &str = "demo";

/// The key that enters the tenant of the demo where the service is open. It guards nothing.
pub const KEY: &str = "deskpulse-demo";

/// Days that are filled, today included.
pub const DAYS: u32 = 90;

/// Who comes with the key: an operator in the tenant of the demo.
pub fn viewer(tenant: &Arc<Tenant>) -> Viewer {
    api::Api::viewer(tenant)
}
