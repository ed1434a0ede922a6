//! What a figure is made of, down to the rows.

use async_graphql::{Enum, ID, Object, SimpleObject};

use super::metrics::Metric;
use crate::{
    graphql::{
        Date, DateTime, GraphqlResult, Long,
        paging::{Cursor, PageInfo, page_info, page_len},
    },
    stats::{
        cube::{Completeness, CountedRow},
        explain::Explained,
        measure::Instant,
        metric,
        totals::Totals,
    },
};

pub(super) struct Explanation(pub(super) Explained);

impl Explanation {
    fn metric(&self) -> &'static metric::Metric {
        self.0.question.metric
    }
}

/// The sum of signed measures.
fn sum(parts: &[(i64, crate::stats::measure::Measure)], totals: &Totals) -> i64 {
    parts.iter().map(|(sign, measure)| sign * totals.get(*measure)).sum()
}

/// A figure of a stretch of days and what it is made of, all of one instant of the database.
#[Object]
impl Explanation {
    #[graphql(name = "metric")]
    async fn declared(&self) -> Metric {
        Metric::of(self.metric(), self.0.tenant.language)
    }

    /// When it was so.
    async fn as_of(&self) -> DateTime {
        DateTime(self.0.as_of)
    }

    /// The zone in which days are cut, e.g. `Asia/Shanghai`.
    async fn time_zone(&self) -> &str {
        self.0.tenant.time_zone.name()
    }

    /// The first instant of the days.
    async fn start(&self) -> DateTime {
        DateTime(self.0.range().start)
    }

    /// Exclusive.
    async fn end(&self) -> DateTime {
        DateTime(self.0.range().end)
    }

    /// The figure, as every page shows it; null without a denominator, and for a percentile whose
    /// values are not all known any more.
    async fn value(&self) -> Option<f64> {
        self.metric().of(&self.0.totals)
    }

    /// What the formula has above the line; times in milliseconds. Null for a percentile, which is no
    /// fraction.
    async fn numerator(&self) -> Option<Long> {
        let parts = self.metric().parts().numerator;
        (!parts.is_empty()).then(|| Long(sum(&parts, &self.0.totals)))
    }

    /// What it has below, of a percentile how many values there are; null for a plain sum.
    async fn denominator(&self) -> Option<Long> {
        let parts = self.metric().parts().denominator;
        (!parts.is_empty()).then(|| Long(sum(&parts, &self.0.totals)))
    }

    /// What each measure of the formula comes to; of a percentile those that count its values.
    async fn measures(&self) -> Vec<MeasureSum> {
        let sum = |measure: crate::stats::measure::Measure| MeasureSum {
            id: measure.column(),
            definition: measure.definition().trim(),
            sum: Long(self.0.totals.get(measure)),
        };
        self.metric().measures().into_iter().map(sum).collect()
    }

    /// What one might expect to be counted and is not, and how many rows that is.
    async fn left_out(&self) -> GraphqlResult<Vec<LeftOut>> {
        let language = self.0.tenant.language;
        let counts = self.0.left_out().await?;
        let left_out = |(left_out, rows): (&'static metric::LeftOut, i64)| LeftOut {
            id: left_out.id,
            title: language.pick(left_out.title_zh, left_out.title_en),
            rows: Long(rows),
        };
        Ok(counts.into_iter().map(left_out).collect())
    }

    /// How many rows are counted. It is the figure itself for a plain sum, and the denominator for
    /// any other, but for `rowsRemoved`.
    async fn row_count(&self) -> GraphqlResult<Long> {
        Ok(Long(self.0.count_rows().await?.counted))
    }

    /// Of the rows counted, those whose event was received a day or more after it happened.
    async fn late_rows(&self) -> GraphqlResult<Long> {
        Ok(Long(self.0.count_rows().await?.late))
    }

    /// Rows that are in the figure, and were removed since: raw events are kept for 90 days unless
    /// configured otherwise.
    async fn rows_removed(&self) -> GraphqlResult<Long> {
        let counted = self.0.count_rows().await?.counted;
        Ok(Long(self.metric().count(&self.0.totals) - counted))
    }

