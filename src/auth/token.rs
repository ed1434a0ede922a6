//! Tokens: whose key has signed them, and what they claim.
//!
//! The header's `alg` decides which of the configured sources may have signed a token, and a key of
//! it is used with its own algorithm, never with the header's.

use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header,
    errors::ErrorKind,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};

use super::{PublicKey, Role, jwks::Jwks, unauthenticated};
use crate::{
    config::AuthConfig,
    error::{Error, Result},
};

/// The algorithms of public keys.
const PUBLIC: [Algorithm; 3] = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];

/// What a token has proved.
#[derive(Debug)]
pub(super) struct Claims {
    pub(super) subject: String,
    pub(super) tenant: String,
    pub(super) role: Role,
    pub(super) expires_at: i64,
}

/// The keys that may have signed a token, and what is asked of its claims.
pub(super) struct Tokens {
    secret: Option<DecodingKey>,
    public: Option<PublicKey>,
    jwks: Option<Jwks>,
    validation: Validation,
    subject_claim: String,
    tenant_claim: String,
    role_claim: String,
}

impl Tokens {
    pub(super) fn of(auth: &AuthConfig, jwks: Option<Jwks>) -> Self {
        let secret = auth.jwt_secret.as_ref();
        Self {
            secret: secret.map(|text| DecodingKey::from_secret(text.expose_secret().as_bytes())),
            public: auth.public_key.clone(),
            jwks,
            validation: validation(auth),
            subject_claim: auth.subject_claim.clone(),
            tenant_claim: auth.tenant_claim.clone(),
            role_claim: auth.role_claim.clone(),
        }
    }

    /// Changes whenever the provider's keys do.
    pub(super) fn number(&self) -> u64 {
        self.jwks.as_ref().map_or(0, Jwks::number)
    }

    pub(super) async fn look_for_keys(&self) -> Result<()> {
        match &self.jwks {
            Some(jwks) => jwks.look_again().await,
            None => Ok(()),
        }
    }

    pub(super) async fn keep_fresh(&self) {
        if let Some(jwks) = &self.jwks {
            jwks.keep_fresh().await;
        }
    }

    /// What a token claims; none when only the identity provider may know its key.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] with the reason.
    pub(super) fn check(&self, token: &str) -> Result<Option<Claims>> {
        let accepted = self.accepted();
        if accepted.is_empty() {
            return Err(unauthenticated("tokens are not accepted here"));
        }
        // An algorithm that is none, such as `none`, is no header.
        let header = decode_header(token)
            .map_err(|_| unauthenticated("the token's header is not one of a signed token"))?;
        if header.crit.is_some() {
            return Err(unauthenticated("the token's header has extensions (`crit`)"));
        }
        if !accepted.contains(&header.alg) {
            return Err(unauthenticated(format!(
                "the token's algorithm is not {}",
                any(&accepted)
            )));
        }
        if let (Algorithm::HS256, Some(secret)) = (header.alg, &self.secret) {
            return self.verified(token, Algorithm::HS256, secret).map(Some);
        }
        let kid = header.kid.as_deref();
        if let Some(key) = self.jwks.as_ref().and_then(|jwks| jwks.find(kid, header.alg)) {
            return self.verified(token, key.algorithm, &key.key).map(Some);
        }
        self.check_by_file(token, header.alg)
    }

    fn check_by_file(&self, token: &str, algorithm: Algorithm) -> Result<Option<Claims>> {
        let Some(public) = self.public.as_ref().filter(|key| key.algorithm == algorithm) else {
            return Ok(None);
        };
        match self.verify(token, public.algorithm, &public.key) {
            // A key of the provider may have signed it.
            Err(fault) if *fault.kind() == ErrorKind::InvalidSignature && self.jwks.is_some() => {
                Ok(None)
            }
            verified => self.claims(&verified.map_err(|fault| refused(&fault))?).map(Some),
        }
    }

    fn accepted(&self) -> Vec<Algorithm> {
        let secret = self.secret.as_ref().map(|_| Algorithm::HS256);
        let public = PUBLIC.into_iter().filter(|algorithm| {
            self.jwks.is_some()
                || self.public.as_ref().is_some_and(|key| key.algorithm == *algorithm)
        });
        secret.into_iter().chain(public).collect()
    }

    fn verified(&self, token: &str, algorithm: Algorithm, key: &DecodingKey) -> Result<Claims> {
        self.claims(&self.verify(token, algorithm, key).map_err(|fault| refused(&fault))?)
    }

