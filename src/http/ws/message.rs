//! The messages of `graphql-transport-ws`, read strictly and written in one form.

use std::borrow::Cow;

use async_graphql::{Response, ServerError};
use axum::extract::ws::{CloseFrame, Message};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::http::params::Params;

/// Longest id of an operation that is accepted.
const MAX_ID_BYTES: usize = 256;

/// Bytes a close frame has for its reason.
const MAX_REASON_BYTES: usize = 123;

/// Why a socket is closed: a code of the protocol and a reason.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Close {
    pub(super) code: u16,
    pub(super) reason: String,
}

impl Close {
    pub(super) fn new(code: u16, reason: impl Into<String>) -> Self {
        Self { code, reason: reason.into() }
    }

    fn invalid(reason: impl Into<String>) -> Self {
        Self::new(4400, reason)
    }

    /// The frame, its reason cut to what a frame can hold.
    pub(super) fn into_message(self) -> Message {
        let end = self.reason.floor_char_boundary(MAX_REASON_BYTES);
        Message::Close(Some(CloseFrame { code: self.code, reason: self.reason[..end].into() }))
    }
}

/// What a client says.
#[derive(Debug)]
pub(super) enum Incoming {
    /// The payload, an object.
    Init(Option<Box<RawValue>>),
    /// The payload, to be sent back.
    Ping(Option<Box<RawValue>>),
    Pong,
    Subscribe {
        id: String,
        params: Params,
    },
    Complete {
        id: String,
    },
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
}

impl Incoming {
    /// Reads a message.
    ///
    /// # Errors
    /// 4400 for anything the protocol does not know.
    pub(super) fn parse(text: &str) -> Result<Self, Close> {
        let message: Envelope<'_> = serde_json::from_str(text)
            .map_err(|cause| Close::invalid(format!("invalid message: {cause}")))?;
        match message.kind.as_ref() {
            "connection_init" => Ok(Self::Init(message.object()?)),
            "ping" => Ok(Self::Ping(message.object()?)),
            "pong" => message.object().map(|_| Self::Pong),
            "subscribe" => {
                let payload = message.payload.map_or("{}", RawValue::get);
                let params = Params::from_json(payload.as_bytes())
                    .map_err(|fault| Close::invalid(format!("invalid message: {fault}")))?;
                Ok(Self::Subscribe { id: message.id()?, params })
            }
            "complete" => Ok(Self::Complete { id: message.id()? }),
            other => Err(Close::invalid(format!("invalid message: unknown type {other:?}"))),
        }
    }
}

impl Envelope<'_> {
    fn id(&self) -> Result<String, Close> {
        match self.id.as_deref() {
            Some(id) if (1..=MAX_ID_BYTES).contains(&id.len()) => Ok(id.to_owned()),
            _ => Err(Close::invalid("invalid message: `id` must have 1 to 256 bytes")),
        }
    }

    fn object(&self) -> Result<Option<Box<RawValue>>, Close> {
        match self.payload {
            None => Ok(None),
            Some(payload) if payload.get().starts_with('{') => Ok(Some(payload.to_owned())),
            Some(_) => Err(Close::invalid("invalid message: `payload` must be an object")),
        }
    }
}

/// What we say.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Outgoing<'a> {
    ConnectionAck,
    Pong {
        #[serde(skip_serializing_if = "Option::is_none")]
        payload: Option<&'a RawValue>,
    },
    Next {
        id: &'a str,
        payload: Payload<'a>,
    },
    Error {
        id: &'a str,
        payload: &'a [ServerError],
    },
    Complete {
        id: &'a str,
    },
}

/// One result of an operation.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Payload<'a> {
    Response(&'a Response),
    Written(&'a RawValue),
}

impl Outgoing<'_> {
    pub(super) fn into_text(self) -> String {
        serde_json::to_string(&self).unwrap_or_else(|error| {
            tracing::error!(%error, "a message could not be written");
            String::new()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_protocol_does_not_know_closes_with_4400() {
        let cases = [
            "",
            "7",
            "[]",
            "{}",
            r#"{"type": "start"}"#,
            r#"{"type": "connection_init", "payload": 7}"#,
            r#"{"type": "subscribe", "payload": {"query": "{a}"}}"#,
            r#"{"type": "subscribe", "id": "", "payload": {"query": "{a}"}}"#,
            r#"{"type": "subscribe", "id": "1"}"#,
            r#"{"type": "subscribe", "id": "1", "payload": {"query": 7}}"#,
            r#"{"type": "subscribe", "id": "1", "payload": {"query": "", "variables": []}}"#,
            r#"{"type": "complete"}"#,
            r#"{"type": "ping", "payload": "x"}"#,
        ];
        for text in cases {
            assert_eq!(Incoming::parse(text).unwrap_err().code, 4400, "{text}");
        }
    }

    #[test]
    fn a_reason_is_cut_to_what_a_frame_can_hold() {
        let Message::Close(Some(frame)) = Close::new(4400, "é".repeat(100)).into_message() else {
            panic!("not a close frame");
        };
        assert_eq!(frame.reason.len(), 122);
    }

    #[test]
    fn messages_have_the_form_of_the_protocol() {
        assert_eq!(Outgoing::ConnectionAck.into_text(), r#"{"type":"connection_ack"}"#);
        assert_eq!(Outgoing::Pong { payload: None }.into_text(), r#"{"type":"pong"}"#);
        let complete = Outgoing::Complete { id: "1" }.into_text();
        assert_eq!(complete, r#"{"type":"complete","id":"1"}"#);
    }
}
