//! Single conversations: one by its id, or a list; what became of each, and its events.
//!
//! Invariant: exactly one [`Outcome`] holds of a session, by the conditions that the figures count
//! by. Start at [`Sessions`].

mod events;
mod graphql;
mod model;
mod service;
mod store;
#[cfg(test)]
mod tests;

pub use self::{
    events::FirstEventsLoader,
    graphql::SessionQuery,
    model::{Filter, Outcome, SessionRow},
    service::Sessions,
};