    fn verify(
        &self,
        token: &str,
        algorithm: Algorithm,
        key: &DecodingKey,
    ) -> Result<Map<String, Value>, jsonwebtoken::errors::Error> {
        let validation = Validation { algorithms: vec![algorithm], ..self.validation.clone() };
        Ok(decode(token, key, &validation)?.claims)
    }

    fn claims(&self, claims: &Map<String, Value>) -> Result<Claims> {
        let text = |name: &str| {
            let value = claims.get(name).and_then(Value::as_str);
            value.ok_or_else(|| unauthenticated(format!("the token lacks the claim `{name}`")))
        };
        let (subject, tenant) = (text(&self.subject_claim)?, text(&self.tenant_claim)?);
        let role = text(&self.role_claim)?;
        Ok(Claims {
            subject: subject.to_owned(),
            tenant: tenant.to_owned(),
            role: Role::named(role).ok_or_else(|| unknown_role(&self.role_claim, role))?,
            expires_at: claims.get("exp").and_then(seconds).unwrap_or_default(),
        })
    }
}

/// What is asked of every token, whoever has signed it.
fn validation(auth: &AuthConfig) -> Validation {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.leeway = auth.leeway_secs.into();
    validation.validate_nbf = true;
    let mut required = vec!["exp"];
    if let Some(issuer) = &auth.issuer {
        validation.set_issuer(&[issuer]);
        required.push("iss");
    }
    if let Some(audience) = &auth.audience {
        validation.set_audience(&[audience]);
        required.push("aud");
    }
    validation.set_required_spec_claims(&required);
    validation
}

/// A time of a token, which may have a fraction (RFC 7519 §2).
fn seconds(value: &Value) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "later than any token ends")]
    let whole = |secs: f64| secs as i64;
    value.as_i64().or_else(|| value.as_f64().map(whole))
}

fn any(algorithms: &[Algorithm]) -> String {
    let names = algorithms.iter().map(|algorithm| format!("{algorithm:?}"));
    names.collect::<Vec<_>>().join(" or ")
}

fn unknown_role(claim: &str, role: &str) -> Error {
    let known = Role::ALL.map(Role::name).join(", ");
    Error::Unauthenticated(format!(
        "the token's claim `{claim}` is {role:?}, expected one of {known}"
    ))
}

fn refused(fault: &jsonwebtoken::errors::Error) -> Error {
    let reason = match fault.kind() {
        ErrorKind::ExpiredSignature => "the token has expired",
        ErrorKind::ImmatureSignature => "the token is not valid yet",
        ErrorKind::InvalidSignature => "the token's signature is wrong",
        ErrorKind::InvalidIssuer => "the token is of another issuer",
        ErrorKind::InvalidAudience => "the token is for another audience",
        ErrorKind::MissingRequiredClaim(name) => {
            return unauthenticated(format!("the token lacks the claim `{name}`"));
        }
        ErrorKind::InvalidClaimFormat(name) => {
            return unauthenticated(format!("the token's claim `{name}` is no time"));
        }
        _ => "the token is malformed",
    };
    unauthenticated(reason)
}

/// Signs a token for `subject`.
pub fn issue_token(
    secret: &SecretString,
    tenant: &str,
    subject: &str,
    role: Role,
    expires_at: i64,
) -> Result<String> {
    let auth = AuthConfig { jwt_secret: Some(secret.clone()), ..AuthConfig::default() };
    issue_token_for(&auth, tenant, subject, role, expires_at)
}

/// Signs a token with the claims that a configuration asks for.
///
/// # Errors
/// [`Error::Refused`] without a shared secret.
pub fn issue_token_for(
    auth: &AuthConfig,
    tenant: &str,
    subject: &str,
    role: Role,
    expires_at: i64,
) -> Result<String> {
    let secret = auth.jwt_secret.as_ref().ok_or_else(|| {
        Error::Refused("DESKPULSE_JWT_SECRET is not set, expected at least 32 bytes".to_owned())
    })?;
    let mut claims = Map::new();
    claims.insert(auth.subject_claim.clone(), json!(subject));
    claims.insert(auth.tenant_claim.clone(), json!(tenant));
    claims.insert(auth.role_claim.clone(), json!(role));
    claims.insert("exp".to_owned(), json!(expires_at));
    for (claim, value) in [("iss", &auth.issuer), ("aud", &auth.audience)] {
        if let Some(value) = value {
            claims.insert(claim.to_owned(), json!(value));
        }
    }
    let key = EncodingKey::from_secret(secret.expose_secret().as_bytes());
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key)
        .map_err(|cause| Error::Internal(format!("cannot sign a token: {cause}")))
}
