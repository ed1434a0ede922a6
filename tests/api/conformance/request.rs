//! Requests as they are sent, and what came back: nothing of it is taken for granted.

use deskpulse::{
    auth::Role,
    config::{Config, Statuses},
};
use serde_json::Value;

use crate::harness::TestApp;

pub(super) const GRAPHQL: &str = "application/graphql-response+json";
pub(super) const JSON: &str = "application/json";

/// A request of a viewer of tenant `default`, to be changed by a test.
pub(super) struct Ask {
    request: reqwest::RequestBuilder,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) text: String,
    headers: reqwest::header::HeaderMap,
}

/// A service with the other statuses.
pub(super) async fn september_2026() -> TestApp {
    TestApp::spawn_with(|config: &mut Config| config.server.statuses = Statuses::September2026)
        .await
}

impl Ask {
    /// Without credentials.
    pub(super) fn bare(app: &TestApp, method: &str, path: &str) -> Self {
        let method = method.parse().expect("a method");
        let url = format!("{}{path}", app.url());
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        Self { request: client.build().expect("a client").request(method, url) }
    }

    pub(super) fn with(app: &TestApp, method: &str, path: &str) -> Self {
        let token = app.token("default", Role::Viewer, "vera");
        let Self { request } = Self::bare(app, method, path);
        Self { request: request.bearer_auth(token) }
    }

    /// A POST of JSON.
    pub(super) fn post(app: &TestApp, body: &Value) -> Self {
        Self::text(app, &body.to_string())
    }

    /// The same of text that need not be JSON.
    pub(super) fn text(app: &TestApp, body: &str) -> Self {
        Self::with(app, "POST", "/graphql").header("content-type", JSON).body(body.to_owned())
    }

    /// A GET with these parameters.
    pub(super) fn get(app: &TestApp, parameters: &[(&str, &str)]) -> Self {
        let url = reqwest::Url::parse_with_params("http://desk/graphql", parameters);
        let url = url.expect("an address");
        let path = format!("/graphql?{}", url.query().unwrap_or_default());
        Self::with(app, "GET", &path)
    }

    pub(super) fn header(self, name: &str, value: &str) -> Self {
        Self { request: self.request.header(name, value) }
    }

    pub(super) fn accept(self, media: &str) -> Self {
        self.header("accept", media)
    }

    pub(super) fn body(self, body: impl Into<reqwest::Body>) -> Self {
        Self { request: self.request.body(body) }
    }

    pub(super) async fn send(self) -> Reply {
        let response = self.open().await;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Reply { status, headers, text: response.text().await.expect("a body") }
    }

    /// Returns once the headers are there.
    pub(super) async fn open(self) -> reqwest::Response {
        self.request.send().await.expect("an answer")
    }
}

impl Reply {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    /// The media type without parameters.
    pub(super) fn media(&self) -> &str {
        self.header("content-type").split(';').next().unwrap_or_default()
    }

    /// The code of the first error.
    pub(super) fn code(&self) -> String {
        self.json()["errors"][0]["extensions"]["code"].as_str().unwrap_or_default().to_owned()
    }

    pub(super) fn message(&self) -> String {
        self.json()["errors"][0]["message"].as_str().unwrap_or_default().to_owned()
    }

    /// Whether it is a result of GraphQL without `data`: errors, each with a message.
    pub(super) fn is_request_error(&self) -> bool {
        let body = self.json();
        let errors = body["errors"].as_array().cloned().unwrap_or_default();
        let worded = errors.iter().all(|error| error["message"].is_string());
        body.get("data").is_none() && !errors.is_empty() && worded
    }
}
