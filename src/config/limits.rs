//! `[limits]`: how much one caller may ask for, and the bounds of the settings of limits.

use std::{collections::BTreeSet, num::NonZeroU32};

use serde::Deserialize;

use super::{Config, ConfigError, ServerConfig, load::fault};

/// `[limits]`: how much one caller may ask for: one API key, or one subject of a tenant's tokens.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsConfig {
    /// Requests a second of a caller, of all replicas over one Redis together; 0 is no limit.
    pub requests_per_second: u32,
    /// Requests at once after a pause; 0 is two seconds' worth.
    pub burst: u32,
    /// Most queries and mutations of a caller at once on each replica; 0 is no limit. Tracking calls
    /// have bounds of their own.
    pub max_concurrent_operations: u32,
    /// Callers with limits of their own.
    pub callers: Vec<CallerLimits>,
}

/// `[[limits.callers]]`: what is different for one caller; the rest is as for all.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallerLimits {
    pub tenant: String,
    /// Name of the key, or subject of the token.
    pub name: String,
    pub requests_per_second: Option<u32>,
    pub burst: Option<u32>,
    pub max_concurrent_operations: Option<u32>,
}

/// Requests that a caller may send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    pub per_second: NonZeroU32,
    pub burst: NonZeroU32,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            requests_per_second: 0,
            burst: 0,
            max_concurrent_operations: 1_000,
            callers: Vec::new(),
        }
    }
}

impl LimitsConfig {
    /// How fast a caller may ask; none without a limit.
    pub fn rate(&self, tenant: &str, name: &str) -> Option<Rate> {
        let own = self.own(tenant, name);
        let per_second = own.and_then(|own| own.requests_per_second);
        let per_second = NonZeroU32::new(per_second.unwrap_or(self.requests_per_second))?;
        let burst = own.and_then(|own| own.burst).unwrap_or(self.burst);
        let burst = NonZeroU32::new(burst).unwrap_or(per_second.saturating_add(per_second.get()));
        Some(Rate { per_second, burst })
    }

    /// How many operations of a caller may run at once; none without a limit.
    pub fn most_at_once(&self, tenant: &str, name: &str) -> Option<usize> {
        let own = self.own(tenant, name).and_then(|own| own.max_concurrent_operations);
        match own.unwrap_or(self.max_concurrent_operations) {
            0 => None,
            most => usize::try_from(most).ok(),
        }
    }

    fn own(&self, tenant: &str, name: &str) -> Option<&CallerLimits> {
        self.callers.iter().find(|own| own.tenant == tenant && own.name == name)
    }
}

/// Refuses limits that contradict each other or name a tenant that is not there.
pub(super) fn check(config: &Config) -> Result<(), ConfigError> {
    check_server(&config.server)?;
    let limits = &config.limits;
    check_rate("limits", limits.requests_per_second, limits.burst)?;
    let mut seen = BTreeSet::new();
    for own in &limits.callers {
        let key = format!("limits.callers[{}]", own.name);
        if !config.tenants.contains_key(&own.tenant) {
            return Err(fault(&format!("{key}.tenant"), &own.tenant, "a name under `tenants`"));
        }
        if !seen.insert((&own.tenant, &own.name)) {
            return Err(fault(&format!("{key}.name"), &own.name, "each caller once"));
        }
        let per_second = own.requests_per_second.unwrap_or(limits.requests_per_second);
        check_rate(&key, per_second, own.burst.unwrap_or(limits.burst))?;
    }
    Ok(())
}

fn check_rate(key: &str, per_second: u32, burst: u32) -> Result<(), ConfigError> {
    const MOST: u32 = 10_000_000;
    for (name, value) in [("requests_per_second", per_second), ("burst", burst)] {
        if value > MOST {
            return Err(fault(&format!("{key}.{name}"), value, &format!("0 to {MOST}")));
        }
    }
    Ok(())
}

