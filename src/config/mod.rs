//! The configuration: every key, its default and its bounds.
//!
//! The `defaults` run everything; a TOML file overrides them, and an environment variable
//! `DESKPULSE_<SECTION>__<KEY>` overrides the file. Reading is in `load`.

mod auth;
mod defaults;
mod demo;
mod fault;
mod limits;
mod load;
mod quality;
mod tls;
mod web;
mod webhook;

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf, sync::Arc};

use chrono::{NaiveDate, TimeDelta};
use rust_decimal::Decimal;
use secrecy::SecretString;
use serde::Deserialize;

pub use self::{
    auth::{ApiKey, AuthConfig},
    limits::{CallerLimits, LimitsConfig, Rate},
    load::ConfigError,
    quality::{Category, QualityConfig, Scorecard},
    web::Statuses,
    webhook::signing_key,
};
use crate::{
    error::{Error, Result},
    tenant::Tenant,
};

/// The whole configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    pub server: ServerConfig,
    pub limits: LimitsConfig,
    pub store: StoreConfig,
    pub auth: AuthConfig,
    pub ingest: IngestConfig,
    pub live: LiveConfig,
    pub rollup: RollupConfig,
    pub retention: RetentionConfig,
    pub log: LogConfig,
    pub roi: RoiConfig,
    pub quality: QualityConfig,
    /// By name; the tenant `default` is always there.
    pub tenants: BTreeMap<String, Arc<Tenant>>,
    /// By name; the plan `standard` is always there.
    pub plans: BTreeMap<String, Plan>,
    pub prices: Vec<Price>,
}

/// `[server]`: where and within which bounds HTTP is served.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerConfig {
    pub listen: SocketAddr,
    /// Chain of certificates in PEM, the server's own first; with it and its key, TLS is spoken.
    pub tls_cert: Option<PathBuf>,
    /// Private key of `tls_cert` in PEM.
    pub tls_key: Option<PathBuf>,
    /// Largest request body.
    pub max_body_bytes: usize,
    /// Longest GraphQL document.
    pub max_document_bytes: usize,
    /// Most lexical tokens of a document; counted before it is parsed.
    pub max_document_tokens: usize,
    /// Deepest nesting of selections; GraphiQL's introspection needs 15.
    pub max_depth: usize,
    /// Most fields an operation selects once its fragments are spread.
    pub max_fields: usize,
    pub max_aliases: usize,
    pub max_directives: usize,
    /// Most fields at the root of an operation.
    pub max_root_fields: usize,
    /// Most items of any list in arguments and variables; fields may have bounds below it.
    pub max_list_items: usize,
    /// Most values that variables hold in all, those within lists and objects included.
    pub max_variable_values: usize,
    /// Most that an operation may cost; see `docs/limits.md`.
    pub max_cost: u64,
    pub operation_timeout_ms: u64,
    /// Memory for documents that were parsed before; 0 parses each anew.
    pub document_cache_bytes: usize,
    /// Memory for documents that clients of a tenant have given by digest (APQ); 0 takes none.
    pub apq_cache_bytes: usize,
    /// A manifest of documents that may be asked for by their digest.
    pub trusted_documents: Option<PathBuf>,
    /// Whether only documents of the manifest and our own clients' are executed.
    pub trusted_only: bool,
    /// Whether `__schema` and `__type` are answered, and errors suggest names.
    pub introspection: bool,
    /// Origins of pages that may call the service beside its own.
    pub cors_origins: Vec<String>,
    /// Origins of pages that may show ours in a frame; nobody may without any.
    pub frame_ancestors: Vec<String>,
    pub statuses: Statuses,
    /// Whether the usual tracking mutations go past the engine; the answers are the same.
    pub precompiled_ingest: bool,
    /// Most WebSockets and event streams that a tenant has open on this replica.
    pub max_sockets_per_tenant: usize,
    /// Most operations that run at once on one WebSocket.
    pub max_operations_per_socket: usize,
    /// Most connections open at once, sockets included; more are closed at once.
    pub max_connections: usize,
    /// The same of one address; 0 is no limit. A proxy in front is one address.
    pub max_connections_per_address: usize,
    /// For all the headers of a request, and for a kept connection to send its next one.
    pub header_timeout_ms: u64,
    /// For all of a body.
    pub body_timeout_ms: u64,
    /// From one piece of a body to the next.
    pub body_pause_ms: u64,
    /// From the opening of a WebSocket to its `connection_init`.
    pub socket_init_timeout_ms: u64,
    /// Between pings; a WebSocket silent for two of them is closed.
    pub socket_ping_ms: u64,
    /// For a message to leave for a socket or stream that does not read.
    pub send_timeout_ms: u64,
    /// How long a stop waits for requests and the buffer.
    pub stop_timeout_ms: u64,
}

/// `[store]`: which databases hold history and live state.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StoreConfig {
    /// Folder of the embedded database; used without `database_url`.
    pub data_dir: Option<PathBuf>,
    /// `postgres://…`; also from `DATABASE_URL`.
    pub database_url: Option<SecretString>,
    /// `redis://…`, `redis+cluster://…` or `redis+sentinel://…`; also from `REDIS_URL`.
    pub redis_url: Option<SecretString>,
    /// First part of every Redis key, `analytics` unless set.
    pub redis_prefix: Option<String>,
    /// What is done about a Redis that may lose what it has acknowledged.
    pub redis_durability: RedisDurability,
    /// Longest statement on PostgreSQL; it is cancelled then.
    pub statement_timeout_ms: u64,
    /// Longest wait of a statement for a lock.
    pub lock_timeout_ms: u64,
    /// Longest pause within a transaction; its connection is ended then.
    pub idle_transaction_timeout_ms: u64,
    /// Longest statement of a migration.
    pub migration_timeout_secs: u64,
}

