//! `serve`, and the credentials that `token` and `key` make for it.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{
    postgres::Servers,
    process::{Desk, Service},
};

const TRACK: &str = "mutation ($input: [TrackEventInput!]!) {
    trackEvents(input: $input, durability: BUFFERED) { status }
}";
const STORED: &str = "{ ingestStatus { stored pending } }";
const SECRET: &str = "12345678901234567890123456789012";

async fn track(service: &Service, count: usize) {
    let events: Vec<_> = (0..count)
        .map(|index| json!({ "id": format!("e{index}"), "name": "page.view", "product": "shop" }))
        .collect();
    let answer = service.ask(TRACK, json!({ "input": events })).await;
    let results = answer["data"]["trackEvents"].as_array().expect("results");
    assert!(results.iter().all(|result| result["status"] == "ACCEPTED"), "{answer}");
}

#[tokio::test]
async fn an_empty_folder_serves_at_once_and_stops_in_order() {
    let desk = Desk::new();
    let started = Instant::now();
    let service = desk.serve();
    assert_eq!(service.get("/healthz").await, (200, "ok".to_owned()));
    let (status, ready) = service.get("/readyz").await;
    // Two seconds on a free machine; tests share theirs.
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    let ready: Value = serde_json::from_str(&ready).unwrap();
    assert_eq!((status, &ready["ready"]), (200, &json!(true)), "{ready}");
    let playground = service.lines.recv_timeout(Duration::from_secs(5)).unwrap();
    assert_eq!(playground, format!("playground: {}/playground/", service.url));
    let pages = service.lines.recv_timeout(Duration::from_secs(5)).unwrap();
    assert_eq!(pages, format!("pages: {}/monitoring", service.url));
    let open = service.lines.recv_timeout(Duration::from_secs(5)).unwrap();
    assert!(open.starts_with("no credentials are configured"), "{open}");
    assert_eq!(service.stop().code(), Some(0));
}

#[tokio::test]
async fn calls_that_went_well_do_not_fill_the_log_whichever_way_they_took() {
    for precompiled in ["true", "false"] {
        let desk = Desk::new().with("DESKPULSE_SERVER__PRECOMPILED_INGEST", precompiled);
        let service = desk.serve();
        let answered = || desk.read("serve.log").matches("\"answered\"").count();
        track(&service, 2).await;
        let again = service.ask(TRACK, json!({ "input": [{ "name": "a", "product": "b" }] })).await;
        assert!(again["errors"].is_null(), "{again}");
        assert_eq!(answered(), 0, "{}", desk.read("serve.log"));
        let none = service.ask(TRACK, json!({ "input": [] })).await;
        assert!(none["errors"].is_array(), "{none}");
        service.ask(STORED, json!({})).await;
        assert_eq!(answered(), 2, "{}", desk.read("serve.log"));
    }
}

#[tokio::test]
async fn acknowledged_events_survive_a_stop_and_a_start() {
    let desk = Desk::new();
    let service = desk.serve();
    track(&service, 1_000).await;
    assert_eq!(service.stop().code(), Some(0));
    let books = desk.serve().ask(STORED, json!({})).await;
    assert_eq!(books["data"]["ingestStatus"], json!({ "stored": 1_000, "pending": 0 }));
}

#[test]
fn an_address_that_others_reach_needs_credentials() {
    let desk = Desk::new();
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:80"] {
        let reason = desk.refused(&["serve", "--listen", address]);
        let expected = format!(
            "configuration: `server.listen` is `{address}`, expected a loopback address, or \
             credentials: DESKPULSE_JWT_SECRET or `auth.keys`"
        );
        assert_eq!(reason, expected);
    }
}

#[test]
fn an_address_in_use_is_named() {
    let desk = Desk::new();
    let service = desk.serve();
    let address = service.url.strip_prefix("http://").unwrap();
    let other = Desk::new();
    let reason = other.refused(&["serve", "--listen", address]);
    assert!(reason.starts_with(&format!("cannot listen on {address}: ")), "{reason}");
}

#[tokio::test]
async fn a_token_of_the_command_line_lets_in() {
    // Digits and quotes are a secret like any other.
    for secret in
        [SECRET, "\"quoted, and 32 bytes or more long\"", "[32 bytes or more, and in brackets]"]
    {
        let desk = Desk::new().with("DESKPULSE_JWT_SECRET", secret);
        let token = |arguments: &[&str]| desk.done(&[&["token"], arguments].concat());
        let viewer = token(&["--tenant", "default", "--role", "viewer", "--ttl", "5m"]);
        let service = desk.serve().bearer(&viewer);
        let books = service.ask(STORED, json!({})).await;
        assert_eq!(books["data"]["ingestStatus"]["stored"], 0, "{secret}: {books}");
        let refused = service.ask(TRACK, json!({ "input": [] })).await;
        assert_eq!(refused["errors"][0]["extensions"]["code"], "FORBIDDEN");
        let own = deskpulse::auth::issue_token(
            &secret.to_owned().into(),
            "default",
            "sam",
            deskpulse::auth::Role::Viewer,
            i64::from(u32::MAX),
        );
        let books = service.bearer(&own.unwrap()).ask(STORED, json!({})).await;
        assert_eq!(books["data"]["ingestStatus"]["stored"], 0, "{secret}: another's token");
    }
}

