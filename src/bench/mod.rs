//! The benchmark: what a running service takes and answers, seen from outside over HTTP.
//!
//! Everything sent is bounded in count and time, and said before it is sent. Only events that the
//! service calls stored are counted, and its books have to agree at the end. Start at [`run`].

mod audits;
mod client;
mod copy;
mod cpu;
mod dashboard;
mod data;
mod error;
mod ingest;
mod latency;
mod listener;
mod live;
mod options;
mod pages;
mod queries;
mod report;
mod session;
mod traffic;

pub use self::{
    error::BenchError,
    options::{BenchOptions, Found},
    queries::PageQuery,
    report::Report,
};

use self::options::Load;
use crate::clock::Clock;

/// Runs one benchmark; `say` gets what is about to be sent.
///
/// # Errors
/// What kept the figures from being taken, or made them worthless.
pub async fn run(
    options: &BenchOptions,
    found: Found,
    clock: &dyn Clock,
    say: impl Fn(&str),
) -> Result<Report, BenchError> {
    match &options.load {
        Load::Ingest(ingest) => ingest.run(found, clock, say).await,
        Load::Prepare(prepare) => prepare.run(found, clock, say).await,
        Load::Dashboard(dashboard) => dashboard.run(found, clock, say).await,
        Load::Pages(pages) => pages.run(found, clock, say).await,
        Load::Audits(audits) => audits.run(found, clock, say).await,
        Load::Live(live) => live.run(found, clock, say).await,
    }
}
