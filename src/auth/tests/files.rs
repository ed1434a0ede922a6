//! Tokens by shared secret and by public key file, and what must never pass for one.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, Header};
use serde_json::{Value, json};

use super::{SECRET, authenticator, signed};
use crate::{
    auth::{
        Authenticator, Role, issue_token_for,
        testing::{ED25519, KEYS, P256, Pair, RSA, claims, now},
    },
    config::Config,
};

fn with_file(config: &mut Config, pair: Pair) {
    let name = match pair.algorithm {
        Algorithm::RS256 => "rsa",
        Algorithm::ES256 => "p256",
        _ => "ed25519",
    };
    let file = format!("{}/tests/data/keys/{name}.public.pem", env!("CARGO_MANIFEST_DIR"));
    config.auth.jwt_public_key_file = Some(file.into());
    config.auth.audience = Some("deskpulse".to_owned());
}

fn of_file(pair: Pair) -> Authenticator {
    authenticator(|config| with_file(config, pair))
}

/// The public key as an attacker has it: text, lines and bytes.
fn as_secrets(pair: Pair) -> Vec<Vec<u8>> {
    let body: String = pair.public.lines().filter(|line| !line.starts_with('-')).collect();
    let der = base64::engine::general_purpose::STANDARD.decode(&body).unwrap();
    let text = pair.public.as_bytes();
    vec![text.to_vec(), text.trim_ascii().to_vec(), body.into_bytes(), der]
}

#[tokio::test]
async fn a_token_is_taken_by_the_key_that_has_signed_it() {
    for pair in KEYS {
        let authenticator = of_file(pair);
        let viewer = authenticator.viewer(&pair.sign(None, &claims())).await.unwrap();
        assert_eq!((&*viewer.subject, viewer.role), ("ann", Role::Viewer));
        assert!((viewer.expires_at.unwrap() - now() - 3_600).abs() < 10, "{viewer:?}");
        for other in KEYS.into_iter().filter(|other| other.algorithm != pair.algorithm) {
            let reason = authenticator.reason(&other.sign(None, &claims())).await;
            assert_eq!(reason, format!("the token's algorithm is not {:?}", pair.algorithm));
        }
    }
}

#[tokio::test]
async fn a_public_key_is_never_a_shared_secret() {
    for pair in KEYS {
        let alone = of_file(pair);
        let beside = authenticator(|config| {
            with_file(config, pair);
            config.auth.jwt_secret = Some(SECRET.to_owned().into());
        });
        for secret in as_secrets(pair) {
            let forged = signed(&Header::new(Algorithm::HS256), &claims(), &secret);
            let reason = alone.reason(&forged).await;
            assert_eq!(reason, format!("the token's algorithm is not {:?}", pair.algorithm));
            assert_eq!(beside.reason(&forged).await, "the token's signature is wrong");
            // The same signature under the name of the key's own algorithm.
            let (message, signature) = forged.rsplit_once('.').unwrap();
            let (_, body) = message.split_once('.').unwrap();
            let header = json!({ "typ": "JWT", "alg": format!("{:?}", pair.algorithm) });
            let header = URL_SAFE_NO_PAD.encode(header.to_string());
            let renamed = format!("{header}.{body}.{signature}");
            assert_eq!(alone.reason(&renamed).await, "the token's signature is wrong");
        }
    }
}

#[tokio::test]
async fn what_is_not_signed_as_expected_is_refused() {
    let authenticator = authenticator(|config| {
        with_file(config, P256);
        config.auth.jwt_secret = Some(SECRET.to_owned().into());
    });
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let unsigned = |alg: &str| format!("{}.{}.", part(json!({ "alg": alg })), part(claims()));
    let no_header = "the token's header is not one of a signed token";
    let wrong_algorithm = "the token's algorithm is not HS256 or ES256";
    for (token, expected) in [
        (unsigned("none"), no_header),
        (unsigned("None"), no_header),
        (unsigned("NONE"), no_header),
        (unsigned(""), no_header),
        (unsigned("HS256"), "the token's signature is wrong"),
        (unsigned("ES256"), "the token's signature is wrong"),
        (unsigned("RS256"), wrong_algorithm),
        (signed(&Header::new(Algorithm::HS384), &claims(), SECRET.as_bytes()), wrong_algorithm),
        (ED25519.sign(None, &claims()), wrong_algorithm),
    ] {
        assert_eq!(authenticator.reason(&token).await, expected, "{token}");
    }
    let critical = Header { crit: Some(vec!["b64".to_owned()]), ..Header::default() };
    let reason = authenticator.reason(&signed(&critical, &claims(), SECRET.as_bytes())).await;
    assert_eq!(reason, "the token's header has extensions (`crit`)");
    // A key that comes with the token is no key.
    let jwk = serde_json::from_value(RSA.jwk("k")).unwrap();
    let bringing = Header { jwk: Some(jwk), ..Header::default() };
    let reason = authenticator.reason(&signed(&bringing, &claims(), b"other secret")).await;
    assert_eq!(reason, "the token's signature is wrong");
}

