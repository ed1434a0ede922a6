//! A caller of the API.

use serde_json::{Value, json};

/// Sends operations over HTTP.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    url: String,
    token: Option<String>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub status: u16,
    pub body: Value,
}

impl Client {
    pub(crate) fn new(http: reqwest::Client, url: String, token: Option<String>) -> Self {
        Self { http, url, token }
    }

    /// Sends an operation.
    pub(crate) async fn send(&self, query: &str, variables: Value) -> Answer {
        self.post(&json!({ "query": query, "variables": variables })).await
    }

    /// Sends the body of a request as it is.
    pub(crate) async fn post(&self, body: &Value) -> Answer {
        let response = self.request(body).send().await.expect("an answer");
        let status = response.status().as_u16();
        let body = response.json().await.expect("a JSON body");
        Answer { status, body }
    }

    fn request(&self, body: &Value) -> reqwest::RequestBuilder {
        self.request_for("application/graphql-response+json").json(body)
    }

    fn request_for(&self, media: &str) -> reqwest::RequestBuilder {
        let request = self.http.post(format!("{}/graphql", self.url)).header("accept", media);
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Sends text as it is; status, media type and text of the answer.
    pub(crate) async fn post_text(&self, text: String, media: &str) -> (u16, String, String) {
        let request = self.request_for(media).header("content-type", "application/json");
        let response = request.body(text).send().await.expect("an answer");
        let kind = response.headers().get("content-type").expect("a media type");
        let kind = kind.to_str().expect("text").to_owned();
        (response.status().as_u16(), kind, response.text().await.expect("a body"))
    }

    /// Sends JSON to an address; status and body of the answer.
    pub(crate) async fn post_to(&self, path: &str, body: &Value) -> Answer {
        self.post_with(path, body.to_string(), &[]).await
    }

    /// The same with headers besides.
    pub(crate) async fn post_with(
        &self,
        path: &str,
        body: String,
        headers: &[(&str, &str)],
    ) -> Answer {
        let request = self.http.post(format!("{}{path}", self.url)).body(body);
        let mut request = request.header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let response = request.send().await.expect("an answer");
        let status = response.status().as_u16();
        let body = response.json().await.expect("a JSON body");
        Answer { status, body }
    }

    /// Asks for an address; the body is still to come.
    pub(crate) async fn get(&self, path: &str) -> reqwest::Response {
        let request = self.http.get(format!("{}{path}", self.url));
        let request = match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        request.send().await.expect("an answer")
    }

    /// Sends an operation whose answer may never come; whether it came without errors.
    pub(crate) async fn try_send(&self, query: &str, variables: Value) -> bool {
        let body = json!({ "query": query, "variables": variables });
        let Ok(response) = self.request(&body).send().await else { return false };
        let body: Result<Value, _> = response.json().await;
        body.is_ok_and(|body| body.get("errors").is_none())
    }

    /// The data of an operation that must succeed.
    pub(crate) async fn data(&self, query: &str, variables: Value) -> Value {
        let answer = self.send(query, variables).await;
        assert_eq!(answer.body.get("errors"), None, "{query}");
        answer.body["data"].clone()
    }

    /// The same without variables.
    pub(crate) async fn ask(&self, query: &str) -> Value {
        self.data(query, json!({})).await
    }

    /// Code and message of the first error of an operation that must fail.
    pub(crate) async fn refusal(&self, query: &str, variables: Value) -> (String, String) {
        let answer = self.send(query, variables).await;
        let error = &answer.body["errors"][0];
        let code = error["extensions"]["code"].as_str().unwrap_or("no code").to_owned();
        (code, error["message"].as_str().unwrap_or("no error").to_owned())
    }

    /// Sends events and waits until they are stored; returns their statuses.
    pub(crate) async fn track(&self, events: &[Value]) -> Vec<String> {
        let mut statuses = Vec::new();
        for chunk in events.chunks(1_000) {
            let data = self
                .data(
                    "mutation ($input: [TrackEventInput!]!) {
                        trackEvents(input: $input, durability: STORED) { id status reason }
                    }",
                    json!({ "input": chunk }),
                )
                .await;
            let results = data["trackEvents"].as_array().expect("results");
            statuses.extend(
                results
                    .iter()
                    .map(|result| result["status"].as_str().expect("a status").to_owned()),
            );
        }
        statuses
    }
}

impl Answer {
    /// Codes of all errors, in order.
    pub(crate) fn codes(&self) -> Vec<&str> {
        let errors = self.body["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
        errors.iter().filter_map(|error| error["extensions"]["code"].as_str()).collect()
    }
}
