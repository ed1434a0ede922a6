//! Reads the configuration and checks what types alone cannot say.

use std::{path::Path, sync::Arc};

use figment::{
    Figment,
    providers::{Env, Format as _, Toml},
    value::Value,
};

use rust_decimal::Decimal;

use super::{Config, Price, fault::first, limits, webhook};
use crate::tenant::{Tenant, TenantId};

/// Highest price of a million tokens.
const MOST_PER_MILLION: u32 = 1_000_000_000;

/// Why the configuration was refused: one line that names the key, the value and what is expected.
#[derive(Debug, thiserror::Error)]
#[error("configuration: {0}")]
pub struct ConfigError(String);

impl Config {
    /// Reads defaults, then `file`, then the environment.
    ///
    /// # Errors
    /// [`ConfigError`] for the first wrong key or value.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let mut figment = Figment::new();
        if let Some(path) = file {
            if !path.is_file() {
                return Err(ConfigError(format!("file {} not found", path.display())));
            }
            figment = figment.merge(Toml::file_exact(path));
        }
        figment = figment.merge(
            Env::prefixed("DESKPULSE_")
                .filter(|key| {
                    // Others of our variables (DESKPULSE_TOKEN, …) are no keys of the configuration.
                    key.as_str().contains("__")
                })
                .split("__"),
        );
        for (variable, key) in [
            ("DATABASE_URL", "store.database_url"),
            ("REDIS_URL", "store.redis_url"),
            ("DESKPULSE_JWT_SECRET", "auth.jwt_secret"),
        ] {
            // As it is: figment would take quotes off a secret, and read digits as a number.
            if let Ok(value) = std::env::var(variable) {
                figment = figment.merge((key, value));
            }
        }
        let find = |key: &str| find_text(&figment, key);
        let read = figment.extract::<Self>();
        read.map_err(|error| ConfigError(first(error, find)))?.checked()
    }

    /// Completes the configuration and refuses what contradicts itself.
    ///
    /// # Errors
    /// [`ConfigError`] for the first contradiction.
    pub fn checked(mut self) -> Result<Self, ConfigError> {
        self.tenants.entry(TenantId::DEFAULT.to_owned()).or_default();
        self.plans.entry("standard".to_owned()).or_default();
        for (id, tenant) in &mut self.tenants {
            Arc::make_mut(tenant).id = TenantId::new(id);
        }
        self.prices.sort_by_key(|price| price.from);
        self.check_tenants()?;
        self.check_plans_and_prices()?;
        self.check_auth()?;
        self.server.check_tls()?;
        self.check_bounds()?;
        limits::check(&self)?;
        self.check_retention()?;
        self.check_roi()?;
        self.quality.check()?;
        self.server.check_web()?;
        self.add_demo();
        Ok(self)
    }

    fn check_tenants(&self) -> Result<(), ConfigError> {
        for (id, tenant) in &self.tenants {
            let valid = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
            if id.is_empty() || id.len() > 64 || !id.chars().all(valid) {
                return Err(fault("tenants", id, "1 to 64 letters, digits, `-`, `_` or `.`"));
            }
            self.check_tenant(id, tenant)?;
        }
        Ok(())
    }

    fn check_tenant(&self, id: &str, tenant: &Tenant) -> Result<(), ConfigError> {
        if !self.plans.contains_key(&tenant.plan) {
            let known = self.plans.keys().cloned().collect::<Vec<_>>().join(", ");
            let expected = format!("a name under `plans` ({known})");
            return Err(fault(&format!("tenants.{id}.plan"), &tenant.plan, &expected));
        }
        if tenant.agent_capacity == 0 {
            return Err(fault(&format!("tenants.{id}.agent_capacity"), "0", "at least 1"));
        }
        if let Some(webhook) = &tenant.quota_webhook {
            webhook::check(&format!("tenants.{id}.quota_webhook"), webhook)?;
        }
        let empty = tenant.channels.iter().find(|(_, channel)| channel.capacity == 0);
        empty.map_or(Ok(()), |(channel, _)| {
            Err(fault(&format!("tenants.{id}.channels.{channel}.capacity"), "0", "at least 1"))
        })
    }

    fn check_plans_and_prices(&self) -> Result<(), ConfigError> {
        for (name, plan) in &self.plans {
            if !(1..=31).contains(&plan.reset_day) {
                return Err(fault(&format!("plans.{name}.reset_day"), plan.reset_day, "1 to 31"));
            }
            if plan.tokens < 1 {
                return Err(fault(&format!("plans.{name}.tokens"), plan.tokens, "at least 1"));
            }
        }
        self.prices.iter().try_for_each(|price| self.check_price(price))
    }

    /// A price is kept in billionths beside each call, and two for one call would leave it open which
    /// of them counts.
    fn check_price(&self, price: &Price) -> Result<(), ConfigError> {
        let key = format!("prices.{}", price.model);
        let most = Decimal::from(MOST_PER_MILLION);
        let is_wrong = |amount: Decimal| {
            !(Decimal::ZERO..=most).contains(&amount) || amount.normalize().scale() > 9
        };
        if let Some((name, amount)) = price.amounts().find(|(_, amount)| is_wrong(*amount)) {
            let expected = format!("0 to {MOST_PER_MILLION} with at most 9 decimals");
            return Err(fault(&format!("{key}.{name}"), amount, &expected));
        }
        if let Some(tenant) = &price.tenant
            && !self.tenants.contains_key(tenant)
        {
            return Err(fault(&format!("{key}.tenant"), tenant, "a name under `tenants`"));
        }
        let same = self.prices.iter().filter(|other| {
            (&other.model, &other.tenant, other.from) == (&price.model, &price.tenant, price.from)
        });
        if same.count() > 1 {
            let expected = "one price for each model, tenant and day";
            return Err(fault(&format!("{key}.from"), price.from, expected));
        }
        Ok(())
    }

    fn check_auth(&mut self) -> Result<(), ConfigError> {
        self.auth.check(&self.tenants)?;
        if self.auth.is_open() && !self.server.listen.ip().is_loopback() {
            let expected =
                "a loopback address, or credentials: DESKPULSE_JWT_SECRET or `auth.keys`";
            return Err(fault("server.listen", self.server.listen, expected));
        }
        Ok(())
    }

    fn check_roi(&self) -> Result<(), ConfigError> {
        let roi = &self.roi;
        if roi.work_hours_per_month <= Decimal::ZERO {
            let hours = roi.work_hours_per_month;
            return Err(fault("roi.work_hours_per_month", hours, "more than 0"));
        }
        let (minutes, cost) = (roi.minutes_per_session, roi.cost_per_minute);
        for (key, value) in [("roi.minutes_per_session", minutes), ("roi.cost_per_minute", cost)] {
            if value.is_sign_negative() {
                return Err(fault(key, value, "0 or more"));
            }
        }
        Ok(())
    }

    /// The row of a known id is read where a repeat looks different, so that it must not go first.
    fn check_retention(&self) -> Result<(), ConfigError> {
        let (events, ids) = (self.retention.events_days, self.retention.event_ids_days);
        if events < ids {
            let expected = format!("at least `retention.event_ids_days` ({ids})");
            return Err(fault("retention.events_days", events, &expected));
        }
        Ok(())
    }

    fn check_bounds(&self) -> Result<(), ConfigError> {
        let (server, store, ingest, live) = (&self.server, &self.store, &self.ingest, &self.live);
        let retention = &self.retention;
        let bounds = [
            ("server.max_depth", server.max_depth as u64, 15, 100),
            ("server.max_body_bytes", server.max_body_bytes as u64, 1_024, 1 << 30),
            ("server.max_document_bytes", server.max_document_bytes as u64, 1_024, 1 << 24),
            ("server.document_cache_bytes", server.document_cache_bytes as u64, 0, 1 << 30),
            ("server.apq_cache_bytes", server.apq_cache_bytes as u64, 0, 1 << 30),
            ("server.operation_timeout_ms", server.operation_timeout_ms, 10, 600_000),
            ("server.max_sockets_per_tenant", server.max_sockets_per_tenant as u64, 1, 1_000_000),
            (
                "server.max_operations_per_socket",
                server.max_operations_per_socket as u64,
                1,
                10_000,
            ),
            ("store.statement_timeout_ms", store.statement_timeout_ms, 100, 3_600_000),
            ("store.lock_timeout_ms", store.lock_timeout_ms, 100, 3_600_000),
            (
                "store.idle_transaction_timeout_ms",
                store.idle_transaction_timeout_ms,
                100,
                3_600_000,
            ),
            ("store.migration_timeout_secs", store.migration_timeout_secs, 1, 86_400),
            ("ingest.batch_events", ingest.batch_events as u64, 1, 20_000),
            ("ingest.writers", ingest.writers as u64, 1, 16),
            ("ingest.max_pending_bytes", ingest.max_pending_bytes as u64, 1 << 20, 1 << 34),
            ("ingest.max_pending_events", ingest.max_pending_events as u64, 1_000, 100_000_000),
            ("ingest.lease_ms", ingest.lease_ms, 1_000, 3_600_000),
            ("ingest.poll_ms", ingest.poll_ms, 1, 60_000),
            ("ingest.replication_timeout_ms", ingest.replication_timeout_ms, 10, 10_000),
            ("live.session_idle_secs", live.session_idle_secs.into(), 1, 86_400),
            ("live.visitor_window_secs", live.visitor_window_secs.into(), 1, 86_400),
            ("live.agent_lease_secs", live.agent_lease_secs.into(), 1, 86_400),
            ("live.refresh_ms", live.refresh_ms, 50, 60_000),
            ("rollup.interval_secs", self.rollup.interval_secs, 1, 86_400),
            ("rollup.seal_after_hours", self.rollup.seal_after_hours.into(), 0, 8_760),
            ("retention.events_days", retention.events_days.into(), 2, 36_500),
            ("retention.event_ids_days", retention.event_ids_days.into(), 1, 36_500),
            ("retention.reservations_days", retention.reservations_days.into(), 1, 36_500),
            ("retention.partitions_ahead_days", retention.partitions_ahead_days as u64, 1, 60),
            ("retention.interval_secs", retention.interval_secs, 1, 86_400),
            ("quality.pass_mark", self.quality.pass_mark.into(), 0, 100),
            ("quality.index_memory_mb", self.quality.index_memory_mb, 0, 4_000),
            ("quality.index_min_audits", self.quality.index_min_audits, 0, 1_000_000_000),
        ];
        for (key, value, low, high) in bounds {
            if !(low..=high).contains(&value) {
                return Err(fault(key, value, &format!("{low} to {high}")));
            }
        }
        Ok(())
    }
}

