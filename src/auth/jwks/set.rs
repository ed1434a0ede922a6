//! A set of keys, as a provider publishes it.

use jsonwebtoken::{Algorithm, jwk::Jwk};
use serde::Deserialize;
use serde_json::Value;

use super::PublicKey;

/// Most keys of a set; providers have two or three.
const MAX_KEYS: usize = 64;

/// Keys that verify tokens.
#[derive(Debug, Default)]
pub(super) struct KeySet {
    pub(super) keys: Vec<Named>,
    /// Of the text that they were read from.
    pub(super) digest: [u8; 32],
    /// Greater with each set.
    pub(super) number: u64,
}

#[derive(Debug)]
pub(super) struct Named {
    kid: Option<String>,
    key: PublicKey,
}

impl KeySet {
    pub(super) fn find(&self, kid: Option<&str>, algorithm: Algorithm) -> Option<&PublicKey> {
        let mut fitting = self.keys.iter().filter(|named| named.key.algorithm == algorithm);
        let found = match kid {
            Some(kid) => fitting.find(|named| named.kid.as_deref() == Some(kid)),
            None => fitting.next().filter(|_| fitting.next().is_none()),
        };
        found.map(|named| &named.key)
    }
}

/// Reads the keys that verify tokens; others are passed over (RFC 7517 §5).
///
/// # Errors
/// Why the set is not used.
pub(super) fn read(text: &[u8]) -> Result<Vec<Named>, &'static str> {
    #[derive(Deserialize)]
    struct Set {
        keys: Vec<Value>,
    }
    let set: Set = serde_json::from_slice(text).map_err(|_| "the answer is no set of keys")?;
    if set.keys.len() > MAX_KEYS {
        return Err("the set has more than 64 keys");
    }
    let named = |key: Value| {
        let jwk: Jwk = serde_json::from_value(key).ok()?;
        Some(Named { key: PublicKey::from_jwk(&jwk)?, kid: jwk.common.key_id })
    };
    let keys: Vec<_> = set.keys.into_iter().filter_map(named).collect();
    if keys.is_empty() {
        return Err("the set has no key for RS256, ES256 or EdDSA");
    }
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::auth::testing::{ED25519, P256, RSA};

    fn set(keys: &[Value]) -> Result<KeySet, &'static str> {
        let keys = read(json!({ "keys": keys }).to_string().as_bytes())?;
        Ok(KeySet { keys, ..KeySet::default() })
    }

    #[test]
    fn a_key_is_found_by_id_and_kind_and_without_an_id_when_there_is_one() {
        let mut nameless = ED25519.jwk("");
        nameless.as_object_mut().unwrap().remove("kid");
        let unknown = json!({ "kty": "future", "kid": "a" });
        let set = set(&[unknown, RSA.jwk("a"), P256.jwk("a"), P256.jwk("b"), nameless]).unwrap();
        for (kid, algorithm, is_found) in [
            (Some("a"), Algorithm::RS256, true),
            (Some("a"), Algorithm::ES256, true),
            (Some("b"), Algorithm::ES256, true),
            (Some("b"), Algorithm::RS256, false),
            (Some("c"), Algorithm::ES256, false),
            (Some("a"), Algorithm::HS256, false),
            (Some("a"), Algorithm::PS256, false),
            (None, Algorithm::RS256, true),
            (None, Algorithm::ES256, false),
            (None, Algorithm::EdDSA, true),
        ] {
            assert_eq!(set.find(kid, algorithm).is_some(), is_found, "{kid:?} {algorithm:?}");
        }
    }

    #[test]
    fn a_set_is_bounded_and_of_use() {
        assert_eq!(read(b"<html>").unwrap_err(), "the answer is no set of keys");
        assert_eq!(read(b"{}").unwrap_err(), "the answer is no set of keys");
        let none = "the set has no key for RS256, ES256 or EdDSA";
        assert_eq!(set(&[]).unwrap_err(), none);
        assert_eq!(set(&[json!({ "kty": "oct", "k": "c2VjcmV0" })]).unwrap_err(), none);
        assert!(set(&vec![P256.jwk("a"); 64]).is_ok());
        assert_eq!(set(&vec![P256.jwk("a"); 65]).unwrap_err(), "the set has more than 64 keys");
    }
}
