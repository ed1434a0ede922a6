//! Tokens by the set of keys of an identity provider that answers, rotates, fails and lies.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{Router, http::StatusCode, response::IntoResponse as _, routing::get};
use serde_json::{Value, json};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use crate::{
    auth::{
        Authenticator,
        jwks::{Jwks, Timing},
        testing::{ED25519, P256, RSA, claims, now},
    },
    config::Config,
    error::Code,
};

const UNKNOWN: &str = "the token's key is not known";

/// What the provider says next.
#[derive(Clone)]
enum Says {
    Keys(Vec<Value>),
    Text(String),
    Status(StatusCode),
    Nothing,
}

/// An identity provider on a port of its own.
struct Provider {
    url: String,
    says: Arc<Mutex<Says>>,
    asked: Arc<AtomicUsize>,
    _task: AbortOnDropHandle<()>,
}

impl Provider {
    async fn start(says: Says) -> Self {
        let (says, asked) = (Arc::new(Mutex::new(says)), Arc::new(AtomicUsize::new(0)));
        let (saying, asking) = (Arc::clone(&says), Arc::clone(&asked));
        let answer = move || {
            asking.fetch_add(1, Ordering::SeqCst);
            let says = saying.lock().unwrap().clone();
            async move {
                match says {
                    Says::Keys(keys) => json!({ "keys": keys }).to_string().into_response(),
                    Says::Text(text) => text.into_response(),
                    Says::Status(status) => {
                        (status, [("location", "/keys")], json!({ "keys": [] }).to_string())
                            .into_response()
                    }
                    Says::Nothing => std::future::pending().await,
                }
            }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/keys", listener.local_addr().unwrap());
        let site = Router::new().route("/keys", get(answer));
        let task = tokio::spawn(async move { axum_serve(listener, site).await });
        Self { url, says, asked, _task: AbortOnDropHandle::new(task) }
    }

    fn now_says(&self, says: Says) {
        *self.says.lock().unwrap() = says;
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// An authenticator that asks it, with pauses for tests.
    fn authenticator(&self, timing: Timing) -> Arc<Authenticator> {
        self.authenticator_with(timing, |_| {})
    }

    fn authenticator_with(
        &self,
        timing: Timing,
        change: impl FnOnce(&mut Config),
    ) -> Arc<Authenticator> {
        let mut config = Config::default();
        config.auth.jwks_url = Some(self.url.clone());
        config.auth.audience = Some("deskpulse".to_owned());
        change(&mut config);
        let jwks = Jwks::with(&self.url, timing).unwrap();
        let config = Arc::new(config.checked().unwrap());
        Arc::new(Authenticator::with(config, Some(jwks)).unwrap())
    }
}

async fn axum_serve(listener: tokio::net::TcpListener, site: Router) {
    use hyper::server::conn::http1;
    use hyper_util::{rt::TokioIo, service::TowerToHyperService};
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let service = TowerToHyperService::new(site.clone());
        tokio::spawn(async move {
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

fn timing(pause_ms: u64, longest_ms: u64) -> Timing {
    let pause = Duration::from_millis(pause_ms);
    Timing { pause, first_pause: pause, longest: Duration::from_millis(longest_ms) }
}

const NEVER: u64 = 1_000_000;

/// Waits until a credential is answered like this.
async fn until(authenticator: &Authenticator, token: &str, expected: &str) {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let reason = authenticator.reason(token).await;
        if reason == expected {
            return;
        }
        assert!(Instant::now() < deadline, "{reason}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn the_provider_is_asked_once_for_many_tokens_of_its_keys() {
    let keys = vec![RSA.jwk("a"), P256.jwk("b"), ED25519.jwk("c")];
    let provider = Provider::start(Says::Keys(keys)).await;
    let authenticator = provider.authenticator(timing(NEVER, NEVER));
    let tokens: Vec<_> = [(RSA, "a"), (P256, "b"), (ED25519, "c")]
        .into_iter()
        .flat_map(|(pair, kid)| {
            // Each is the only one of its kind.
            [Some(kid), None].map(|kid| pair.sign(kid, &claims()))
        })
        .collect();
    let all = tokens.iter().cycle().take(60).map(|token| authenticator.reason(token));
    for reason in futures_util::future::join_all(all).await {
        assert_eq!(reason, "taken as ann");
    }
    assert_eq!(provider.asked(), 1);
    // A key is taken with its own algorithm and under its own id.
    assert_eq!(authenticator.reason(&RSA.sign(Some("b"), &claims())).await, UNKNOWN);
    let mut late = claims();
    late["exp"] = json!(now() - 60);
    let reason = authenticator.reason(&P256.sign(Some("b"), &late)).await;
    assert_eq!(reason, "the token has expired");
    assert_eq!(provider.asked(), 1);
}

#[tokio::test]
async fn a_flood_of_unknown_ids_does_not_reach_the_provider() {
    let provider = Provider::start(Says::Keys(vec![P256.jwk("a")])).await;
    let authenticator = provider.authenticator(timing(NEVER, NEVER));
    let good = P256.sign(Some("a"), &claims());
    assert_eq!(authenticator.reason(&good).await, "taken as ann");
    let flood: Vec<_> = (0..200).map(|id| P256.sign(Some(&format!("x{id}")), &claims())).collect();
    for reason in
        futures_util::future::join_all(flood.iter().map(|token| authenticator.reason(token))).await
    {
        assert_eq!(reason, UNKNOWN);
    }
    assert_eq!(provider.asked(), 1);
    assert_eq!(authenticator.reason(&good).await, "taken as ann");
}

#[tokio::test]
async fn a_key_that_is_new_is_found_and_one_that_was_taken_back_is_not() {
    let provider = Provider::start(Says::Keys(vec![P256.jwk("old")])).await;
    let authenticator = provider.authenticator(timing(20, NEVER));
    let (old, new) = (P256.sign(Some("old"), &claims()), ED25519.sign(Some("new"), &claims()));
    assert_eq!(authenticator.reason(&old).await, "taken as ann");
    assert_eq!(authenticator.reason(&new).await, UNKNOWN);
    provider.now_says(Says::Keys(vec![P256.jwk("old"), ED25519.jwk("new")]));
    until(&authenticator, &new, "taken as ann").await;
    assert_eq!(authenticator.reason(&old).await, "taken as ann");
    provider.now_says(Says::Keys(vec![ED25519.jwk("new")]));
    // Known tokens are looked at again as soon as the set is another.
    until(&authenticator, &RSA.sign(Some("none"), &claims()), UNKNOWN).await;
    until(&authenticator, &old, UNKNOWN).await;
    assert_eq!(authenticator.reason(&new).await, "taken as ann");
}

#[tokio::test]
async fn as_long_as_nothing_is_known_nobody_is_refused_for_good() {
    let provider = Provider::start(Says::Status(StatusCode::INTERNAL_SERVER_ERROR)).await;
    let authenticator = provider.authenticator(timing(10, NEVER));
    let token = P256.sign(Some("a"), &claims());
    let error = authenticator.viewer(&token).await.unwrap_err();
    assert_eq!(error.code(), Code::Unavailable, "{error}");
    provider.now_says(Says::Keys(vec![P256.jwk("a")]));
    until(&authenticator, &token, "taken as ann").await;
}

#[tokio::test]
async fn a_provider_that_is_away_leaves_its_last_keys_for_a_while() {
    let provider = Provider::start(Says::Keys(vec![P256.jwk("a")])).await;
    let authenticator = provider.authenticator(timing(10, 1_500));
    let (known, unknown) = (P256.sign(Some("a"), &claims()), RSA.sign(Some("b"), &claims()));
    assert_eq!(authenticator.reason(&known).await, "taken as ann");
    provider.now_says(Says::Status(StatusCode::BAD_GATEWAY));
    // Nobody can tell whose key it is.
    let away = "the identity provider does not answer, retry in 1000 ms";
    until(&authenticator, &unknown, away).await;
    assert_eq!(authenticator.reason(&known).await, "taken as ann");
    tokio::time::sleep(Duration::from_millis(1_600)).await;
    assert_eq!(authenticator.reason(&unknown).await, away);
    assert_eq!(authenticator.reason(&known).await, away);
    provider.now_says(Says::Keys(vec![P256.jwk("a")]));
    until(&authenticator, &known, "taken as ann").await;
}

#[tokio::test]
async fn an_answer_that_is_no_set_leaves_the_last_one() {
    let provider = Provider::start(Says::Keys(vec![P256.jwk("a")])).await;
    let authenticator = provider.authenticator(timing(0, NEVER));
    let (known, unknown) = (P256.sign(Some("a"), &claims()), RSA.sign(Some("b"), &claims()));
    assert_eq!(authenticator.reason(&known).await, "taken as ann");
    let padding = " ".repeat(256 * 1024);
    for says in [
        Says::Text("<html>".to_owned()),
        Says::Keys(vec![]),
        Says::Keys(vec![RSA.jwk("b"); 65]),
        Says::Text(format!("{{\"keys\": [{}]}}{padding}", RSA.jwk("b"))),
        Says::Status(StatusCode::FOUND),
    ] {
        provider.now_says(says);
        let error = authenticator.viewer(&unknown).await.unwrap_err();
        assert_eq!(error.code(), Code::Unavailable, "{error}");
        assert_eq!(authenticator.reason(&known).await, "taken as ann");
    }
}

#[tokio::test]
async fn the_keys_are_fetched_before_anyone_asks() {
    let provider = Provider::start(Says::Status(StatusCode::NOT_FOUND)).await;
    let authenticator = provider.authenticator(timing(10, NEVER));
    let stop = CancellationToken::new();
    let keeping = tokio::spawn(Arc::clone(&authenticator).keep_fresh(stop.clone()));
    let deadline = Instant::now() + Duration::from_secs(10);
    while provider.asked() < 3 {
        assert!(Instant::now() < deadline, "asked {} times", provider.asked());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    provider.now_says(Says::Keys(vec![P256.jwk("a")]));
    until(&authenticator, &P256.sign(Some("a"), &claims()), "taken as ann").await;
    stop.cancel();
    keeping.await.unwrap();
}

#[tokio::test]
async fn who_waits_for_a_silent_provider_harms_no_other() {
    let provider = Provider::start(Says::Keys(vec![P256.jwk("a")])).await;
    let authenticator = provider.authenticator(timing(0, NEVER));
    let known = P256.sign(Some("a"), &claims());
    assert_eq!(authenticator.reason(&known).await, "taken as ann");
    provider.now_says(Says::Nothing);
    let unknown = RSA.sign(Some("b"), &claims());
    let waiting = tokio::spawn({
        let authenticator = Arc::clone(&authenticator);
        async move { authenticator.reason(&unknown).await }
    });
    while provider.asked() < 2 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let started = Instant::now();
    // One that was not checked before.
    let mut other = claims();
    other["sub"] = json!("ben");
    assert_eq!(authenticator.reason(&P256.sign(Some("a"), &other)).await, "taken as ben");
    assert!(started.elapsed() < Duration::from_secs(1));
    // Who goes away does not break the question off.
    waiting.abort();
    assert!(waiting.await.unwrap_err().is_cancelled());
    assert_eq!(provider.asked(), 2);
}

#[tokio::test]
async fn a_file_a_secret_and_a_provider_serve_side_by_side() {
    let provider = Provider::start(Says::Keys(vec![RSA.jwk("a")])).await;
    let authenticator = provider.authenticator_with(timing(NEVER, NEVER), |config| {
        config.auth.jwt_secret = Some(super::SECRET.to_owned().into());
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/keys/p256.public.pem");
        config.auth.jwt_public_key_file = Some(file.into());
    });
    let by_secret =
        super::signed(&jsonwebtoken::Header::default(), &claims(), super::SECRET.as_bytes());
    assert_eq!(authenticator.reason(&by_secret).await, "taken as ann");
    assert_eq!(authenticator.reason(&P256.sign(Some("own"), &claims())).await, "taken as ann");
    assert_eq!(provider.asked(), 0);
    assert_eq!(authenticator.reason(&RSA.sign(Some("a"), &claims())).await, "taken as ann");
    assert_eq!(authenticator.reason(&ED25519.sign(Some("a"), &claims())).await, UNKNOWN);
    assert_eq!(provider.asked(), 1);
}
