//! Figures about sessions, messages and ratings: live and historical from one declaration.
//!
//! Invariant: state is a function of the set of stored events, never of their order. Start reading
//! at [`measure`] for what is counted, [`metric`] for what people see, [`Stats`] for the questions.

pub mod agent;
mod agent_name;
pub mod agent_period;
pub mod alert;
mod archive;
#[cfg(test)]
mod catalogue;
mod change;
pub mod cube;
pub mod distribution;
pub mod explain;
mod floor_count;
mod fold;
pub mod graphql;
mod histogram;
pub mod label;
pub mod live_metric;
pub mod measure;
mod merge;
pub mod metric;
pub(crate) mod open_session;
pub mod proof;
pub(crate) mod question;
pub mod queue;
pub mod realtime;
mod report;
mod seen;
pub mod series;
pub mod service;
mod session;
mod session_key;
mod span;
mod store;
mod totals;

pub(crate) use self::{
    agent::fold_agents,
    agent_period::keep_days as keep_agent_days,
    archive::{EventRows, archive, is_settled},
    change::{FloorChanges, Patience, SessionChange, Visit},
    floor_count::count_floor,
    fold::{Folded, fold_sessions, mark_events},
    live_metric::Moment,
    measure::OUTCOME,
    merge::merge_sessions,
    proof::{is_sealed, report as report_differing, seal_days, verify_day},
    seen::{SLACK, SeenSessions, Sign},
    span::steps as session_steps,
    store::{list_all_stale, rebuild_day},
};
pub use self::{
    agent_name::AgentNameLoader,
    graphql::{Agent, Alert, Channel, RealtimeOverview, StatsMutation, StatsQuery},
    measure::Measure,
    proof::Prover,
    service::{Stats, first_of},
    session_key::SessionId,
    store::OpenDays,
    totals::Totals,
};
