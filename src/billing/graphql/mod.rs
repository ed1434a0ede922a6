//! Token usage in the schema: what is asked, what is recorded, what is told.

mod figures;
mod forecast;
mod ledger;
mod mutation;
mod query;
mod quota;
mod roi;
mod subscription;

pub use self::{mutation::BillingMutation, query::BillingQuery, subscription::BillingSubscription};
