//! The way of a message over HTTP, and what its receiver makes of it.

use std::time::Duration;

use chrono::TimeDelta;
use reqwest::{
    Client, Response, StatusCode, Url,
    header::{HeaderMap, RETRY_AFTER},
};

use super::message::Message;
use crate::{
    error::Result,
    outgoing::{self, missing},
};

/// As Standard Webhooks recommends, 15 to 30 s.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Posts messages.
pub(super) struct Sender(Client);

/// What came of a request.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Answer {
    /// None when there was none.
    pub(super) http_status: Option<u16>,
    pub(super) retry_after: Option<TimeDelta>,
    /// Why there was none, in words for whoever configures it.
    pub(super) missing: &'static str,
}

impl Answer {
    pub(super) fn is_taken(&self) -> bool {
        self.status().is_some_and(|status| status.is_success())
    }

    /// Whether the receiver wants no more of it.
    pub(super) fn is_unwanted(&self) -> bool {
        self.status() == Some(StatusCode::GONE)
    }

    /// Why it is not taken; none when it is.
    pub(super) fn reason(&self) -> Option<&'static str> {
        match self.status() {
            None => Some(self.missing),
            Some(status) if status.is_success() => None,
            Some(status) if status.is_redirection() => Some("redirects are not followed"),
            Some(StatusCode::GONE) => Some("the receiver wants no more messages"),
            Some(_) => Some("the receiver did not accept it"),
        }
    }

    fn status(&self) -> Option<StatusCode> {
        self.http_status.and_then(|status| StatusCode::from_u16(status).ok())
    }
}

impl Sender {
    pub(super) fn new() -> Result<Self> {
        Ok(Self(outgoing::client(TIMEOUT)?))
    }

    pub(super) async fn send(&self, url: Url, message: &Message, headers: HeaderMap) -> Answer {
        let request = self.0.post(url).headers(headers).body(message.body.clone());
        match request.send().await {
            Ok(response) => Answer {
                http_status: Some(response.status().as_u16()),
                retry_after: retry_after(&response),
                missing: "",
            },
            Err(error) => Answer { missing: missing(&error), ..Answer::default() },
        }
    }
}

/// Seconds; a date is passed over.
fn retry_after(response: &Response) -> Option<TimeDelta> {
    let value = response.headers().get(RETRY_AFTER)?.to_str().ok()?;
    let secs: u32 = value.trim().parse().ok()?;
    Some(TimeDelta::seconds(secs.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_given_for_all_but_success() {
        let of = |status: Option<u16>| Answer {
            http_status: status,
            missing: "no connection",
            ..Answer::default()
        };
        for (status, reason) in [
            (None, Some("no connection")),
            (Some(200), None),
            (Some(299), None),
            (Some(307), Some("redirects are not followed")),
            (Some(400), Some("the receiver did not accept it")),
            (Some(410), Some("the receiver wants no more messages")),
            (Some(503), Some("the receiver did not accept it")),
        ] {
            let answer = of(status);
            assert_eq!(answer.reason(), reason, "{status:?}");
            assert_eq!(answer.is_taken(), reason.is_none(), "{status:?}");
            assert_eq!(answer.is_unwanted(), status == Some(410), "{status:?}");
        }
    }
}
