//! Reads a body within bounds of size and time.

use axum::{
    body::Body,
    http::{HeaderMap, StatusCode, header},
};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use tokio::time::timeout;

use super::{Timing, answer::Refusal};
use crate::error::Error;

/// How much of a refused body is read and dropped, so that the client comes to read the answer.
const DRAIN_BYTES: usize = 32 * 1024 * 1024;

/// Room that is made at once for a body that comes in pieces and announces its length.
const RESERVE_BYTES: usize = 1024 * 1024;

/// Reads all of a body.
///
/// # Errors
/// 413 over `limit` bytes, 408 for a client that stops sending, 400 when it breaks off.
pub(super) async fn read(
    headers: &HeaderMap,
    mut body: Body,
    limit: usize,
    timing: &Timing,
) -> Result<Bytes, Refusal> {
    let declared = declared(headers);
    if let Some(length) = declared.filter(|length| *length > limit) {
        // Who waits for `100 Continue` sends nothing that would have to be read.
        if !headers.contains_key(header::EXPECT) {
            drain(&mut body, timing).await;
        }
        return Err(too_large(length, limit));
    }
    match timeout(timing.body, collect(&mut body, declared, limit, timing)).await {
        Ok(Err(refusal)) if refusal.status == StatusCode::PAYLOAD_TOO_LARGE => {
            drain(&mut body, timing).await;
            Err(refusal)
        }
        Ok(result) => result,
        Err(_) => Err(too_slow(timing.body)),
    }
}

async fn collect(
    body: &mut Body,
    declared: Option<usize>,
    limit: usize,
    timing: &Timing,
) -> Result<Bytes, Refusal> {
    let mut read = BytesMut::new();
    // A body in one piece is passed on as it came.
    let mut only = Bytes::new();
    loop {
        let Ok(frame) = timeout(timing.body_piece, body.frame()).await else {
            return Err(too_slow(timing.body_piece));
        };
        let Some(frame) = frame else {
            return Ok(if read.is_empty() { only } else { read.freeze() });
        };
        let Ok(piece) = frame.map_err(drop).and_then(|frame| frame.into_data().map_err(drop))
        else {
            let error = Error::bad_input("body", "broken off", "a complete body");
            return Err(Refusal::new(StatusCode::BAD_REQUEST, error));
        };
        let len = read.len() + only.len() + piece.len();
        if len > limit {
            return Err(too_large(len, limit));
        }
        if read.is_empty() && only.is_empty() {
            only = piece;
        } else {
            if read.is_empty() {
                read.reserve(declared.unwrap_or_default().min(RESERVE_BYTES).max(len));
            }
            read.extend_from_slice(&std::mem::take(&mut only));
            read.extend_from_slice(&piece);
        }
    }
}

/// Reads on without keeping anything, for as long as it takes to read as much in good time.
async fn drain(body: &mut Body, timing: &Timing) {
    let drained = async {
        let mut dropped = 0;
        while let Some(Ok(frame)) = body.frame().await {
            dropped += frame.data_ref().map_or(0, Bytes::len);
            if dropped > DRAIN_BYTES {
                return;
            }
        }
    };
    // Late or not, the answer is the same.
    let _ = timeout(timing.body_piece, drained).await;
}

fn declared(headers: &HeaderMap) -> Option<usize> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn too_large(bytes: usize, limit: usize) -> Refusal {
    let expected = format!("at most {limit} bytes");
    let error = Error::bad_input("body", format!("{bytes} bytes or more"), &expected);
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, error).with(header::CONNECTION, "close")
}

fn too_slow(limit: std::time::Duration) -> Refusal {
    let expected = format!("the rest within {} ms", limit.as_millis());
    let error = Error::bad_input("body", "incomplete", &expected);
    Refusal::new(StatusCode::REQUEST_TIMEOUT, error).with(header::CONNECTION, "close")
}
