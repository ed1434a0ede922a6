//! API keys.

use chrono::TimeDelta;

use super::authenticator;
use crate::{
    auth::{Role, generate_key, key_digest},
    clock::{Clock as _, SystemClock},
    config::ApiKey,
};

fn entry(key: &str, expires_in: Option<TimeDelta>) -> ApiKey {
    ApiKey {
        product: Some("shop".to_owned()),
        expires_at: expires_in.map(|time| SystemClock.now() + time),
        ..ApiKey::new("bot", key, "default", Role::Ingest)
    }
}

#[tokio::test]
async fn several_keys_of_a_caller_hold_until_they_end() {
    let [old, present, ended] = [(); 3].map(|()| generate_key());
    let day = TimeDelta::days(1);
    let authenticator = authenticator(|config| {
        config.auth.keys =
            vec![entry(&old, Some(day)), entry(&present, None), entry(&ended, Some(-day))];
    });
    let viewer = authenticator.viewer(&old).await.unwrap();
    let tomorrow = (SystemClock.now() + day).timestamp();
    assert!(viewer.expires_at.is_some_and(|at| (tomorrow - at).abs() < 5), "{viewer:?}");
    let viewer = authenticator.viewer(&present).await.unwrap();
    assert_eq!((&*viewer.subject, viewer.role, viewer.expires_at), ("bot", Role::Ingest, None));
    assert_eq!(viewer.product.as_deref(), Some("shop"));
    assert_eq!(authenticator.reason(&ended).await, "the key has expired");
    assert_eq!(authenticator.reason(&generate_key()).await, "unknown key");
    assert_eq!(authenticator.reason(&key_digest(&present)).await, "tokens are not accepted here");
    assert_eq!(authenticator.reason(&format!("dpk_{}", key_digest(&present))).await, "unknown key");
}

#[tokio::test]
async fn nothing_that_is_secret_is_shown() {
    let (key, secret) = (generate_key(), "a secret of more than thirty-two bytes");
    let mut config = crate::config::Config::default();
    config.auth.keys = vec![entry(&key, None)];
    config.auth.jwt_secret = Some(secret.to_owned().into());
    config.auth.jwt_public_key_file =
        Some(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/keys/rsa.public.pem").into());
    config.auth.audience = Some("deskpulse".to_owned());
    config.store.database_url = Some("postgres://desk:hunter2@localhost/desk".to_owned().into());
    config.store.redis_url = Some("redis://desk:hunter2@localhost".to_owned().into());
    let config = std::sync::Arc::new(config.checked().unwrap());
    let authenticator = crate::auth::Authenticator::new(config.clone()).unwrap();
    let viewer = authenticator.viewer(&key).await.unwrap();
    let shown = format!("{config:?} {config:#?} {authenticator:?} {viewer:?}");
    assert!(shown.contains("bot"));
    for hidden in [secret, &key, key.trim_start_matches("dpk_"), "hunter2"] {
        assert!(!shown.contains(hidden), "{shown}");
    }
}
