//! The events of `graphql-sse`, as bytes of an event stream.

use async_graphql::ServerError;
use bytes::Bytes;
use serde::Serialize;

use crate::http::{answer::Errors, execute::Outcome};

/// Says nothing, which tells every hop that the stream is alive. Without an empty line: older
/// graphql-sse clients stumble over one that ends no event.
pub(super) const COMMENT: Bytes = Bytes::from_static(b":\n");

/// The end of an operation. Without its `data` a browser would not dispatch the event.
pub(super) const COMPLETE: Bytes = Bytes::from_static(b"event: complete\ndata:\n\n");

/// One result: what an operation came to, or why it was not executed.
pub(super) fn next(outcome: &Outcome) -> Bytes {
    match outcome {
        Outcome::Executed(response) => written(response),
        Outcome::Written { json, .. } => written(json),
        Outcome::Refused(errors) => refused(errors),
    }
}

fn refused(errors: &[ServerError]) -> Bytes {
    written(&Errors { errors })
}

/// JSON has no line breaks of its own, so it is one line of `data`.
fn written(result: &impl Serialize) -> Bytes {
    let mut text = b"event: next\ndata: ".to_vec();
    if let Err(error) = serde_json::to_writer(&mut text, result) {
        tracing::error!(%error, "an event could not be written");
        return Bytes::new();
    }
    text.extend_from_slice(b"\n\n");
    text.into()
}

#[cfg(test)]
mod tests {
    use async_graphql::{Response, Value};

    use super::*;

    #[test]
    fn a_result_is_one_line_whatever_its_text() {
        let response = Response::new(Value::from("a\nb\r\n\u{2028}"));
        let event = next(&Outcome::Executed(response));
        let expected = "event: next\ndata: {\"data\":\"a\\nb\\r\\n\u{2028}\"}\n\n";
        assert_eq!(event, expected.as_bytes());
    }

    #[test]
    fn a_refusal_has_no_data() {
        let event = next(&Outcome::Refused(vec![ServerError::new("no", None)]));
        assert_eq!(event, "event: next\ndata: {\"errors\":[{\"message\":\"no\"}]}\n\n".as_bytes());
    }
}
