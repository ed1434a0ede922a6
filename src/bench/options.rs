//! The command line of `deskpulse bench`.

use std::time::Duration;

use clap::{Args, Subcommand};
use secrecy::{ExposeSecret as _, SecretString};

use super::{
    client::Client,
    cpu::Watched,
    error::BenchError,
    listener::{find_listener, loopback_port},
};
use crate::config::StoreConfig;

/// Measures a running service over HTTP.
#[derive(Debug, Args)]
pub struct BenchOptions {
    #[command(subcommand)]
    pub(super) load: Load,
}

/// What the service is asked to do.
#[derive(Debug, Subcommand)]
pub(super) enum Load {
    /// Sends events of the present and waits until each is stored
    Ingest(Ingest),
    /// Stores events spread over the last days, for the dashboard to sum up
    Prepare(Prepare),
    /// Asks what the Dashboard page asks
    Dashboard(Dashboard),
    /// Asks what the four pages ask, each query by itself, one after the other
    Pages(Pages),
    /// Asks for pages of audits: the first and a deep one, by filter and order
    Audits(Audits),
    /// Watches the floor over many WebSockets while sessions start
    Live(Live),
}

/// Where the service is, and whose CPU time is read.
#[derive(Debug, Args)]
pub(super) struct Target {
    /// The service
    #[arg(long, default_value = "http://127.0.0.1:8080", value_name = "URL")]
    pub(super) url: String,
    /// Requests under way at once, each on a connection of its own
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(super) connections: u32,
    /// Stops sending after this many seconds
    #[arg(long, default_value_t = 600, value_name = "SECONDS")]
    pub(super) max_secs: u64,
    /// Process of the service [default: whoever listens on the port of a loopback --url]
    #[arg(long)]
    pub(super) pid: Option<u32>,
    /// The postmaster [default: whoever listens on the port of a loopback `DATABASE_URL`]
    #[arg(long, value_name = "PID")]
    pub(super) postgres_pid: Option<u32>,
    /// The Redis server [default: whoever listens on the port of a loopback `REDIS_URL`]
    #[arg(long, value_name = "PID")]
    pub(super) redis_pid: Option<u32>,
    /// Prints the report as JSON
    #[arg(long)]
    pub(super) json: bool,
    // Hidden: a token on a command line is there for every user of the machine to see.
    #[arg(long, env = "DESKPULSE_TOKEN", hide = true, hide_env_values = true)]
    pub(super) token: Option<SecretString>,
}

/// `bench ingest`.
#[derive(Debug, Args)]
pub(super) struct Ingest {
    #[command(flatten)]
    pub(super) target: Target,
    #[command(flatten)]
    pub(super) events: Events,
    /// Events to send
    #[arg(long = "events", default_value_t = 100_000, value_name = "EVENTS")]
    pub(super) count: u64,
    /// Sends each call a second time: the same ids again, which store nothing
    #[arg(long)]
    pub(super) again: bool,
    /// Sends the same rows by COPY alone afterwards, into copies of the tables in `DATABASE_URL`
    #[arg(long)]
    pub(super) copy: bool,
    /// When a call is answered: BUFFERED, REPLICATED or STORED
    #[arg(long, default_value = "STORED", value_name = "DURABILITY", value_parser = ["BUFFERED", "REPLICATED", "STORED"])]
    pub(super) durability: String,
}

/// `bench prepare`.
#[derive(Debug, Args)]
pub(super) struct Prepare {
    #[command(flatten)]
    pub(super) target: Target,
    #[command(flatten)]
    pub(super) events: Events,
    /// Events to send
    #[arg(long = "events", default_value_t = 1_000_000, value_name = "EVENTS")]
    pub(super) count: u64,
    /// Days they are spread over, the last one up to now
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=366))]
    pub(super) days: u32,
}

/// How events are made.
#[derive(Debug, Args)]
pub(super) struct Events {
    /// Events of one call, 1 to 1,000
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(super) batch: u32,
    /// Makes the same conversations again, at their new times [default: other ones each time]
    #[arg(long)]
    pub(super) seed: Option<u64>,
}

/// `bench dashboard`.
#[derive(Debug, Args)]
pub(super) struct Dashboard {
    #[command(flatten)]
    pub(super) target: Target,
    /// Requests to send
    #[arg(long, default_value_t = 2_000)]
    pub(super) requests: u64,
}

/// `bench pages`.
#[derive(Debug, Args)]
pub(super) struct Pages {
    #[command(flatten)]
    pub(super) target: Target,
    /// Times that each query is asked
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(super) rounds: u32,
    /// Days that the pages are about
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=90))]
    pub(super) days: u32,
}

