//! When a plan runs out.

use async_graphql::SimpleObject;

use crate::{
    billing::forecast,
    graphql::{Date, Long},
};

/// When the tokens of the present billing period run out.
#[derive(Debug, SimpleObject)]
pub(super) struct QuotaForecast {
    /// The expected day; null when they are expected to last until the period ends.
    runs_out_on: Option<Date>,
    /// One in ten times they run out before this day; null when even then they last.
    earliest: Option<Date>,
    /// One in ten times they run out after this day, or not at all; null when they may well last.
    latest: Option<Date>,
    /// Tokens that are expected to be used by the end of the period.
    expected_tokens: Long,
    /// Whole days of use that it was worked out from, at most 56.
    days: i32,
}

impl From<forecast::Forecast> for QuotaForecast {
    fn from(found: forecast::Forecast) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "a float to integer cast saturates")]
        let expected = found.expected.round() as i64;
        Self {
            runs_out_on: found.runs_out_on.map(Date),
            earliest: found.earliest.map(Date),
            latest: found.latest.map(Date),
            expected_tokens: Long(expected),
            days: i32::try_from(found.days).unwrap_or(i32::MAX),
        }
    }
}
