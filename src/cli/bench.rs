//! `deskpulse bench`: figures of a running service.

use std::process::ExitCode;

use secrecy::ExposeSecret as _;

use super::{CliResult, Settings, system_clock};
use crate::bench::{self, BenchOptions, Found};

/// Says on standard error what will be sent, and prints the report.
pub(super) async fn run(options: &BenchOptions, settings: &Settings) -> CliResult {
    let store = settings.load()?.store;
    let url = |url: &Option<secrecy::SecretString>| {
        url.as_ref().map(|url| url.expose_secret().to_owned())
    };
    let (database_url, redis_url) = (url(&store.database_url), url(&store.redis_url));
    let found = Found::of(database_url.as_deref(), redis_url.as_deref());
    let say = |line: &str| eprintln!("deskpulse: {line}");
    let report = bench::run(options, found, &*system_clock(), say).await?;
    if options.json() {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        println!("{report}");
    }
    Ok(ExitCode::SUCCESS)
}
