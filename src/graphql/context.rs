//! What a resolver finds in its context: the caller and the services.

use std::sync::Arc;

use async_graphql::{Context, ID};

use crate::{
    app::Services,
    auth::Viewer,
    error::{Error, Result},
};

/// Shorthands for resolvers.
pub trait ContextExt {
    /// The caller, in its own tenant.
    fn viewer(&self) -> Result<&Viewer>;
    fn services(&self) -> Result<&Services>;

    /// The caller, in the tenant it asks for: its own unless it is an operator.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for another tenant, whether it exists or not; [`Error::NotFound`] when
    /// an operator names one that does not.
    fn viewer_in(&self, tenant_id: Option<&ID>) -> Result<Viewer> {
        let viewer = self.viewer()?;
        match tenant_id {
            None => Ok(viewer.clone()),
            Some(id) if id.as_str() == viewer.tenant.id.as_str() => Ok(viewer.clone()),
            Some(id) => self.services()?.viewer_elsewhere(viewer, id),
        }
    }
}

impl ContextExt for Context<'_> {
    fn viewer(&self) -> Result<&Viewer> {
        self.data_opt().ok_or_else(|| Error::Internal("no viewer in the request".to_owned()))
    }

    fn services(&self) -> Result<&Services> {
        let services = self.data_opt::<Arc<Services>>();
        services
            .map(|services| &**services)
            .ok_or_else(|| Error::Internal("no services".to_owned()))
    }
}
