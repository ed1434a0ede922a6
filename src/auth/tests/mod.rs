//! Tokens and keys of every kind against an authenticator.

mod files;
mod key;
mod provider;

use std::sync::Arc;

use jsonwebtoken::{EncodingKey, Header};
use serde_json::Value;

use super::{Authenticator, Viewer};
use crate::{config::Config, error::Result};

const SECRET: &str = "a secret of more than thirty-two bytes";

fn authenticator(change: impl FnOnce(&mut Config)) -> Authenticator {
    let mut config = Config::default();
    change(&mut config);
    Authenticator::new(Arc::new(config.checked().unwrap())).unwrap()
}

/// Signed by a secret, with the algorithm of the header.
fn signed(header: &Header, claims: &Value, secret: &[u8]) -> String {
    jsonwebtoken::encode(header, claims, &EncodingKey::from_secret(secret)).unwrap()
}

impl Authenticator {
    async fn viewer(&self, credential: &str) -> Result<Viewer> {
        self.authenticate(Some(&format!("Bearer {credential}"))).await
    }

    /// Why a credential is refused.
    async fn reason(&self, credential: &str) -> String {
        match self.viewer(credential).await {
            Ok(viewer) => format!("taken as {}", viewer.subject),
            Err(error) => error.to_string(),
        }
    }
}
