//! Keys, tokens and secrets are nowhere in what the service says: log, metrics, answers, failures.

use std::{fmt::Write as _, time::Duration};

use deskpulse::auth::{Role, generate_key, issue_token, key_digest};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::json;
use tokio_tungstenite::{
    connect_async,
    tungstenite::{Message, client::IntoClientRequest as _},
};

use crate::process::{Desk, Service};

const SECRET: &str = "hunter2hunter2hunter2hunter2hunter2";
const COZE: &str = "the token of the callbacks";
const MUTATION: &str =
    "mutation ($input: [TrackEventInput!]!) { trackEvents(input: $input) { id } }";

/// What was answered.
#[derive(Default)]
struct Heard(String);

impl Heard {
    async fn send(&mut self, request: reqwest::RequestBuilder) {
        let answer = request.send().await.expect("an answer");
        write!(self.0, "{:?}", answer.headers()).expect("a text");
        self.0.push_str(&answer.text().await.expect("a body"));
    }

    /// Every way in, with a credential where one belongs and where none does.
    async fn try_all(&mut self, service: &Service, credential: &str) {
        let client = reqwest::Client::new();
        let url = |path: &str| format!("{}{path}", service.url);
        let event = json!({ "name": "page.view", "product": "shop" });
        let body = json!({ "query": MUTATION, "variables": { "input": [event] } });
        for scheme in ["Bearer", "Basic", "bearer "] {
            let value = format!("{scheme} {credential}");
            let authorized =
                |request: reqwest::RequestBuilder| request.header("authorization", &value);
            self.send(authorized(client.post(url("/graphql")).json(&body))).await;
            let query = json!({ "query": "{ ingestStatus { stored } }" });
            self.send(authorized(client.post(url("/graphql")).json(&query))).await;
            self.send(authorized(client.post(url("/graphql")).body("{"))).await;
            self.send(authorized(client.get(url("/export/sessions.csv")))).await;
            self.send(authorized(client.post(url("/intake/openai/default")).json(&json!({}))))
                .await;
            let stream = client.post(url("/graphql")).header("accept", "text/event-stream");
            self.send(authorized(stream.json(&query))).await;
        }
        let path = format!("/graphql?query=%7B__typename%7D&access_token={credential}");
        self.send(client.get(url(&path))).await;
        self.send(client.get(url(&format!("/playground/?token={credential}")))).await;
        self.socket(service, json!({ "authorization": format!("Bearer {credential}") })).await;
        self.socket(service, json!({ "token": credential })).await;
    }

    async fn socket(&mut self, service: &Service, payload: serde_json::Value) {
        let url = format!("{}/graphql/ws", service.url.replacen("http", "ws", 1));
        let mut request = url.into_client_request().expect("a request");
        let protocol = "graphql-transport-ws".parse().expect("a value");
        request.headers_mut().insert("sec-websocket-protocol", protocol);
        let (mut socket, _) = connect_async(request).await.expect("a handshake");
        let init = json!({ "type": "connection_init", "payload": payload });
        socket.send(Message::text(init.to_string())).await.expect("an open socket");
        let answer = socket.next().await.expect("an answer");
        write!(self.0, "{answer:?}").expect("a text");
    }
}

#[tokio::test]
async fn nothing_that_is_secret_is_logged_counted_or_answered() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (key, wrong_key) = (generate_key(), generate_key());
    let sign = |secret: &str, role| {
        issue_token(&secret.to_owned().into(), "default", "ann", role, i64::from(u32::MAX)).unwrap()
    };
    let (token, wrong_token) =
        (sign(SECRET, Role::Operator), sign("another secret, of 32 bytes or more", Role::Operator));
    let config = format!(
        "[[auth.keys]]\nname = \"bot\"\ntenant = \"default\"\nrole = \"ingest\"\n\
         digest = \"{}\"\n[tenants.default.coze]\ntoken = \"{COZE}\"\n",
        key_digest(&key)
    );
    let desk =
        Desk::new().with("DESKPULSE_JWT_SECRET", SECRET).with("DESKPULSE_LOG__FILTER", "trace");
    let desk = desk.given("desk.toml", &config);
    let service = desk.serve_with(&["--config", "desk.toml"]);
    let mut heard = Heard::default();
    let credentials = [key.as_str(), &wrong_key, &token, &wrong_token, "nonsense-nonsense"];
    for credential in credentials {
        heard.try_all(&service, credential).await;
    }
    let chat = json!({ "id": "c", "status": "completed", "usage": {} });
    let signed = reqwest::Client::new().post(format!("{}/intake/coze/default", service.url));
    heard.send(signed.json(&chat).header("x-coze-signature", "00")).await;
    let (_, metrics) = service.get("/metrics").await;
    assert_eq!(service.stop().code(), Some(0));
    let log = desk.read("serve.log");
    assert!(log.contains("TRACE") && log.len() > 10_000, "nothing is searched: {log}");
    // Of a token the signature is what nobody else may have.
    let signature = |token: &str| token.rsplit('.').next().unwrap().to_owned();
    let bare = |key: &str| key.trim_start_matches("dpk_").to_owned();
    for hidden in [
        bare(&key),
        bare(&wrong_key),
        signature(&token),
        signature(&wrong_token),
        "nonsense-nonsense".to_owned(),
        SECRET.to_owned(),
        COZE.to_owned(),
    ] {
        for (place, text) in [("log", &log), ("metrics", &metrics), ("answers", &heard.0)] {
            let line = text.lines().find(|line| line.contains(&hidden));
            assert_eq!(line, None, "{hidden} is in the {place}");
        }
    }
}

#[test]
fn a_start_over_stores_that_are_away_does_not_show_their_passwords() {
    for (name, url) in [
        ("DATABASE_URL", "postgres://desk:hunter2@127.0.0.1:9/desk"),
        ("DATABASE_URL", "postgres://desk:hunter2@127.0.0.1:port/desk"),
        ("DATABASE_URL", "mysql://desk:hunter2@127.0.0.1/desk"),
        ("DATABASE_URL", "postgres://desk:hunter2@"),
        ("REDIS_URL", "redis://desk:hunter2@127.0.0.1:9"),
        ("REDIS_URL", "redis://desk:hunter2@127.0.0.1:port"),
        ("REDIS_URL", "http://desk:hunter2@127.0.0.1"),
        ("REDIS_URL", "redis+cluster://desk:hunter2@127.0.0.1:9"),
        ("REDIS_URL", "redis+sentinel://desk:hunter2@127.0.0.1:9/main?sentinel_password=hunter2"),
    ] {
        let desk = Desk::new().with(name, url).with("DESKPULSE_LOG__FILTER", "trace");
        // A database is waited for some seconds; without a Redis it starts all the same.
        let secs = if name == "DATABASE_URL" { 15 } else { 3 };
        let said = desk.tried(&["serve", "--listen", "127.0.0.1:0"], Duration::from_secs(secs));
        assert!(!said.is_empty(), "{url}: nothing is searched");
        assert!(!said.contains("hunter2"), "{url}: {said}");
    }
}
