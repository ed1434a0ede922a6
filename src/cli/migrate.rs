//! `deskpulse migrate`.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use migration::{MigrationStatus, Migrator, MigratorTrait};

use super::{CliResult, Settings, connect, explain};

/// Changes or lists the schema of the database.
#[derive(Debug, Args)]
pub(super) struct Migrate {
    #[command(subcommand)]
    step: Step,
}

#[derive(Debug, Subcommand)]
enum Step {
    /// Applies every change that is missing.
    Up,
    /// Takes back the latest changes, with what they hold.
    Down {
        /// How many.
        #[arg(default_value_t = 1)]
        steps: u32,
    },
    /// Lists the changes, and which of them are applied.
    Status,
}

impl Migrate {
    pub(super) async fn run(self, settings: &Settings) -> CliResult {
        let config = settings.load()?;
        let db = connect(&config).await?;
        match self.step {
            Step::Up => db.migrate().await.map_err(|error| explain(&error))?,
            Step::Down { steps } => db.migrate_down(steps).await?,
            Step::Status => {}
        }
        for migration in Migrator::get_migration_with_status(&db.for_migrations()).await? {
            let mark = match migration.status() {
                MigrationStatus::Applied => "applied",
                MigrationStatus::Pending => "missing",
            };
            println!("{mark}  {}", migration.name());
        }
        db.close().await;
        Ok(ExitCode::SUCCESS)
    }
}
