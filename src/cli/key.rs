//! `deskpulse key`.

use std::process::ExitCode;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use clap::Args;

use super::{CliError, CliResult, Settings, system_clock};
use crate::{
    auth::{Role, generate_key},
    clock::Clock as _,
    config::ApiKey,
};

/// Makes a key.
#[derive(Debug, Args)]
pub(super) struct Key {
    /// Tenant of the configuration.
    #[arg(long)]
    tenant: String,
    #[arg(long, value_enum)]
    role: Role,
    /// Who the key is for, e.g. the product that uses it. The keys of one caller have one name.
    #[arg(long)]
    name: String,
    /// The one product whose events it sends; for role ingest only.
    #[arg(long)]
    product: Option<String>,
    /// How many days it holds; without an end unless it is given.
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(1..=3_650))]
    expires_in_days: Option<u16>,
}

impl Key {
    /// Prints the key, which is kept nowhere, and the lines that let it in.
    pub(super) fn run(self, settings: &Settings) -> CliResult {
        let mut config = settings.load()?;
        config.tenant(&self.tenant)?;
        let key = generate_key();
        let now = system_clock().now();
        let days = self.expires_in_days.map(|days| TimeDelta::days(days.into()));
        let entry = ApiKey {
            product: self.product,
            expires_at: days.map(|days| now + days),
            ..ApiKey::new(&self.name, &key, &self.tenant, self.role)
        };
        let lines = lines(&entry)?;
        config.auth.keys.push(entry);
        config.checked()?;
        println!("{key}\n\n# for the configuration:\n[[auth.keys]]\n{lines}");
        Ok(ExitCode::SUCCESS)
    }
}

fn lines(key: &ApiKey) -> Result<String, CliError> {
    let instant = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let fields = [
        ("name", Some(key.name.clone())),
        ("tenant", Some(key.tenant.clone())),
        ("role", Some(key.role.name().to_owned())),
        ("product", key.product.clone()),
        ("expires_at", key.expires_at.map(instant)),
        ("digest", Some(key.digest.clone())),
    ];
    let given = fields.into_iter().filter_map(|(name, value)| Some((name, value?)));
    // Strings of JSON are strings of TOML; Rust's own escapes are not.
    let line =
        |(name, value): (_, String)| Ok(format!("{name} = {}", serde_json::to_string(&value)?));
    Ok(given.map(line).collect::<Result<Vec<_>, CliError>>()?.join("\n"))
}
