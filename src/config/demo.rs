//! The tenant of the demo, which an open service always has.

use std::sync::Arc;

use super::Config;
use crate::{demo::TENANT, tenant::Tenant};

impl Config {
    /// The tenant of the demo; none where the service asks for credentials, and whoever is called so
    /// there is a tenant as all others.
    pub fn demo_tenant(&self) -> Option<&Arc<Tenant>> {
        if self.auth.is_open() { self.tenants.get(TENANT) } else { None }
    }

    /// Adds what the demo needs and is not configured.
    pub(super) fn add_demo(&mut self) {
        if self.auth.is_open() {
            self.tenants.entry(TENANT.to_owned()).or_default();
        }
    }
}
