//! What every answer has to be, whatever it answers.

use std::time::Duration;

use axum::response::Response;
use futures_util::StreamExt as _;
use serde::Deserialize;
use serde_json::{Value, value::RawValue};

/// What has no place in a text for callers: the languages of our stores, their names, types and files of
/// Rust.
const INTERNALS: [&str; 39] = [
    "SELECT ",
    "INSERT ",
    "UPDATE ",
    "DELETE ",
    " FROM ",
    " WHERE ",
    "constraint",
    "sqlite",
    "SQLite",
    "SQLITE",
    "sqlx",
    "sea_orm",
    "analytics_",
    "postgres",
    "panicked",
    "unwrap",
    ".rs:",
    "src/",
    "/tmp/",
    "/root",
    "/home/",
    "/usr/",
    "/work",
    "async_graphql",
    "serde",
    "RawValue",
    "::",
    "Option<",
    "Vec<",
    "Some(",
    "Err(",
    "Ok(",
    "struct ",
    "usize",
    "u32",
    "i32",
    "u64",
    "i64",
    "f64",
];

/// How long the first piece of a stream may take; most of them never end.
const FIRST_PIECE: Duration = Duration::from_millis(20);

/// An answer that was read to its end.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) kind: String,
    pub(crate) body: String,
}

/// What an answer may have beside its data.
#[derive(Debug, Deserialize)]
struct Envelope {
    #[serde(default)]
    errors: Vec<Value>,
}

impl Answer {
    /// Reads an answer, of a stream its first piece.
    ///
    /// # Errors
    /// What makes it none: a body that breaks off, or is no text.
    pub(crate) async fn read(response: Response) -> Result<Self, String> {
        let (parts, body) = response.into_parts();
        let header = parts.headers.get("content-type").map(|kind| kind.to_str().unwrap_or("?"));
        let kind = header.unwrap_or("none").split(';').next().unwrap_or_default().to_owned();
        let mut pieces = body.into_data_stream();
        let mut bytes = Vec::new();
        loop {
            let piece = if kind == "text/event-stream" {
                tokio::time::timeout(FIRST_PIECE, pieces.next()).await.unwrap_or(None)
            } else {
                pieces.next().await
            };
            let Some(piece) = piece else { break };
            bytes.extend(piece.map_err(|error| format!("the answer breaks off: {error}"))?);
        }
        let body = String::from_utf8(bytes).map_err(|_| "the answer is no UTF-8".to_owned())?;
        Ok(Self { status: parts.status.as_u16(), kind, body })
    }

    /// The outcome, or which promise the answer breaks. Words of what was `sent` may come back.
    pub(crate) fn judge(&self, sent: &str) -> Result<String, String> {
        let codes = self.check(sent).map_err(|fault| format!("{fault}: {self:?}"))?;
        let is_away = !codes.is_empty() && codes.iter().all(|code| code == "UNAVAILABLE");
        if self.status >= 500 && !is_away {
            return Err(format!("a failure of ours: {self:?}"));
        }
        Ok(format!("{} {}", self.status, codes.first().map_or("ok", String::as_str)))
    }

    /// The codes of all errors.
    fn check(&self, sent: &str) -> Result<Vec<String>, String> {
        match self.kind.as_str() {
            "application/json" | "application/graphql-response+json" => json(&self.body, sent),
            "text/event-stream" => {
                let data = self.body.lines().filter_map(|line| line.strip_prefix("data:"));
                let data = data.map(str::trim).filter(|data| !data.is_empty());
                let codes: Result<Vec<_>, _> = data.map(|data| json(data, sent)).collect();
                codes.map(|codes| codes.concat())
            }
            "application/x-ndjson" => {
                let broken = self.body.lines().find(|line| !is_json(line));
                broken.map_or(Ok(Vec::new()), |line| Err(format!("no JSON: {line}")))
            }
            "text/csv" => csv(&self.body).map(|()| Vec::new()),
            // Without a body: a redirect, an upgrade that is refused by its status.
            "none" if self.body.is_empty() => Ok(Vec::new()),
            "text/plain" | "text/html" => clean(&self.body, sent).map(|()| Vec::new()),
            other => Err(format!("an answer of type {other}")),
        }
    }
}

