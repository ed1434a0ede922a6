//! `analytics_stat_cells`: the measures by hour and every dimension, as the roll-up keeps them. Their
//! distributions stand beside them, in a table of their own.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ConnectionTrait, Statement, Value};

use super::{
    bucket::{Bucket, Grain, Slots, cut},
    dimension::{self, Dimension, Filter, Group},
    histograms,
    hours::runs,
    sum::Sum,
};
use crate::{
    error::Result,
    stats::{
        measure::Measure,
        store::basis,
        totals::{Asked, Totals},
    },
    tenant::{Tenant, TimeRange},
};

/// Rows of one statement: some 32 parameters each.
pub(super) const ROWS: usize = 500;

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
        let mut values: Vec<Value> = vec![from.into(), to.into()];
        let mut condition = "stat_date BETWEEN $3 AND $4".to_owned();
        if !but.is_empty() {
            let places: Vec<_> =
                (0..but.len()).map(|index| format!("${}", values.len() + 3 + index)).collect();
            values.extend(but.iter().map(|day| Value::from(*day)));
            let _ = write!(condition, " AND stat_date NOT IN ({})", places.join(", "));
        }
        self.list(db, "stat_date", &condition, values).await
    }

    /// The same by the hour, of some days.
    pub(super) async fn list_hours(
        &self,
        db: &impl ConnectionTrait,
        days: impl IntoIterator<Item = NaiveDate>,
    ) -> Result<Vec<(DateTime<Utc>, Group, Totals)>> {
        let values: Vec<Value> = days.into_iter().map(Value::from).collect();
        if values.is_empty() {
            return Ok(Vec::new());
        }
        let places: Vec<_> = (0..values.len()).map(|index| format!("${}", index + 3)).collect();
        let condition = format!("stat_date IN ({})", places.join(", "));
        self.list(db, "hour_at", &condition, values).await
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
            "(SELECT stat_date, hour_at, {DIMENSIONS}, {columns} FROM {table} \
             WHERE tenant_id = $1 AND basis = $2 AND {condition}) AS cells WHERE 1 = 1{filter}"
        );
        (from, all)
    }
}

/// The dimensions as rows have them: none where a cell keeps empty text.
pub(super) const DIMENSIONS: &str = "product, NULLIF(channel, '') AS channel, \
    NULLIF(agent_id, '') AS agent_id, NULLIF(queue, '') AS queue, NULLIF(model, '') AS model";

/// Whether a day has cells or proofs of another basis, so that none of it holds.
async fn is_stale(db: &impl ConnectionTrait, tenant: &Tenant, day: NaiveDate) -> Result<bool> {
    let sql = "SELECT 1 AS one FROM analytics_stat_cells \
         WHERE tenant_id = $1 AND stat_date = $2 AND basis <> $3 \
         UNION ALL SELECT 1 FROM analytics_hour_proofs \
         WHERE tenant_id = $1 AND stat_date = $2 AND basis <> $3 LIMIT 1";
    let values: Vec<Value> = vec![tenant.id.as_str().into(), day.into(), basis(tenant).into()];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    Ok(db.query_one_raw(statement).await?.is_some())
}

/// Replaces the cells of those hours of a day that have changed by what their rows give; returns which
/// they were.
pub(in crate::stats) async fn rebuild(
    transaction: &impl ConnectionTrait,
    tenant: &Tenant,
    day: NaiveDate,
    is_changed: impl Fn(&Bucket) -> bool,
) -> Result<Vec<TimeRange>> {
    let is_stale = is_stale(transaction, tenant, day).await?;
    if is_stale {
        remove(transaction, tenant, day, None).await?;
    }
    let hours = cut(tenant, (day, day), Grain::Hour);
    let changed = hours.iter().filter(|hour| is_stale || is_changed(hour));
    let changed = runs(changed.map(|hour| hour.range));
    for range in &changed {
        remove(transaction, tenant, day, Some(*range)).await?;
        let cells = list(transaction, tenant, *range, &hours).await?;
        let cells: Vec<_> = cells.into_iter().collect();
        for rows in cells.chunks(ROWS) {
            KEPT.insert(transaction, (tenant, day), Measure::ALL, rows).await?;
            histograms::insert(transaction, (tenant, day), rows).await?;
        }
    }
    Ok(changed)
}

/// The cells that the rows of a stretch of a day give.
pub(in crate::stats) async fn list(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    range: TimeRange,
    hours: &[Bucket],
) -> Result<BTreeMap<(DateTime<Utc>, Group), Totals>> {
    let (slots, filter) = (&Slots::Quarters, &Filter::default());
    let sum = Sum { tenant, range, slots, by: &Dimension::ALL, filter, asked: Asked::ALL };
    let mut cells: BTreeMap<_, Totals> = BTreeMap::new();
    for ((slot, group), totals) in sum.list(db).await? {
        if let Some(hour) = slots.place(slot, hours).map(|place| hours[place]) {
            cells.entry((hour.range.start, group)).or_default().add(&totals);
        }
    }
    Ok(cells)
}

