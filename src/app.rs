//! Builds everything once, in order, and stops it in reverse.

use std::sync::Arc;

use async_graphql::ID;

use crate::{
    auth::{Role, Viewer},
    billing::Billing,
    clock::Clock,
    config::Config,
    db::Db,
    error::{Error, Result},
    quality::Quality,
    stats::Stats,
};

/// The services that resolvers call.
pub struct Services {
    pub config: Arc<Config>,
    pub stats: Stats,
    pub quality: Quality,
    pub billing: Billing,
}

impl std::fmt::Debug for Services {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Services").finish_non_exhaustive()
    }
}

impl Services {
    pub fn new(config: Arc<Config>, db: Db, clock: Arc<dyn Clock>) -> Self {
        Self {
            stats: Stats::new(db.clone(), Arc::clone(&clock)),
            quality: Quality::new(db.clone(), Arc::clone(&clock), Arc::clone(&config)),
            billing: Billing::new(db, clock, Arc::clone(&config)),
            config,
        }
    }

    /// The same caller in another tenant.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless it is an operator, [`Error::NotFound`] for an unknown tenant.
    pub fn viewer_elsewhere(&self, viewer: &Viewer, tenant_id: &ID) -> Result<Viewer> {
        if viewer.role != Role::Operator {
            return Err(Error::Forbidden(format!("use tenant `{}`", tenant_id.as_str())));
        }
        Ok(Viewer { tenant: self.config.tenant(tenant_id)?, ..viewer.clone() })
    }
}