#[tokio::test]
async fn claims_are_checked_with_leeway() {
    let authenticator = authenticator(|config| {
        with_file(config, ED25519);
        config.auth.issuer = Some("https://login.example".to_owned());
    });
    let mut good = claims();
    good["iss"] = json!("https://login.example");
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value;
        }
        ED25519.sign(None, &claims)
    };
    for (name, value, expected) in [
        ("exp", json!(now() - 10), "taken as ann"),
        ("exp", json!(now() - 60), "the token has expired"),
        ("exp", Value::Null, "the token lacks the claim `exp`"),
        ("exp", json!("tomorrow"), "the token lacks the claim `exp`"),
        ("exp", json!(-1), "the token lacks the claim `exp`"),
        ("exp", json!(1.5 + 4_000_000_000.0), "taken as ann"),
        ("nbf", json!(now() + 10), "taken as ann"),
        ("nbf", json!(now() + 60), "the token is not valid yet"),
        ("nbf", json!("later"), "the token's claim `nbf` is no time"),
        ("iss", json!("https://login.example/"), "the token is of another issuer"),
        ("iss", Value::Null, "the token lacks the claim `iss`"),
        ("aud", json!(["other", "deskpulse"]), "taken as ann"),
        ("aud", json!("other"), "the token is for another audience"),
        ("aud", json!(["other"]), "the token is for another audience"),
        ("aud", json!([]), "the token is for another audience"),
        ("aud", Value::Null, "the token lacks the claim `aud`"),
        ("sub", Value::Null, "the token lacks the claim `sub`"),
        ("tenant", Value::Null, "the token lacks the claim `tenant`"),
        ("tenant", json!(7), "the token lacks the claim `tenant`"),
        ("tenant", json!("gone"), "tenant `gone` not found"),
        ("role", Value::Null, "the token lacks the claim `role`"),
        ("role", json!(["operator"]), "the token lacks the claim `role`"),
        ("role", json!("Operator"), "the token's claim `role` is \"Operator\", expected one of "),
        ("sub", json!("x".repeat(65)), "the subject is not 1 to 64 printable bytes"),
    ] {
        let reason = authenticator.reason(&with(name, value.clone())).await;
        assert!(reason.starts_with(expected), "{name} {value}: {reason}");
    }
}

#[tokio::test]
async fn a_token_for_another_audience_is_refused_where_none_is_configured() {
    let authenticator = authenticator(|config| {
        config.auth.jwt_secret = Some(SECRET.to_owned().into());
    });
    let token = signed(&Header::default(), &claims(), SECRET.as_bytes());
    assert_eq!(authenticator.reason(&token).await, "the token is for another audience");
}

#[tokio::test]
async fn claims_may_have_the_names_that_a_provider_gives_them() {
    let change = |config: &mut Config| {
        config.auth.jwt_secret = Some(SECRET.to_owned().into());
        config.auth.subject_claim = "https://desk.example/agent".to_owned();
        config.auth.tenant_claim = "https://desk.example/tenant".to_owned();
        config.auth.role_claim = "https://desk.example/role".to_owned();
        config.auth.issuer = Some("https://desk.example".to_owned());
        config.auth.audience = Some("deskpulse".to_owned());
    };
    let authenticator = authenticator(change);
    let mut config = Config::default();
    change(&mut config);
    let own = issue_token_for(&config.auth, "default", "li", Role::Reviewer, now() + 60).unwrap();
    assert_eq!(authenticator.reason(&own).await, "taken as li");
    let token = signed(&Header::default(), &claims(), SECRET.as_bytes());
    assert_eq!(authenticator.reason(&token).await, "the token lacks the claim `iss`");
}
