//! Patience with a server that is away or busy: the same request again, later and later.
//!
//! Repeating is safe, since every event and token record has an id. What an earlier try stored comes
//! back as a duplicate.

use std::time::Duration;

use serde_json::Value as Json;
use tracing::warn;

use crate::import::{error::ImportError, target::Target};

/// Waits between tries: doubled each time, or what the server asks for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Backoff {
    pub(super) first: Duration,
    pub(super) longest: Duration,
    pub(super) tries: u32,
}

impl Default for Backoff {
    /// Gives up after some 30 s without an answer.
    fn default() -> Self {
        Self { first: Duration::from_millis(250), longest: Duration::from_secs(10), tries: 9 }
    }
}

/// Longest wait that a server may ask for.
const MAX_ASKED: Duration = Duration::from_mins(2);

impl Backoff {
    /// The wait after try number `tried`, from 1.
    fn delay(&self, tried: u32, asked: Option<Duration>) -> Duration {
        let doubled = self.first.saturating_mul(1 << tried.saturating_sub(1).min(16));
        asked.map_or(doubled.min(self.longest), |asked| asked.min(MAX_ASKED))
    }
}

/// What a server makes of a request that reached it.
#[derive(Debug, PartialEq)]
pub(super) enum Reply {
    Data(Json),
    /// The content is at fault, with the server's words; less of it may pass.
    Refused(String),
}

/// Sends a request until the server answers it.
pub(super) async fn send(
    target: &impl Target,
    backoff: &Backoff,
    query: &str,
    variables: &Json,
) -> Result<Reply, ImportError> {
    let mut tried = 1;
    loop {
        let answer = target.execute(query, variables.clone()).await;
        let error = match answer.and_then(read_reply) {
            Err(ImportError::TooLarge { .. }) => {
                return Ok(Reply::Refused("too large for the server".to_owned()));
            }
            Err(error) if error.is_transient() => error,
            other => return other,
        };
        if tried == backoff.tries {
            return Err(ImportError::GaveUp { tries: tried, last: Box::new(error) });
        }
        let delay = backoff.delay(tried, error.retry_after());
        let delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        warn!(tried, delay_ms, "{error}; trying again");
        tokio::time::sleep(delay).await;
        tried += 1;
    }
}

/// Sorts the errors of a response: faults of the content, or of the whole import.
fn read_reply(mut response: Json) -> Result<Reply, ImportError> {
    let Some(error) = response["errors"].get(0) else {
        return Ok(Reply::Data(response["data"].take()));
    };
    let message = error["message"].as_str().unwrap_or("no message").to_owned();
    match error["extensions"]["code"].as_str() {
        None | Some("BAD_USER_INPUT" | "CONFLICT" | "QUOTA_EXCEEDED") => {
            Ok(Reply::Refused(message))
        }
        Some(code) => {
            let wait_ms = error["extensions"]["retryAfterMs"].as_u64();
            let (code, retry_after) = (code.to_owned(), wait_ms.map(Duration::from_millis));
            Err(ImportError::Server { code, message, retry_after })
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn waits_double_up_to_a_limit_and_follow_the_server() {
        let backoff = Backoff::default();
        let cases = [
            (1, None, 250),
            (3, None, 1_000),
            (9, None, 10_000),
            (99, None, 10_000),
            (1, Some(7), 7),
            (9, Some(30_000), 30_000),
            (1, Some(u64::MAX), 120_000),
        ];
        for (tried, asked, expected_ms) in cases {
            let delay = backoff.delay(tried, asked.map(Duration::from_millis));
            assert_eq!(delay, Duration::from_millis(expected_ms), "{tried} {asked:?}");
        }
    }

    #[test]
    fn errors_are_faults_of_the_content_or_of_the_import() {
        let answer = |code: Option<&str>| {
            let extensions = json!({ "code": code, "retryAfterMs": 5 });
            read_reply(
                json!({ "data": null, "errors": [{ "message": "m", "extensions": extensions }] }),
            )
        };
        for code in [None, Some("BAD_USER_INPUT"), Some("CONFLICT"), Some("QUOTA_EXCEEDED")] {
            assert_eq!(answer(code).unwrap(), Reply::Refused("m".to_owned()), "{code:?}");
        }
        for (code, is_transient) in [
            ("UNAVAILABLE", true),
            ("RATE_LIMITED", true),
            ("UNAUTHENTICATED", false),
            ("FORBIDDEN", false),
            ("INTERNAL_SERVER_ERROR", false),
        ] {
            let error = answer(Some(code)).unwrap_err();
            assert_eq!(error.is_transient(), is_transient, "{code}");
            assert_eq!(error.retry_after(), Some(Duration::from_millis(5)));
            assert_eq!(error.to_string(), format!("server refused the import: m ({code})"));
        }
    }
}
