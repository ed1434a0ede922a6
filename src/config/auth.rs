//! `[auth]`: whose keys are known, and whose tokens are taken.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    path::PathBuf,
    sync::Arc,
};

use chrono::{DateTime, Utc};
use reqwest::Url;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use super::{ConfigError, load::fault};
use crate::{
    auth::{EXPECTED_KEY, MAX_SUBJECT, PublicKey, Role, is_subject, key_digest},
    input::check_name,
    tenant::Tenant,
    tracker::PRODUCT_CHARS,
};

/// `[auth]`: who may enter. With neither keys nor whatever tokens are signed with the service is open,
/// on loopback only.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuthConfig {
    /// Shared secret of HS256 tokens; also from `DESKPULSE_JWT_SECRET`.
    pub jwt_secret: Option<SecretString>,
    /// PEM file of the public key that tokens are signed for; its kind decides the algorithm.
    pub jwt_public_key_file: Option<PathBuf>,
    /// Address of an identity provider's set of public keys.
    pub jwks_url: Option<String>,
    /// What `iss` of a token has to be.
    pub issuer: Option<String>,
    /// What `aud` of a token has to be or to have.
    pub audience: Option<String>,
    /// How far the clocks of those who sign may be off.
    pub leeway_secs: u32,
    /// The claims that hold the caller's id, tenant and role.
    pub subject_claim: String,
    pub tenant_claim: String,
    pub role_claim: String,
    pub keys: Vec<ApiKey>,
    /// What stands in the file; loading reads it.
    #[serde(skip)]
    pub public_key: Option<PublicKey>,
}

impl Default for AuthConfig {
    fn default() -> Self {
        Self {
            jwt_secret: None,
            jwt_public_key_file: None,
            jwks_url: None,
            issuer: None,
            audience: None,
            leeway_secs: 30,
            subject_claim: "sub".to_owned(),
            tenant_claim: "tenant".to_owned(),
            role_claim: "role".to_owned(),
            keys: Vec::new(),
            public_key: None,
        }
    }
}

/// One static key.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiKey {
    /// Keys of a tenant that have it in common are of one caller, and have role and product in common.
    pub name: String,
    /// BLAKE3 of the key in hexadecimal, as `deskpulse key` prints it.
    pub digest: String,
    pub tenant: String,
    pub role: Role,
    /// The one product whose events the key sends; for role `ingest` only.
    pub product: Option<String>,
    /// When it is refused from.
    pub expires_at: Option<DateTime<Utc>>,
}

impl AuthConfig {
    pub fn is_open(&self) -> bool {
        self.jwt_secret.is_none()
            && self.jwt_public_key_file.is_none()
            && self.jwks_url.is_none()
            && self.keys.is_empty()
    }

    /// Reads the public key, and refuses what contradicts itself.
    pub(super) fn check(
        &mut self,
        tenants: &BTreeMap<String, Arc<Tenant>>,
    ) -> Result<(), ConfigError> {
        let secret = self.jwt_secret.as_ref();
        if secret.is_some_and(|secret| secret.expose_secret().len() < 32) {
            return Err(fault("auth.jwt_secret", "too short", "at least 32 bytes (RFC 7518 §3.2)"));
        }
        self.read_public_key()?;
        self.jwks_url.as_deref().map_or(Ok(()), check_jwks_url)?;
        self.check_claims()?;
        for key in &mut self.keys {
            // Hexadecimal digits are the same in capitals.
            key.digest.make_ascii_lowercase();
        }
        self.keys.iter().try_for_each(|key| key.check(tenants))?;
        self.check_names()
    }

    fn read_public_key(&mut self) -> Result<(), ConfigError> {
        let Some(file) = &self.jwt_public_key_file else { return Ok(()) };
        let wrong = |expected: &str| fault("auth.jwt_public_key_file", file.display(), expected);
        let text = std::fs::read_to_string(file).map_err(|cause| {
            wrong(&format!("a file of text that can be read ({})", cause.kind()))
        })?;
        let key = PublicKey::from_pem(&text)
            .ok_or_else(|| wrong(&format!("a PEM file with a `PUBLIC KEY` of {EXPECTED_KEY}")))?;
        self.public_key = Some(key);
        Ok(())
    }

