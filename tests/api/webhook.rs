//! Marks of the quota are told: to whoever listens, and to a receiver that may fail.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use deskpulse::{auth::Role, clock::Clock as _, config::Config, tenant::WebhookSettings};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

use crate::harness::{TestApp, eventually};

const KEY: [u8; 32] = [7; 32];
const ALERTS: &str = "{ billing { quotaAlerts { percent webhook {
    id status attempts lastAttemptAt nextAttemptAt deliveredAt httpStatus error
} } } }";

/// What a receiver was sent.
#[derive(Clone, Debug)]
struct Request {
    id: String,
    timestamp: i64,
    signatures: String,
    body: Bytes,
}

/// A receiver that answers as it is told, otherwise 200. Without an answer it lets callers wait.
struct Receiver {
    address: SocketAddr,
    script: Arc<Script>,
    server: JoinHandle<()>,
}

#[derive(Default)]
struct Script {
    answers: Mutex<VecDeque<Option<u16>>>,
    requests: Mutex<Vec<Request>>,
}

async fn take(
    State(script): State<Arc<Script>>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, [(&'static str, &'static str); 1]) {
    let text = |name: &str| headers[name].to_str().expect("text").to_owned();
    assert_eq!(text("content-type"), "application/json");
    script.requests.lock().expect("a lock").push(Request {
        id: text("webhook-id"),
        timestamp: text("webhook-timestamp").parse().expect("seconds"),
        signatures: text("webhook-signature"),
        body,
    });
    let answer = script.answers.lock().expect("a lock").pop_front();
    let Some(status) = answer.unwrap_or(Some(200)) else { std::future::pending().await };
    (StatusCode::from_u16(status).expect("a status"), [("location", "/elsewhere")])
}

impl Receiver {
    async fn start(answers: &[Option<u16>]) -> Self {
        Self::start_at(SocketAddr::from(([127, 0, 0, 1], 0)), answers).await
    }

    async fn start_at(address: SocketAddr, answers: &[Option<u16>]) -> Self {
        let listener = TcpListener::bind(address).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let answers = Mutex::new(answers.iter().copied().collect());
        let script = Arc::new(Script { answers, ..Script::default() });
        let router = Router::new().route("/hooks", post(take)).with_state(Arc::clone(&script));
        let server = tokio::spawn(async move {
            axum::serve(listener, router).await.expect("a server");
        });
        Self { address, script, server }
    }

    fn requests(&self) -> Vec<Request> {
        self.script.requests.lock().expect("a lock").clone()
    }

