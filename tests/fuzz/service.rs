//! A whole service within this process, without a socket: what a request meets is what it meets in
//! `serve`.

use std::sync::Arc;

use axum::{
    body::Body,
    http::{HeaderValue, Method, Request, Uri},
};
use chrono::TimeDelta;
use deskpulse::{
    app::App,
    auth::{Role, issue_token},
    clock::{Clock as _, ManualClock, SystemClock},
    config::Config,
    db::Db,
    http::Site,
    tenant::TenantId,
};
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::answer::Answer;

/// Noon in Shanghai.
pub(crate) const NOW: &str = "2026-03-10T04:00:00Z";

const SECRET: &str = "a secret of the fuzz targets, 32 bytes or more";

const CONFIG: &str = r#"
    [log]
    filter = "off"

    [rollup]
    interval_secs = 86400

    [tenants.acme]
    time_zone = "America/New_York"
    language = "en"

    [tenants.acme.coze]
    token = "the secret of acme"

    [tenants.acme.coze.bots]
    bot-7 = "gpt-4o-mini"

    [[prices]]
    model = "gpt-4o-mini"
    from = "2023-01-01"
    input_per_million = "0.15"
    output_per_million = "0.60"
"#;

pub(crate) struct Service {
    pub(crate) app: App,
    site: Site,
    _folder: TempDir,
}

impl Service {
    pub(crate) async fn open() -> Self {
        Self::open_with("", |_| {}).await
    }

    /// The same with more lines in the configuration, and with another one.
    pub(crate) async fn open_with(lines: &str, change: impl FnOnce(&mut Config)) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().expect("a folder");
        let mut config: Config = toml::from_str(&format!("{CONFIG}{lines}")).expect("TOML");
        config.auth.jwt_secret = Some(SECRET.into());
        config.store.data_dir = Some(folder.path().to_owned());
        change(&mut config);
        let config = Arc::new(config.checked().expect("a valid configuration"));
        let db = Db::connect(&config.store).await.expect("a database");
        db.migrate().await.expect("migrations");
        let clock = Arc::new(ManualClock::at(NOW.parse().expect("an instant")));
        let app = App::start(config, clock, db).await.expect("an app");
        let metrics = PrometheusBuilder::new().build_recorder().handle();
        let site = Site::new(app.http_state(metrics));
        Self { app, site, _folder: folder }
    }

    /// Sends a request; `None` for one that no client could send.
    pub(crate) async fn send(
        &self,
        method: Method,
        address: &str,
        headers: &[(&str, &[u8])],
        body: Vec<u8>,
    ) -> Option<Result<Answer, String>> {
        let mut request = Request::new(Body::from(body));
        *request.method_mut() = method;
        *request.uri_mut() = address.parse::<Uri>().ok()?;
        for (name, value) in headers {
            let name = name.parse::<axum::http::HeaderName>().ok()?;
            request.headers_mut().insert(name, HeaderValue::from_bytes(value).ok()?);
        }
        Some(Answer::read(self.site.clone().answer(request).await).await)
    }

    /// Posts JSON as an operator, or whoever the headers name.
    pub(crate) async fn post(
        &self,
        path: &str,
        headers: &[(&str, &[u8])],
        body: Vec<u8>,
    ) -> Result<Answer, String> {
        let token = bearer("default", Role::Operator);
        let mut all: Vec<(&str, &[u8])> = vec![
            ("content-type", b"application/json".as_slice()),
            ("authorization", token.as_bytes()),
        ];
        all.extend(headers);
        let answer = self.send(Method::POST, path, &all, body).await;
        answer.expect("a request that can be sent")
    }

    /// The answer to an operation that is none of the inputs; it must be without errors of ours.
    pub(crate) async fn ask(&self, tenant: &str, query: &str, variables: &Value) -> Value {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let token = bearer(tenant, Role::Operator);
        let headers: [(&str, &[u8]); 1] = [("authorization", token.as_bytes())];
        let answer = self.post("/graphql", &headers, body.into_bytes()).await.expect("an answer");
        if let Err(fault) = answer.judge("") {
            panic!("{query}: {fault}");
        }
        serde_json::from_str(&answer.body).expect("JSON")
    }

    /// Waits until nothing is pending.
    pub(crate) async fn flushed(&self) {
        let tenant = TenantId::new("default");
        for _ in 0..1_000 {
            let pending = self.app.services.tracker.pending(&tenant).await;
            if pending.is_ok_and(|pending| pending.events == 0) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("events are still pending");
    }

    pub(crate) async fn close(self) {
        drop(self.site);
        self.app.stop(std::time::Duration::from_secs(10)).await;
    }
}

/// The header of a caller, good for the time that a run may take.
pub(crate) fn bearer(tenant: &str, role: Role) -> String {
    format!("Bearer {}", token(tenant, role, 24))
}

/// A token that holds for some hours of the machine's time, which the check goes by.
pub(crate) fn token(tenant: &str, role: Role, hours: i64) -> String {
    let expires_at = SystemClock.now() + TimeDelta::hours(hours);
    issue_token(&SECRET.into(), tenant, "fuzz", role, expires_at.timestamp()).expect("a token")
}