/// The cells of a day as they are kept.
pub(in crate::stats) async fn list_kept(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    day: NaiveDate,
) -> Result<BTreeMap<(DateTime<Utc>, Group), Totals>> {
    let filter = &Filter::default();
    let cells = Cells { tenant, by: &Dimension::ALL, filter, asked: Asked::ALL };
    let mut kept: BTreeMap<_, Totals> = BTreeMap::new();
    for (hour, group, totals) in cells.list_hours(db, [day]).await? {
        kept.entry((hour, group)).or_default().add(&totals);
    }
    Ok(kept)
}

async fn remove(
    transaction: &impl ConnectionTrait,
    tenant: &Tenant,
    day: NaiveDate,
    range: Option<TimeRange>,
) -> Result<()> {
    let mut condition = "tenant_id = $1 AND stat_date = $2".to_owned();
    let mut values: Vec<Value> = vec![tenant.id.as_str().into(), day.into()];
    if let Some(TimeRange { start, end }) = range {
        condition.push_str(" AND hour_at >= $3 AND hour_at < $4");
        values.extend([start.into(), end.into()]);
    }
    let backend = transaction.get_database_backend();
    for table in ["analytics_stat_cells", "analytics_stat_histograms"] {
        let sql = format!("DELETE FROM {table} WHERE {condition}");
        let statement = Statement::from_sql_and_values(backend, sql, values.clone());
        transaction.execute_raw(statement).await?;
    }
    Ok(())
}

/// Adds sums and distributions to what is kept of removed events, of each hour and group once.
pub(in crate::stats) async fn archive(
    transaction: &impl ConnectionTrait,
    tenant: &Tenant,
    day: NaiveDate,
    measures: &[Measure],
    cells: &[Cell],
) -> Result<()> {
    for rows in cells.chunks(ROWS) {
        ARCHIVE.insert(transaction, (tenant, day), measures, rows).await?;
    }
    histograms::archive(transaction, tenant, day, cells).await
}

/// The first instant of an hour, what rows have in common, and their sums.
pub(super) type Cell = ((DateTime<Utc>, Group), Totals);

/// A table of cells.
struct Table {
    name: &'static str,
    has_basis: bool,
    /// Whether sums of the same cell are added to those that are there.
    adds: bool,
}

const KEPT: Table = Table { name: "analytics_stat_cells", has_basis: true, adds: false };
const ARCHIVE: Table = Table { name: "analytics_archived_cells", has_basis: false, adds: true };

impl Table {
    async fn insert(
        &self,
        transaction: &impl ConnectionTrait,
        (tenant, day): (&Tenant, NaiveDate),
        measures: &[Measure],
        cells: &[Cell],
    ) -> Result<()> {
        let mut values: Vec<Value> = Vec::new();
        let mut rows = Vec::with_capacity(cells.len());
        for ((hour, group), totals) in cells {
            let first = values.len() + 1;
            values.extend([tenant.id.as_str().into(), day.into(), (*hour).into()]);
            let texts = group.iter().map(|value| value.as_deref().unwrap_or_default());
            values.extend(texts.map(Value::from));
            values.extend(self.has_basis.then(|| Value::from(basis(tenant))));
            values.extend(measures.iter().map(|measure| Value::from(totals.get(*measure))));
            let places: Vec<_> = (first..=values.len()).map(|place| format!("${place}")).collect();
            rows.push(format!("({})", places.join(", ")));
        }
        let sql = self.statement(measures, &rows.join(", "));
        let backend = transaction.get_database_backend();
        transaction.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
        Ok(())
    }

    fn statement(&self, measures: &[Measure], rows: &str) -> String {
        let name = self.name;
        let key = format!("tenant_id, stat_date, hour_at{}", dimension::columns(&Dimension::ALL));
        let basis = if self.has_basis { ", basis" } else { "" };
        let columns: Vec<_> = measures.iter().map(|measure| measure.column()).collect();
        let mut sql =
            format!("INSERT INTO {name} ({key}{basis}, {}) VALUES {rows}", columns.join(", "));
        if self.adds {
            let sums: Vec<_> = columns
                .iter()
                .map(|column| format!("{column} = {name}.{column} + excluded.{column}"))
                .collect();
            sql = format!("{sql} ON CONFLICT ({key}) DO UPDATE SET {}", sums.join(", "));
        }
        sql
    }
}
