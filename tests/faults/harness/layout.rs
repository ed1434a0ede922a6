//! What a test starts, and the tenants it has.

use chrono_tz::Tz;

/// One tenant of the tests' configuration.
#[derive(Debug)]
pub(crate) struct Tenant {
    pub id: &'static str,
    pub zone: Tz,
    pub sla_secs: i64,
}

/// Days that are cut far apart, and thresholds that differ, so that a mix-up shows.
pub(crate) const TENANTS: [Tenant; 3] = [
    Tenant { id: "default", zone: Tz::Asia__Shanghai, sla_secs: 60 },
    Tenant { id: "acme", zone: Tz::Europe__Berlin, sla_secs: 45 },
    Tenant { id: "umbra", zone: Tz::America__Los_Angeles, sla_secs: 90 },
];

/// What the service keeps its state in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stores {
    Embedded,
    /// PostgreSQL and one Redis.
    Servers,
    /// PostgreSQL and a Redis Cluster.
    Cluster,
}

/// Which processes a test has, and what they are told.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub replicas: usize,
    pub stores: Stores,
    /// The stores are reached through a [`super::Proxy`].
    pub proxied: bool,
    /// The last replica has a clock that can be set.
    pub clock: bool,
    /// The data folder is a file system of its own with this many MiB; needs root.
    pub disk_mib: Option<u64>,
    /// `DESKPULSE_<SECTION>__<KEY>` and their values.
    pub settings: Vec<(&'static str, String)>,
}

impl Layout {
    /// Replicas over PostgreSQL and Redis.
    pub(crate) fn servers(replicas: usize) -> Self {
        Self { stores: Stores::Servers, ..Self::embedded() }.with_replicas(replicas)
    }

    /// One process with a SQLite file.
    pub(crate) fn embedded() -> Self {
        Self {
            replicas: 1,
            stores: Stores::Embedded,
            proxied: false,
            clock: false,
            disk_mib: None,
            settings: Vec::new(),
        }
    }

    fn with_replicas(self, replicas: usize) -> Self {
        Self { replicas, ..self }
    }

    pub(crate) fn on_a_cluster(self) -> Self {
        Self { stores: Stores::Cluster, ..self }
    }

    pub(crate) fn proxied(self) -> Self {
        Self { proxied: true, ..self }
    }

    pub(crate) fn with_clock(self) -> Self {
        Self { clock: true, ..self }
    }

    pub(crate) fn on_a_disk_of(self, mib: u64) -> Self {
        Self { disk_mib: Some(mib), ..self }
    }

    pub(crate) fn set(mut self, key: &'static str, value: u64) -> Self {
        self.settings.push((key, value.to_string()));
        self
    }
}

/// The tenants as a configuration file.
pub(super) fn configuration() -> String {
    let tenant = |tenant: &Tenant| {
        format!(
            "[tenants.{}]\ntime_zone = \"{}\"\nlanguage = \"en\"\nsla_threshold_secs = {}\n",
            tenant.id, tenant.zone, tenant.sla_secs
        )
    };
    TENANTS.iter().map(tenant).collect()
}
