//! Reads the configuration and checks what types alone cannot say.

use std::{path::Path, sync::Arc};

use figment::{
    Figment,
    providers::{Env, Format as _, Toml},
    value::Value,
};

use rust_decimal::Decimal;

use super::{Config, fault::first};
use crate::{
    auth::{MAX_SUBJECT, is_subject},
    tenant::{Tenant, TenantId},
};

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
        for key in &mut self.auth.keys {
            // They are compared byte by byte.
            key.digest.make_ascii_lowercase();
        }
        self.check_tenants()?;
        self.check_plans_and_prices()?;
        self.check_auth()?;
        self.check_bounds()?;
        self.check_retention()?;
        self.check_roi()?;
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
        let negative = self.prices.iter().find(|price| {
            price.input_per_million.is_sign_negative()
                || price.output_per_million.is_sign_negative()
        });
        negative.map_or(Ok(()), |price| {
            Err(fault(&format!("prices.{}", price.model), "negative", "a price of 0 or more"))
        })
    }

    fn check_auth(&self) -> Result<(), ConfigError> {
        use secrecy::ExposeSecret as _;
        if let Some(secret) = &self.auth.jwt_secret
            && secret.expose_secret().len() < 32
        {
            return Err(fault("auth.jwt_secret", "too short", "at least 32 bytes (RFC 7518 §3.2)"));
        }
        for key in &self.auth.keys {
            // It becomes the caller's subject.
            if !is_subject(&key.name) {
                let expected = format!("1 to {MAX_SUBJECT} printable bytes");
                return Err(fault("auth.keys.name", &key.name, &expected));
            }
            if key.digest.len() != 64 || !key.digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                let name = format!("auth.keys[{}].digest", key.name);
                return Err(fault(&name, &key.digest, "64 hexadecimal digits (`deskpulse key`)"));
            }
            if !self.tenants.contains_key(&key.tenant) {
                let name = format!("auth.keys[{}].tenant", key.name);
                return Err(fault(&name, &key.tenant, "a name under `tenants`"));
            }
        }
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
            ("retention.partitions_ahead_days", retention.partitions_ahead_days as u64, 1, 60),
            ("retention.interval_secs", retention.interval_secs, 1, 86_400),
            ("quality.pass_mark", self.quality.pass_mark.into(), 0, 100),
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

fn fault(key: &str, value: impl std::fmt::Display, expected: &str) -> ConfigError {
    ConfigError(format!("`{key}` is `{value}`, expected {expected}"))
}
