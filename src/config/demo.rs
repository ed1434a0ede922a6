//! What an open service has for its demo: a tenant with its plan, prices and scorecard.

use std::sync::Arc;

use super::Config;
use crate::{
    demo::{TENANT, settings},
    tenant::Tenant,
};

impl Config {
    /// The tenant of the demo; none where the service asks for credentials, and whoever is called so
    /// there is a tenant as all others.
    pub fn demo_tenant(&self) -> Option<&Arc<Tenant>> {
        if self.auth.is_open() { self.tenants.get(TENANT) } else { None }
    }

    /// All tenants but that of the demo.
    pub fn tenants_but_demo(&self) -> impl Iterator<Item = &Arc<Tenant>> {
        let demo = self.demo_tenant().map(|demo| &demo.id);
        self.tenants.values().filter(move |tenant| Some(&tenant.id) != demo)
    }

    /// Adds what the demo needs and is not configured; again, it changes nothing.
    pub(super) fn add_demo(&mut self) {
        if !self.auth.is_open() {
            return;
        }
        self.tenants.entry(TENANT.to_owned()).or_insert_with(|| Arc::new(settings::tenant()));
        self.plans.entry(settings::PLAN.to_owned()).or_insert_with(settings::plan);
        for price in settings::prices() {
            let is_same = |known: &super::Price| {
                known.model == price.model && known.tenant.as_deref() == Some(TENANT)
            };
            if !self.prices.iter().any(is_same) {
                self.prices.push(price);
            }
        }
        let card = settings::scorecard();
        if !self.quality.scorecards.iter().any(|known| known.id == card.id) {
            self.quality.scorecards.push(card);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ApiKey;

    #[test]
    fn an_open_service_has_a_demo_and_another_has_none() {
        let open = Config::default().checked().unwrap();
        assert_eq!(open.demo_tenant().unwrap().id.as_str(), TENANT);
        assert_eq!(open.prices.len(), 2);
        let again = open.clone().checked().unwrap();
        assert_eq!((again.prices.len(), again.quality.scorecards.len()), (2, 1));
        let mut config = Config::default();
        config.auth.keys = vec![ApiKey::new("bot", "key", "default", crate::auth::Role::Ingest)];
        let guarded = config.checked().unwrap();
        assert!(guarded.demo_tenant().is_none());
        assert!(!guarded.tenants.contains_key(TENANT) && guarded.prices.is_empty());
    }

    #[test]
    fn a_tenant_of_that_name_that_is_configured_keeps_its_settings() {
        let mut config = Config::default();
        let tenant = Tenant { sla_threshold_secs: 7, ..Tenant::default() };
        config.tenants.insert(TENANT.to_owned(), Arc::new(tenant));
        let config = config.checked().unwrap();
        assert_eq!(config.demo_tenant().unwrap().sla_threshold_secs, 7);
    }
}
