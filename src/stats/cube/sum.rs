//! Sums of the measures over a stretch of time, by slot and dimensions, from sessions and events as
//! they stand.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, Statement};

use super::{
    bucket::Slots,
    dimension::{self, Dimension, Filter, Group},
    rows::Rows,
};
use crate::{
    error::Result,
    stats::{
        EventRows,
        measure::{Instant, Measure, Totals},
    },
    tenant::{Tenant, TimeRange},
};

/// What to sum.
#[derive(Clone, Copy, Debug)]
pub(in crate::stats) struct Sum<'a> {
    pub(in crate::stats) tenant: &'a Tenant,
    pub(in crate::stats) range: TimeRange,
    pub(in crate::stats) slots: &'a Slots,
    pub(in crate::stats) by: &'a [Dimension],
    pub(in crate::stats) filter: &'a Filter,
    pub(in crate::stats) measures: &'a [Measure],
}

impl Sum<'_> {
    /// The sums of each slot and group that has any; in one statement, so that all of them see the
    /// same instant of the database.
    pub(in crate::stats) async fn list(
        &self,
        db: &impl ConnectionTrait,
    ) -> Result<BTreeMap<(i64, Group), Totals>> {
        let mut rows = self.rows(db);
        let Some(sql) = self.statement(&mut rows) else { return Ok(BTreeMap::new()) };
        self.read(db, rows, sql).await
    }

    /// How the database goes about it.
    #[cfg(test)]
    pub(super) async fn plan(&self, db: &impl ConnectionTrait) -> Result<String> {
        let mut rows = self.rows(db);
        let (explain, column) = match rows.backend {
            sea_orm::DbBackend::Postgres => ("EXPLAIN", "QUERY PLAN"),
            _ => ("EXPLAIN QUERY PLAN", "detail"),
        };
        let sql = format!("{explain} {}", self.statement(&mut rows).unwrap_or_default());
        let statement = Statement::from_sql_and_values(rows.backend, sql, rows.values);
        let lines = db.query_all_raw(statement).await?;
        let lines: Result<Vec<String>> =
            lines.iter().map(|line| Ok(line.try_get("", column)?)).collect();
        Ok(lines?.join("\n"))
    }

    /// The sums of events that are to be removed.
    pub(in crate::stats) async fn list_removed(
        &self,
        db: &impl ConnectionTrait,
        removed: &EventRows<'_>,
    ) -> Result<BTreeMap<(i64, Group), Totals>> {
        let mut rows = self.rows(db);
        rows.narrow(removed.table, removed.received_before);
        let part = self.part(&mut rows, &[Instant::Event]);
        let sql = self.summed(&[part]);
        self.read(db, rows, sql).await
    }

    fn rows(&self, db: &impl ConnectionTrait) -> Rows<'_> {
        Rows::new(db.get_database_backend(), self.tenant, self.range, self.by, self.filter)
    }

    async fn read(
        &self,
        db: &impl ConnectionTrait,
        rows: Rows<'_>,
        sql: String,
    ) -> Result<BTreeMap<(i64, Group), Totals>> {
        let statement = Statement::from_sql_and_values(rows.backend, sql, rows.values);
        let mut sums = BTreeMap::new();
        for row in &db.query_all_raw(statement).await? {
            let totals = Totals::from_columns(row, self.measures)?;
            // A session may reach over a stretch in which it does nothing.
            if totals != Totals::default() {
                sums.insert((row.try_get("", "slot")?, dimension::group(row, self.by)?), totals);
            }
        }
        Ok(sums)
    }

    /// A part for each table, summed by slot and dimensions; none when nothing is asked for.
    fn statement(&self, rows: &mut Rows<'_>) -> Option<String> {
        let is_of_event = |measure: &&Measure| measure.instant() == Instant::Event;
        let mut of_sessions: Vec<Instant> = Vec::new();
        for measure in self.measures.iter().filter(|measure| !is_of_event(measure)) {
            if !of_sessions.contains(&measure.instant()) {
                of_sessions.push(measure.instant());
            }
        }
        let mut parts = Vec::new();
        if !of_sessions.is_empty() {
            parts.push(self.part(rows, &of_sessions));
        }
        if self.measures.iter().any(|measure| is_of_event(&measure)) {
            parts.push(self.part(rows, &[Instant::Event]));
            parts.push(self.archive(rows));
        }
        (!parts.is_empty()).then(|| self.summed(&parts))
    }

    fn summed(&self, parts: &[String]) -> String {
        let sums = list(self.measures, |measure| {
            format!("CAST(SUM({0}) AS BIGINT) AS {0}", measure.column())
        });
        let by = dimension::columns(self.by);
        let parts = parts.join(" UNION ALL ");
        format!("SELECT slot{by}, {sums} FROM ({parts}) AS parts GROUP BY slot{by}")
    }

    fn part(&self, rows: &mut Rows<'_>, instants: &[Instant]) -> String {
        let relation = rows.relation(instants);
        let conditions = rows.conditions();
        let slot = self.slots.sql(rows.backend, |value| rows.bind(value));
        let sums = list(self.measures, |measure| {
            let value = if instants.contains(&measure.instant()) {
                rows.value(*measure)
            } else {
                "0".to_owned()
            };
            format!("SUM({value}) AS {}", measure.column())
        });
        let by = dimension::columns(self.by);
        format!(
            "SELECT {slot} AS slot{by}, {sums} FROM ({relation}) AS counted WHERE {conditions} \
             GROUP BY slot{by}"
        )
    }

    /// What was kept of events that were removed, by the hours in which they happened.
    fn archive(&self, rows: &mut Rows<'_>) -> String {
        let relation = rows.archive();
        let conditions = rows.conditions();
        let slot = self.slots.sql(rows.backend, |value| rows.bind(value));
        let columns = list(self.measures, |measure| match measure.instant() {
            Instant::Event => format!("{0} AS {0}", measure.column()),
            _ => format!("0 AS {}", measure.column()),
        });
        let by = dimension::columns(self.by);
        format!(
            "SELECT {slot} AS slot{by}, {columns} FROM ({relation}) AS archived WHERE {conditions}"
        )
    }
}

fn list(measures: &[Measure], column: impl FnMut(&Measure) -> String) -> String {
    measures.iter().map(column).collect::<Vec<_>>().join(", ")
}
