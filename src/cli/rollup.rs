//! `deskpulse rollup`.

use std::{process::ExitCode, sync::Arc};

use super::{CliResult, Settings, explain, open_database, system_clock};
use crate::rollup::Rollup;

/// Rebuilds what changed, and says how much that was.
pub(super) async fn run(settings: &Settings) -> CliResult {
    let config = Arc::new(settings.load()?);
    let db = open_database(&config).await?;
    let rollup = Rollup::new(db.clone(), system_clock(), config);
    let rebuilt = rollup.run().await.map_err(|error| explain(&error))?;
    println!("days rebuilt: {}", rebuilt.days);
    db.close().await;
    Ok(ExitCode::SUCCESS)
}
