//! Audits of conversations: created by machines or people, reviewed, disputed, counted and listed.
//!
//! Invariant: an audit's final score and its status follow from the machine's score and the person's
//! (`model.rs`), and everything that became of it stands in `analytics_audit_revisions`. Start at
//! `Quality`; how lists of millions are answered is in `index`.

mod create;
mod dispute;
mod filter;
mod grade;
mod graphql;
mod index;
mod list;
mod loader;
mod model;
mod new;
mod past;
mod queue;
mod rates;
mod review;
mod scorecard;
mod service;
mod store;
#[cfg(test)]
mod tests;

pub use self::{
    dispute::{Overturns, Verdict},
    filter::{Filter, Sort},
    graphql::{QualityMutation, QualityQuery},
    index::Pictured,
    loader::AuditLoader,
    model::{Agreement, AuditId, Review, Score, Summary},
    new::{Finding, FindingCount, NewAudit, NewScoredAudit},
    past::PastAudit,
    queue::{Order, Waiting},
    scorecard::GivenAnswer,
    service::Quality,
};