    /// Each day, oldest first.
    async fn days(&self) -> Vec<ExplainedDay> {
        let day = |(bucket, completeness, totals): &(_, Completeness, Totals)| {
            let bucket: &crate::stats::cube::Bucket = bucket;
            ExplainedDay {
                date: Date(bucket.days.0),
                completeness: *completeness,
                value: self.metric().of(totals),
                rows: Long(self.metric().count(totals)),
            }
        };
        self.0.days.iter().map(day).collect()
    }

    /// Exactly the rows counted, newest first.
    async fn rows(
        &self,
        #[graphql(default_with = "Some(50)")] first: Option<i32>,
        after: Option<String>,
    ) -> GraphqlResult<CountedRowConnection> {
        let len = page_len("first", first.unwrap_or(50))?;
        let after = after.as_deref().map(Cursor::decode).transpose()?;
        let mut rows = self.0.list_rows(len, after.as_ref()).await?;
        let page_info = page_info(&mut rows, len, after.is_some(), |row| row.place.encode());
        let kind = RowKind::of(self.metric().instant());
        let is_sum = self.metric().is_additive();
        let edge = |row: CountedRow| CountedRowEdge {
            cursor: row.place.encode(),
            node: Row { counted: row, kind, is_sum },
        };
        Ok(CountedRowConnection { edges: rows.into_iter().map(edge).collect(), page_info })
    }
}

/// A measure of the formula.
#[derive(SimpleObject)]
pub(super) struct MeasureSum {
    id: &'static str,
    definition: &'static str,
    /// A count, or milliseconds.
    sum: Long,
}

/// Rows that a figure leaves out.
#[derive(SimpleObject)]
pub(super) struct LeftOut {
    /// Stable name, e.g. `open_sessions`.
    id: &'static str,
    /// In the tenant's language.
    title: &'static str,
    rows: Long,
}

/// One day of an explanation.
#[derive(SimpleObject)]
pub(super) struct ExplainedDay {
    date: Date,
    /// SETTLED: from the daily table; anything else from rows.
    completeness: Completeness,
    value: Option<f64>,
    /// How many rows are in it.
    rows: Long,
}

/// What a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(super) enum RowKind {
    Session,
    Event,
}

impl RowKind {
    fn of(instant: Instant) -> Self {
        if instant == Instant::Event { Self::Event } else { Self::Session }
    }
}

/// A page of counted rows.
#[derive(SimpleObject)]
pub(super) struct CountedRowConnection {
    /// Newest first.
    edges: Vec<CountedRowEdge>,
    page_info: PageInfo,
}

/// A counted row and its place in the list.
#[derive(SimpleObject)]
pub(super) struct CountedRowEdge {
    cursor: String,
    node: Row,
}

pub(super) struct Row {
    counted: CountedRow,
    kind: RowKind,
    is_sum: bool,
}

/// A session or an event that a figure counts.
#[Object(name = "CountedRow")]
impl Row {
    async fn kind(&self) -> RowKind {
        self.kind
    }

    /// Of the session, or of the event.
    async fn id(&self) -> ID {
        ID(self.counted.place.id.clone())
    }

    /// The session, or that of the event; null for an event that belongs to none.
    async fn session_id(&self) -> Option<ID> {
        match self.kind {
            RowKind::Session => Some(ID(self.counted.place.id.clone())),
            RowKind::Event => self.counted.session_id.clone().map(ID),
        }
    }

    /// Null for a session.
    async fn event_name(&self) -> Option<&str> {
        self.counted.event_name.as_deref()
    }

    async fn product(&self) -> &str {
        &self.counted.product
    }

    /// The instant by which it counts.
    async fn at(&self) -> DateTime {
        DateTime(self.counted.place.at)
    }

    /// What it adds above the line, of a percentile its value; times in milliseconds.
    async fn numerator(&self) -> Long {
        Long(self.counted.numerator)
    }

    /// What it adds below; null for a plain sum.
    async fn denominator(&self) -> Option<Long> {
        (!self.is_sum).then_some(Long(self.counted.denominator))
    }
}
