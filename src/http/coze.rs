//! Callbacks that Coze has signed.
//!
//! A signature covers time, nonce and body. One that comes again within the window is a repeat in the
//! ledger, which bills an id once; later it is refused.

use std::sync::Arc;

use axum::http::HeaderMap;
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret as _;
use sha1::{Digest as _, Sha1};
use subtle::ConstantTimeEq as _;

use crate::{
    auth::{Role, Viewer},
    error::{Error, Result},
    tenant::Tenant,
};

const SIGNATURE: &str = "x-coze-signature";
const TIMESTAMP: &str = "x-coze-timestamp";
const NONCE: &str = "x-coze-nonce";
/// How far the time of a callback may be off.
const WINDOW_SECS: u64 = 300;

pub(super) fn is_signed(headers: &HeaderMap) -> bool {
    headers.contains_key(SIGNATURE)
}

/// Whoever has signed a body with a tenant's secret: it may record token usage there, and nothing else.
///
/// # Errors
/// [`Error::Unauthenticated`], with one reason for whatever does not fit but the time.
pub(super) fn verify(
    headers: &HeaderMap,
    body: &[u8],
    tenant: Option<Arc<Tenant>>,
    now: DateTime<Utc>,
) -> Result<Viewer> {
    let wrong = || Error::Unauthenticated("the signature of the callback does not fit".to_owned());
    let tenant = tenant.ok_or_else(wrong)?;
    let secret = tenant.coze.token.as_ref().ok_or_else(wrong)?;
    let text =
        |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).ok_or_else(wrong);
    let (timestamp, nonce) = (text(TIMESTAMP)?, text(NONCE)?);
    let mut digest = Sha1::new();
    for part in [timestamp, nonce, secret.expose_secret()] {
        digest.update(part.as_bytes());
    }
    digest.update(body);
    let given = hex::decode(text(SIGNATURE)?).map_err(|_| wrong())?;
    if !bool::from(given.as_slice().ct_eq(&digest.finalize()[..])) {
        return Err(wrong());
    }
    let sent: i64 = timestamp.parse().map_err(|_| wrong())?;
    if sent.abs_diff(now.timestamp()) > WINDOW_SECS {
        let reason = format!("the callback is more than {WINDOW_SECS} seconds off");
        return Err(Error::Unauthenticated(reason));
    }
    Ok(Viewer::new(tenant, "coze", Role::Ingest))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;
    use crate::tenant::CozeSettings;

    const BODY: &[u8] = b"{\"id\":\"c\"}";
    /// Of `1700000000`, `n`, `secret` and the body: `printf` into `sha1sum`.
    const SIGNED: &str = "f4275ebf64a99a82792e8aa80bed95beb1b3e8cc";

    fn headers(timestamp: &str, nonce: &str, signature: &str) -> HeaderMap {
        let parts = [(TIMESTAMP, timestamp), (NONCE, nonce), (SIGNATURE, signature)];
        let pair = |(name, value)| {
            (axum::http::HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
        };
        parts.map(pair).into_iter().collect()
    }

    fn tenant(token: Option<&str>) -> Arc<Tenant> {
        let coze = CozeSettings { token: token.map(Into::into), ..CozeSettings::default() };
        Arc::new(Tenant { coze, ..Tenant::default() })
    }

    #[test]
    fn only_what_the_secret_has_signed_lately_is_taken() {
        let at = |secs: i64| DateTime::from_timestamp(1_700_000_000 + secs, 0).unwrap();
        let signed = headers("1700000000", "n", SIGNED);
        let viewer = verify(&signed, BODY, Some(tenant(Some("secret"))), at(0)).unwrap();
        assert_eq!((viewer.role, &*viewer.subject), (Role::Ingest, "coze"));
        for secs in [-300, 300] {
            assert!(verify(&signed, BODY, Some(tenant(Some("secret"))), at(secs)).is_ok());
        }
        let upper = headers("1700000000", "n", &SIGNED.to_uppercase());
        assert!(verify(&upper, BODY, Some(tenant(Some("secret"))), at(0)).is_ok());
        for secs in [-301, 301] {
            let error = verify(&signed, BODY, Some(tenant(Some("secret"))), at(secs)).unwrap_err();
            assert_eq!(error.to_string(), "the callback is more than 300 seconds off");
        }
        for (headers, body, tenant) in [
            (headers("1700000001", "n", SIGNED), BODY, Some(tenant(Some("secret")))),
            (headers("1700000000", "m", SIGNED), BODY, Some(tenant(Some("secret")))),
            (headers("1700000000", "n", "00"), BODY, Some(tenant(Some("secret")))),
            (headers("1700000000", "n", "no hex"), BODY, Some(tenant(Some("secret")))),
            (signed.clone(), &b"{}"[..], Some(tenant(Some("secret")))),
            (signed.clone(), BODY, Some(tenant(Some("other")))),
            (signed.clone(), BODY, Some(tenant(None))),
            (signed.clone(), BODY, None),
            (HeaderMap::new(), BODY, Some(tenant(Some("secret")))),
        ] {
            let error = verify(&headers, body, tenant, at(0)).unwrap_err();
            assert_eq!(error.to_string(), "the signature of the callback does not fit");
        }
    }
}
