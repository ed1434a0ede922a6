//! `[server]`: what is particular to callers on the web, checked.

use axum::http::Uri;
use serde::Deserialize;

use super::{ConfigError, ServerConfig, load::fault};

/// Which statuses answers have, of the two sets that GraphQL over HTTP has recommended. What it
/// demands holds under both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum Statuses {
    /// 200 for what was executed, 400 for what was not; under `application/json` 200 for both.
    #[default]
    #[serde(rename = "draft-2025")]
    Draft2025,
    /// 294 for data with errors, 422 for a request that was read and is not valid.
    #[serde(rename = "september-2026")]
    September2026,
}

impl ServerConfig {
    /// Refuses an origin that no browser would send.
    pub(super) fn check_web(&self) -> Result<(), ConfigError> {
        let lists = [
            ("server.cors_origins", &self.cors_origins),
            ("server.frame_ancestors", &self.frame_ancestors),
        ];
        let origins =
            lists.into_iter().flat_map(|(key, list)| list.iter().map(move |of| (key, of)));
        let wrong = origins.into_iter().find(|(_, origin)| !is_origin(origin));
        wrong.map_or(Ok(()), |(key, origin)| {
            let expected = "scheme, host and port only, in small letters: https://desk.example";
            Err(fault(key, origin, expected))
        })
    }
}

/// Whether `text` is an origin as browsers write it: compared letter by letter.
fn is_origin(text: &str) -> bool {
    let Ok(uri) = text.parse::<Uri>() else { return false };
    let scheme = uri.scheme_str();
    let is_bare = uri.path() == "/" && !text.ends_with('/') && uri.query().is_none();
    let has_host = uri.authority().is_some_and(|authority| !authority.as_str().contains('@'));
    let usual = match scheme {
        Some("https") => text.ends_with(":443"),
        _ => text.ends_with(":80"),
    };
    matches!(scheme, Some("http" | "https"))
        && !text.contains('*')
        && is_bare
        && has_host
        && !usual
        && text.bytes().all(|byte| !byte.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_what_a_browser_sends() {
        for (text, known) in [
            ("https://desk.example", true),
            ("https://desk.example:8443", true),
            ("http://localhost:3000", true),
            ("http://[::1]:3000", true),
            ("*", false),
            ("null", false),
            ("", false),
            ("desk.example", false),
            ("https://desk.example/", false),
            ("https://desk.example/app", false),
            ("https://desk.example?x", false),
            ("https://Desk.example", false),
            ("https://user@desk.example", false),
            ("https://*.desk.example", false),
            ("https://desk.example:443", false),
            ("http://desk.example:80", false),
            ("ftp://desk.example", false),
        ] {
            assert_eq!(is_origin(text), known, "{text}");
        }
    }
}
