//! The header `Authorization`. Whatever is made of credentials that were given out, nobody comes in with
//! others, and none comes back in an answer.

use axum::http::Method;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use deskpulse::auth::{Role, generate_key, key_digest};
use proptest::strategy::BoxedStrategy;
use serde_json::json;

use crate::{
    mutate::{Text, mutated},
    run,
    service::{Service, token},
};

const QUERY: &[u8] = br#"{"query":"{ ingestStatus { stored } }"}"#;
/// Shorter ones are found in any answer.
const LEAST_SECRET: usize = 8;

pub(crate) struct Target {
    service: Service,
    issued: Vec<String>,
    seeds: Vec<String>,
}

impl run::Target for Target {
    type Input = Text;

    const NAME: &str = "credentials";
    const OUTCOMES: &[&str] = &["200 ok", "401 UNAUTHENTICATED", "unsendable"];

    async fn open() -> Self {
        let key = generate_key();
        let lines = format!(
            "[[auth.keys]]\nname = \"wall\"\ntenant = \"acme\"\nrole = \"viewer\"\ndigest = \"{}\"\n",
            key_digest(&key)
        );
        let service = Service::open_with(&lines, |_| {}).await;
        let viewer = token("default", Role::Viewer, 24);
        let issued = vec![key, viewer.clone(), token("acme", Role::Operator, 24)];
        let expired = token("default", Role::Operator, -1);
        let signature = viewer.rsplit('.').next().expect("a signature");
        let forged = ["none", "HS384", "RS256"].map(|algorithm| {
            let header = json!({ "alg": algorithm, "typ": "JWT", "kid": "../key", "jwk": {} });
            let claims = json!({
                "sub": "eve", "tenant": "acme", "role": "operator", "exp": 4_000_000_000_u64,
                "nbf": 0, "iss": "eve", "aud": ["deskpulse"],
            });
            let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
            format!("{}.{}.{signature}", part(header), part(claims))
        });
        let all = issued.iter().chain([&expired]).chain(&forged);
        let seeds = all.map(|credential| format!("Bearer {credential}")).collect();
        Self { service, issued, seeds }
    }

    fn inputs(&self) -> BoxedStrategy<Text> {
        mutated(&self.seeds)
    }

    async fn offer(&self, input: &Text) -> Result<String, String> {
        let headers: [(&str, &[u8]); 2] =
            [("content-type", b"application/json"), ("authorization", &input.0)];
        let sent = self.service.send(Method::POST, "/graphql", &headers, QUERY.to_vec()).await;
        let Some(answer) = sent else { return Ok("unsendable".to_owned()) };
        let (answer, text) = (answer?, input.lossy());
        let outcome = answer.judge("")?;
        let credential = text.split_once(' ').map_or(text.as_str(), |(_, rest)| rest).trim();
        if outcome == "200 ok" && !self.issued.iter().any(|issued| issued == credential) {
            return Err("nobody was given these credentials".to_owned());
        }
        if credential.len() >= LEAST_SECRET && answer.body.contains(credential) {
            return Err(format!("credentials come back: {answer:?}"));
        }
        Ok(outcome)
    }

    async fn close(self) -> Result<(), String> {
        self.service.close().await;
        Ok(())
    }
}
