//! The metrics of ingestion.

use chrono::{DateTime, Utc};
use metrics::{counter, gauge};

use super::{buffer::Pending, model::Outcome};

const EVENTS: &str = "ingest_events_total";

/// Counts events by what the database said.
pub(super) fn outcomes(outcomes: &[Outcome]) {
    for (outcome, name) in [
        (Outcome::Stored, "stored"),
        (Outcome::Duplicate, "duplicate"),
        (Outcome::Conflict, "conflict"),
        (Outcome::Refused, "rejected"),
    ] {
        let count = outcomes.iter().filter(|found| **found == outcome).count();
        counter!(EVENTS, "outcome" => name).increment(count as u64);
    }
}

/// Counts events that were refused before they reached the database.
pub(super) fn refused(events: usize) {
    counter!(EVENTS, "outcome" => "rejected").increment(events as u64);
}

/// Counts a tracking mutation by who ran it: `precompiled` or `engine`.
pub(crate) fn count_path(path: &'static str) {
    counter!("graphql_ingest_path_total", "path" => path).increment(1);
}

/// Shows what waits.
pub(super) fn pending(pending: Pending, now: DateTime<Utc>) {
    let age_ms = pending.oldest_at_ms.map_or(0, |oldest| (now.timestamp_millis() - oldest).max(0));
    #[expect(clippy::cast_precision_loss, reason = "both are far below 2^53")]
    let (events, age_secs) = (pending.events as f64, age_ms as f64 / 1_000.0);
    gauge!("ingest_pending_events").set(events);
    gauge!("ingest_oldest_pending_seconds").set(age_secs);
}
