//! Keys that were made for the tests, and tokens signed with them.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jsonwebtoken::{Algorithm, EncodingKey, Header, jwk::Jwk};
use serde_json::{Value, json};

use crate::clock::{Clock as _, SystemClock};

pub(super) const RSA_PUBLIC: &str = include_str!("../../tests/data/keys/rsa.public.pem");
pub(super) const RSA_1024_PUBLIC: &str = include_str!("../../tests/data/keys/rsa-1024.public.pem");
pub(super) const P256_PUBLIC: &str = include_str!("../../tests/data/keys/p256.public.pem");
pub(super) const P256_PRIVATE: &str = include_str!("../../tests/data/keys/p256.pem");
pub(super) const P384_PUBLIC: &str = include_str!("../../tests/data/keys/p384.public.pem");
pub(super) const ED25519_PUBLIC: &str = include_str!("../../tests/data/keys/ed25519.public.pem");

/// A pair of keys.
#[derive(Clone, Copy)]
pub(super) struct Pair {
    pub(super) algorithm: Algorithm,
    pub(super) public: &'static str,
    private: &'static str,
}

pub(super) const RSA: Pair = Pair {
    algorithm: Algorithm::RS256,
    public: RSA_PUBLIC,
    private: include_str!("../../tests/data/keys/rsa.pem"),
};
pub(super) const P256: Pair =
    Pair { algorithm: Algorithm::ES256, public: P256_PUBLIC, private: P256_PRIVATE };
pub(super) const ED25519: Pair = Pair {
    algorithm: Algorithm::EdDSA,
    public: ED25519_PUBLIC,
    private: include_str!("../../tests/data/keys/ed25519.pem"),
};
pub(super) const KEYS: [Pair; 3] = [RSA, P256, ED25519];

impl Pair {
    fn private(self) -> EncodingKey {
        let lines = self.private.lines().filter(|line| !line.starts_with('-'));
        let der = STANDARD.decode(lines.collect::<String>()).unwrap();
        match self.algorithm {
            Algorithm::RS256 => EncodingKey::from_rsa_der(&der),
            Algorithm::ES256 => EncodingKey::from_ec_der(&der),
            _ => EncodingKey::from_ed_der(&der),
        }
    }

    /// The public one as it stands in a set.
    pub(super) fn jwk(self, kid: &str) -> Value {
        let mut jwk = Jwk::from_encoding_key(&self.private(), self.algorithm).unwrap();
        jwk.common.key_id = Some(kid.to_owned());
        serde_json::to_value(jwk).unwrap()
    }

    pub(super) fn sign(self, kid: Option<&str>, claims: &Value) -> String {
        let header = Header { kid: kid.map(str::to_owned), ..Header::new(self.algorithm) };
        jsonwebtoken::encode(&header, claims, &self.private()).unwrap()
    }
}

pub(super) fn now() -> i64 {
    SystemClock.now().timestamp()
}

/// Claims of a token that is taken.
pub(super) fn claims() -> Value {
    json!({
        "sub": "ann", "tenant": "default", "role": "viewer",
        "exp": now() + 3_600, "aud": "deskpulse",
    })
}
