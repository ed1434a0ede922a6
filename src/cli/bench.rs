//! `deskpulse bench`: figures of a running service.

use std::process::ExitCode;

use super::{CliResult, Settings, system_clock};
use crate::bench::{self, BenchOptions, Found};

/// Says on standard error what will be sent, and prints the report.
pub(super) async fn run(options: &BenchOptions, settings: &Settings) -> CliResult {
    let found = Found::of(settings.load()?.store);
    let say = |line: &str| eprintln!("deskpulse: {line}");
    let report = bench::run(options, found, &*system_clock(), say).await?;
    if options.json() {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        println!("{report}");
    }
    Ok(ExitCode::SUCCESS)
}
