//! The additive measures: each declared once, with the rows it counts and the instant it goes by.
//!
//! Daily rows are their sums over a day, and open days are summed from state by the same
//! declaration, so that the two cannot disagree.

use chrono::NaiveDate;
use sea_orm::{ConnectionTrait, QueryResult, Statement, Value};

use crate::{
    error::Result,
    tenant::{Tenant, TenantId, TimeRange},
};

/// The table and the instant by which rows are selected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instant {
    SessionStart,
    SessionQueue,
    SessionAssign,
    SessionTransfer,
    SessionEnd,
    Event,
}

impl Instant {
    const ALL: [Self; 6] = [
        Self::SessionStart,
        Self::SessionQueue,
        Self::SessionAssign,
        Self::SessionTransfer,
        Self::SessionEnd,
        Self::Event,
    ];

    fn table(self) -> &'static str {
        match self {
            Self::Event => "analytics_events",
            _ => "analytics_sessions",
        }
    }

    /// The column that holds it.
    pub fn column(self) -> &'static str {
        match self {
            Self::SessionStart => "started_at",
            Self::SessionQueue => "queued_at",
            Self::SessionAssign => "assigned_at",
            Self::SessionTransfer => "transferred_at",
            Self::SessionEnd => "ended_at",
            Self::Event => "occurred_at",
        }
    }

    /// Rows that no measure of this instant counts are left out before anything is summed.
    pub(super) fn restriction(self) -> &'static str {
        match self {
            Self::Event => {
                " AND event_name IN ('message.customer', 'message.ai', 'message.agent', \
                 'rating.submit')"
            }
            _ => "",
        }
    }
}

/// Declares the measures: name, instant, value of a row in SQL.
macro_rules! measures {
    ($($(#[doc = $doc:literal])+ $variant:ident, $column:literal, $instant:ident, $value:literal;)+) => {
        /// One additive measure, named as its column of `analytics_daily_stats`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Measure { $($(#[doc = $doc])+ $variant),+ }

        impl Measure {
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The column of the daily table.
            pub fn column(self) -> &'static str {
                match self { $(Self::$variant => $column),+ }
            }

            /// The instant it goes by.
            pub fn instant(self) -> Instant {
                match self { $(Self::$variant => Instant::$instant),+ }
            }

            /// What one row adds, in SQL. `{sla_ms}` is the tenant's threshold.
            pub fn value(self) -> &'static str {
                match self { $(Self::$variant => $value),+ }
            }

            /// The definition in words.
            pub fn definition(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),+)),+ }
            }
        }
    };
}

measures! {
    /// Sessions that started.
    TotalSessions, "total_sessions", SessionStart, "1";
    /// Sessions with an end.
    CompletedSessions, "completed_sessions", SessionEnd, "1";
    /// Ended, never transferred, queued or assigned to a person, `resolved` not false.
    AiResolved, "ai_resolved", SessionEnd,
        "CASE WHEN transferred_at IS NULL AND assigned_at IS NULL AND queued_at IS NULL \
         AND resolved IS NOT FALSE THEN 1 ELSE 0 END";
    /// Sessions handed over from the AI to a person.
    Transferred, "transferred", SessionTransfer, "1";
    /// Sessions assigned to a person.
    Answered, "answered", SessionAssign, "1";
    /// Ended while in the queue without an answer by a person.
    Abandoned, "abandoned", SessionEnd,
        "CASE WHEN abandon_ms IS NOT NULL THEN 1 ELSE 0 END";
    /// Ended with `resolved` true.
    Resolved, "resolved", SessionEnd, "CASE WHEN resolved IS TRUE THEN 1 ELSE 0 END";
    /// Sum of durations in milliseconds.
    DurationMsSum, "duration_ms_sum", SessionEnd, "COALESCE(duration_ms, 0)";
    /// Ended sessions whose duration is known.
    DurationCount, "duration_count", SessionEnd,
        "CASE WHEN duration_ms IS NOT NULL THEN 1 ELSE 0 END";
    /// Sum of waits from queue to assignment in milliseconds.
    WaitMsSum, "wait_ms_sum", SessionAssign, "COALESCE(wait_ms, 0)";
    /// Assigned sessions that had been queued.
    WaitCount, "wait_count", SessionAssign, "CASE WHEN wait_ms IS NOT NULL THEN 1 ELSE 0 END";
    /// Sessions that entered the queue.
    Queued, "queued", SessionQueue, "1";
    /// Queued sessions answered within the tenant's threshold.
    AnsweredInTime, "answered_in_time", SessionQueue,
        "CASE WHEN wait_ms <= {sla_ms} THEN 1 ELSE 0 END";
    /// Queued sessions that ended unanswered within the tenant's threshold.
    AbandonedInTime, "abandoned_in_time", SessionQueue,
        "CASE WHEN abandon_ms <= {sla_ms} THEN 1 ELSE 0 END";
    /// Messages by customers, AI and people.
    TotalMessages, "total_messages", Event,
        "CASE WHEN event_name <> 'rating.submit' THEN 1 ELSE 0 END";
    /// Sum of the AI's response times in milliseconds.
    AiResponseMsSum, "ai_response_ms_sum", Event,
        "CASE WHEN event_name = 'message.ai' THEN COALESCE(response_ms, 0) ELSE 0 END";
    /// Messages by the AI that state a response time.
    AiResponseCount, "ai_response_count", Event,
        "CASE WHEN event_name = 'message.ai' AND response_ms IS NOT NULL THEN 1 ELSE 0 END";
    /// Sum of people's response times in milliseconds.
    AgentResponseMsSum, "agent_response_ms_sum", Event,
        "CASE WHEN event_name = 'message.agent' THEN COALESCE(response_ms, 0) ELSE 0 END";
    /// Messages by people that state a response time.
    AgentResponseCount, "agent_response_count", Event,
        "CASE WHEN event_name = 'message.agent' AND response_ms IS NOT NULL THEN 1 ELSE 0 END";
    /// Ratings.
    RatingCount, "rating_count", Event, "CASE WHEN rating IS NOT NULL THEN 1 ELSE 0 END";
    /// Sum of ratings.
    RatingSum, "rating_sum", Event, "COALESCE(rating, 0)";
    /// Ratings of 5.
    Rating5Count, "rating_5_count", Event, "CASE WHEN rating = 5 THEN 1 ELSE 0 END";
    /// Ratings of 4.
    Rating4Count, "rating_4_count", Event, "CASE WHEN rating = 4 THEN 1 ELSE 0 END";
}

