//! `graphql-sse` with distinct connections, clause by clause.

use std::time::Duration;

use reqwest::Response;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{Answer, Server, client, token};

/// An event stream that was accepted.
pub(super) struct Events {
    pub(super) response: Response,
    text: String,
}

impl Events {
    /// Asks for an operation as graphql-sse does.
    pub(super) fn asked(server: &Server, query: &str) -> reqwest::RequestBuilder {
        let body = json!({ "query": query }).to_string();
        server.post(body).header("accept", "text/event-stream")
    }

    pub(super) async fn open(server: &Server, query: &str) -> Self {
        Self::of(Self::asked(server, query)).await
    }

    pub(super) async fn of(request: reqwest::RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        assert_eq!(response.status().as_u16(), 200);
        Self { response, text: String::new() }
    }

    /// The text up to a mark, which is left out; `None` when the stream ends in order before.
    async fn until(&mut self, mark: &str) -> Option<String> {
        loop {
            if let Some((text, rest)) = self.text.split_once(mark) {
                let (text, rest) = (text.to_owned(), rest.to_owned());
                self.text = rest;
                return Some(text);
            }
            let chunk = timeout(Duration::from_secs(5), self.response.chunk()).await.unwrap();
            let chunk = chunk.unwrap()?;
            self.text.push_str(str::from_utf8(&chunk).unwrap());
        }
    }

    /// Name and data of the next event, past comments.
    pub(super) async fn next(&mut self) -> Option<(String, String)> {
        let event = self.until("\n\n").await?;
        let event = event.trim_start_matches(":\n");
        let (name, data) = event.split_once('\n').unwrap_or_else(|| panic!("{event:?}"));
        let name = name.strip_prefix("event: ").unwrap_or_else(|| panic!("{event:?}"));
        let data = data.strip_prefix("data:").unwrap_or_else(|| panic!("{event:?}"));
        Some((name.to_owned(), data.strip_prefix(' ').unwrap_or(data).to_owned()))
    }

    /// The result in the `next` that comes next.
    pub(super) async fn result(&mut self) -> Value {
        let (name, data) = self.next().await.unwrap();
        assert_eq!(name, "next", "{data}");
        serde_json::from_str(&data).unwrap()
    }

    pub(super) async fn completes(&mut self) {
        assert_eq!(self.next().await, Some(("complete".to_owned(), String::new())));
        assert_eq!(self.next().await, None);
    }
}

#[tokio::test]
async fn a_subscription_is_a_row_of_nexts_and_a_complete() {
    let server = Server::open();
    let mut events = Events::open(&server, "subscription { count(to: 2) }").await;
    for number in 0..2 {
        assert_eq!(events.result().await, json!({"data": {"count": number}}));
    }
    events.completes().await;
}

#[tokio::test]
async fn a_stream_has_the_form_of_the_protocol() {
    let server = Server::open();
    let answer = Answer::to(Events::asked(&server, "{ slowB z: a }")).await;
    let expected =
        "event: next\ndata: {\"data\":{\"slowB\":2,\"z\":1}}\n\nevent: complete\ndata:\n\n";
    assert_eq!((answer.status, answer.text.as_str()), (200, expected));
    assert_eq!(answer.header("content-type"), "text/event-stream; charset=utf-8");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("x-accel-buffering"), "no");
    assert_eq!(answer.header("vary"), "accept");
}

#[tokio::test]
async fn queries_and_mutations_are_one_next_and_a_complete() {
    let server = Server::open();
    for (query, data) in
        [("{ a }", json!({"a": 1})), ("mutation { touch }", json!({"touch": true}))]
    {
        let mut events = Events::open(&server, query).await;
        assert_eq!(events.result().await, json!({ "data": data }));
        events.completes().await;
    }
}

#[tokio::test]
async fn get_subscribes_and_does_not_mutate() {
    let server = Server::open();
    let ask = |query: &str| {
        let url = server.url(&format!("/graphql?query={query}"));
        client().get(url).header("accept", "text/event-stream")
    };
    let mut events = Events::of(ask("subscription%7Bcount(to:1)%7D")).await;
    assert_eq!(events.result().await, json!({"data": {"count": 0}}));
    events.completes().await;
    let refused = Answer::to(ask("mutation%7Btouch%7D")).await;
    assert_eq!((refused.status, refused.header("allow")), (405, "POST"));
    assert_eq!(refused.error().0, "BAD_USER_INPUT");
}

