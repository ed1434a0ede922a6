//! Audits of conversations: created by machines or people, reviewed once, counted and listed.
//!
//! Invariant: an audit's status follows from its score and from who gave it (`model.rs`), and every
//! score it ever had stands in `analytics_audit_revisions`. Start at `Quality`.

mod grade;
mod graphql;
mod model;
mod service;
mod store;
#[cfg(test)]
mod tests;

pub use self::{
    graphql::{QualityMutation, QualityQuery},
    model::{AuditId, Filter, NewAudit, Review, Score, Summary},
    service::Quality,
};