/// The sums of all measures over some stretch; adding two gives the sums over both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Totals([i64; Measure::ALL.len()]);

impl Default for Totals {
    fn default() -> Self {
        Self([0; Measure::ALL.len()])
    }
}

impl Totals {
    pub fn get(&self, measure: Measure) -> i64 {
        self.0[measure as usize]
    }

    pub fn add(&mut self, other: &Self) {
        for (sum, value) in self.0.iter_mut().zip(other.0) {
            *sum += value;
        }
    }

    /// Reads a row with one column a measure.
    pub(super) fn from_row(row: &QueryResult) -> Result<Self> {
        let mut totals = Self::default();
        for measure in Measure::ALL {
            totals.0[*measure as usize] = row.try_get("", measure.column())?;
        }
        Ok(totals)
    }

    pub(super) fn values(&self) -> impl Iterator<Item = i64> {
        self.0.into_iter()
    }
}

/// A stretch of time to sum over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    range: TimeRange,
    /// The whole day that it is, if so: then what was archived of it counts too.
    day: Option<NaiveDate>,
}

impl Stretch {
    pub(super) fn day(tenant: &Tenant, day: NaiveDate) -> Self {
        Self { range: tenant.day(day), day: Some(day) }
    }
}

impl From<TimeRange> for Stretch {
    fn from(range: TimeRange) -> Self {
        Self { range, day: None }
    }
}

/// Sums the measures over the rows of a stretch, for each product that has any; in one statement,
/// so that all of them see the same instant of the database.
pub(super) async fn sum(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    sla_secs: u32,
    stretch: Stretch,
    product: Option<&str>,
) -> Result<Vec<(String, Totals)>> {
    let backend = db.get_database_backend();
    let TimeRange { start, end } = stretch.range;
    let mut values: Vec<Value> = vec![tenant.as_str().into(), start.into(), end.into()];
    values.extend(product.map(Value::from));
    values.extend(stretch.day.map(Value::from));
    let sql = sum_sql(sla_secs, product.is_some(), stretch.day.is_some());
    let rows = db.query_all_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    rows.iter().map(|row| Ok((row.try_get("", "product")?, Totals::from_row(row)?))).collect()
}

/// The statement of [`sum`]: a part for each instant, summed by product.
fn sum_sql(sla_secs: u32, by_product: bool, whole_day: bool) -> String {
    let mut parts: Vec<_> =
        Instant::ALL.into_iter().map(|instant| part_sql(instant, sla_secs, by_product)).collect();
    if whole_day {
        parts.push(archive_sql(by_product));
    }
    let sums = list(|measure| format!("CAST(SUM({0}) AS BIGINT) AS {0}", measure.column()));
    let parts = parts.join(" UNION ALL ");
    format!("SELECT product, {sums} FROM ({parts}) AS parts GROUP BY product")
}

/// What was archived of a day.
fn archive_sql(by_product: bool) -> String {
    let columns = list(|measure| match measure.instant() {
        Instant::Event => measure.column().to_owned(),
        _ => format!("0 AS {}", measure.column()),
    });
    let (product, day) = if by_product { (" AND product = $4", "$5") } else { ("", "$4") };
    format!(
        "SELECT product, {columns} FROM analytics_archived_days \
         WHERE tenant_id = $1 AND stat_date = {day}{product}"
    )
}

fn part_sql(instant: Instant, sla_secs: u32, by_product: bool) -> String {
    let sla_ms = (u64::from(sla_secs) * 1_000).to_string();
    let sums = list(|measure| {
        let value = if measure.instant() == instant { measure.value() } else { "0" };
        format!("SUM({}) AS {}", value.replace("{sla_ms}", &sla_ms), measure.column())
    });
    let (table, column) = (instant.table(), instant.column());
    let restriction = instant.restriction();
    let product = if by_product { " AND product = $4" } else { "" };
    format!(
        "SELECT product, {sums} FROM {table} WHERE tenant_id = $1 AND {column} >= $2 \
         AND {column} < $3{restriction}{product} GROUP BY product"
    )
}

fn list(column: impl Fn(&Measure) -> String) -> String {
    Measure::ALL.iter().map(column).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_add_up_measure_by_measure() {
        let mut totals = Totals::default();
        let mut other = Totals::default();
        other.0[Measure::RatingSum as usize] = 7;
        totals.add(&other);
        totals.add(&other);
        assert_eq!(totals.get(Measure::RatingSum), 14);
        assert_eq!(totals.get(Measure::RatingCount), 0);
    }
}
