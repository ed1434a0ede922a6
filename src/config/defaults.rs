//! What holds unless it is configured.

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc};

use rust_decimal::Decimal;

use super::{
    AuthConfig, Config, IngestConfig, Limit, LimitsConfig, LiveConfig, LogConfig, LogFormat, Plan,
    QualityConfig, RedisDurability, RetentionConfig, RoiConfig, RollupConfig, ServerConfig,
    Statuses, StoreConfig, first,
};
use crate::tenant::TenantId;

impl Default for Config {
    fn default() -> Self {
        Self {
            server: ServerConfig::default(),
            limits: LimitsConfig::default(),
            store: StoreConfig::default(),
            auth: AuthConfig::default(),
            ingest: IngestConfig::default(),
            live: LiveConfig::default(),
            rollup: RollupConfig::default(),
            retention: RetentionConfig::default(),
            log: LogConfig::default(),
            roi: RoiConfig::default(),
            quality: QualityConfig::default(),
            tenants: BTreeMap::from([(TenantId::DEFAULT.to_owned(), Arc::default())]),
            plans: BTreeMap::from([("standard".to_owned(), Plan::default())]),
            prices: Vec::new(),
        }
    }
}

impl Default for Plan {
    fn default() -> Self {
        Self { tokens: 100_000_000, reset_day: first(), limit: Limit::default() }
    }
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            tls_cert: None,
            tls_key: None,
            max_body_bytes: 8 * 1024 * 1024,
            max_document_bytes: 64 * 1024,
            max_document_tokens: 500,
            max_depth: 20,
            max_fields: 5_000,
            max_aliases: 100,
            max_directives: 100,
            max_root_fields: 100,
            max_list_items: 10_000,
            max_variable_values: 500_000,
            max_cost: 500_000,
            operation_timeout_ms: 30_000,
            document_cache_bytes: 16 * 1024 * 1024,
            apq_cache_bytes: 4 * 1024 * 1024,
            trusted_documents: None,
            trusted_only: false,
            introspection: true,
            cors_origins: Vec::new(),
            frame_ancestors: Vec::new(),
            statuses: Statuses::default(),
            precompiled_ingest: true,
            max_sockets_per_tenant: 10_000,
            max_operations_per_socket: 100,
            max_connections: 20_000,
            max_connections_per_address: 0,
            header_timeout_ms: 30_000,
            body_timeout_ms: 60_000,
            body_pause_ms: 10_000,
            socket_init_timeout_ms: 10_000,
            socket_ping_ms: 20_000,
            send_timeout_ms: 15_000,
            stop_timeout_ms: 8_000,
        }
    }
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self {
            data_dir: None,
            database_url: None,
            redis_url: None,
            redis_prefix: None,
            redis_durability: RedisDurability::Require,
            statement_timeout_ms: 30_000,
            lock_timeout_ms: 10_000,
            idle_transaction_timeout_ms: 10_000,
            migration_timeout_secs: 3_600,
        }
    }
}

impl Default for IngestConfig {
    fn default() -> Self {
        Self {
            max_pending_events: 200_000,
            max_pending_bytes: 64 * 1024 * 1024,
            batch_events: 8_000,
            writers: 3,
            lease_ms: 30_000,
            poll_ms: 100,
            replication_timeout_ms: 500,
            max_pending_secs: 60,
        }
    }
}

impl Default for LiveConfig {
    fn default() -> Self {
        Self {
            session_idle_secs: 30 * 60,
            visitor_window_secs: 5 * 60,
            agent_lease_secs: 90,
            coalesce_ms: 250,
            refresh_ms: 1_000,
        }
    }
}

impl Default for RollupConfig {
    fn default() -> Self {
        Self { interval_secs: 300, seal_after_hours: 24 }
    }
}

impl Default for RetentionConfig {
    fn default() -> Self {
        Self {
            events_days: 90,
            event_ids_days: 7,
            reservations_days: 30,
            partitions_ahead_days: 7,
            interval_secs: 3_600,
        }
    }
}

impl Default for LogConfig {
    fn default() -> Self {
        // The migrator tells each step at info, twice.
        let filter = "info,sea_orm_migration=warn".to_owned();
        Self { filter, format: LogFormat::Auto, otlp_endpoint: None }
    }
}

impl Default for RoiConfig {
    fn default() -> Self {
        Self {
            minutes_per_session: Decimal::from(6),
            cost_per_minute: Decimal::new(50, 2),
            work_hours_per_month: Decimal::from(160),
        }
    }
}

impl Default for QualityConfig {
    fn default() -> Self {
        Self {
            pass_mark: 60,
            index_memory_mb: 256,
            index_min_audits: 10_000,
            scorecards: Vec::new(),
        }
    }
}
