//! `analytics_stat_cells`: the measures of each quarter, hour and day by every dimension, as the roll-up
//! keeps them. Their distributions stand beside them, in a table of their own.

use std::{collections::BTreeSet, fmt::Write as _};

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ConnectionTrait, Statement, Value};

use super::{
    bucket::Level,
    dimension::{self, Dimension, Filter, Group},
    histograms,
};
use crate::{
    error::Result,
    stats::{
        store::basis,
        totals::{Asked, Totals},
    },
    tenant::{Tenant, TimeRange},
};

/// What to read of the cells.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cells<'a> {
    pub(super) tenant: &'a Tenant,
    pub(super) by: &'a [Dimension],
    pub(super) filter: &'a Filter,
    pub(super) asked: Asked<'a>,
}

impl Cells<'_> {
    /// The sums of each group by the day, of days that hold as a whole.
    pub(super) async fn list_days(
        &self,
        db: &impl ConnectionTrait,
        (from, to): (NaiveDate, NaiveDate),
        but: &BTreeSet<NaiveDate>,
    ) -> Result<Vec<(NaiveDate, Group, Totals)>> {
        let mut values: Vec<Value> = vec![Level::Day.column().into(), from.into(), to.into()];
        let mut condition = "level = $3 AND stat_date BETWEEN $4 AND $5".to_owned();
        if !but.is_empty() {
            let places: Vec<_> =
                (0..but.len()).map(|index| format!("${}", values.len() + 3 + index)).collect();
            values.extend(but.iter().map(|day| Value::from(*day)));
            let _ = write!(condition, " AND stat_date NOT IN ({})", places.join(", "));
        }
        self.list(db, "stat_date", &condition, values).await
    }

    /// The same by the slot of a level, of some days; where a stretch is given, of the slots that begin
    /// in it.
    pub(super) async fn list_slots(
        &self,
        db: &impl ConnectionTrait,
        level: Level,
        days: impl IntoIterator<Item = NaiveDate>,
        within: Option<TimeRange>,
    ) -> Result<Vec<(DateTime<Utc>, Group, Totals)>> {
        let mut values: Vec<Value> = vec![level.column().into()];
        values.extend(days.into_iter().map(Value::from));
        if values.len() == 1 {
            return Ok(Vec::new());
        }
        let places: Vec<_> = (1..values.len()).map(|index| format!("${}", index + 3)).collect();
        let mut condition = format!("level = $3 AND stat_date IN ({})", places.join(", "));
        if let Some(TimeRange { start, end }) = within {
            let place = values.len() + 3;
            let _ = write!(condition, " AND slot_at >= ${place} AND slot_at < ${}", place + 1);
            values.extend([start.into(), end.into()]);
        }
        self.list(db, "slot_at", &condition, values).await
    }

    /// The sums of each group; then the histograms that are kept of it, one after the other.
    async fn list<T: sea_orm::TryGetable>(
        &self,
        db: &impl ConnectionTrait,
        by_time: &str,
        condition: &str,
        values: Vec<Value>,
    ) -> Result<Vec<(T, Group, Totals)>> {
        let Asked { measures, distributions } = self.asked;
        let by = dimension::columns(self.by);
        let mut cells = Vec::new();
        if !measures.is_empty() {
            let columns: Vec<_> = measures.iter().map(|measure| measure.column()).collect();
            let sums: Vec<_> =
                columns.iter().map(|one| format!("CAST(SUM({one}) AS BIGINT) AS {one}")).collect();
            let (from, values) =
                self.selected("analytics_stat_cells", &columns, condition, values.clone());
            let sql = format!(
                "SELECT {by_time}{by}, {} FROM {from} GROUP BY {by_time}{by}",
                sums.join(", ")
            );
            let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
            for row in &db.query_all_raw(statement).await? {
                let totals = Totals::from_columns(row, measures)?;
                cells.push((row.try_get("", by_time)?, dimension::group(row, self.by)?, totals));
            }
        }
        if !distributions.is_empty() {
            let columns = histograms::columns(distributions);
            let (from, values) =
                self.selected("analytics_stat_histograms", &columns, condition, values);
            let sql = format!("SELECT {by_time}{by}, {} FROM {from}", columns.join(", "));
            let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
            for row in &db.query_all_raw(statement).await? {
                let totals = Totals::from_histograms(row, distributions)?;
                cells.push((row.try_get("", by_time)?, dimension::group(row, self.by)?, totals));
            }
        }
        Ok(cells)
    }

    /// The rows of a table of cells as a relation, with a condition on it, and its values.
    fn selected(
        &self,
        table: &str,
        columns: &[&str],
        condition: &str,
        values: Vec<Value>,
    ) -> (String, Vec<Value>) {
        let mut all: Vec<Value> = vec![self.tenant.id.as_str().into(), basis(self.tenant).into()];
        all.extend(values);
        let filter = self.filter.sql(|value| {
            all.push(value);
            format!("${}", all.len())
        });
        let columns = columns.join(", ");
        let from = format!(
            "(SELECT stat_date, slot_at, {DIMENSIONS}, {columns} FROM {table} \
             WHERE tenant_id = $1 AND basis = $2 AND {condition}) AS cells WHERE 1 = 1{filter}"
        );
        (from, all)
    }
}

/// The dimensions as rows have them: none where a cell keeps empty text.
pub(super) const DIMENSIONS: &str = "product, NULLIF(channel, '') AS channel, \
    NULLIF(agent_id, '') AS agent_id, NULLIF(queue, '') AS queue, NULLIF(model, '') AS model";
