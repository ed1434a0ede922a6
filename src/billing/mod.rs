//! Token usage: each call of a language model is recorded and billed once, then summed by day,
//! billing period and month.
//!
//! Invariant: a call is counted once for each (tenant, request id), which the database decides; its
//! day is marked changed in the transaction that stores it. Money is kept in billionths of the
//! currency unit and never rounded before it is shown. Start at `Billing`.

mod days;
mod graphql;
mod model;
mod price;
mod quota;
mod roi;
mod service;
mod store;
#[cfg(test)]
mod tests;

pub use self::{
    days::{list_all_stale, rebuild_day},
    graphql::{BillingMutation, BillingQuery},
    model::{Call, DayTotals, Recorded},
    service::Billing,
};
