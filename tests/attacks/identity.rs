//! Tokens that nobody signed, and cursors that nobody gave out.

use std::{fs, path::Path};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use deskpulse::{
    auth::Role,
    clock::{Clock as _, SystemClock},
};
use jsonwebtoken::{EncodingKey, Header};
use serde_json::{Value, json};

use crate::harness::{Attack, Service};

fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// A good token under another header, or with another signature.
fn forged(header: &Value, signature: Option<&str>) -> String {
    let good = Service::token("default", Role::Operator);
    let parts: Vec<&str> = good.split('.').collect();
    format!("{}.{}.{}", encoded(header), parts[1], signature.unwrap_or(parts[2]))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_of_no_algorithm_or_another_one() {
    let service = Service::start().await;
    let attack = Attack { name: "forged tokens", attackers: 4, most_mib: 150 };
    attack
        .repeat(&service, |service: Service| async move {
            let mut tokens = Vec::new();
            for algorithm in
                ["none", "None", "NONE", "", "HS384", "HS512", "RS256", "ES256", "EdDSA"]
            {
                let header = json!({ "typ": "JWT", "alg": algorithm });
                tokens.extend([forged(&header, None), forged(&header, Some(""))]);
            }
            // The key that a naive library would take from the token itself.
            let jwk = json!({ "kty": "oct", "k": URL_SAFE_NO_PAD.encode([0; 32]) });
            tokens.push(forged(&json!({ "alg": "HS256", "jwk": jwk }), Some("AAAA")));
            tokens.push(forged(&json!({ "alg": "HS256", "kid": "../../dev/null" }), Some("AAAA")));
            tokens.push("..".to_owned());
            for token in tokens {
                let body = json!({ "query": "{ __typename }" });
                let answer = service.send(&token, &body).await.expect("an answer");
                assert_eq!((answer.status, answer.code()), (401, "UNAUTHENTICATED"), "{token}");
            }
        })
        .await;
}

/// The service checks tokens by a public key, which everyone may know, and by a shared secret.
async fn checking_by(public_key: &Path) -> Service {
    let file = public_key.to_str().expect("a path");
    let settings =
        [("DESKPULSE_AUTH__JWT_PUBLIC_KEY_FILE", file), ("DESKPULSE_AUTH__AUDIENCE", "deskpulse")];
    Service::start_with(&settings).await
}

/// A token that is good in all but what it was signed with.
fn signed_with(secret: &[u8]) -> String {
    let until = SystemClock.now().timestamp() + 600;
    let claims = json!({
        "sub": "mallory", "tenant": "default", "role": "operator", "aud": "deskpulse", "exp": until,
    });
    let key = EncodingKey::from_secret(secret);
    jsonwebtoken::encode(&Header::default(), &claims, &key).expect("a token")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_signed_with_the_public_key_as_a_secret() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/keys");
    for name in ["rsa.public.pem", "p256.public.pem", "ed25519.public.pem"] {
        let file = folder.join(name);
        let service = checking_by(&file).await;
        let body = json!({ "query": "{ __typename }" });
        let honest = signed_with(Service::SECRET.as_bytes());
        let answer = service.send(&honest, &body).await.expect("an answer");
        assert_eq!(answer.status, 200, "{answer:?}");

        let pem = fs::read_to_string(&file).expect("a key");
        let lines: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        let der = STANDARD.decode(&lines).expect("base64");
        for secret in [pem.as_bytes(), pem.trim().as_bytes(), lines.as_bytes(), &der] {
            let answer = service.send(&signed_with(secret), &body).await.expect("an answer");
            assert_eq!((answer.status, answer.code()), (401, "UNAUTHENTICATED"), "{name}");
        }
    }
}

const DAYS: &str = r#"from: "2026-01-01", to: "2026-01-02""#;

/// Every field that takes a cursor, by its type, and a question for it.
fn paged() -> Vec<(&'static str, String)> {
    let instants = r#"from: "2026-01-01T00:00:00Z", to: "2026-01-02T00:00:00Z""#;
    vec![
        ("Query.sessions", "{ sessions(after: $after) { edges { cursor } } }".to_owned()),
        (
            "Query.events",
            format!("{{ events(filter: {{{instants}}}, after: $after) {{ edges {{ cursor }} }} }}"),
        ),
        ("Query.quarantine", "{ quarantine(after: $after) { edges { cursor } } }".to_owned()),
        (
            "Query.restatements",
            format!("{{ restatements({DAYS}, after: $after) {{ edges {{ cursor }} }} }}"),
        ),
        ("Quality.audits", "{ quality { audits(after: $after) { edges { cursor } } } }".to_owned()),
        (
            "Session.events",
            "{ session(id: \"s\") { events(after: $after) { edges { cursor } } } }".to_owned(),
        ),
        (
            "Explanation.rows",
            format!(
                "{{ explain(metric: \"total_sessions\", {DAYS}) {{ \
                 rows(after: $after) {{ edges {{ cursor }} }} }} }}"
            ),
        ),
    ]
}

fn cursors() -> Vec<String> {
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let mut cursors = vec![
        String::new(),
        "not base64 !".to_owned(),
        "%00".to_owned(),
        "x".repeat(10_000),
        encode("1/' OR 1=1 --"),
        encode("99999999999999999999/x"),
        encode("-9223372036854775808/x"),
        encode("9223372036854775807/\0"),
        encode("/"),
        encode("1/"),
        encode("nonsense"),
    ];
    cursors.push(URL_SAFE_NO_PAD.encode([0xFF, 0xFE, 0xFD]));
    cursors
}

#[test]
fn every_field_with_a_cursor_is_tampered_with() {
    let known: Vec<&str> = paged().iter().map(|(field, _)| *field).collect();
    let found = crate::foreign::arguments()
        .into_iter()
        .filter(|(_, argument, _)| argument == "after")
        .map(|(field, ..)| field);
    for field in found {
        assert!(known.contains(&field.as_str()), "{field} has no question here");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cursors_that_were_tampered_with() {
    let service = Service::start().await;
    let started = json!({ "id": "e", "name": "session.start", "product": "bot", "sessionId": "s" });
    let track =
        "mutation($e: TrackEventInput!) { trackEvent(input: $e, durability: STORED) { status } }";
    let told = service.ask("default", Role::Ingest, track, json!({ "e": started })).await;
    assert_eq!(told.body["data"]["trackEvent"]["status"], "ACCEPTED", "{told:?}");
    let attack = Attack { name: "cursors", attackers: 2, most_mib: 150 };
    attack
        .repeat(&service, |service: Service| async move {
            for (field, question) in paged() {
                for cursor in cursors() {
                    let query = format!("query($after: String) {question}");
                    let values = json!({ "after": cursor });
                    let answer = service.ask("default", Role::Operator, &query, values).await;
                    let is_fine =
                        answer.body["errors"].is_null() || answer.code() == "BAD_USER_INPUT";
                    assert!(is_fine, "{field} {cursor}: {answer:?}");
                }
            }
        })
        .await;
}
