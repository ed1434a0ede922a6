//! A desk that is made up, to show the pages before there is one.
//!
//! Invariant: everything of it is in a tenant of its own, which only an open service has, and comes
//! in through the schema as any product's does. Start at [`DemoService::start`]. Why:
//! `docs/adr/0041-demo.md`.

mod graphql;
mod service;

pub use self::{
    graphql::{Demo, DemoMutation},
    service::{DemoService, DemoState, Progress},
};

/// The tenant of the demo.
pub const TENANT: &str = "demo";

/// The key that enters the tenant of the demo where the service is open. It guards nothing.
pub const KEY: &str = "deskpulse-demo";

/// Days that are filled, today included.
pub const DAYS: u32 = 90;
