//! A product's or a page's way to one replica: GraphQL over HTTP, as anyone sends it.

use std::time::{Duration, Instant};

use reqwest::Client;
use serde_json::{Value, json};

const TRACK: &str = "mutation($input: [TrackEventInput!]!, $durability: Durability) {
    trackEvents(input: $input, durability: $durability) { id status reason } }";

/// What a call came to.
#[derive(Debug)]
pub(crate) enum Answer {
    /// One for each event, in order.
    Told(Vec<Told>),
    /// The whole call was refused; nothing of it is kept.
    Refused { code: String, retry_after_ms: Option<u64>, took: Duration },
    /// No answer, or none that could be read: it may have been kept.
    Lost(String),
}

/// What was said of one event.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub id: String,
    pub status: String,
    pub reason: Option<String>,
}

impl Answer {
    /// The results of a call that must have been taken.
    #[track_caller]
    pub(crate) fn told(self) -> Vec<Told> {
        match self {
            Self::Told(told) => told,
            other => panic!("the call was not taken: {other:?}"),
        }
    }
}

#[derive(Clone)]
pub(crate) struct Caller {
    http: Client,
    url: String,
    token: String,
}

impl Caller {
    /// How long a product waits before it tries elsewhere.
    const TIMEOUT: Duration = Duration::from_secs(8);

    pub(crate) fn http() -> Client {
        // Installed once for the process; by whom is the same to all.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Client::builder().no_proxy().build().expect("a client")
    }

    pub(super) fn new(url: &str, token: &str) -> Self {
        Self { http: Self::http(), url: format!("{url}/graphql"), token: token.to_owned() }
    }

    /// Where it goes.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    pub(super) fn token(&self) -> &str {
        &self.token
    }

    fn request(&self, query: &str, variables: &Value) -> reqwest::RequestBuilder {
        let body = json!({ "query": query, "variables": variables });
        self.http.post(&self.url).bearer_auth(&self.token).timeout(Self::TIMEOUT).json(&body)
    }

    /// Asks, and returns the data.
    ///
    /// # Errors
    /// What went wrong, in words.
    pub(crate) async fn try_ask(&self, query: &str, variables: Value) -> Result<Value, String> {
        let answer = self.request(query, &variables).send().await.map_err(|e| format!("{e:?}"))?;
        let mut answer: Value = answer.json().await.map_err(|error| format!("{error:?}"))?;
        if answer["errors"].is_array() {
            return Err(answer["errors"].to_string());
        }
        Ok(answer["data"].take())
    }

    pub(crate) async fn ask(&self, query: &str, variables: Value) -> Value {
        self.try_ask(query, variables).await.unwrap_or_else(|error| panic!("{query}: {error}"))
    }

    /// Sends events.
    pub(crate) async fn track(&self, events: &[Value], durability: &str) -> Answer {
        let started = Instant::now();
        let variables = json!({ "input": events, "durability": durability });
        let answer = match self.request(TRACK, &variables).send().await {
            Ok(answer) => answer.json::<Value>().await,
            Err(error) => Err(error),
        };
        match answer {
            Ok(answer) => read(&answer, started.elapsed()),
            Err(error) => Answer::Lost(format!("{:?}", error.without_url())),
        }
    }

    /// Sends bytes as they are, and returns the status and what was answered.
    pub(crate) async fn post(&self, body: Vec<u8>) -> (u16, String) {
        let request = self.http.post(&self.url).bearer_auth(&self.token).timeout(Self::TIMEOUT);
        let request = request.header("content-type", "application/json").body(body);
        let answer = request.send().await.expect("an answer");
        (answer.status().as_u16(), answer.text().await.expect("a body"))
    }

    /// The status of a page such as `/readyz`, and what it says.
    pub(crate) async fn get(&self, path: &str) -> (u16, String) {
        let url = self.url.replace("/graphql", path);
        let answer = self.http.get(url).timeout(Self::TIMEOUT).send().await.expect("an answer");
        (answer.status().as_u16(), answer.text().await.expect("a body"))
    }
}

fn read(answer: &Value, took: Duration) -> Answer {
    if let Some(results) = answer["data"]["trackEvents"].as_array() {
        return Answer::Told(results.iter().map(told).collect());
    }
    let extensions = &answer["errors"][0]["extensions"];
    match extensions["code"].as_str() {
        Some(code) => Answer::Refused {
            code: code.to_owned(),
            retry_after_ms: extensions["retryAfterMs"].as_u64(),
            took,
        },
        None => Answer::Lost(answer.to_string()),
    }
}

fn told(result: &Value) -> Told {
    let text = |field: &str| result[field].as_str().map(str::to_owned);
    Told {
        id: text("id").unwrap_or_default(),
        status: text("status").unwrap_or_default(),
        reason: text("reason"),
    }
}
