//! Who is calling: tokens and keys become a [`Viewer`], and a viewer says what it may do.
//!
//! Start at [`Authenticator::authenticate`]. A key is kept as its BLAKE3 digest: 256 random bits
//! need no slow hash, and a slow one would be a gift to whoever floods the service.

use std::sync::Arc;

use base64::Engine as _;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use crate::{
    config::{AuthConfig, Config},
    error::{Error, Result},
    tenant::{Tenant, TenantId},
};

/// What a caller may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Sends events, token usage, agent status and audits.
    Ingest,
    /// Reads figures, events and audits of its tenant.
    Viewer,
    /// Reads, creates and reviews audits.
    Reviewer,
    /// Everything, in every tenant.
    Operator,
}

impl Role {
    /// Whether a caller with this role may do what `needed` stands for.
    fn includes(self, needed: Self) -> bool {
        self == needed
            || self == Self::Operator
            || (self == Self::Reviewer && needed == Self::Viewer)
    }
}

/// The caller of a request; reaches every service.
#[derive(Clone, Debug)]
pub struct Viewer {
    /// The caller's own tenant, with its settings.
    pub tenant: Arc<Tenant>,
    /// Who it is within the tenant: `sub` of the token, name of the key.
    pub subject: Arc<str>,
    pub role: Role,
    /// When the token or key ends; a stream is closed then.
    pub expires_at: Option<i64>,
}

impl Viewer {
    /// Refuses a caller whose role is none of `needed`.
    ///
    /// # Errors
    /// [`Error::Forbidden`] that names what was tried.
    pub fn require(&self, needed: &[Role], what: &str) -> Result<()> {
        if needed.iter().any(|role| self.role.includes(*role)) {
            return Ok(());
        }
        Err(Error::Forbidden(what.to_owned()))
    }
}

/// Checks credentials.
#[derive(Debug)]
pub struct Authenticator {
    config: Arc<Config>,
}

/// The claims of our tokens.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    sub: String,
    tenant: String,
    role: Role,
    exp: i64,
}

impl Authenticator {
    pub fn new(config: Arc<Config>) -> Self {
        Self { config }
    }

    /// Tells who sent `authorization`, the value of the header or of the connection's payload.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] for missing or wrong credentials, [`Error::NotFound`] for a
    /// tenant that is not configured.
    pub fn authenticate(&self, authorization: Option<&str>) -> Result<Viewer> {
        let auth = &self.config.auth;
        if auth.is_open() {
            return self.viewer(TenantId::DEFAULT, "local", Role::Operator, None);
        }
        let value = authorization.ok_or_else(|| unauthenticated("no credentials"))?;
        let credential = bearer(value)
            .ok_or_else(|| unauthenticated("the authorization is not `Bearer <token or key>`"))?;
        if credential.starts_with(KEY_PREFIX) {
            return self.by_key(auth, credential);
        }
        self.by_token(auth, credential)
    }

    fn by_key(&self, auth: &AuthConfig, key: &str) -> Result<Viewer> {
        let digest = key_digest(key);
        let found =
            auth.keys.iter().find(|known| known.digest.as_bytes().ct_eq(digest.as_bytes()).into());
        let known = found.ok_or_else(|| unauthenticated("unknown key"))?;
        self.viewer(&known.tenant, &known.name, known.role, None)
    }

    fn by_token(&self, auth: &AuthConfig, token: &str) -> Result<Viewer> {
        let secret = auth
            .jwt_secret
            .as_ref()
            .ok_or_else(|| unauthenticated("tokens are not accepted here"))?;
        // Decoding would call an algorithm that it does not know, such as `none`, a missing claim.
        jsonwebtoken::decode_header(token)
            .map_err(|_| unauthenticated("the token's header is not one of a signed token"))?;
        let key = DecodingKey::from_secret(secret.expose_secret().as_bytes());
        let claims =
            jsonwebtoken::decode::<Claims>(token, &key, &Validation::new(Algorithm::HS256))
                .map_err(|cause| unauthenticated(token_fault(&cause)))?
                .claims;
        self.viewer(&claims.tenant, &claims.sub, claims.role, Some(claims.exp))
    }

    fn viewer(
        &self,
        tenant: &str,
        subject: &str,
        role: Role,
        expires_at: Option<i64>,
    ) -> Result<Viewer> {
        if !is_subject(subject) {
            return Err(unauthenticated("the subject is not 1 to 64 printable bytes"));
        }
        let tenant = self.config.tenant(tenant)?;
        Ok(Viewer { tenant, subject: subject.into(), role, expires_at })
    }
}

/// Longest subject; reviews keep it in a column of that length.
pub const MAX_SUBJECT: usize = 64;
const KEY_PREFIX: &str = "dpk_";

/// Whether `text` can name a caller.
pub fn is_subject(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_SUBJECT && !text.contains(char::is_control)
}

fn bearer(value: &str) -> Option<&str> {
    let (scheme, credential) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| credential.trim())
}

fn unauthenticated(reason: &str) -> Error {
    Error::Unauthenticated(reason.to_owned())
}

fn token_fault(cause: &jsonwebtoken::errors::Error) -> &'static str {
    use jsonwebtoken::errors::ErrorKind;
    match cause.kind() {
        ErrorKind::ExpiredSignature => "the token has expired",
        ErrorKind::InvalidSignature => "the token's signature is wrong",
        ErrorKind::InvalidAlgorithm => "the token's algorithm is not HS256",
        ErrorKind::MissingRequiredClaim(_) | ErrorKind::Json(_) => {
            "the token lacks a claim of `sub`, `tenant`, `role` and `exp`"
        }
        _ => "the token is malformed",
    }
}

/// Signs a token for `subject`.
pub fn issue_token(
    secret: &SecretString,
    tenant: &str,
    subject: &str,
    role: Role,
    expires_at: i64,
) -> Result<String> {
    let claims =
        Claims { sub: subject.to_owned(), tenant: tenant.to_owned(), role, exp: expires_at };
    let key = EncodingKey::from_secret(secret.expose_secret().as_bytes());
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key)
        .map_err(|cause| Error::Internal(format!("cannot sign a token: {cause}")))
}

/// Makes a key of 256 random bits.
pub fn generate_key() -> String {
    let secret: [u8; 32] = rand::random();
    format!("{KEY_PREFIX}{}", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(secret))
}

/// The form in which a key stands in the configuration.
pub fn key_digest(key: &str) -> String {
    blake3::hash(key.as_bytes()).to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_include_what_they_need_and_no_more() {
        use Role::{Ingest, Operator, Reviewer, Viewer};
        for (role, needed, allowed) in [
            (Operator, Ingest, true),
            (Reviewer, Viewer, true),
            (Viewer, Reviewer, false),
            (Reviewer, Ingest, false),
            (Ingest, Viewer, false),
        ] {
            assert_eq!(role.includes(needed), allowed, "{role:?} for {needed:?}");
        }
    }

    #[test]
    fn a_bearer_scheme_is_read_in_any_case() {
        assert_eq!(bearer("bEARER abc"), Some("abc"));
        assert_eq!(bearer("Basic abc"), None);
        assert_eq!(bearer("abc"), None);
    }
}