    /// Waits for so many requests.
    async fn received(&self, count: usize) -> Vec<Request> {
        eventually("a request", async || Some(self.requests()).filter(|all| all.len() >= count))
            .await
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// HMAC by its definition (RFC 2104), apart from the library that signs.
fn hmac_sha256(key: &[u8], message: &[u8]) -> Vec<u8> {
    use sha2::{Digest as _, Sha256};
    let mut block = [0; 64];
    block[..key.len()].copy_from_slice(key);
    let pad = |with: u8| block.map(|byte| byte ^ with);
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize().to_vec()
}

fn signature(key: &[u8], request: &Request) -> String {
    let mut signed = format!("{}.{}.", request.id, request.timestamp).into_bytes();
    signed.extend_from_slice(&request.body);
    format!("v1,{}", STANDARD.encode(hmac_sha256(key, &signed)))
}

fn secret(key: &[u8]) -> secrecy::SecretString {
    format!("whsec_{}", STANDARD.encode(key)).into()
}

fn with_webhook(address: SocketAddr) -> impl FnOnce(&mut Config) {
    move |config| {
        let tenant = config.tenants.get_mut("acme").expect("the tenant");
        Arc::make_mut(tenant).quota_webhook = Some(WebhookSettings {
            url: format!("http://{address}/hooks").into(),
            secret: secret(&KEY),
            previous_secret: None,
        });
    }
}

/// Uses so many of the 10,000 tokens of `acme`.
async fn used(app: &TestApp, id: &str, tokens: i64) {
    let record =
        "mutation ($input: TokenUsageInput!) { recordTokenUsage(input: $input) { recorded } }";
    let input = json!({ "requestId": id, "tokens": tokens });
    app.caller("acme", Role::Ingest, "bot").data(record, json!({ "input": input })).await;
}

async fn webhooks(app: &TestApp) -> Vec<Value> {
    let data = app.caller("acme", Role::Viewer, "ann").ask(ALERTS).await;
    let alerts = data["billing"]["quotaAlerts"].as_array().expect("alerts").clone();
    alerts.iter().map(|alert| alert["webhook"].clone()).collect()
}

/// Waits until the webhook of the only mark stands so.
async fn stands(app: &TestApp, status: &str, attempts: i64) -> Value {
    eventually("the webhook", async || {
        let webhook = webhooks(app).await.first().cloned()?;
        (webhook["status"] == status && webhook["attempts"] == attempts && is_told(&webhook))
            .then_some(webhook)
    })
    .await
}

/// Whether what came of the last attempt is written down: while it is made, its lease of a minute is.
fn is_told(webhook: &Value) -> bool {
    let at = |key: &str| webhook[key].as_str().and_then(|at| at.parse::<DateTime<Utc>>().ok());
    match (at("lastAttemptAt"), at("nextAttemptAt")) {
        (Some(last), Some(next)) => next - last != TimeDelta::minutes(1),
        (last, _) => last.is_some(),
    }
}

#[tokio::test]
async fn a_webhook_is_signed_and_sent_again_until_it_is_taken() {
    let receiver = Receiver::start(&[Some(500), Some(302)]).await;
    let app = TestApp::spawn_with(with_webhook(receiver.address)).await;
    used(&app, "a", 7_999).await;
    assert!(webhooks(&app).await.is_empty());
    used(&app, "b", 1).await;
    let failed = stands(&app, "PENDING", 1).await;
    assert_eq!(
        (&failed["httpStatus"], &failed["error"], &failed["deliveredAt"]),
        (&json!(500), &json!("the receiver did not accept it"), &Value::Null)
    );
    let next: DateTime<Utc> = failed["nextAttemptAt"].as_str().unwrap().parse().unwrap();
    let wait = next - app.clock.now();
    assert!((TimeDelta::seconds(5)..=TimeDelta::milliseconds(7_500)).contains(&wait), "{wait}");
    app.advance(TimeDelta::seconds(8));
    let redirected = stands(&app, "PENDING", 2).await;
    assert_eq!(redirected["error"], "redirects are not followed");
    app.advance(TimeDelta::seconds(16));
    let delivered = stands(&app, "DELIVERED", 3).await;
    let requests = receiver.requests();
    assert_eq!(
        delivered,
        json!({
            "id": requests[0].id, "status": "DELIVERED", "attempts": 3,
            "lastAttemptAt": "2026-03-10T04:00:24Z", "nextAttemptAt": null,
            "deliveredAt": "2026-03-10T04:00:24Z", "httpStatus": 200, "error": null,
        })
    );
    let times: Vec<_> = requests.iter().map(|request| request.timestamp).collect();
    assert_eq!(times, [1_773_115_200, 1_773_115_208, 1_773_115_224], "of each attempt");
    for request in &requests {
        assert_eq!(request.signatures, signature(&KEY, request));
        assert_eq!((&request.id, &request.body), (&requests[0].id, &requests[0].body));
    }
    let body: Value = serde_json::from_slice(&requests[0].body).unwrap();
    assert_eq!(
        body,
        json!({
            "type": "quota.crossed", "timestamp": "2026-03-10T04:00:00Z", "data": {
                "id": requests[0].id, "tenant": "acme", "percent": 80, "tokens_used": 8_000,
                "tokens_total": 10_000, "period_start": "2026-02-20", "reset_date": "2026-03-20",
            },
        })
    );
    // Each mark has a message of its own; nothing more comes of the first.
    used(&app, "c", 2_000).await;
    let all = receiver.received(5).await;
    let percents: Vec<_> = all[3..]
        .iter()
        .map(|request| serde_json::from_slice::<Value>(&request.body).unwrap()["data"].clone())
        .map(|data| data["percent"].as_i64().unwrap())
        .collect();
    assert!(percents.contains(&95) && percents.contains(&100), "{percents:?}");
}

#[tokio::test]
async fn of_replicas_each_attempt_is_made_by_one() {
    let receiver = Receiver::start(&[Some(503), Some(503), Some(503)]).await;
    let app = TestApp::spawn_with(with_webhook(receiver.address)).await;
    let other = app.replica().await;
    used(&app, "a", 8_000).await;
    for attempts in 1..=3 {
        stands(&app, "PENDING", attempts).await;
        // Far beyond the next attempt, and looked at by all at once.
        app.advance(TimeDelta::minutes(1));
        let looks = [&app, &other].into_iter().cycle().take(16);
        let looks = looks.map(|app| app.app.services.webhooks.deliver_due());
        futures_util::future::try_join_all(looks).await.expect("no error");
    }
    stands(&other, "DELIVERED", 4).await;
    assert_eq!(receiver.requests().len(), 4);
    let looks = [&app, &other].map(|app| app.app.services.webhooks.deliver_due());
    let made = futures_util::future::try_join_all(looks).await.expect("no error");
    assert_eq!((made, receiver.requests().len()), (vec![0, 0], 4));
}

#[tokio::test]
async fn a_restart_between_attempts_loses_no_webhook() {
    // Nobody listens there yet.
    let address = {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        listener.local_addr().expect("an address")
    };
    let app = TestApp::spawn_with(with_webhook(address)).await;
    used(&app, "a", 8_000).await;
    assert_eq!(stands(&app, "PENDING", 1).await["error"], "no connection");
    let stopped = app.halt(Duration::from_secs(10)).await;
    stopped.advance(TimeDelta::seconds(8));
    let receiver = Receiver::start_at(address, &[None]).await;
    let app = stopped.start().await;
    receiver.received(1).await;
    // It ends while the receiver thinks: nobody knows whether the message was taken.
    let stopped = app.halt(Duration::from_secs(10)).await;
    assert!(stopped.took < Duration::from_secs(5), "{:?}", stopped.took);
    let app = stopped.start().await;
    assert_eq!(app.app.services.webhooks.deliver_due().await.expect("no error"), 0);
    app.advance(TimeDelta::seconds(60));
    let delivered = stands(&app, "DELIVERED", 3).await;
    let requests = receiver.requests();
    assert_eq!(requests.len(), 2);
    assert!(requests.iter().all(|request| delivered["id"] == request.id.as_str()));
}

#[tokio::test]
async fn a_webhook_is_given_up_when_nobody_wants_it_or_after_three_days() {
    let gone = Receiver::start(&[Some(410)]).await;
    let app = TestApp::spawn_with(with_webhook(gone.address)).await;
    used(&app, "a", 8_000).await;
    let webhook = stands(&app, "GIVEN_UP", 1).await;
    assert_eq!(
        (&webhook["httpStatus"], &webhook["error"], &webhook["nextAttemptAt"]),
        (&json!(410), &json!("the receiver wants no more messages"), &Value::Null)
    );
    let failing = Receiver::start(&[Some(500), Some(500)]).await;
    let app = TestApp::spawn_with(with_webhook(failing.address)).await;
    used(&app, "a", 8_000).await;
    stands(&app, "PENDING", 1).await;
    app.advance(TimeDelta::hours(72));
    stands(&app, "GIVEN_UP", 2).await;
    app.advance(TimeDelta::hours(2));
    assert_eq!(app.app.services.webhooks.deliver_due().await.expect("no error"), 0);
}

#[tokio::test]
async fn while_a_secret_changes_both_sign() {
    let receiver = Receiver::start(&[]).await;
    let app = TestApp::spawn_with(|config| {
        with_webhook(receiver.address)(config);
        let tenant = config.tenants.get_mut("acme").expect("the tenant");
        let webhook = Arc::make_mut(tenant).quota_webhook.as_mut().expect("a webhook");
        webhook.previous_secret = Some(secret(&[9; 24]));
    })
    .await;
    used(&app, "a", 8_000).await;
    let request = receiver.received(1).await.remove(0);
    let both = [signature(&KEY, &request), signature(&[9; 24], &request)].join(" ");
    assert_eq!(request.signatures, both);
}

#[tokio::test]
async fn a_tenant_without_a_webhook_has_none_when_it_gets_one() {
    let receiver = Receiver::start(&[]).await;
    let app = TestApp::spawn().await;
    used(&app, "a", 8_000).await;
    assert_eq!(webhooks(&app).await, [Value::Null]);
    let app = app.restart_with(with_webhook(receiver.address)).await;
    used(&app, "b", 1_500).await;
    assert_eq!(stands(&app, "DELIVERED", 1).await["status"], "DELIVERED");
    assert_eq!(webhooks(&app).await[1], Value::Null);
    assert_eq!(receiver.requests().len(), 1);
}

const WATCH: &str = "subscription { quotaAlerts { percent tokensUsed resetDate } }";

fn percents(data: &Value) -> Vec<i64> {
    let marks = data["quotaAlerts"].as_array().expect("a list");
    marks.iter().map(|mark| mark["percent"].as_i64().expect("a percentage")).collect()
}

#[tokio::test]
async fn whoever_listens_sees_the_marks_of_the_present_period_and_each_that_comes() {
    let app = TestApp::spawn().await;
    let other = app.replica().await;
    used(&app, "a", 8_000).await;
    let mut here = app.subscribe("acme", Role::Viewer, WATCH).await;
    let mut there = other.subscribe("acme", Role::Viewer, WATCH).await;
    let mut elsewhere = app.subscribe("default", Role::Viewer, WATCH).await;
    let first = json!({ "quotaAlerts": [
        { "percent": 80, "tokensUsed": 8_000, "resetDate": "2026-03-20" },
    ] });
    assert_eq!((here.data().await, there.data().await), (first.clone(), first));
    assert_eq!(percents(&elsewhere.data().await), Vec::<i64>::new());
    used(&app, "b", 1_600).await;
    assert_eq!(percents(&here.data().await), [95, 80]);
    assert_eq!(percents(&there.data().await), [95, 80]);
    // A new period has none.
    app.advance(TimeDelta::days(10));
    assert_eq!(percents(&here.data().await), Vec::<i64>::new());
    used(&app, "c", 10_000).await;
    assert_eq!(percents(&here.until(|data| percents(data).len() == 3).await), [100, 95, 80]);
}

#[tokio::test]
async fn marks_are_shown_to_viewers_of_the_own_tenant() {
    let app = TestApp::spawn().await;
    let mut product = app.subscribe("acme", Role::Ingest, WATCH).await;
    assert_eq!(product.refusal().await, "FORBIDDEN");
    let of =
        |tenant| format!("subscription {{ quotaAlerts(tenantId: \"{tenant}\") {{ percent }} }}");
    for (role, tenant, code) in
        [(Role::Viewer, "default", "FORBIDDEN"), (Role::Operator, "nowhere", "NOT_FOUND")]
    {
        let mut refused = app.subscribe("acme", role, &of(tenant)).await;
        assert_eq!(refused.refusal().await, code, "{tenant} as {role:?}");
    }
    let mut operator = app.subscribe("acme", Role::Operator, &of("default")).await;
    assert_eq!(percents(&operator.data().await), Vec::<i64>::new());
}
