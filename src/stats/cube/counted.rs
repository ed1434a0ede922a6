//! The very rows that a figure counts, by the conditions under which they are summed.

use chrono::TimeDelta;
use sea_orm::{ConnectionTrait, QueryResult, Statement};

use super::{
    dimension::{Dimension, Filter},
    rows::Rows,
};
use crate::{
    error::Result,
    graphql::paging::Cursor,
    stats::{
        measure::{Instant, Measure},
        metric::{LeftOut, Metric},
    },
    tenant::{Tenant, TimeRange},
};

/// Received so much later than it happened, an event is late.
const LATE_DAYS: u32 = 1;

/// How far back a page is looked for at first, and how many times as far each time after that.
const FIRST_STRETCH: TimeDelta = TimeDelta::hours(1);
const LONGER: i32 = 4;

/// One metric over a stretch of time.
#[derive(Clone, Copy, Debug)]
pub(in crate::stats) struct Counted<'a> {
    pub(in crate::stats) tenant: &'a Tenant,
    pub(in crate::stats) metric: &'static Metric,
    pub(in crate::stats) range: TimeRange,
    pub(in crate::stats) filter: &'a Filter,
}

/// A row that is counted, and what it adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountedRow {
    /// The instant it counts by, and the id of its session or event.
    pub place: Cursor,
    pub numerator: i64,
    /// 1, or what a row adds to the denominator; 1 for a plain sum too.
    pub denominator: i64,
    pub product: String,
    /// Of an event; none where it belongs to no session.
    pub session_id: Option<String>,
    pub event_name: Option<String>,
}

impl Counted<'_> {
    fn instant(&self) -> Instant {
        self.metric.instant()
    }

    fn rows(&self, db: &impl ConnectionTrait, by: &[Dimension]) -> Rows<'_> {
        Rows::new(db.get_database_backend(), self.tenant, self.range, by, self.filter)
    }

    /// What a row adds to both parts of the figure, and of a percentile its value; where the second is 0
    /// it is not counted.
    fn parts(&self, rows: &Rows<'_>) -> (String, String) {
        let sum = |measures: &[(i64, Measure)]| {
            let signed = measures.iter().map(|(sign, measure)| {
                format!("{} ({})", if *sign < 0 { "-" } else { "+" }, rows.value(*measure))
            });
            signed.collect::<Vec<_>>().join(" ")
        };
        let parts = self.metric.parts();
        let numerator = match self.metric.distribution() {
            Some(distribution) => rows.in_place(distribution.value()),
            None => sum(&parts.numerator),
        };
        let denominator = match parts.denominator.as_slice() {
            [] => numerator.clone(),
            measures => sum(measures),
        };
        (numerator, denominator)
    }

    /// The counted rows as a relation.
    fn counted(&self, rows: &mut Rows<'_>) -> String {
        let relation = rows.relation(&[self.instant()]);
        let conditions = rows.conditions();
        let (numerator, denominator) = self.parts(rows);
        let late = match self.instant() {
            Instant::Event => rows.is_late("at", "received_at", LATE_DAYS),
            _ => "0".to_owned(),
        };
        let of_event = match self.instant() {
            Instant::Event => "session_id, event_name",
            _ => "CAST(NULL AS TEXT) AS session_id, CAST(NULL AS TEXT) AS event_name",
        };
        format!(
            "SELECT * FROM (SELECT id, at, product, {of_event}, {late} AS late, \
             CAST({numerator} AS BIGINT) AS numerator, CAST({denominator} AS BIGINT) AS denominator \
             FROM ({relation}) AS counted WHERE {conditions}) AS counted WHERE denominator <> 0"
        )
    }

    /// How many rows are counted, and how many of them are late.
    pub(in crate::stats) async fn count(&self, db: &impl ConnectionTrait) -> Result<(i64, i64)> {
        let mut rows = self.rows(db, &[]);
        let sql = format!(
            "SELECT COUNT(*) AS counted, CAST(COALESCE(SUM(late), 0) AS BIGINT) AS late FROM ({}) AS c",
            self.counted(&mut rows)
        );
        let found = db.query_one_raw(statement(rows, sql)).await?;
        let read = |row: QueryResult| Ok((row.try_get("", "counted")?, row.try_get("", "late")?));
        found.map_or(Ok((0, 0)), read)
    }

    /// The rows after a place, newest first, and one more than asked for where there are more.
    ///
    /// Sessions lie in no order of their instants, so the page is looked for in ever longer stretches
    /// of time: what it costs goes by its length, not by that of the range.
    pub(in crate::stats) async fn list(
        &self,
        db: &impl ConnectionTrait,
        len: u64,
        after: Option<&Cursor>,
    ) -> Result<Vec<CountedRow>> {
        let wanted = usize::try_from(len).unwrap_or(usize::MAX).saturating_add(1);
        let mut listed = Vec::new();
        let (start, end) = (self.range.start, self.range.end);
        let mut end = after.map_or(end, |after| after.end().min(end));
        let mut length = FIRST_STRETCH;
        while start < end && listed.len() < wanted {
            let since = end.checked_sub_signed(length).map_or(start, |since| since.max(start));
            let part = Self { range: TimeRange { start: since, end }, ..*self };
            let missing = wanted - listed.len();
            listed.extend(part.list_part(db, missing, after).await?);
            (end, length) = (since, length * LONGER);
        }
        Ok(listed)
    }

    async fn list_part(
        &self,
        db: &impl ConnectionTrait,
        len: usize,
        after: Option<&Cursor>,
    ) -> Result<Vec<CountedRow>> {
        let mut rows = self.rows(db, &[]);
        let counted = self.counted(&mut rows);
        let after = after.map(|Cursor { at, id }| {
            let (at, id) = (rows.bind(*at), rows.bind(id.as_str()));
            format!(" WHERE (at < {at} OR (at = {at} AND id < {id}))")
        });
        let sql = format!(
            "SELECT * FROM ({counted}) AS c{} ORDER BY at DESC, id DESC LIMIT {}",
            after.unwrap_or_default(),
            len
        );
        db.query_all_raw(statement(rows, sql)).await?.iter().map(CountedRow::read).collect()
    }

    /// How many rows are left out.
    pub(in crate::stats) async fn count_left_out(
        &self,
        db: &impl ConnectionTrait,
        left_out: &LeftOut,
    ) -> Result<i64> {
        let mut rows = self.rows(db, &[]);
        let relation = rows.relation(&[left_out.instant]);
        let conditions = rows.conditions();
        let condition = rows.in_place(left_out.condition);
        let sql = format!(
            "SELECT COUNT(*) AS rows_left FROM ({relation}) AS counted \
             WHERE {conditions} AND {condition}"
        );
        let found = db.query_one_raw(statement(rows, sql)).await?;
        found.map_or(Ok(0), |row| Ok(row.try_get("", "rows_left")?))
    }
}

impl CountedRow {
    fn read(row: &QueryResult) -> Result<Self> {
        Ok(Self {
            place: Cursor { at: row.try_get("", "at")?, id: row.try_get("", "id")? },
            numerator: row.try_get("", "numerator")?,
            denominator: row.try_get("", "denominator")?,
            product: row.try_get("", "product")?,
            session_id: row.try_get("", "session_id")?,
            event_name: row.try_get("", "event_name")?,
        })
    }
}

fn statement(rows: Rows<'_>, sql: String) -> Statement {
    Statement::from_sql_and_values(rows.backend, sql, rows.values)
}
