//! Calls of the GraphQL endpoint, each timed from its first try to its answer.

use std::time::{Duration, Instant};

use reqwest::{
    Url,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue},
    redirect,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::error::BenchError;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const REQUEST_TIMEOUT: Duration = Duration::from_mins(1);
/// A service that is busy is asked again this often, with the same ids.
const TRIES: u32 = 5;
const RETRY_PAUSE: Duration = Duration::from_millis(200);
/// Most of an unexpected answer that is shown.
const MAX_SHOWN: usize = 300;

/// A service under test; clones share their connections.
#[derive(Clone, Debug)]
pub(super) struct Client {
    http: reqwest::Client,
    url: Url,
}

/// An answer and what it took.
#[derive(Debug)]
pub(super) struct Answer<T> {
    pub(super) data: T,
    pub(super) took: Duration,
    pub(super) retries: u32,
}

/// The body of a request.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Call<'a, V> {
    pub(super) query: &'a str,
    pub(super) variables: &'a V,
}

#[derive(Deserialize)]
struct Reply<T> {
    data: Option<T>,
    #[serde(default)]
    errors: Vec<serde_json::Value>,
}

impl Client {
    pub(super) fn new(url: &str, token: Option<&SecretString>) -> Result<Self, BenchError> {
        let url = endpoint(url).ok_or_else(|| BenchError::Url { url: url.to_owned() })?;
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/graphql-response+json"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(token) = token {
            let text = format!("Bearer {}", token.expose_secret().trim());
            let mut value = HeaderValue::from_str(&text).map_err(|_| BenchError::Token)?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        // Fails when a provider is there already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .default_headers(headers)
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(REQUEST_TIMEOUT)
            .redirect(redirect::Policy::none())
            .tcp_nodelay(true)
            .build()
            .map_err(|error| unreachable(&url, &error))?;
        Ok(Self { http, url })
    }

    /// Where calls go.
    pub(super) fn url(&self) -> &str {
        self.url.as_str()
    }

    /// Sends a call until it is answered with `data` and without errors.
    pub(super) async fn call<T: DeserializeOwned>(
        &self,
        body: Vec<u8>,
    ) -> Result<Answer<T>, BenchError> {
        let body = bytes::Bytes::from(body);
        let started = Instant::now();
        let mut retries = 0;
        loop {
            match self.try_call(body.clone()).await {
                Ok(data) => return Ok(Answer { data, took: started.elapsed(), retries }),
                Err(error) if !error.is_transient() => return Err(error),
                Err(last) if retries + 1 == TRIES => {
                    return Err(BenchError::GaveUp { tries: TRIES, last: Box::new(last) });
                }
                Err(_) => {
                    retries += 1;
                    tokio::time::sleep(RETRY_PAUSE * retries).await;
                }
            }
        }
    }

    async fn try_call<T: DeserializeOwned>(&self, body: bytes::Bytes) -> Result<T, BenchError> {
        let sent = self.http.post(self.url.clone()).body(body).send().await;
        let response = sent.map_err(|error| unreachable(&self.url, &error))?;
        let status = response.status().as_u16();
        let body = response.bytes().await.map_err(|error| unreachable(&self.url, &error))?;
        match serde_json::from_slice(&body) {
            Ok(Reply { data: Some(data), errors }) if errors.is_empty() => Ok(data),
            _ => {
                let text: String = String::from_utf8_lossy(&body).chars().take(MAX_SHOWN).collect();
                Err(BenchError::Answer { status, text })
            }
        }
    }
}

impl BenchError {
    fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Answer { status, text } => {
                matches!(status, 408 | 429 | 502..=504)
                    || text.contains("\"RATE_LIMITED\"")
                    || text.contains("\"UNAVAILABLE\"")
            }
            _ => false,
        }
    }
}

impl<V: Serialize> Call<'_, V> {
    pub(super) fn body(&self) -> Vec<u8> {
        // Strings, numbers and maps with string keys: nothing that could fail.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

fn endpoint(url: &str) -> Option<Url> {
    let mut url = Url::parse(url).ok()?;
    let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
    // A password in a URL would stand in every message that names it.
    if !is_web || !url.username().is_empty() || url.password().is_some() {
        return None;
    }
    if url.path() == "/" {
        url.set_path("/graphql");
    }
    Some(url)
}

/// The innermost cause is the one that says what is wrong: `Connection refused`.
fn unreachable(url: &Url, error: &reqwest::Error) -> BenchError {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    BenchError::Unreachable { url: url.to_string(), reason: cause.to_string() }
}