/// What is done about a Redis without AOF, or one that may evict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RedisDurability {
    /// The start is refused: an event answered BUFFERED must survive Redis.
    Require,
    /// A warning is logged.
    Warn,
}

impl StoreConfig {
    pub fn redis_prefix(&self) -> &str {
        self.redis_prefix.as_deref().unwrap_or("analytics")
    }

    pub fn data_dir(&self) -> PathBuf {
        self.data_dir.clone().unwrap_or_else(|| PathBuf::from("deskpulse-data"))
    }
}

/// `[ingest]`: the way of events into the database.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IngestConfig {
    /// Events that may wait in the buffer; more are refused with `RATE_LIMITED`.
    pub max_pending_events: usize,
    /// What events that wait in this process for their commit may take in memory.
    pub max_pending_bytes: usize,
    /// Events written in one transaction.
    pub batch_events: usize,
    /// Transactions under way at once, of calls that wait and of the buffer each.
    pub writers: usize,
    /// How long a claimed batch belongs to its flusher.
    pub lease_ms: u64,
    /// Pause before the buffer is looked at again when it was empty.
    pub poll_ms: u64,
    /// How long a `REPLICATED` event waits for a replica of Redis before it goes to the database.
    pub replication_timeout_ms: u64,
    /// Age of the oldest pending event at which `/readyz` turns red.
    pub max_pending_secs: u64,
}

/// `[live]`: what counts as present.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LiveConfig {
    /// A session without an event for longer is no longer active.
    pub session_idle_secs: u32,
    /// A visitor seen within this is online; the trend compares with as long before.
    pub visitor_window_secs: u32,
    /// An agent without a status for longer is offline.
    pub agent_lease_secs: u32,
    /// Changes within this are sent to subscribers as one.
    pub coalesce_ms: u64,
    /// Subscribers are told at least this often what time alone has changed.
    pub refresh_ms: u64,
}

/// `[rollup]`: when daily tables are rebuilt.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RollupConfig {
    pub interval_secs: u64,
    /// Hours for which a day is over before it is sealed; raw events go from sealed days only.
    pub seal_after_hours: u32,
}

impl RollupConfig {
    pub fn seal_after(&self) -> TimeDelta {
        TimeDelta::hours(self.seal_after_hours.into())
    }
}

/// `[retention]`: how long raw events and the like are kept; figures stay for ever.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RetentionConfig {
    /// Days after which a raw event goes, counted from when it happened and from when it was
    /// received, whichever is later.
    pub events_days: u32,
    /// Days for which an id is known: the same id within them is stored once.
    pub event_ids_days: u32,
    /// Days for which a reservation is known after it has expired or ended.
    pub reservations_days: u32,
    /// Days ahead for which PostgreSQL has a part of the table of events.
    pub partitions_ahead_days: usize,
    pub interval_secs: u64,
}

/// `[log]`: what is written about the service itself.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogConfig {
    /// As of `tracing_subscriber::EnvFilter`, e.g. `info,deskpulse=debug`.
    pub filter: String,
    pub format: LogFormat,
    /// OTLP over HTTP, e.g. `http://localhost:4318`; no traces without it. It may hold a password.
    pub otlp_endpoint: Option<SecretString>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Text on a terminal, JSON otherwise.
    #[default]
    Auto,
    Text,
    Json,
}

/// `[roi]`: what a conversation with a person costs.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RoiConfig {
    /// Minutes a person needs for one session.
    pub minutes_per_session: Decimal,
    /// Cost of a person's minute, in the currency of `prices`.
    pub cost_per_minute: Decimal,
    pub work_hours_per_month: Decimal,
}

/// `[plans.<name>]`: what a tenant has bought.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    pub tokens: i64,
    /// Day of the month on which the period starts, 1 to 31; shorter months start on their last.
    #[serde(default = "first")]
    pub reset_day: u32,
    #[serde(default)]
    pub limit: Limit,
}

/// What happens to who would use more than the plan has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Limit {
    /// It is told.
    #[default]
    Soft,
    /// No tokens are reserved.
    Hard,
}

const fn first() -> u32 {
    1
}

/// `[[prices]]`: what a model's tokens cost from a day on, until a later entry of the model. Entries
/// of a tenant go before those of everyone.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    pub model: String,
    /// Whose price it is; without one, everyone's.
    pub tenant: Option<String>,
    /// First day, in UTC.
    pub from: NaiveDate,
    pub input_per_million: Decimal,
    /// Tokens from a cache; as `input_per_million` unless it is set.
    pub cached_input_per_million: Option<Decimal>,
    pub output_per_million: Decimal,
    /// Tokens of reasoning; as `output_per_million` unless it is set.
    pub reasoning_per_million: Option<Decimal>,
}

impl Price {
    /// Every price that is set, by its key.
    pub fn amounts(&self) -> impl Iterator<Item = (&'static str, Decimal)> {
        let amounts = [
            ("input_per_million", Some(self.input_per_million)),
            ("cached_input_per_million", self.cached_input_per_million),
            ("output_per_million", Some(self.output_per_million)),
            ("reasoning_per_million", self.reasoning_per_million),
        ];
        amounts.into_iter().filter_map(|(key, amount)| Some((key, amount?)))
    }
}

impl Config {
    /// The settings of a tenant.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it is not configured.
    pub fn tenant(&self, id: &str) -> Result<Arc<Tenant>> {
        self.tenants.get(id).cloned().ok_or_else(|| Error::not_found("tenant", id))
    }

    /// The plan of a tenant; loading has checked that it is there.
    pub fn plan(&self, tenant: &Tenant) -> Result<&Plan> {
        self.plans.get(&tenant.plan).ok_or_else(|| Error::not_found("plan", &tenant.plan))
    }
}
