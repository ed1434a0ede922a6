//! The addresses beside GraphQL.

use super::{Answer, Server, client};

#[tokio::test]
async fn probes_tell_alive_from_ready() {
    let server = Server::guarded();
    let alive = Answer::to(client().get(server.url("/healthz"))).await;
    assert_eq!((alive.status, alive.text.as_str()), (200, "ok"));
    let ready = Answer::to(client().get(server.url("/readyz"))).await;
    assert_eq!((ready.status, ready.json()["checks"][1]["name"].as_str()), (503, Some("redis")));
    let metrics = Answer::to(client().get(server.url("/metrics"))).await;
    assert!(metrics.header("content-type").starts_with("text/plain"));
}

#[tokio::test]
async fn the_pages_are_there_with_or_without_their_build() {
    let server = Server::guarded();
    let root = Answer::to(client().get(server.url("/"))).await;
    assert_eq!((root.status, root.header("location")), (307, "/monitoring"));
    let pages =
        ["/monitoring", "/dashboard", "/quality", "/quality/QA-001", "/billing", "/sign-in"];
    for path in pages.into_iter().chain(["/playground", "/playground/"]) {
        let page = Answer::to(client().get(server.url(path))).await;
        assert_eq!((page.status, page.header("cache-control")), (200, "no-cache"), "{path}");
        assert!(page.header("content-type").starts_with("text/html"), "{path}");
        assert!(page.header("content-security-policy").contains("frame-ancestors 'none'"));
        if !crate::http::is_embedded() && path.starts_with("/playground") {
            assert!(page.text.contains("cargo xtask pages"));
        }
    }
}

#[tokio::test]
async fn an_unknown_address_is_told_what_exists() {
    let server = Server::guarded();
    for path in ["/grahpql", "/assets/none.js", "/monitoring/none", "/playground/none.js"] {
        let answer = Answer::to(client().get(server.url(path))).await;
        assert_eq!((answer.status, answer.json()["paths"][0].as_str()), (404, Some("/graphql")));
    }
}

#[tokio::test]
async fn every_answer_carries_a_request_id() {
    let server = Server::open();
    let kept = Answer::to(client().get(server.url("/healthz")).header("x-request-id", "a-1")).await;
    assert_eq!(kept.header("x-request-id"), "a-1");
    let made = Answer::to(client().get(server.url("/none"))).await;
    assert_eq!(made.header("x-request-id").len(), 36);
}
