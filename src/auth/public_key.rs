//! Public keys, each with the one algorithm of its kind.
//!
//! Invariant: whatever a token says of its algorithm, a key is used with its own. So the text of a
//! public key is never a shared secret.

use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse},
};
use pkcs1::RsaPublicKey;
use spki::{
    ObjectIdentifier, SubjectPublicKeyInfoRef,
    der::{Document, asn1::UintRef},
};

/// What a key has to be.
pub const EXPECTED: &str = "RSA of 2048 to 4096 bits, P-256 or Ed25519";
const LABEL: &str = "PUBLIC KEY";
/// The fewest bits of RSA that RFC 7518 allows (§3.3), and the most that the verifier takes.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2_048..=4_096;

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// A key that verifies tokens.
#[derive(Clone, Debug)]
pub struct PublicKey {
    pub(super) algorithm: Algorithm,
    pub(super) key: DecodingKey,
}

impl PublicKey {
    /// Reads what stands between `BEGIN PUBLIC KEY` and `END PUBLIC KEY`; none for any other text.
    pub fn from_pem(text: &str) -> Option<Self> {
        let (label, document) = Document::from_pem(text).ok()?;
        let key = SubjectPublicKeyInfoRef::try_from(document.as_bytes()).ok()?;
        if label != LABEL {
            return None;
        }
        let bytes = key.subject_public_key.as_bytes()?;
        match key.algorithm.oid {
            RSA => {
                let RsaPublicKey { modulus, public_exponent } = bytes.try_into().ok()?;
                Self::rsa(modulus, public_exponent)
            }
            EC if key.algorithm.parameters_oid() == Ok(P256) => {
                Self::checked(Algorithm::ES256, DecodingKey::from_ec_der(bytes))
            }
            ED25519 => Self::ed25519(bytes),
            _ => None,
        }
    }

    /// Reads a key of a set; none for one that is not meant to verify tokens here.
    pub(super) fn from_jwk(jwk: &Jwk) -> Option<Self> {
        let key = match &jwk.algorithm {
            AlgorithmParameters::RSA(params) => {
                let (modulus, exponent) = (unsigned(&params.n)?, unsigned(&params.e)?);
                Self::rsa(UintRef::new(&modulus).ok()?, UintRef::new(&exponent).ok()?)
            }
            AlgorithmParameters::EllipticCurve(params) if params.curve == EllipticCurve::P256 => {
                let key = DecodingKey::from_ec_components(&params.x, &params.y).ok()?;
                Self::checked(Algorithm::ES256, key)
            }
            AlgorithmParameters::OctetKeyPair(params) if params.curve == EllipticCurve::Ed25519 => {
                Self::ed25519(&unsigned(&params.x)?)
            }
            _ => None,
        }?;
        key.is_meant_by(jwk).then_some(key)
    }

    fn is_meant_by(&self, jwk: &Jwk) -> bool {
        let stated = &jwk.common;
        let algorithm = KeyAlgorithm::from(self.algorithm);
        stated.key_algorithm.is_none_or(|stated| stated == algorithm)
            && stated.public_key_use.as_ref().is_none_or(|kind| *kind == PublicKeyUse::Signature)
            && stated
                .key_operations
                .as_ref()
                .is_none_or(|operations| operations.contains(&KeyOperations::Verify))
    }

    fn rsa(modulus: UintRef<'_>, exponent: UintRef<'_>) -> Option<Self> {
        let (modulus, exponent) = (modulus.as_bytes(), exponent.as_bytes());
        let first = modulus.first()?;
        let bits = modulus.len() * 8 - first.leading_zeros() as usize;
        let key = DecodingKey::from_rsa_raw_components(modulus, exponent);
        RSA_BITS.contains(&bits).then(|| Self::checked(Algorithm::RS256, key)).flatten()
    }

    fn ed25519(bytes: &[u8]) -> Option<Self> {
        // The verifier takes the first 32 bytes, and panics where there are fewer.
        let bytes: &[u8; 32] = bytes.try_into().ok()?;
        Self::checked(Algorithm::EdDSA, DecodingKey::from_ed_der(bytes))
    }

    /// A key that its algorithm can be used with: a point off its curve cannot.
    fn checked(algorithm: Algorithm, key: DecodingKey) -> Option<Self> {
        jsonwebtoken::crypto::verify("", b"", &key, algorithm).ok()?;
        Some(Self { algorithm, key })
    }
}

/// The bytes that a member of a JWK stands for.
fn unsigned(text: &str) -> Option<Vec<u8>> {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::auth::testing;

    #[test]
    fn the_kind_of_a_key_decides_its_algorithm() {
        for (pem, algorithm) in [
            (testing::RSA_PUBLIC, Some(Algorithm::RS256)),
            (testing::P256_PUBLIC, Some(Algorithm::ES256)),
            (testing::ED25519_PUBLIC, Some(Algorithm::EdDSA)),
            (testing::RSA_1024_PUBLIC, None),
            (testing::P384_PUBLIC, None),
            (testing::P256_PRIVATE, None),
            ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", None),
            ("", None),
        ] {
            assert_eq!(PublicKey::from_pem(pem).map(|key| key.algorithm), algorithm, "{pem}");
        }
    }

    fn algorithm_of(jwk: Value) -> Option<Algorithm> {
        let jwk: Jwk = serde_json::from_value(jwk).ok()?;
        PublicKey::from_jwk(&jwk).map(|key| key.algorithm)
    }

    #[test]
    fn a_key_of_a_set_is_taken_for_what_it_is_meant_for() {
        for key in testing::KEYS {
            let jwk = key.jwk("k");
            assert_eq!(algorithm_of(jwk.clone()), Some(key.algorithm), "{jwk}");
            for (name, value) in [
                ("use", json!("enc")),
                ("key_ops", json!(["sign"])),
                ("alg", json!("PS256")),
                ("alg", json!("HS256")),
                ("alg", json!("RSA-OAEP")),
                ("kty", json!("oct")),
                ("x", json!("AAAA")),
                ("n", json!("AAAA")),
            ] {
                let mut other = jwk.clone();
                let is_its_own = other.get(name).is_some() || !["x", "n"].contains(&name);
                other[name] = value;
                let expected = if is_its_own { None } else { Some(key.algorithm) };
                assert_eq!(algorithm_of(other.clone()), expected, "{other}");
            }
        }
        let secret = json!({ "kty": "oct", "k": "c2VjcmV0", "alg": "HS256" });
        assert_eq!(algorithm_of(secret), None);
    }
}