#[tokio::test]
async fn what_is_wrong_with_the_operation_is_said_in_the_stream() {
    let server = Server::open();
    let cases = [
        ("{", "BAD_USER_INPUT"),
        ("{ nothing }", "BAD_USER_INPUT"),
        ("query($n: Int!) { judge(input: {score: $n}) }", "BAD_USER_INPUT"),
        ("subscription { count(to: \"x\") }", "BAD_USER_INPUT"),
        ("subscription { count(to: 1) never }", "BAD_USER_INPUT"),
        ("subscription { refused }", "FORBIDDEN"),
    ];
    for (query, code) in cases {
        let mut events = Events::open(&server, query).await;
        let result = events.result().await;
        assert_eq!(result["errors"][0]["extensions"]["code"], code, "{result}");
        assert!(!result.as_object().unwrap().contains_key("data"), "{result}");
        events.completes().await;
    }
}

#[tokio::test]
async fn what_is_wrong_with_the_request_is_said_by_its_status() {
    let server = Server::guarded();
    let stream = |request: reqwest::RequestBuilder| {
        request.header("accept", "text/event-stream").bearer_auth(token(60))
    };
    let address = server.url("/graphql");
    let text = client().post(&address).header("content-type", "text/plain");
    let cases = [
        (stream(server.post("NONSENSE")), 400),
        (stream(server.post("{}")), 400),
        (stream(client().get(&address)), 400),
        (Events::asked(&server, "{ a }"), 401),
        (stream(client().put(&address)), 405),
        (stream(text.body("{}")), 415),
    ];
    for (request, status) in cases {
        let answer = Answer::to(request).await;
        assert_eq!((answer.status, answer.has_data()), (status, false), "{}", answer.text);
        assert_eq!(answer.header("content-type"), "application/json; charset=utf-8");
    }
}

#[tokio::test]
async fn a_foreign_page_cannot_listen_to_an_open_service() {
    let server = Server::open();
    let request = Events::asked(&server, "{ a }").header("origin", "https://evil.example");
    assert_eq!(Answer::to(request).await.status, 403);
}

#[tokio::test]
async fn an_event_that_fails_does_not_end_the_subscription() {
    let server = Server::open();
    let mut events = Events::open(&server, "subscription { failsOnce }").await;
    assert_eq!(events.result().await, json!({"data": {"failsOnce": 1}}));
    let failed = events.result().await;
    assert_eq!(failed["data"], json!({"failsOnce": null}));
    assert_eq!(failed["errors"][0]["extensions"]["code"], "FORBIDDEN");
    assert_eq!(events.result().await, json!({"data": {"failsOnce": 3}}));
    events.completes().await;
}

#[tokio::test]
async fn a_panic_ends_the_stream_with_an_error() {
    let server = Server::open();
    let mut events = Events::open(&server, "subscription { breaks }").await;
    assert_eq!(events.result().await, json!({"data": {"breaks": 1}}));
    assert_eq!(events.result().await["errors"][0]["message"], "internal error");
    events.completes().await;
}

#[tokio::test]
async fn a_silent_stream_is_kept_alive_by_comments() {
    let server = Server::open();
    let mut events = Events::open(&server, "subscription { never }").await;
    for _ in 0..2 {
        assert_eq!(events.until("\n").await.as_deref(), Some(":"));
    }
}

#[tokio::test]
async fn who_accepts_json_first_is_not_given_a_stream() {
    let server = Server::open();
    let request = server.post(json!({"query": "subscription { never }"}).to_string());
    let accept = "application/graphql-response+json, text/event-stream";
    let answer = Answer::to(request.header("accept", accept)).await;
    assert_eq!(answer.status, 400);
    assert!(answer.error().1.contains("`accept: text/event-stream`"), "{}", answer.text);
}
