//! The headers that keep browsers from doing with an answer what it is not for.
//!
//! They are set in one place, on whatever the handlers answer, so that none can be forgotten. Why
//! these: `docs/adr/0036-browsers.md`.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};

use super::tls::Secure;

type Header = (HeaderName, HeaderValue);

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const CROSS_ORIGIN_OPENER_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-opener-policy");
const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");

/// On every answer: it is what it says it is, and no other page may embed it.
static EVERYWHERE: [Header; 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (CROSS_ORIGIN_RESOURCE_POLICY, HeaderValue::from_static("same-origin")),
];

/// On answers that are no page: nothing in them is to be run, should a browser show one.
static DATA: [Header; 1] = [(
    header::CONTENT_SECURITY_POLICY,
    HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
)];

/// On pages: everything from here, and nothing from elsewhere. The editor writes styles into the page,
/// and its fonts and icons are in its style sheet.
static PAGE: [Header; 3] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; \
             style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data:; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
    ),
    (CROSS_ORIGIN_OPENER_POLICY, HeaderValue::from_static("same-origin")),
    (
        PERMISSIONS_POLICY,
        HeaderValue::from_static(
            "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
        ),
    ),
];

/// A year, for this name alone: what runs under others is not ours to decide.
const STRICT_TRANSPORT: Header =
    (header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));

/// What the answer to a request is to carry.
pub(super) struct Protection {
    is_page: bool,
    is_over_tls: bool,
}

impl Protection {
    pub(super) fn of(request: &Request) -> Self {
        let path = request.uri().path();
        Self {
            is_page: path == "/" || path == "/playground" || path.starts_with("/playground/"),
            is_over_tls: request.extensions().get::<Secure>().is_some(),
        }
    }

    pub(super) fn apply(&self, mut response: Response) -> Response {
        // What follows is no answer of HTTP any more.
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            return response;
        }
        let headers = response.headers_mut();
        set(headers, &EVERYWHERE);
        let own: &[Header] = if self.is_page { &PAGE } else { &DATA };
        set(headers, own);
        if self.is_over_tls {
            set(headers, &[STRICT_TRANSPORT]);
        }
        response
    }
}

fn set(headers: &mut HeaderMap, values: &[Header]) {
    for (name, value) in values {
        headers.insert(name, value.clone());
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn of(path: &str, over_tls: bool) -> HeaderMap {
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = path.parse().unwrap();
        if over_tls {
            request.extensions_mut().insert(Secure);
        }
        Protection::of(&request).apply(Response::new(Body::empty())).headers().clone()
    }

    #[test]
    fn only_a_connection_under_tls_promises_it_for_later() {
        for path in ["/playground/", "/graphql"] {
            assert!(!of(path, false).contains_key(header::STRICT_TRANSPORT_SECURITY));
            assert_eq!(of(path, true)[header::STRICT_TRANSPORT_SECURITY], "max-age=31536000");
        }
    }

    #[test]
    fn scripts_run_on_pages_only() {
        for path in ["/graphql", "/export/events.csv", "/metrics", "/none", "/playgrounds"] {
            let policy = &of(path, false)[header::CONTENT_SECURITY_POLICY];
            assert_eq!(policy, "default-src 'none'; frame-ancestors 'none'", "{path}");
        }
        for path in ["/", "/playground", "/playground/assets/a.js"] {
            let policy = of(path, false)[header::CONTENT_SECURITY_POLICY].clone();
            assert!(policy.to_str().unwrap().contains("script-src 'self';"), "{path}");
        }
    }
}
