//! The caller of a request, as services know it.

use std::sync::Arc;

use super::{
    Role,
    rights::{Reach, Right},
};
use crate::{
    error::{Error, Result},
    tenant::Tenant,
};

/// Longest subject; reviews keep it in a column of that length.
pub const MAX_SUBJECT: usize = 64;

/// The caller of a request; reaches every service.
#[derive(Clone, Debug)]
pub struct Viewer {
    /// The caller's own tenant, with its settings.
    pub tenant: Arc<Tenant>,
    /// Who it is within the tenant: `sub` of the token, name of the key.
    pub subject: Arc<str>,
    pub role: Role,
    /// The one product that a key is for; none for all others.
    pub product: Option<Arc<str>>,
    /// When the token or key ends; a stream is closed then.
    pub expires_at: Option<i64>,
}

impl Viewer {
    /// A caller whose credentials do not end.
    pub fn new(tenant: Arc<Tenant>, subject: impl Into<Arc<str>>, role: Role) -> Self {
        Self { tenant, subject: subject.into(), role, product: None, expires_at: None }
    }

    /// Refuses a caller who does not have a right for everything of the tenant.
    ///
    /// # Errors
    /// [`Error::Forbidden`] that names what was tried.
    pub fn require(&self, right: Right) -> Result<()> {
        match right.reach(self.role) {
            Some(Reach::All) => Ok(()),
            Some(Reach::Own) | None => Err(Error::Forbidden(right.what().to_owned())),
        }
    }

    /// How far a right goes for the caller: the agent's id whose things these are, or none for
    /// everything of the tenant. Whoever asks narrows its answer by it.
    ///
    /// # Errors
    /// [`Error::Forbidden`] that names what was tried.
    pub fn scope(&self, right: Right) -> Result<Option<&str>> {
        match right.reach(self.role) {
            Some(Reach::All) => Ok(None),
            Some(Reach::Own) => Ok(Some(&self.subject)),
            None => Err(Error::Forbidden(right.what().to_owned())),
        }
    }

    /// The rights held for everything of the tenant.
    pub fn rights(&self) -> Vec<Right> {
        Right::list(self.role, Reach::All)
    }

    /// The rights held for the caller's own things only.
    pub fn own_rights(&self) -> Vec<Right> {
        Right::list(self.role, Reach::Own)
    }

    /// Whether a caller's answers are of its own things, so that nobody else may share them.
    pub fn is_narrowed(&self) -> bool {
        self.role == Role::Agent
    }

    /// Refuses a caller with a key that is for another product.
    ///
    /// # Errors
    /// [`Error::Forbidden`] that names the product.
    pub fn require_product(&self, product: &str) -> Result<()> {
        match &self.product {
            Some(own) if **own != *product => Err(foreign_product(own, product)),
            _ => Ok(()),
        }
    }

    /// Refuses a caller with a key that is for one product only.
    ///
    /// # Errors
    /// [`Error::Forbidden`] that names what was tried.
    pub fn require_every_product(&self, right: Right) -> Result<()> {
        let Some(own) = &self.product else { return Ok(()) };
        Err(Error::Forbidden(format!("{}: the key is for product `{own}` only", right.what())))
    }
}

fn foreign_product(own: &str, product: &str) -> Error {
    // It may be whatever the caller sent.
    let product: String = product.chars().take(MAX_SUBJECT).collect();
    Error::Forbidden(format!("send events of product {product:?}: the key is for `{own}` only"))
}

/// Whether `text` can name a caller.
pub fn is_subject(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_SUBJECT && !text.contains(char::is_control)
}