fn is_json(text: &str) -> bool {
    // Not as a value: data may be deeper than a parser of values follows.
    serde_json::from_str::<&RawValue>(text).is_ok()
}

fn json(body: &str, sent: &str) -> Result<Vec<String>, String> {
    if !is_json(body) {
        return Err("no JSON".to_owned());
    }
    if let Ok(value) = serde_json::from_str::<Value>(body) {
        told(&value).try_for_each(|text| clean(text, sent))?;
    }
    let Ok(envelope) = serde_json::from_str::<Envelope>(body) else { return Ok(Vec::new()) };
    let codes = envelope.errors.iter().map(|error| {
        let code = error["extensions"]["code"].as_str().unwrap_or("no code");
        let is_code = code.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
        if is_code && code != "INTERNAL_SERVER_ERROR" && error["message"].is_string() {
            return Ok(code.to_owned());
        }
        Err(format!("an error with {code}"))
    });
    codes.collect()
}

/// Every text that is ours to word.
fn told(value: &Value) -> Box<dyn Iterator<Item = &str> + '_> {
    match value {
        Value::Object(fields) => Box::new(fields.iter().flat_map(|(key, value)| {
            let text = value.as_str().filter(|_| key == "message" || key == "reason");
            text.into_iter().chain(told(value))
        })),
        Value::Array(items) => Box::new(items.iter().flat_map(told)),
        _ => Box::new(std::iter::empty()),
    }
}

/// Refuses a text that shows what is inside.
pub(crate) fn clean(text: &str, sent: &str) -> Result<(), String> {
    let shown = INTERNALS.iter().find(|word| has(text, word) && !sent.contains(**word));
    shown.map_or(Ok(()), |word| Err(format!("`{word}` in {text:?}")))
}

/// Whether a word stands in a text by itself: digits in hexadecimal are no type of Rust.
fn has(text: &str, word: &str) -> bool {
    let is_free = |beside: Option<char>, own: Option<char>| {
        !(beside.is_some_and(char::is_alphanumeric) && own.is_some_and(char::is_alphanumeric))
    };
    text.match_indices(word).any(|(at, found)| {
        let (before, after) = (&text[..at], &text[at + found.len()..]);
        is_free(before.chars().next_back(), word.chars().next())
            && is_free(after.chars().next(), word.chars().next_back())
    })
}

fn csv(body: &str) -> Result<(), String> {
    let mut reader = csv::Reader::from_reader(body.as_bytes());
    let fault = reader.records().find_map(Result::err);
    fault.map_or(Ok(()), |fault| Err(format!("no CSV: {fault}")))
}

#[test]
fn an_answer_that_breaks_a_promise_is_told() {
    let answer = |status: u16, body: &str| Answer {
        status,
        kind: "application/json".to_owned(),
        body: body.to_owned(),
    };
    let error = |code: &str, message: &str| {
        format!(r#"{{"errors":[{{"message":"{message}","extensions":{{"code":"{code}"}}}}]}}"#)
    };
    for (status, body, is_kept) in [
        (200, r#"{"data":{"a":[1]}}"#.to_owned(), true),
        (200, r#"{"data":{"a":[1}"#.to_owned(), false),
        (500, "{}".to_owned(), false),
        (503, error("UNAVAILABLE", "the database does not answer"), true),
        (503, error("BAD_USER_INPUT", "a"), false),
        (200, error("INTERNAL_SERVER_ERROR", "internal error"), false),
        (200, r#"{"errors":[{"message":"a"}]}"#.to_owned(), false),
        (400, error("BAD_USER_INPUT", "`name` is 7, expected text"), true),
        (400, error("BAD_USER_INPUT", "UNIQUE constraint failed"), false),
        (200, r#"{"data":{"results":[{"reason":"no such i64"}]}}"#.to_owned(), false),
        (200, r#"{"data":{"results":[{"reason":"`0af64` not found"}]}}"#.to_owned(), true),
    ] {
        let judged = answer(status, &body).judge("");
        assert_eq!(judged.is_ok(), is_kept, "{status} {body}: {judged:?}");
    }
    let echo = error("BAD_USER_INPUT", "`name` is src/x, expected text");
    assert_eq!(answer(400, &echo).judge("src/x"), Ok("400 BAD_USER_INPUT".to_owned()));
}
