//! A running service as the target, over HTTP.

use std::time::Duration;

use async_trait::async_trait;
use reqwest::{
    Client, Response, StatusCode, Url,
    header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue, RETRY_AFTER},
    redirect,
};
use secrecy::SecretString;
use serde_json::{Value as Json, json};

use crate::import::{error::ImportError, options::bearer, target::Target};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const REQUEST_TIMEOUT: Duration = Duration::from_mins(1);

/// Posts to the GraphQL endpoint of a service.
#[derive(Debug, Clone)]
pub struct HttpTarget {
    client: Client,
    url: Url,
}

impl HttpTarget {
    /// Prepares to send to `url`, the service or its endpoint; nothing is sent yet.
    pub fn new(url: &str, token: Option<&SecretString>) -> Result<Self, ImportError> {
        let endpoint = endpoint(url).ok_or_else(|| ImportError::Url { url: url.to_owned() })?;
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/graphql-response+json"));
        if let Some(token) = token {
            let mut value =
                HeaderValue::from_str(&bearer(token)).map_err(|_| ImportError::Token)?;
            // Kept out of what `Debug` prints.
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        // Fails when a provider is there already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .default_headers(headers)
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(REQUEST_TIMEOUT)
            .redirect(redirect::Policy::none())
            .build()
            .map_err(|error| unreachable(&endpoint, &error))?;
        Ok(Self { client, url: endpoint })
    }

    async fn read(&self, response: Response) -> Result<Json, ImportError> {
        let status = response.status();
        let asked = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let retry_after = asked.and_then(|secs| secs.parse().ok()).map(Duration::from_secs);
        let body = response.bytes().await.map_err(|error| unreachable(&self.url, &error))?;
        let body: Option<Json> = serde_json::from_slice(&body).ok();
        match body.filter(is_graphql) {
            // A code says more than a status.
            Some(body) if status.is_success() || has_code(&body) => Ok(body),
            body => self.judge(status, retry_after, body),
        }
    }

    fn judge(
        &self,
        status: StatusCode,
        retry_after: Option<Duration>,
        body: Option<Json>,
    ) -> Result<Json, ImportError> {
        let (url, code) = (self.url.to_string(), status.as_u16());
        match (code, body) {
            (408 | 429 | 502..=504, _) => Err(ImportError::Busy { url, status: code, retry_after }),
            (413, _) => Err(ImportError::TooLarge { url }),
            (_, Some(body)) => Ok(body),
            _ => Err(ImportError::Refused { url, status: code, hint: hint(status) }),
        }
    }
}

#[async_trait]
impl Target for HttpTarget {
    async fn execute(&self, query: &str, variables: Json) -> Result<Json, ImportError> {
        let request = json!({ "query": query, "variables": variables });
        let sent = self.client.post(self.url.clone()).json(&request).send().await;
        self.read(sent.map_err(|error| unreachable(&self.url, &error))?).await
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
fn unreachable(url: &Url, error: &reqwest::Error) -> ImportError {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    ImportError::Unreachable { url: url.to_string(), reason: cause.to_string() }
}

fn is_graphql(body: &Json) -> bool {
    body.get("errors").is_some() || body.get("data").is_some()
}

fn has_code(body: &Json) -> bool {
    body["errors"][0]["extensions"]["code"].is_string()
}

fn hint(status: StatusCode) -> &'static str {
    match status.as_u16() {
        200..=299 => "its answer is not GraphQL, expected the address of a Deskpulse service",
        300..=399 => "it is elsewhere, expected the address it sends to",
        401 | 403 => "set DESKPULSE_TOKEN or --token-file to a token with the role ingest",
        404 | 405 => "expected the address of a Deskpulse service",
        _ => "see its log",
    }
}

#[cfg(test)]
mod tests {
    use axum::{Router, http::HeaderMap as Headers, routing::post};

    use super::*;

    async fn given_server(router: Router) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        url
    }

    async fn ask(router: Router) -> Result<Json, ImportError> {
        let url = given_server(router).await;
        let token = SecretString::from("secret\n");
        let target = HttpTarget::new(&url, Some(&token)).unwrap();
        target.execute("{ a }", json!({ "b": 1 })).await
    }

    #[test]
    fn an_address_is_completed_or_refused() {
        let cases = [
            ("http://127.0.0.1:8080", Some("http://127.0.0.1:8080/graphql")),
            ("https://pulse.example/graphql", Some("https://pulse.example/graphql")),
            ("http://pulse.example/desk/graphql", Some("http://pulse.example/desk/graphql")),
            ("localhost:8080", None),
            ("ftp://pulse.example", None),
            ("http://name:word@pulse.example", None),
        ];
        for (url, expected) in cases {
            assert_eq!(endpoint(url).as_ref().map(Url::as_str), expected, "{url}");
        }
    }

    #[tokio::test]
    async fn a_request_carries_the_token_the_query_and_the_variables() {
        let echo = |headers: Headers, body: String| async move {
            let sent: Json = serde_json::from_str(&body).unwrap();
            let token = headers[AUTHORIZATION].to_str().unwrap().to_owned();
            json!({ "data": { "sent": sent, "token": token } }).to_string()
        };
        let answer = ask(Router::new().route("/graphql", post(echo))).await.unwrap();
        let sent = json!({ "query": "{ a }", "variables": { "b": 1 } });
        assert_eq!(answer["data"], json!({ "sent": sent, "token": "Bearer secret" }));
    }

    #[tokio::test]
    async fn an_answer_is_graphql_or_an_error_that_names_the_address() {
        let coded =
            json!({ "errors": [{ "extensions": { "code": "UNAUTHENTICATED" } }] }).to_string();
        let uncoded = json!({ "errors": [{ "message": "m" }] }).to_string();
        let cases = [
            (401, coded.as_str(), "{"),
            (400, &uncoded, "{"),
            (503, &uncoded, "U is busy: it answered 503"),
            (429, "", "U is busy: it answered 429"),
            (413, "", "U takes no request of this size"),
            (401, "", "U answered 401: set DESKPULSE_TOKEN"),
            (200, "<html>", "U answered 200: its answer is not GraphQL"),
            (307, "", "U answered 307: it is elsewhere"),
        ];
        for (status, body, expected) in cases {
            let status = StatusCode::from_u16(status).unwrap();
            let body = body.to_owned();
            let answer = move || async move { (status, [(RETRY_AFTER, "3")], body) };
            let url = given_server(Router::new().route("/graphql", post(answer))).await;
            let found = HttpTarget::new(&url, None).unwrap().execute("", Json::Null).await;
            if status == StatusCode::TOO_MANY_REQUESTS {
                let wait = found.as_ref().unwrap_err().retry_after();
                assert_eq!(wait, Some(Duration::from_secs(3)));
            }
            let found = found.map_or_else(|error| error.to_string(), |body| body.to_string());
            let expected = expected.replacen("U ", &format!("{url}/graphql "), 1);
            assert!(found.starts_with(&expected), "{status}: {found}, expected {expected}");
        }
    }

    #[tokio::test]
    async fn an_address_that_nobody_listens_on_is_named() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/graphql", listener.local_addr().unwrap());
        drop(listener);
        let error = HttpTarget::new(&url, None).unwrap().execute("", Json::Null).await.unwrap_err();
        assert!(error.is_transient());
        let message = error.to_string();
        assert!(
            message.starts_with(&format!("cannot reach {url}: Connection refused")),
            "{message}"
        );
    }
}
