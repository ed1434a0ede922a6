//! `[tenants.<id>.quota_webhook]`: where it may go, and the keys it is signed with.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::Url;
use secrecy::{ExposeSecret as _, SecretString};

use super::{ConfigError, load::fault};
use crate::tenant::WebhookSettings;

/// What tells a signing secret of Standard Webhooks from others.
const PREFIX: &str = "whsec_";
/// Bounds of the key, by the same.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// # Errors
/// [`ConfigError`] for an address or a secret that is none; neither is shown.
pub(super) fn check(name: &str, webhook: &WebhookSettings) -> Result<(), ConfigError> {
    if !is_address(webhook.url.expose_secret()) {
        let expected = "an address such as https://desk.example/hooks, without user and password";
        return Err(fault(&format!("{name}.url"), "not shown", expected));
    }
    let secrets =
        [("secret", Some(&webhook.secret)), ("previous_secret", webhook.previous_secret.as_ref())];
    for (key, secret) in secrets {
        if secret.is_some_and(|secret| signing_key(secret).is_none()) {
            let expected = "`whsec_` and 24 to 64 bytes in base64";
            return Err(fault(&format!("{name}.{key}"), "not shown", expected));
        }
    }
    Ok(())
}

fn is_address(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| {
        let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
        is_web && url.username().is_empty() && url.password().is_none()
    })
}

/// The key that a secret stands for; none where it is no secret of Standard Webhooks.
pub fn signing_key(secret: &SecretString) -> Option<Vec<u8>> {
    let key = STANDARD.decode(secret.expose_secret().strip_prefix(PREFIX)?).ok()?;
    KEY_BYTES.contains(&key.len()).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    #[test]
    fn an_address_or_a_secret_that_is_none_is_refused_and_not_shown() {
        let address = "`t.url` is `not shown`, expected an address such as \
            https://desk.example/hooks, without user and password";
        let secret =
            "`t.secret` is `not shown`, expected `whsec_` and 24 to 64 bytes in base64".to_owned();
        let previous = secret.replace("t.secret", "t.previous_secret");
        let long = format!("whsec_{}", STANDARD.encode([7; 65]));
        for (url, current, old, expected) in [
            ("https://desk.example/hooks?a=1", GOOD, None, None),
            ("http://127.0.0.1:8080", GOOD, Some(GOOD), None),
            ("desk.example", GOOD, None, Some(address)),
            ("ftp://desk.example", GOOD, None, Some(address)),
            ("https://name:hunter2@desk.example", GOOD, None, Some(address)),
            ("https://desk.example", &GOOD[6..], None, Some(secret.as_str())),
            ("https://desk.example", "whsec_aHVudGVyMg==", None, Some(&secret)),
            ("https://desk.example", "whsec_hunter2!", None, Some(&secret)),
            ("https://desk.example", &long, None, Some(&secret)),
            ("https://desk.example", GOOD, Some("hunter2"), Some(&previous)),
        ] {
            let webhook = WebhookSettings {
                url: url.into(),
                secret: current.into(),
                previous_secret: old.map(Into::into),
            };
            let message = check("t", &webhook).err().map(|error| error.to_string());
            let expected = expected.map(|text| format!("configuration: {text}"));
            assert_eq!(message, expected, "{url}");
            let shown = format!("{webhook:?}");
            assert!(!shown.contains(current) && !shown.contains(url), "{shown}");
        }
    }
}
