//! Proofs of figures in GraphQL.

use async_graphql::{Enum, Object, SimpleObject};
use entity::restatement::{self, Reason};

use crate::{
    graphql::{
        Date, DateTime, Long,
        paging::{PageInfo, page_info},
    },
    stats::proof::{DayState, Difference, Verification, VerifiedDay, cursor},
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
    /// When it was sealed: compared once it was over for long enough. Null until then, and after a
    /// rebuild.
    sealed_at: Option<DateTime>,
    /// At most 100 of them.
    differences: Vec<RollupDifference>,
    /// How many there are.
    difference_count: Long,
}

/// A number that is not what the rows give.
#[derive(SimpleObject)]
struct RollupDifference {
    /// A measure or distribution of `metricCatalogue`; or `events`, how many there are, or `digest`, of all
    /// they say. Of a distribution the numbers are how many values lie in the first bucket that differs.
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
            sealed_at: day.sealed_at.map(DateTime),
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

/// Why a sealed day was rebuilt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Reason")]
pub(super) enum RestatementReason {
    /// Events of the day came after it had been sealed.
    LateEvents,
    /// Events that had been counted are not there any more.
    MissingEvents,
    /// The tenant's time zone or threshold has changed.
    Settings,
    /// As many events as before: an event of another day changed a session of this one, or the day had
    /// differed from its events.
    Recomputed,
}

pub(super) struct Restatement(restatement::Model);

/// A number of a sealed day that has changed.
#[Object]
impl Restatement {
    /// The day, in the tenant's time zone.
    async fn date(&self) -> Date {
        Date(self.0.stat_date)
    }

    async fn restated_at(&self) -> DateTime {
        DateTime(self.0.restated_at)
    }

    /// A measure of `metricCatalogue`; or `events`, how many the day was counted from.
    async fn measure(&self) -> &str {
        &self.0.measure
    }

    /// Null for `events`.
    async fn product(&self) -> Option<&str> {
        Some(self.0.product.as_str()).filter(|product| !product.is_empty())
    }

    async fn before(&self) -> Long {
        Long(self.0.value_before)
    }

    async fn after(&self) -> Long {
        Long(self.0.value_after)
    }

    async fn reason(&self) -> RestatementReason {
        self.0.reason.into()
    }

    /// How many events more the day has than before; negative when some are missing.
    async fn events_more(&self) -> Long {
        Long(self.0.events_more)
    }
}

/// A page of restatements.
#[derive(SimpleObject)]
pub(super) struct RestatementConnection {
    /// Newest first.
    edges: Vec<RestatementEdge>,
    page_info: PageInfo,
}

/// A restatement and its place in the list.
#[derive(SimpleObject)]
struct RestatementEdge {
    cursor: String,
    node: Restatement,
}

impl RestatementConnection {
    /// Of the rows of a page, and one more where there are more.
    pub(super) fn of(mut rows: Vec<restatement::Model>, len: u64, after: bool) -> Self {
        let page_info = page_info(&mut rows, len, after, cursor);
        let edge = |row| RestatementEdge { cursor: cursor(&row), node: Restatement(row) };
        Self { edges: rows.into_iter().map(edge).collect(), page_info }
    }
}
