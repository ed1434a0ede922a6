//! Audits in the schema: what is asked, what is answered, what is changed.

mod audit;
mod mutation;
mod query;
mod rates;
mod scorecard;

pub use self::{mutation::QualityMutation, query::QualityQuery};
