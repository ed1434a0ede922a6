//! The headers that keep browsers from doing with an answer what it is not for.
//!
//! They are set in one place, on whatever the handlers answer, so that none can be forgotten. Why
//! these: `docs/adr/0036-browsers.md`.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};

use super::{
    pages::{PAGES, QUALITY},
    tls::Secure,
};

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
const DATA_POLICY: HeaderValue =
    HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");

/// On the pages and their files, which workers are as well: everything from here, and nothing from
/// elsewhere. Who may frame them follows.
const PAGES_POLICY: &str = "default-src 'none'; script-src 'self'; worker-src 'self'; \
                            connect-src 'self'; style-src 'self'; font-src 'self' data:; \
                            img-src 'self' data:; base-uri 'none'; form-action 'none'; \
                            frame-ancestors ";

/// On the playground: its editor writes styles into the page, and its fonts and icons are in its
/// style sheet.
const PLAYGROUND_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; \
     style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data:; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// On whatever runs scripts.
static SHOWN: [Header; 2] = [
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

/// Who may show the pages within its own.
#[derive(Clone, Debug)]
pub(super) struct Framing {
    policy: HeaderValue,
    is_allowed: bool,
}

impl Framing {
    /// By the origins that may; nobody without any.
    pub(super) fn of(ancestors: &[String]) -> Self {
        let listed = if ancestors.is_empty() { "'none'".to_owned() } else { ancestors.join(" ") };
        let policy = HeaderValue::try_from(format!("{PAGES_POLICY}{listed}"));
        let is_allowed = !ancestors.is_empty() && policy.is_ok();
        Self { policy: policy.unwrap_or(DATA_POLICY), is_allowed }
    }
}

/// What an answer is for a browser.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Data,
    Pages,
    Playground,
}

impl Kind {
    fn of(path: &str) -> Self {
        match path {
            "/playground" | "/playground/" => Self::Playground,
            "/" | "/icon.svg" => Self::Pages,
            _ if PAGES.contains(&path) => Self::Pages,
            _ if path.starts_with(QUALITY) || path.starts_with("/assets/") => Self::Pages,
            _ => Self::Data,
        }
    }
}

/// What the answer to a request is to carry.
pub(super) struct Protection {
    kind: Kind,
    is_over_tls: bool,
}

impl Protection {
    pub(super) fn of(request: &Request) -> Self {
        Self {
            kind: Kind::of(request.uri().path()),
            is_over_tls: request.extensions().get::<Secure>().is_some(),
        }
    }

    pub(super) fn apply(&self, framing: &Framing, mut response: Response) -> Response {
        // What follows is no answer of HTTP any more.
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            return response;
        }
        let headers = response.headers_mut();
        set(headers, &EVERYWHERE);
        let policy = match self.kind {
            Kind::Data => DATA_POLICY,
            Kind::Pages => framing.policy.clone(),
            Kind::Playground => PLAYGROUND_POLICY,
        };
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        if self.kind != Kind::Data {
            set(headers, &SHOWN);
        }
        // It knows no list of origins; the policy goes before it where both are there.
        if self.kind == Kind::Pages && framing.is_allowed {
            headers.remove(header::X_FRAME_OPTIONS);
        }
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

    fn framed(path: &str, over_tls: bool, ancestors: &[&str]) -> HeaderMap {
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = path.parse().unwrap();
        if over_tls {
            request.extensions_mut().insert(Secure);
        }
        let ancestors: Vec<_> = ancestors.iter().map(|&origin| origin.to_owned()).collect();
        let framing = Framing::of(&ancestors);
        Protection::of(&request).apply(&framing, Response::new(Body::empty())).headers().clone()
    }

    fn policy(path: &str, ancestors: &[&str]) -> String {
        let headers = framed(path, false, ancestors);
        headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned()
    }

    #[test]
    fn only_a_connection_under_tls_promises_it_for_later() {
        for path in ["/playground/", "/graphql", "/monitoring"] {
            let promises = |over_tls| framed(path, over_tls, &[]);
            assert!(!promises(false).contains_key(header::STRICT_TRANSPORT_SECURITY));
            assert_eq!(promises(true)[header::STRICT_TRANSPORT_SECURITY], "max-age=31536000");
        }
    }

    #[test]
    fn scripts_run_on_pages_only() {
        for path in ["/graphql", "/export/events.csv", "/metrics", "/none", "/playgrounds"] {
            assert_eq!(policy(path, &[]), "default-src 'none'; frame-ancestors 'none'", "{path}");
        }
        for path in ["/", "/playground", "/monitoring", "/quality/QA-001", "/assets/a.js"] {
            assert!(policy(path, &[]).contains("script-src 'self';"), "{path}");
        }
    }

    #[test]
    fn styles_are_written_in_line_on_the_playground_only() {
        for path in ["/", "/monitoring", "/dashboard", "/quality/QA-001", "/assets/a.js"] {
            assert!(policy(path, &[]).contains("style-src 'self';"), "{path}");
        }
        for path in ["/playground", "/playground/"] {
            assert!(policy(path, &[]).contains("style-src 'self' 'unsafe-inline';"), "{path}");
        }
    }

    #[test]
    fn the_pages_alone_are_framed_by_whom_the_configuration_lists() {
        let listed = ["https://desk.example", "http://localhost:3000"];
        for path in ["/monitoring", "/quality/QA-001"] {
            let ending = "frame-ancestors https://desk.example http://localhost:3000";
            assert!(policy(path, &listed).ends_with(ending), "{path}");
            assert!(!framed(path, false, &listed).contains_key(header::X_FRAME_OPTIONS));
            assert_eq!(framed(path, false, &[])[header::X_FRAME_OPTIONS], "DENY");
        }
        for path in ["/playground/", "/graphql", "/none"] {
            assert!(policy(path, &listed).ends_with("frame-ancestors 'none'"), "{path}");
            assert_eq!(framed(path, false, &listed)[header::X_FRAME_OPTIONS], "DENY");
        }
    }
}
