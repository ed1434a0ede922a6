//! Figures about sessions, messages and ratings: live and historical from one declaration.

mod agent_name;
mod service;
mod totals;

pub use self::{agent_name::AgentNameLoader, service::Stats, totals::Totals};
