//! `deskpulse key`.

use std::process::ExitCode;

use clap::Args;

use super::{CliResult, Settings};
use crate::auth::{Role, generate_key, key_digest};

/// Makes a key.
#[derive(Debug, Args)]
pub(super) struct Key {
    /// Tenant of the configuration.
    #[arg(long)]
    tenant: String,
    #[arg(long, value_enum)]
    role: Role,
    /// What the key is for, e.g. the product that uses it.
    #[arg(long)]
    name: String,
}

impl Key {
    /// Prints the key, which is kept nowhere, and the lines that let it in.
    pub(super) fn run(self, settings: &Settings) -> CliResult {
        let config = settings.load()?;
        config.tenant(&self.tenant)?;
        let key = generate_key();
        println!("{key}\n\n# for the configuration:\n[[auth.keys]]");
        // Strings of JSON are strings of TOML; Rust's own escapes are not.
        let (name, tenant) =
            (serde_json::to_string(&self.name)?, serde_json::to_string(&self.tenant)?);
        let role = serde_json::to_string(&self.role)?;
        println!("name = {name}\ntenant = {tenant}\nrole = {role}");
        println!("digest = {:?}", key_digest(&key));
        Ok(ExitCode::SUCCESS)
    }
}
