//! Token usage: each call of a language model is recorded and billed once, then summed by day,
//! billing period and month.
//!
//! Invariant: a call is counted once for each (tenant, provider, request id), which the database
//! decides; its day is marked changed in the transaction that stores it. Rows are never changed: a
//! correction is a row of its own, and the rows of a call add up to it. Money is kept in billionths of the
//! currency unit and never rounded before it is shown. Start at `Billing`.

mod book;
mod correct;
mod day_store;
mod days;
mod forecast;
mod gather;
mod graphql;
mod intake;
mod ledger;
mod model;
mod price;
mod quota;
mod quota_store;
mod record;
mod reprice;
mod reserve;
mod roi;
mod service;
mod store;
#[cfg(test)]
mod tests;
mod totals;
mod webhook;

pub use self::{
    days::{list_all_stale, rebuild_day},
    graphql::{BillingMutation, BillingQuery, BillingSubscription},
    intake::{Provider, bot_of, read_call},
    model::{Call, Recorded},
    price::money,
    quota_store::purge_reservations,
    service::Billing,
    totals::DayTotals,
    webhook::Webhooks,
};
