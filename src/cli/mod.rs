//! The commands, one file each. A failure ends as one line on standard error.

mod bench;
mod demo;
mod documents;
mod import;
mod key;
mod migrate;
mod quarantine;
mod rebuild;
mod rollup;
mod schema;
mod serve;
mod token;
mod verify;

use std::{io, path::PathBuf, process::ExitCode, sync::Arc};

use clap::{Args, Parser, Subcommand};
use tokio::runtime::{Builder, Runtime};

use crate::{clock::SystemClock, config::Config, db::Db, error::Error};

/// What a command fails with: shown as one line.
pub type CliError = Box<dyn std::error::Error + Send + Sync>;
type CliResult = Result<ExitCode, CliError>;

/// Does what the command line says, on a runtime of its own. It is no `async` function because those are
/// compiled once more, with all that they await, in each crate that awaits them.
#[must_use]
pub fn main() -> ExitCode {
    // One provider for everything that speaks TLS; a second call would be the only way to fail.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let cli = Cli::parse();
    let done = runtime().map_err(CliError::from).and_then(|runtime| runtime.block_on(cli.run()));
    done.unwrap_or_else(|error| {
        eprintln!("deskpulse: {error}");
        ExitCode::FAILURE
    })
}

/// How many sockets the runtime takes note of at a time: fewer than the 61 tasks that it runs until it
/// looks again, so that whatever wakes them waits in the system's queue. With its default of 1,024,
/// thousands of connections that end at once fill the queues of the workers, and a new connection
/// waits behind all of them (ADR 42).
const EVENTS_AT_A_TIME: usize = 32;

fn runtime() -> io::Result<Runtime> {
    Builder::new_multi_thread().enable_all().max_io_events_per_tick(EVENTS_AT_A_TIME).build()
}

/// Analytics for customer-service desks where an AI answers first and people take over.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Command,
}

/// Where the configuration and the embedded database are.
#[derive(Debug, Args)]
pub struct Settings {
    /// Configuration in TOML; the environment overrides it.
    #[arg(long, global = true, env = "DESKPULSE_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Folder of the embedded database, used without `DATABASE_URL` [default: ./deskpulse-data].
    #[arg(long, global = true, env = "DESKPULSE_DATA_DIR", value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves the API, the pages and the playground.
    Serve(serve::Serve),
    /// Applies, takes back or lists changes of the database's schema.
    Migrate(migrate::Migrate),
    /// Prints the GraphQL schema.
    Schema,
    /// Makes a manifest of trusted documents from GraphQL files.
    Documents(documents::Documents),
    /// Starts the demo on a running service, or removes it.
    Demo(demo::Demo),
    /// Sends events from NDJSON or CSV files.
    Import(crate::import::ImportOptions),
    /// Measures a running service: what it takes in, and how fast it answers.
    Bench(crate::bench::BenchOptions),
    /// Rebuilds the daily tables of the days that changed.
    Rollup(rollup::Rollup),
    /// Compares what is kept of days with their events. Exits with 1 when a day differs.
    Verify(verify::Verify),
    /// Builds the live state in Redis anew from the database.
    Rebuild(rebuild::Rebuild),
    /// Lists, replays or drops what could not be stored.
    Quarantine(quarantine::Quarantine),
    /// Signs a token with the shared secret.
    Token(token::Token),
    /// Makes an API key and prints its line of the configuration.
    Key(key::Key),
}

impl Cli {
    /// Runs the command; fails with what stopped it, in words for the terminal.
    async fn run(self) -> CliResult {
        let settings = self.settings;
        match self.command {
            Command::Serve(serve) => serve.run(&settings).await,
            Command::Migrate(migrate) => migrate.run(&settings).await,
            Command::Schema => Ok(schema::run()),
            Command::Documents(documents) => documents.run(&settings).await,
            Command::Demo(demo) => demo.run().await,
            Command::Import(options) => import::run(&options, &settings).await,
            Command::Bench(options) => bench::run(&options, &settings).await,
            Command::Rollup(rollup) => rollup.run(&settings).await,
            Command::Verify(verify) => verify.run(&settings).await,
            Command::Rebuild(rebuild) => rebuild.run(&settings).await,
            Command::Quarantine(quarantine) => quarantine.run(&settings).await,
            Command::Token(token) => token.run(&settings),
            Command::Key(key) => key.run(&settings),
        }
    }
}

impl Settings {
    fn load(&self) -> Result<Config, CliError> {
        let mut config = Config::load(self.config.as_deref())?;
        if self.data_dir.is_some() {
            config.store.data_dir.clone_from(&self.data_dir);
        }
        Ok(config)
    }
}

/// Opens the database. The embedded one is brought up to date; any other has to be, because
/// changing a shared database is a step its operators take.
async fn open_database(config: &Config) -> Result<Db, CliError> {
    let db = connect(config).await?;
    if config.store.database_url.is_none() {
        db.migrate().await.map_err(|error| explain(&error))?;
        return Ok(db);
    }
    let missing = db.missing_migrations().await.map_err(|error| explain(&error))?;
    if missing.is_empty() {
        db.check_isolation().await.map_err(|error| explain(&error))?;
        return Ok(db);
    }
    let first = &missing[0];
    let count = missing.len();
    Err(format!("the database is behind by {count} (first: {first}); run `deskpulse migrate up`")
        .into())
}

async fn connect(config: &Config) -> Result<Db, CliError> {
    Db::connect(&config.store).await.map_err(|error| explain(&error))
}

/// The text of an error with its cause, which the operator may see.
fn explain(error: &Error) -> CliError {
    use std::error::Error as _;
    error
        .source()
        .map_or_else(|| error.to_string().into(), |cause| format!("{error}: {cause}").into())
}

fn system_clock() -> Arc<SystemClock> {
    Arc::new(SystemClock)
}
