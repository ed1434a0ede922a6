//! What pages of other origins may do, and what browsers may do with an answer.

use serde_json::json;

use super::{Answer, SECRET, Server, client, token};
use crate::config::Config;

const PAGE: &str = "https://desk.example";

/// A service that wants credentials, with pages of another origin that may call it.
fn listed() -> Server {
    let mut config = Config::default();
    config.auth.jwt_secret = Some(SECRET.to_owned().into());
    config.server.cors_origins = vec![PAGE.to_owned(), "http://localhost:3000".to_owned()];
    Server::start(config.checked().unwrap())
}

fn preflight(server: &Server, path: &str, origin: &str) -> reqwest::RequestBuilder {
    client()
        .request(reqwest::Method::OPTIONS, server.url(path))
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,content-type")
}

fn has_cors(answer: &Answer) -> bool {
    answer.headers.keys().any(|name| name.as_str().starts_with("access-control-"))
}

#[tokio::test]
async fn a_listed_page_may_ask_and_is_answered() {
    let server = listed();
    for path in ["/graphql", "/export/events.csv", "/intake/openai/default"] {
        let asked = Answer::to(preflight(&server, path, PAGE)).await;
        assert_eq!((asked.status, asked.header("access-control-allow-origin")), (200, PAGE));
        assert_eq!(asked.header("access-control-allow-methods"), "GET,POST");
        let allowed = asked.header("access-control-allow-headers");
        assert_eq!(allowed, "authorization,content-type,x-request-id", "{path}");
        assert_eq!(asked.header("access-control-allow-credentials"), "");
    }
    let request = server.post(r#"{"query": "{ a }"}"#).header("origin", PAGE);
    let answer = Answer::to(request.bearer_auth(token(60))).await;
    assert_eq!((answer.status, answer.json()), (200, json!({"data": {"a": 1}})));
    assert_eq!(answer.header("access-control-allow-origin"), PAGE);
    let vary: Vec<_> = answer.headers.get_all("vary").iter().collect();
    assert!(vary.iter().any(|value| value.to_str().unwrap().contains("origin")), "{vary:?}");
    // The page reads why, too.
    let refused = Answer::to(server.post("{}").header("origin", PAGE)).await;
    assert_eq!((refused.status, refused.header("access-control-allow-origin")), (401, PAGE));
}

#[tokio::test]
async fn a_page_that_is_not_listed_is_told_nothing() {
    let server = listed();
    for origin in
        ["https://evil.example", "http://desk.example", "https://desk.example.evil.example", "null"]
    {
        let asked = Answer::to(preflight(&server, "/graphql", origin)).await;
        assert_eq!(asked.header("access-control-allow-origin"), "", "{origin}");
        let request = server.post(r#"{"query": "{ a }"}"#).header("origin", origin);
        let answer = Answer::to(request.bearer_auth(token(60))).await;
        assert_eq!(answer.header("access-control-allow-origin"), "", "{origin}");
    }
    let page = Answer::to(client().get(server.url("/playground")).header("origin", PAGE)).await;
    assert!(!has_cors(&page));
}

#[tokio::test]
async fn without_a_list_there_is_no_cors() {
    let server = Server::guarded();
    let asked = Answer::to(preflight(&server, "/graphql", PAGE).bearer_auth(token(60))).await;
    assert_eq!((asked.status, has_cors(&asked)), (405, false));
    let request = server.post(r#"{"query": "{ a }"}"#).header("origin", PAGE);
    let answer = Answer::to(request.bearer_auth(token(60))).await;
    assert_eq!((answer.status, has_cors(&answer)), (200, false));
}

#[tokio::test]
async fn an_open_service_answers_the_pages_that_are_listed() {
    let mut config = Config::default();
    config.server.cors_origins = vec!["http://localhost:3000".to_owned()];
    let server = Server::start(config);
    for (origin, status) in [("http://localhost:3000", 200), ("http://localhost:3001", 403)] {
        let request = server.post(r#"{"query": "{ a }"}"#).header("origin", origin);
        assert_eq!(Answer::to(request).await.status, status, "{origin}");
    }
}

#[tokio::test]
async fn every_answer_has_its_headers() {
    let server = Server::guarded();
    let event_stream = server.post(r#"{"query": "{ a }"}"#).header("accept", "text/event-stream");
    let requests = [
        server.post(r#"{"query": "{ a }"}"#).bearer_auth(token(60)),
        server.post("NONSENSE").bearer_auth(token(60)),
        server.post("{}"),
        event_stream.bearer_auth(token(60)),
        client().get(server.url("/graphql/ws")),
        client().get(server.url("/export/events.csv")),
        client().get(server.url("/healthz")),
        client().get(server.url("/readyz")),
        client().get(server.url("/metrics")),
        client().get(server.url("/none")),
        client().get(server.url("/")),
        client().get(server.url("/playground/")),
        client().get(server.url("/monitoring")),
        client().get(server.url("/assets/none.js")),
    ];
    for request in requests {
        let answer = Answer::to(request).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-resource-policy", "same-origin"),
            ("strict-transport-security", ""),
        ] {
            assert_eq!(answer.header(name), value, "{name}: {}", answer.text);
        }
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; "), "{policy}");
        assert!(policy.ends_with("frame-ancestors 'none'"), "{policy}");
    }
}

#[tokio::test]
async fn answers_with_figures_are_kept_by_nobody() {
    let server = Server::guarded();
    for accept in ["application/json", "application/graphql-response+json", "text/event-stream"] {
        let request = server.post(r#"{"query": "{ a }"}"#).header("accept", accept);
        let answer = Answer::to(request.bearer_auth(token(60))).await;
        assert_eq!((answer.status, answer.header("cache-control")), (200, "no-store"), "{accept}");
    }
}

#[tokio::test]
async fn a_page_loads_from_here_and_has_no_opener() {
    let server = Server::guarded();
    for path in ["/playground/", "/monitoring"] {
        let page = Answer::to(client().get(server.url(path))).await;
        let policy = page.header("content-security-policy");
        for part in policy.split("; ") {
            let (name, sources) = part.split_once(' ').unwrap();
            let known = ["'none'", "'self'", "data:"];
            let is_style = name == "style-src" && path == "/playground/";
            let mut sources = sources.split(' ');
            assert!(
                sources.all(
                    |source| known.contains(&source) || is_style && source == "'unsafe-inline'"
                ),
                "{part}"
            );
        }
        assert_eq!(page.header("cross-origin-opener-policy"), "same-origin");
        assert!(page.header("permissions-policy").contains("camera=()"));
    }
}

#[tokio::test]
async fn a_workbench_that_is_listed_may_frame_the_pages() {
    let mut config = Config::default();
    config.server.frame_ancestors = vec![PAGE.to_owned()];
    let server = Server::start(config.checked().unwrap());
    let page = Answer::to(client().get(server.url("/dashboard"))).await;
    assert!(
        page.header("content-security-policy").ends_with("; frame-ancestors https://desk.example")
    );
    assert_eq!((page.status, page.header("x-frame-options")), (200, ""));
}