#[test]
fn a_token_needs_a_secret_and_a_tenant() {
    let arguments = ["token", "--tenant", "gone", "--role", "viewer"];
    let reason = Desk::new().refused(&arguments);
    assert_eq!(reason, "DESKPULSE_JWT_SECRET is not set, expected at least 32 bytes");
    let reason = Desk::new().with("DESKPULSE_JWT_SECRET", SECRET).refused(&arguments);
    assert_eq!(reason, "tenant `gone` not found");
    let reason = Desk::new().with("DESKPULSE_JWT_SECRET", "short").refused(&arguments);
    let expected = "configuration: `auth.jwt_secret` is `too short`, expected at least 32 bytes \
                    (RFC 7518 §3.2)";
    assert_eq!(reason, expected);
}

#[tokio::test]
async fn a_key_lets_in_once_its_lines_are_in_the_configuration() {
    let desk = Desk::new();
    // The accent is a character of its own, which Rust would escape in its own way.
    let arguments =
        ["key", "--tenant", "default", "--role", "ingest", "--name", "cafe\u{301} \"x\""];
    let printed = desk.done(&arguments);
    let (key, lines) = printed.split_once("\n\n# for the configuration:\n").unwrap();
    let desk = desk.given("desk.toml", lines);
    let service = desk.serve_with(&["--config", "desk.toml"]).bearer(key);
    track(&service, 1).await;
    let stranger = service.bearer("dpk_unknown").ask(STORED, json!({})).await;
    assert_eq!(stranger["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
}

#[tokio::test]
async fn a_key_may_be_for_one_product_and_for_some_days() {
    let desk = Desk::new();
    let arguments = ["key", "--tenant", "default", "--role", "ingest", "--name", "shop"];
    let printed =
        desk.done(&[&arguments[..], &["--product", "shop", "--expires-in-days", "30"]].concat());
    let (key, lines) = printed.split_once("\n\n# for the configuration:\n").unwrap();
    assert!(lines.contains("\nproduct = \"shop\"\nexpires_at = \""), "{lines}");
    let desk = desk.given("desk.toml", lines);
    let service = desk.serve_with(&["--config", "desk.toml"]).bearer(key);
    track(&service, 1).await;
    let foreign = service.ask(TRACK, json!({ "input": [{ "name": "a", "product": "b" }] })).await;
    assert_eq!(foreign["errors"][0]["extensions"]["code"], "FORBIDDEN", "{foreign}");
    // The entries that are there count, and the right has to fit.
    let taken = [&["--config", "desk.toml"], &arguments[..]].concat();
    let reason = desk.refused(&taken);
    let expected = "configuration: `auth.keys.name` is `shop`, expected one role and product for \
                    all keys of this name and tenant";
    assert_eq!(reason, expected);
    let viewer =
        ["key", "--tenant", "default", "--role", "viewer", "--name", "v", "--product", "shop"];
    let reason = desk.refused(&viewer);
    assert!(reason.starts_with("configuration: `auth.keys[v].product` is `shop`, "), "{reason}");
}

#[tokio::test]
async fn a_database_of_others_is_served_only_when_it_is_up_to_date() {
    let servers = Servers::start();
    let desk = Desk::new()
        .with("DATABASE_URL", &servers.database_url)
        .with("REDIS_URL", &servers.redis_url);
    let behind = desk.refused(&["serve", "--listen", "127.0.0.1:0"]);
    assert!(behind.starts_with("the database is behind by "), "{behind}");
    assert!(behind.ends_with("run `deskpulse migrate up`"), "{behind}");
    for arguments in [&["migrate", "up"][..], &["migrate", "down", "99"], &["migrate", "up"]] {
        desk.done(arguments);
    }
    desk.done(&["migrate", "down"]);
    let behind = desk.refused(&["rollup"]);
    assert!(behind.ends_with("run `deskpulse migrate up`"), "{behind}");
    desk.done(&["migrate", "up"]);
    let service = desk.serve();
    let (status, ready) = service.get("/readyz").await;
    assert_eq!(status, 200, "{ready}");
    track(&service, 100).await;
    assert_eq!(service.stop().code(), Some(0));
    let books = desk.serve().ask(STORED, json!({})).await;
    assert_eq!(books["data"]["ingestStatus"], json!({ "stored": 100, "pending": 0 }));
    assert!(!desk.path().join("deskpulse-data").exists());
}