/// The text at a path, whose numbers are places in lists.
fn find_text(figment: &Figment, path: &str) -> Option<String> {
    let mut parts = path.split('.');
    let root = figment.find_value(parts.next()?).ok()?;
    let found = parts.try_fold(root, |value, part| match value {
        Value::Dict(_, mut fields) => fields.remove(part),
        Value::Array(_, items) => items.into_iter().nth(part.parse().ok()?),
        _ => None,
    });
    found?.into_string()
}

pub(super) fn fault(key: &str, value: impl std::fmt::Display, expected: &str) -> ConfigError {
    ConfigError(format!("`{key}` is `{value}`, expected {expected}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(tenant: Option<&str>, from: &str, input: &str) -> Price {
        Price {
            model: "m".to_owned(),
            tenant: tenant.map(str::to_owned),
            from: from.parse().unwrap(),
            input_per_million: input.parse().unwrap(),
            cached_input_per_million: None,
            output_per_million: Decimal::ONE,
            reasoning_per_million: None,
        }
    }

    #[test]
    fn a_price_is_exact_and_the_only_one_of_its_day() {
        let day = "2026-01-01";
        let cases = [
            (
                vec![price(None, day, "0.000000001"), price(Some("default"), day, "1000000000")],
                None,
            ),
            (
                vec![price(None, day, "-0.1")],
                Some(
                    "`prices.m.input_per_million` is `-0.1`, expected 0 to 1000000000 with at most 9 decimals",
                ),
            ),
            (
                vec![price(None, day, "0.0000000001")],
                Some(
                    "`prices.m.input_per_million` is `0.0000000001`, expected 0 to 1000000000 with at most 9 decimals",
                ),
            ),
            (
                vec![Price {
                    reasoning_per_million: Some(Decimal::from(-1)),
                    ..price(None, day, "1")
                }],
                Some(
                    "`prices.m.reasoning_per_million` is `-1`, expected 0 to 1000000000 with at most 9 decimals",
                ),
            ),
            (
                vec![price(Some("nowhere"), day, "1")],
                Some("`prices.m.tenant` is `nowhere`, expected a name under `tenants`"),
            ),
            (
                vec![price(None, day, "1"), price(None, day, "2")],
                Some(
                    "`prices.m.from` is `2026-01-01`, expected one price for each model, tenant and day",
                ),
            ),
        ];
        for (prices, expected) in cases {
            let checked = Config { prices, ..Config::default() }.checked();
            let message = checked.err().map(|error| error.to_string());
            let expected = expected.map(|text| format!("configuration: {text}"));
            assert_eq!(message, expected);
        }
    }
}
