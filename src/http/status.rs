//! The status of an answer, by either set that GraphQL over HTTP has recommended.
//!
//! What it demands is the same in both: data that is not null is a 2xx, an answer without data none
//! under `application/graphql-response+json`. Which set a deployment has is configured
//! ([`Statuses`]); the differences are in `docs/protocols.md`.

use axum::http::StatusCode;

use super::accept::MediaType;
use crate::config::Statuses;

/// Data beside errors, in the words of the edition of September 2026.
const PARTIAL_SUCCESS: u16 = 294;

/// What is wrong with a request that is answered without data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is no request of GraphQL: its status is its own in every media type.
    Form,
    /// It could be read as JSON, and is no request of GraphQL.
    Shape,
    /// It is well-formed, and its document cannot be read.
    Document,
    /// It is well-formed, and refused all the same.
    Request,
}

/// The status of an operation that was executed, and the media type it is answered in.
pub(super) fn executed(statuses: Statuses, media: MediaType, has_errors: bool) -> StatusCode {
    match (statuses, media) {
        // The code is the specification's own, so that it goes with its own media type only.
        (Statuses::September2026, MediaType::GraphqlResponse) if has_errors => {
            StatusCode::from_u16(PARTIAL_SUCCESS).unwrap_or(StatusCode::OK)
        }
        _ => StatusCode::OK,
    }
}

/// The status of a refusal that by itself has `status`, and the media type it is answered in.
pub(super) fn refused(
    statuses: Statuses,
    media: MediaType,
    fault: Fault,
    status: StatusCode,
) -> (StatusCode, MediaType) {
    match (statuses, fault) {
        // `application/json` cannot be told from an intermediary's own error unless it is a 200.
        (Statuses::Draft2025, Fault::Document | Fault::Request) if media == MediaType::Json => {
            (StatusCode::OK, media)
        }
        (Statuses::Draft2025, _) | (Statuses::September2026, Fault::Form) => (status, media),
        (Statuses::September2026, Fault::Shape | Fault::Request)
            if status == StatusCode::BAD_REQUEST =>
        {
            (StatusCode::UNPROCESSABLE_ENTITY, MediaType::GraphqlResponse)
        }
        // So that the client knows whose answer it is.
        (Statuses::September2026, _) => (status, MediaType::GraphqlResponse),
    }
}
