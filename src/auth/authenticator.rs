//! From the value of `Authorization` to the caller.

use std::{fmt, sync::Arc, time::Duration};

use moka::sync::Cache;
use tokio_util::sync::CancellationToken;

use super::{
    Role, Viewer, is_subject,
    jwks::Jwks,
    key::{self, Keys},
    token::{Claims, Tokens},
    unauthenticated,
};
use crate::{
    clock::{Clock as _, SystemClock},
    config::Config,
    demo,
    error::Result,
    tenant::TenantId,
};

/// Longest token that is looked at.
const MAX_TOKEN_BYTES: usize = 16 * 1024;
/// Tokens that were checked and are known again. A signature takes up to 0.2 ms of a core, a digest
/// a thousandth of that.
const KNOWN_TOKENS: u64 = 10_000;
/// How long one is known without being checked again.
const KNOWN_FOR: Duration = Duration::from_mins(5);

/// Checks credentials.
pub struct Authenticator {
    config: Arc<Config>,
    keys: Keys,
    tokens: Tokens,
    /// By the number of the provider's keys, so that none outlives its key, and by the digest.
    known: Cache<(u64, [u8; 32]), Known, ahash::RandomState>,
}

/// A token that was checked.
#[derive(Clone)]
struct Known {
    viewer: Viewer,
    /// When it is refused: its end and the leeway.
    until: i64,
}

impl fmt::Debug for Authenticator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = self.keys.len();
        formatter.debug_struct("Authenticator").field("keys", &keys).finish_non_exhaustive()
    }
}

impl Authenticator {
    /// # Errors
    /// What loading the configuration has checked, and a client for HTTP that cannot be made.
    pub fn new(config: Arc<Config>) -> Result<Self> {
        let jwks = config.auth.jwks_url.as_deref().map(Jwks::of).transpose()?;
        Self::with(config, jwks)
    }

    pub(super) fn with(config: Arc<Config>, jwks: Option<Jwks>) -> Result<Self> {
        Ok(Self {
            keys: Keys::of(&config)?,
            tokens: Tokens::of(&config.auth, jwks),
            known: Cache::builder()
                .max_capacity(KNOWN_TOKENS)
                .time_to_live(KNOWN_FOR)
                .build_with_hasher(ahash::RandomState::new()),
            config,
        })
    }

    /// Tells who sent `authorization`, the value of the header or of the connection's payload. Waits
    /// only for a token of a key that the identity provider may have meanwhile.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`](crate::error::Error) for missing or wrong credentials, `NotFound`
    /// for a tenant that is not configured, `Unavailable` while the provider's keys are not known.
    pub async fn authenticate(&self, authorization: Option<&str>) -> Result<Viewer> {
        if self.config.auth.is_open() {
            return self.anyone(authorization);
        }
        let credential = credential(authorization)?;
        let now = SystemClock.now().timestamp();
        if credential.starts_with(key::PREFIX) {
            return self.keys.find(credential, now).cloned();
        }
        if let Some(viewer) = self.by_token(credential, now)? {
            return Ok(viewer);
        }
        // Apart, so that the future of all the others stays small.
        Box::pin(self.tokens.look_for_keys()).await?;
        let found = self.by_token(credential, now)?;
        found.ok_or_else(|| unauthenticated("the token's key is not known"))
    }

    /// Who calls an open service: whoever comes with the key of the demo is in its tenant.
    fn anyone(&self, authorization: Option<&str>) -> Result<Viewer> {
        if let Some(tenant) = self.config.demo_tenant()
            && authorization.and_then(bearer) == Some(demo::KEY)
        {
            return Ok(demo::viewer(tenant));
        }
        let tenant = self.config.tenant(TenantId::DEFAULT)?;
        Ok(Viewer::new(tenant, "local", Role::Operator))
    }

    /// Keeps the keys of the identity provider fresh until `stop`.
    pub async fn keep_fresh(self: Arc<Self>, stop: CancellationToken) {
        stop.run_until_cancelled(self.tokens.keep_fresh()).await;
    }

    /// None when the token's key is not known yet.
    fn by_token(&self, token: &str, now: i64) -> Result<Option<Viewer>> {
        let key = (self.tokens.number(), *blake3::hash(token.as_bytes()).as_bytes());
        if let Some(known) = self.known.get(&key)
            && now < known.until
        {
            return Ok(Some(known.viewer));
        }
        let Some(claims) = self.tokens.check(token)? else { return Ok(None) };
        let leeway = i64::from(self.config.auth.leeway_secs);
        let until = claims.expires_at.saturating_add(leeway);
        let viewer = self.viewer_of(claims)?;
        self.known.insert(key, Known { viewer: viewer.clone(), until });
        Ok(Some(viewer))
    }

    fn viewer_of(&self, claims: Claims) -> Result<Viewer> {
        if !is_subject(&claims.subject) {
            return Err(unauthenticated("the subject is not 1 to 64 printable bytes"));
        }
        let tenant = self.config.tenant(&claims.tenant)?;
        let expires_at = Some(claims.expires_at);
        Ok(Viewer { expires_at, ..Viewer::new(tenant, claims.subject, claims.role) })
    }
}

/// The token or key in the value of the header.
fn credential(authorization: Option<&str>) -> Result<&str> {
    let value = authorization.ok_or_else(|| unauthenticated("no credentials"))?;
    let credential = bearer(value)
        .ok_or_else(|| unauthenticated("the authorization is not `Bearer <token or key>`"))?;
    if credential.len() > MAX_TOKEN_BYTES {
        let reason = format!("the token is longer than {MAX_TOKEN_BYTES} bytes");
        return Err(unauthenticated(reason));
    }
    Ok(credential)
}

fn bearer(value: &str) -> Option<&str> {
    let (scheme, credential) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| credential.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bearer_scheme_is_read_in_any_case() {
        assert_eq!(bearer("bEARER abc"), Some("abc"));
        assert_eq!(bearer("Basic abc"), None);
        assert_eq!(bearer("abc"), None);
    }

    #[test]
    fn a_token_has_an_end() {
        let value = format!("Bearer {}", "a".repeat(MAX_TOKEN_BYTES + 1));
        let error = credential(Some(&value)).unwrap_err().to_string();
        assert_eq!(error, "the token is longer than 16384 bytes");
        assert!(credential(Some(&value[..value.len() - 1])).is_ok());
    }
}