/// Floors keep an operator from locking everyone out, ceilings from having no limit at all.
fn check_server(server: &ServerConfig) -> Result<(), ConfigError> {
    const HOUR_MS: u64 = 3_600_000;
    let bounds = [
        ("max_document_tokens", server.max_document_tokens as u64, 300, 1 << 20),
        ("max_fields", server.max_fields as u64, 300, 1_000_000),
        ("max_aliases", server.max_aliases as u64, 0, 1_000_000),
        ("max_directives", server.max_directives as u64, 0, 1_000_000),
        ("max_root_fields", server.max_root_fields as u64, 1, 1_000_000),
        ("max_list_items", server.max_list_items as u64, 1, 10_000_000),
        ("max_variable_values", server.max_variable_values as u64, 1_000, 100_000_000),
        ("max_cost", server.max_cost, 1_000, 1_000_000_000_000),
        ("max_connections", server.max_connections as u64, 10, 1_000_000),
        ("max_connections_per_address", server.max_connections_per_address as u64, 0, 1_000_000),
        ("header_timeout_ms", server.header_timeout_ms, 1_000, HOUR_MS),
        ("body_timeout_ms", server.body_timeout_ms, 1_000, HOUR_MS),
        ("body_pause_ms", server.body_pause_ms, 1_000, HOUR_MS),
        ("socket_init_timeout_ms", server.socket_init_timeout_ms, 1_000, HOUR_MS),
        ("socket_ping_ms", server.socket_ping_ms, 1_000, HOUR_MS),
        ("send_timeout_ms", server.send_timeout_ms, 1_000, HOUR_MS),
    ];
    for (key, value, low, high) in bounds {
        if !(low..=high).contains(&value) {
            return Err(fault(&format!("server.{key}"), value, &format!("{low} to {high}")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(name: &str) -> CallerLimits {
        CallerLimits {
            tenant: "default".to_owned(),
            name: name.to_owned(),
            requests_per_second: None,
            burst: None,
            max_concurrent_operations: None,
        }
    }

    fn rate(per_second: u32, burst: u32) -> Option<Rate> {
        let (per_second, burst) = (NonZeroU32::new(per_second)?, NonZeroU32::new(burst)?);
        Some(Rate { per_second, burst })
    }

    #[test]
    fn a_caller_s_own_limits_go_before_those_of_all() {
        let limits = LimitsConfig {
            requests_per_second: 10,
            burst: 0,
            max_concurrent_operations: 5,
            callers: vec![
                CallerLimits { requests_per_second: Some(100), ..caller("bot") },
                CallerLimits {
                    requests_per_second: Some(0),
                    max_concurrent_operations: Some(0),
                    ..caller("free")
                },
                CallerLimits { burst: Some(7), ..caller("bursty") },
            ],
        };
        for (tenant, name, expected, at_once) in [
            ("default", "anyone", rate(10, 20), Some(5)),
            ("default", "bot", rate(100, 200), Some(5)),
            ("other", "bot", rate(10, 20), Some(5)),
            ("default", "bursty", rate(10, 7), Some(5)),
            ("default", "free", None, None),
        ] {
            assert_eq!(limits.rate(tenant, name), expected, "{tenant} {name}");
            assert_eq!(limits.most_at_once(tenant, name), at_once, "{tenant} {name}");
        }
    }

    #[test]
    fn a_limit_out_of_its_bounds_is_refused_with_its_key() {
        let with = |change: fn(&mut Config)| {
            let mut config = Config::default();
            change(&mut config);
            config.checked().err().map(|error| error.to_string()).unwrap_or_default()
        };
        for (message, expected) in [
            (with(|_| {}), ""),
            (
                with(|config| config.server.header_timeout_ms = 10),
                "configuration: `server.header_timeout_ms` is `10`, expected 1000 to 3600000",
            ),
            (
                with(|config| config.limits.burst = 20_000_000),
                "configuration: `limits.burst` is `20000000`, expected 0 to 10000000",
            ),
            (
                with(|config| config.limits.callers = vec![caller("a"), caller("a")]),
                "configuration: `limits.callers[a].name` is `a`, expected each caller once",
            ),
            (
                with(|config| {
                    let tenant = "nowhere".to_owned();
                    config.limits.callers = vec![CallerLimits { tenant, ..caller("a") }];
                }),
                "configuration: `limits.callers[a].tenant` is `nowhere`, expected a name under `tenants`",
            ),
        ] {
            assert_eq!(message, expected);
        }
    }
}
