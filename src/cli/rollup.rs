//! `deskpulse rollup`: on the stores of the configuration, beside running services or without.

use std::{process::ExitCode, sync::Arc, time::Duration};

use clap::Args;

use super::{CliResult, Settings, explain, open_database, system_clock};
use crate::rollup::{self, Rebuilt, Run};

/// Rebuilds the daily tables of the days that changed.
#[derive(Debug, Args)]
pub(super) struct Rollup {
    /// How long to wait for another process that is at it.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    wait: u16,
}

impl Rollup {
    /// Rebuilds what changed, and says how much that was, or who is at it.
    pub(super) async fn run(self, settings: &Settings) -> CliResult {
        let config = Arc::new(settings.load()?);
        let db = open_database(&config).await?;
        let rollup = rollup::Rollup::new(db.clone(), system_clock(), config);
        let mut run = rollup.run().await.map_err(|error| explain(&error))?;
        if let Run::Held(holder) = &run
            && self.wait > 0
        {
            eprintln!("waiting up to {} s for the roll-up of {holder}", self.wait);
            let wait = Duration::from_secs(self.wait.into());
            run = rollup.run_within(wait).await.map_err(|error| explain(&error))?;
        }
        db.close().await;
        match run {
            Run::Done(Rebuilt { days }) => println!("days rebuilt: {days}"),
            Run::Held(holder) => return Err(format!("the roll-up is held by {holder}").into()),
        }
        Ok(ExitCode::SUCCESS)
    }
}
