//! Proofs of figures in GraphQL.

use async_graphql::SimpleObject;

use crate::{
    graphql::{Date, DateTime, Long},
    stats::proof::{DayState, Difference, Verification, VerifiedDay},
};

/// Days compared with what they were made of, at one instant of the database.
#[derive(SimpleObject)]
pub(super) struct RollupVerification {
    as_of: DateTime,
    /// One for each day asked for, oldest first.
    days: Vec<DayVerification>,
}

/// A day compared.
#[derive(SimpleObject)]
struct DayVerification {
    date: Date,
    state: DayState,
    /// At most 100 of them.
    differences: Vec<RollupDifference>,
    /// How many there are.
    difference_count: Long,
}

/// A number that is not what the rows give.
#[derive(SimpleObject)]
struct RollupDifference {
    /// A measure of `metricCatalogue`; or `events`, how many there are, or `digest`, of all they say.
    what: &'static str,
    /// Null for `events` and `digest`.
    product: Option<String>,
    /// The first instant of the hour; null for the row of the whole day.
    hour: Option<DateTime>,
    kept: Long,
    recomputed: Long,
}

impl From<Verification> for RollupVerification {
    fn from(verification: Verification) -> Self {
        let days = verification.days.into_iter().map(DayVerification::from).collect();
        Self { as_of: DateTime(verification.as_of), days }
    }
}

impl From<VerifiedDay> for DayVerification {
    fn from(day: VerifiedDay) -> Self {
        Self {
            date: Date(day.date),
            state: day.state,
            difference_count: Long(i64::try_from(day.differences.count).unwrap_or(i64::MAX)),
            differences: day.differences.listed.into_iter().map(RollupDifference::from).collect(),
        }
    }
}

impl From<Difference> for RollupDifference {
    fn from(difference: Difference) -> Self {
        let Difference { what, product, hour, kept, recomputed } = difference;
        let hour = hour.map(DateTime);
        Self { what, product, hour, kept: Long(kept), recomputed: Long(recomputed) }
    }
}