/// `bench audits`.
#[derive(Debug, Args)]
pub(super) struct Audits {
    #[command(flatten)]
    pub(super) target: Target,
    /// Before that, stores so many audits of the last year, with their histories, straight into the configured
    /// database: into a tenant that has none, where they stay
    #[arg(long, value_name = "AUDITS", value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub(super) prepare: Option<u32>,
    /// The tenant that audits are stored for; what is asked is that of the token
    #[arg(long, default_value = "default", value_name = "TENANT")]
    pub(super) tenant: String,
    /// The deep page, of ten audits each; the last where there are less
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(2..=1_000_000))]
    pub(super) page: u32,
    /// Times that each page is asked
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(super) rounds: u32,
    /// Seconds of asking before anything is measured, in which the service may read all audits
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u64).range(..=600))]
    pub(super) warm_secs: u64,
}

/// `bench live`.
#[derive(Debug, Args)]
pub(super) struct Live {
    #[command(flatten)]
    pub(super) target: Target,
    /// The replica that is watched, where events go to another [default: that of --url]
    #[arg(long, value_name = "URL")]
    pub(super) watch_url: Option<String>,
    /// WebSockets, each with a subscription of the overview
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    pub(super) subscribers: u32,
    /// Events a second over all tenants
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(super) rate: u32,
    /// Seconds of sending
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=600))]
    pub(super) secs: u32,
    /// Tenants, by turns; tokens for them are signed with `DESKPULSE_JWT_SECRET` [default: that of
    /// the token]
    #[arg(long = "tenant", value_name = "TENANT")]
    pub(super) tenants: Vec<String>,
    #[arg(long, env = "DESKPULSE_JWT_SECRET", hide = true, hide_env_values = true)]
    pub(super) jwt_secret: Option<SecretString>,
}

/// The backends, as the configuration names them, and their ports on this machine.
#[derive(Clone, Debug, Default)]
pub struct Found {
    pub(super) database_url: Option<SecretString>,
    pub(super) postgres_port: Option<u16>,
    pub(super) redis_port: Option<u16>,
    /// How the database is opened.
    pub(super) store: StoreConfig,
}

impl Found {
    /// Reads the ports out of the backends' addresses; those of other machines have none here.
    pub fn of(store: StoreConfig) -> Self {
        let url = |url: &Option<SecretString>| Some(url.as_ref()?.expose_secret().to_owned());
        let (database_url, redis_url) = (url(&store.database_url), url(&store.redis_url));
        let port = |url: &Option<String>, default| loopback_port(url.as_deref()?, default);
        Self {
            postgres_port: port(&database_url, 5_432),
            redis_port: port(&redis_url, 6_379),
            database_url: database_url.map(SecretString::from),
            store,
        }
    }
}

impl BenchOptions {
    /// Whether the report is for machines.
    pub fn json(&self) -> bool {
        match &self.load {
            Load::Ingest(ingest) => ingest.target.json,
            Load::Prepare(prepare) => prepare.target.json,
            Load::Dashboard(dashboard) => dashboard.target.json,
            Load::Pages(pages) => pages.target.json,
            Load::Audits(audits) => audits.target.json,
            Load::Live(live) => live.target.json,
        }
    }
}

impl Live {
    /// The replica that is watched.
    pub(super) fn watched_url(&self) -> &str {
        self.watch_url.as_deref().unwrap_or(&self.target.url)
    }
}

impl Target {
    pub(super) fn client(&self) -> Result<Client, BenchError> {
        Client::new(&self.url, self.token.as_ref())
    }

    pub(super) fn time_limit(&self) -> Duration {
        Duration::from_secs(self.max_secs)
    }

    /// The processes whose CPU time is read. Call once the service has answered.
    pub(super) fn watched(&self, found: &Found) -> Watched {
        self.watched_at(&self.url, found)
    }

    /// The same with the replica at `url` for the service.
    pub(super) fn watched_at(&self, url: &str, found: &Found) -> Watched {
        let at = |port: Option<u16>| port.and_then(find_listener);
        Watched {
            service: self.pid.or_else(|| at(loopback_port(url, 80))),
            postgres: self.postgres_pid.or_else(|| at(found.postgres_port)),
            redis: self.redis_pid.or_else(|| at(found.redis_port)),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Command {
        #[command(flatten)]
        options: BenchOptions,
    }

    fn read(arguments: &str) -> Result<BenchOptions, String> {
        let arguments = ["bench"].into_iter().chain(arguments.split_whitespace());
        let command = Command::try_parse_from(arguments);
        command.map(|command| command.options).map_err(|error| error.to_string())
    }

    #[test]
    fn a_bound_that_is_crossed_is_named() {
        for (arguments, expected) in [
            ("ingest --batch 1001", "1..=1000"),
            ("ingest --connections 0", "1..=1000"),
            ("prepare --days 400", "1..=366"),
        ] {
            let message = read(arguments).unwrap_err();
            assert!(message.contains(expected), "{message}");
        }
    }

    #[test]
    fn a_token_stays_out_of_what_is_printed() {
        let options = read("dashboard --token secret-word").unwrap();
        assert!(!format!("{options:?}").contains("secret-word"));
    }
}
