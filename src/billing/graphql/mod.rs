//! Token usage in the schema: what is asked, what is recorded.

mod mutation;
mod query;

pub use self::{mutation::BillingMutation, query::BillingQuery};