    fn check_claims(&self) -> Result<(), ConfigError> {
        if self.leeway_secs > 300 {
            return Err(fault("auth.leeway_secs", self.leeway_secs, "0 to 300"));
        }
        let texts = [
            ("auth.issuer", self.issuer.as_ref()),
            ("auth.audience", self.audience.as_ref()),
            ("auth.subject_claim", Some(&self.subject_claim)),
            ("auth.tenant_claim", Some(&self.tenant_claim)),
            ("auth.role_claim", Some(&self.role_claim)),
        ];
        if let Some((key, _)) = texts.iter().find(|(_, text)| text.is_some_and(String::is_empty)) {
            return Err(fault(key, "", "at least one character"));
        }
        // Whoever holds the private key signs for others too, and such a token is not for us.
        let is_public = self.jwks_url.is_some() || self.jwt_public_key_file.is_some();
        if is_public && self.audience.is_none() {
            let expected = "the `aud` of tokens for this service, since `auth.jwks_url` or \
                            `auth.jwt_public_key_file` is set";
            return Err(fault("auth.audience", "missing", expected));
        }
        Ok(())
    }

    /// A name stands for one caller, whichever of its keys is used.
    fn check_names(&self) -> Result<(), ConfigError> {
        let (mut digests, mut callers) = (HashSet::new(), HashMap::new());
        for key in &self.keys {
            if !digests.insert(&key.digest) {
                let name = format!("auth.keys[{}].digest", key.name);
                return Err(fault(&name, &key.digest, "another digest for each key"));
            }
            let (caller, rights) = ((&key.tenant, &key.name), (key.role, &key.product));
            if *callers.entry(caller).or_insert(rights) != rights {
                let expected = "one role and product for all keys of this name and tenant";
                return Err(fault("auth.keys.name", &key.name, expected));
            }
        }
        Ok(())
    }
}

impl ApiKey {
    /// The entry of a key for all products that does not end.
    pub fn new(name: &str, key: &str, tenant: &str, role: Role) -> Self {
        Self {
            name: name.to_owned(),
            digest: key_digest(key),
            tenant: tenant.to_owned(),
            role,
            product: None,
            expires_at: None,
        }
    }

    fn check(&self, tenants: &BTreeMap<String, Arc<Tenant>>) -> Result<(), ConfigError> {
        let key = |field: &str| format!("auth.keys[{}].{field}", self.name);
        // It becomes the caller's subject.
        if !is_subject(&self.name) {
            let expected = format!("1 to {MAX_SUBJECT} printable bytes");
            return Err(fault("auth.keys.name", &self.name, &expected));
        }
        if self.digest.len() != 64 || !self.digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            let expected = "64 hexadecimal digits (`deskpulse key`)";
            // Perhaps it is the key itself.
            return Err(fault(&key("digest"), "not shown", expected));
        }
        if !tenants.contains_key(&self.tenant) {
            return Err(fault(&key("tenant"), &self.tenant, "a name under `tenants`"));
        }
        let Some(product) = &self.product else { return Ok(()) };
        if self.role != Role::Ingest {
            let expected = format!(
                "none: only keys of role ingest are for a product, this is of {}",
                self.role.name()
            );
            return Err(fault(&key("product"), product, &expected));
        }
        if check_name("product", product, PRODUCT_CHARS).is_err() {
            return Err(fault(
                &key("product"),
                product,
                "the name of a product, 1 to 30 characters",
            ));
        }
        Ok(())
    }
}

