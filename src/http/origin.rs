//! Keeps foreign web pages away from a service without credentials.
//!
//! Such a service trusts whoever reaches its loopback address, and any page in a browser on the
//! same machine does: by a WebSocket, which no same-origin rule holds back, or under a name of its
//! own that it lets resolve to 127.0.0.1 (DNS rebinding). With credentials none of this matters:
//! they travel in a header that no browser adds by itself.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderName, Uri, header, uri::Authority};

use crate::error::{Error, Result};

/// Refuses a request to an open service that a foreign page may have caused, unless its origin is
/// one of `listed`.
///
/// # Errors
/// [`Error::Forbidden`] that names the host or the page.
pub(super) fn check(headers: &HeaderMap, uri: &Uri, listed: &[String]) -> Result<()> {
    let host = text(headers, header::HOST).or_else(|| uri.authority().map(Authority::as_str));
    if let Some(host) = host
        && !is_loopback(host)
    {
        let what = format!("use `{host}`: without credentials only loopback names are served");
        return Err(Error::Forbidden(what));
    }
    let Some(origin) = headers.get(header::ORIGIN) else {
        return Ok(());
    };
    let origin = origin.to_str().unwrap_or("null");
    let page_host = origin.split_once("://").map(|(_, host)| host);
    match (page_host, host) {
        (Some(page), Some(host)) if page.eq_ignore_ascii_case(host) => Ok(()),
        _ if listed.iter().any(|known| known == origin) => Ok(()),
        _ => Err(Error::Forbidden(format!("call a service without credentials from `{origin}`"))),
    }
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let name = name.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
    name == "localhost"
        || name.ends_with(".localhost")
        || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_the_service_itself_may_call_it() {
        let cases = [
            ("127.0.0.1:8080", None, true),
            ("localhost:8080", Some("http://localhost:8080"), true),
            ("[::1]:8080", Some("http://[::1]:8080"), true),
            ("localhost:8080", Some("http://localhost:3000"), false),
            ("localhost:8080", Some("http://localhost:5173"), true),
            ("localhost:8080", Some("https://localhost:5173"), false),
            ("evil.example:8080", Some("http://localhost:5173"), false),
            ("127.0.0.1:8080", Some("https://evil.example"), false),
            ("127.0.0.1:8080", Some("null"), false),
            ("evil.example:8080", Some("http://evil.example:8080"), false),
            ("evil.example", None, false),
            ("127.0.0.1.evil.example", None, false),
        ];
        for (host, origin, allowed) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, host.parse().unwrap());
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, origin.parse().unwrap());
            }
            let listed = ["http://localhost:5173".to_owned()];
            let verdict = check(&headers, &Uri::from_static("/graphql"), &listed);
            assert_eq!(verdict.is_ok(), allowed, "{host} {origin:?}");
        }
    }
}
