//! Figures about sessions, messages and ratings: live and historical from one declaration.

mod service;
mod totals;

pub use self::{service::Stats, totals::Totals};
