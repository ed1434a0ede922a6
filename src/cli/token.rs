//! `deskpulse token`.

use std::process::ExitCode;

use chrono::TimeDelta;
use clap::Args;

use super::{CliResult, Settings, system_clock};
use crate::{
    auth::{Role, issue_token_for},
    clock::Clock as _,
};

/// Signs a token.
#[derive(Debug, Args)]
pub(super) struct Token {
    /// Tenant of the configuration.
    #[arg(long)]
    tenant: String,
    #[arg(long, value_enum)]
    role: Role,
    /// Who it is for: an agent's or a product's id.
    #[arg(long, default_value = "cli")]
    subject: String,
    /// How long it holds: a number and s, m, h or d.
    #[arg(long, default_value = "1h", value_parser = parse_ttl)]
    ttl: TimeDelta,
}

impl Token {
    pub(super) fn run(self, settings: &Settings) -> CliResult {
        let config = settings.load()?;
        let (auth, expires_at) = (&config.auth, (system_clock().now() + self.ttl).timestamp());
        let token = issue_token_for(auth, &self.tenant, &self.subject, self.role, expires_at)?;
        config.tenant(&self.tenant)?;
        println!("{token}");
        Ok(ExitCode::SUCCESS)
    }
}

fn parse_ttl(text: &str) -> Result<TimeDelta, String> {
    let expected = || format!("{text:?}, expected a number and s, m, h or d, e.g. 1h");
    let unit = text.chars().last().ok_or_else(expected)?;
    let number: i64 = text[..text.len() - unit.len_utf8()].parse().map_err(|_| expected())?;
    let unit_secs = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return Err(expected()),
    };
    let secs = number.checked_mul(unit_secs).filter(|secs| (1..=315_360_000).contains(secs));
    secs.map(TimeDelta::seconds).ok_or_else(|| format!("{text:?}, expected 1s to 3650d"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_to_live_has_a_number_and_a_unit() {
        assert_eq!(parse_ttl("90m"), Ok(TimeDelta::minutes(90)));
        for text in ["", "h", "1", "-1h", "1w", "0s", "9999999999999d", "1é"] {
            assert!(parse_ttl(text).is_err(), "{text}");
        }
    }
}
