//! Sums of the measures over a stretch of time, by slot and dimensions, from sessions and events as
//! they stand.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use sea_orm::{ConnectionTrait, Statement};

use super::{
    bucket::Slots,
    dimension::{self, Dimension, Filter, Group},
    rows::Rows,
};
use crate::{
    error::Result,
    stats::measure::{Instant, Measure, Totals},
    tenant::{Tenant, TimeRange},
};

/// What to sum.
#[derive(Clone, Copy, Debug)]
pub(in crate::stats) struct Sum<'a> {
    pub(in crate::stats) tenant: &'a Tenant,
    pub(in crate::stats) range: TimeRange,
    /// The whole days that the stretch is, if so: then what was archived of them counts too.
    pub(in crate::stats) days: Option<(NaiveDate, NaiveDate)>,
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
        let mut rows =
            Rows::new(db.get_database_backend(), self.tenant, self.range, self.by, self.filter);
        let Some(sql) = self.statement(&mut rows) else { return Ok(BTreeMap::new()) };
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
            parts.extend(self.archive(rows));
        }
        if parts.is_empty() {
            return None;
        }
        let sums = list(self.measures, |measure| {
            format!("CAST(SUM({0}) AS BIGINT) AS {0}", measure.column())
        });
        let by = dimension::columns(self.by);
        Some(format!(
            "SELECT slot{by}, {sums} FROM ({}) AS parts GROUP BY slot{by}",
            parts.join(" UNION ALL ")
        ))
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

    /// What was archived of whole days, which knows of no dimension but the product.
    fn archive(&self, rows: &mut Rows<'_>) -> Option<String> {
        let (from, to) = self.days?;
        let mut known = self.by.iter().copied().chain(self.filter.dimensions());
        if matches!(self.slots, Slots::Quarters) || known.any(|d| d != Dimension::Product) {
            return None;
        }
        let slot = match (self.slots, rows.backend) {
            (Slots::Days(_), sea_orm::DbBackend::Postgres) => {
                "CAST(stat_date - DATE '1970-01-01' AS BIGINT)"
            }
            (Slots::Days(_), _) => "CAST(julianday(stat_date) - 2440587.5 AS BIGINT)",
            _ => "CAST(0 AS BIGINT)",
        };
        let columns = list(self.measures, |measure| match measure.instant() {
            Instant::Event => measure.column().to_owned(),
            _ => format!("0 AS {}", measure.column()),
        });
        let (from, to) = (rows.bind(from), rows.bind(to));
        let filter = self.filter.sql(|value| rows.bind(value));
        let by = dimension::columns(self.by);
        Some(format!(
            "SELECT {slot} AS slot{by}, {columns} FROM analytics_archived_days \
             WHERE tenant_id = $1 AND stat_date BETWEEN {from} AND {to}{filter}"
        ))
    }
}

fn list(measures: &[Measure], column: impl FnMut(&Measure) -> String) -> String {
    measures.iter().map(column).collect::<Vec<_>>().join(", ")
}
