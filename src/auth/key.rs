//! API keys, found by their digests.

use std::collections::HashMap;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{Viewer, unauthenticated};
use crate::{
    config::Config,
    error::{Error, Result},
};

/// What tells a key from a token.
pub(super) const PREFIX: &str = "dpk_";

/// The keys of the configuration. A digest of 256 random bits tells nothing about its key, so that
/// the time of a look-up tells nothing either.
pub(super) struct Keys(HashMap<[u8; 32], Viewer>);

impl Keys {
    /// # Errors
    /// What loading the configuration has checked.
    pub(super) fn of(config: &Config) -> Result<Self> {
        let mut known = HashMap::new();
        for key in &config.auth.keys {
            let mut digest = [0; 32];
            hex::decode_to_slice(&key.digest, &mut digest).map_err(|_| {
                Error::bad_text("auth.keys.digest", &key.digest, "64 hexadecimal digits")
            })?;
            let mut viewer = Viewer::new(config.tenant(&key.tenant)?, key.name.as_str(), key.role);
            viewer.product = key.product.as_deref().map(Into::into);
            viewer.expires_at = key.expires_at.map(|instant| instant.timestamp());
            known.insert(digest, viewer);
        }
        Ok(Self(known))
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whoever holds a key.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] for one that is not known, or known no more.
    pub(super) fn find(&self, key: &str, now: i64) -> Result<&Viewer> {
        let found = self.0.get(blake3::hash(key.as_bytes()).as_bytes());
        let viewer = found.ok_or_else(|| unauthenticated("unknown key"))?;
        match viewer.expires_at {
            Some(expires_at) if expires_at <= now => Err(unauthenticated("the key has expired")),
            _ => Ok(viewer),
        }
    }
}

/// Makes a key of 256 random bits.
pub fn generate_key() -> String {
    let secret: [u8; 32] = rand::random();
    format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(secret))
}

/// The form in which a key stands in the configuration.
pub fn key_digest(key: &str) -> String {
    blake3::hash(key.as_bytes()).to_hex().to_string()
}