/// Keys that anyone on the way could replace are worth nothing.
fn check_jwks_url(text: &str) -> Result<(), ConfigError> {
    let wrong = |value: &str| {
        let expected = "an address such as https://login.example/keys, without user and password; \
                        http for loopback only";
        Err(fault("auth.jwks_url", value, expected))
    };
    let Ok(url) = Url::parse(text) else { return wrong(text) };
    if !url.username().is_empty() || url.password().is_some() {
        return wrong("not shown");
    }
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let is_loopback = host == "localhost"
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    match url.scheme() {
        "https" if url.has_host() => Ok(()),
        "http" if is_loopback => Ok(()),
        _ => wrong(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{auth::generate_key, config::Config};

    fn key(name: &str) -> ApiKey {
        ApiKey::new(name, &generate_key(), "default", Role::Ingest)
    }

    fn reason(change: impl FnOnce(&mut AuthConfig)) -> String {
        let mut config = Config::default();
        change(&mut config.auth);
        config.checked().err().map_or_else(|| "taken".to_owned(), |error| error.to_string())
    }

    #[test]
    fn keys_of_one_name_are_of_one_caller() {
        let of_shop = |name: &str| ApiKey { product: Some("shop".to_owned()), ..key(name) };
        let same = key("bot");
        let cases = [
            (vec![key("bot"), key("bot")], "taken"),
            (vec![of_shop("bot"), of_shop("bot")], "taken"),
            (vec![key("bot"), of_shop("bot")], "`auth.keys.name` is `bot`, expected one role and"),
            (
                vec![key("bot"), ApiKey { role: Role::Viewer, ..key("bot") }],
                "`auth.keys.name` is `bot`, expected one role and product for all keys of this name",
            ),
            (
                vec![same.clone(), ApiKey { name: "other".to_owned(), ..same }],
                "`auth.keys[other].digest` is `",
            ),
            (
                vec![ApiKey { role: Role::Viewer, ..of_shop("desk") }],
                "`auth.keys[desk].product` is `shop`, expected none: only keys of role ingest are",
            ),
            (
                vec![ApiKey { product: Some("x".repeat(31)), ..key("bot") }],
                "`auth.keys[bot].product` is `xxx",
            ),
            (
                vec![ApiKey { digest: "dpk_secret".to_owned(), ..key("bot") }],
                "`auth.keys[bot].digest` is `not shown`, expected 64 hexadecimal digits",
            ),
        ];
        for (keys, expected) in cases {
            let reason = reason(|auth| auth.keys = keys);
            let reason = reason.strip_prefix("configuration: ").unwrap_or(&reason);
            assert!(reason.starts_with(expected), "{reason}");
        }
    }

    #[test]
    fn the_address_of_keys_is_one_that_nobody_on_the_way_can_answer_for() {
        for (url, taken) in [
            ("https://login.example/keys", true),
            ("http://127.0.0.1:8/keys", true),
            ("http://[::1]:8/keys", true),
            ("http://localhost/keys", true),
            ("http://login.example/keys", false),
            ("http://127.0.0.1.example/keys", false),
            ("https://user:pass@login.example/keys", false),
            ("file:///etc/keys", false),
            ("login.example", false),
        ] {
            let reason = reason(|auth| {
                auth.jwks_url = Some(url.to_owned());
                auth.audience = Some("deskpulse".to_owned());
            });
            assert_eq!(reason == "taken", taken, "{url}: {reason}");
            assert!(!reason.contains("pass@"), "{reason}");
        }
    }

    #[test]
    fn public_keys_ask_for_an_audience_and_whatever_is_asked_for_is_something() {
        let url = || Some("https://login.example/keys".to_owned());
        assert!(reason(|auth| auth.jwks_url = url()).contains("`auth.audience` is `missing`"));
        let empty = reason(|auth| auth.issuer = Some(String::new()));
        assert!(empty.contains("`auth.issuer` is ``, expected at least one character"), "{empty}");
        let late = reason(|auth| auth.leeway_secs = 301);
        assert!(late.contains("`auth.leeway_secs` is `301`, expected 0 to 300"), "{late}");
        let gone = reason(|auth| auth.jwt_public_key_file = Some("/nowhere/key.pem".into()));
        assert!(gone.contains("`auth.jwt_public_key_file` is `/nowhere/key.pem`, "), "{gone}");
    }
}
