//! SQL that writes sums of cells, kept and archived.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ConnectionTrait, Statement, Value};

use super::{
    bucket::Level,
    dimension::{self, Dimension, Group},
};
use crate::{
    error::Result,
    stats::{measure::Measure, store::basis, totals::Totals},
    tenant::{Tenant, TimeRange},
};

/// Rows of one statement: some 32 parameters each.
pub(super) const ROWS: usize = 500;

/// The first instant of a slot, what rows have in common, and their sums.
pub(super) type Cell = ((DateTime<Utc>, Group), Totals);

/// The columns that all kept cells of a day and level have in common, sums and histograms alike.
pub(super) const KEPT: &str = "tenant_id, stat_date, basis, level";

/// Their values.
pub(super) fn kept(tenant: &Tenant, (day, level): (NaiveDate, Level)) -> [Value; 4] {
    [tenant.id.as_str().into(), day.into(), basis(tenant).into(), level.column().into()]
}

fn columns(measures: &[Measure]) -> Vec<&'static str> {
    measures.iter().map(|measure| measure.column()).collect()
}

/// Keeps cells of a day, some hundreds at a time.
pub(super) async fn insert(
    transaction: &impl ConnectionTrait,
    tenant: &Tenant,
    of: (NaiveDate, Level),
    cells: &[Cell],
) -> Result<()> {
    let insert = Insert { common: KEPT, at: "slot_at", table: "analytics_stat_cells" };
    insert.run(transaction, &kept(tenant, of), Measure::ALL, cells, "").await
}

/// Adds sums of removed events to those that are kept of their hours.
pub(super) async fn archive(
    transaction: &impl ConnectionTrait,
    tenant: &Tenant,
    day: NaiveDate,
    measures: &[Measure],
    cells: &[Cell],
) -> Result<()> {
    let table = "analytics_archived_cells";
    let insert = Insert { common: "tenant_id, stat_date", at: "hour_at", table };
    let sums: Vec<_> = columns(measures)
        .into_iter()
        .map(|column| format!("{column} = {table}.{column} + excluded.{column}"))
        .collect();
    let key = format!("tenant_id, stat_date, hour_at{}", dimension::columns(&Dimension::ALL));
    let on_conflict = format!("ON CONFLICT ({key}) DO UPDATE SET {}", sums.join(", "));
    let common = [tenant.id.as_str().into(), day.into()];
    insert.run(transaction, &common, measures, cells, &on_conflict).await
}

/// Keeps the sums of finer cells of a stretch as one cell of each group.
pub(super) async fn sum_up(
    transaction: &impl ConnectionTrait,
    tenant: &Tenant,
    day: NaiveDate,
    (from, to): (Level, Level),
    range: TimeRange,
) -> Result<()> {
    let columns = columns(Measure::ALL);
    let sums: Vec<_> = columns.iter().map(|column| format!("SUM({column})")).collect();
    let by = dimension::columns(&Dimension::ALL);
    let sql = format!(
        "INSERT INTO analytics_stat_cells \
             (tenant_id, stat_date, basis, level, slot_at{by}, {}) \
         SELECT tenant_id, stat_date, basis, $6, $4{by}, {} FROM analytics_stat_cells \
         WHERE tenant_id = $1 AND stat_date = $2 AND level = $3 \
             AND slot_at >= $4 AND slot_at < $5 \
         GROUP BY tenant_id, stat_date, basis{by}",
        columns.join(", "),
        sums.join(", ")
    );
    let values: Vec<Value> = vec![
        tenant.id.as_str().into(),
        day.into(),
        from.column().into(),
        range.start.into(),
        range.end.into(),
        to.column().into(),
    ];
    let backend = transaction.get_database_backend();
    transaction.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    Ok(())
}

/// Rows of sums on their way into a table.
struct Insert {
    /// The columns that all rows have in common.
    common: &'static str,
    /// The column of the instant.
    at: &'static str,
    table: &'static str,
}

impl Insert {
    async fn run(
        &self,
        transaction: &impl ConnectionTrait,
        common: &[Value],
        measures: &[Measure],
        cells: &[Cell],
        on_conflict: &str,
    ) -> Result<()> {
        let mut values = common.to_vec();
        let shared: Vec<_> = (1..=common.len()).map(|place| format!("${place}")).collect();
        let mut rows = Vec::with_capacity(cells.len());
        for ((at, group), totals) in cells {
            let first = values.len() + 1;
            values.push((*at).into());
            values.extend(group.iter().map(|value| value.as_deref().unwrap_or_default().into()));
            values.extend(measures.iter().map(|measure| Value::from(totals.get(*measure))));
            let own = (first..=values.len()).map(|place| format!("${place}"));
            let places: Vec<_> = shared.iter().cloned().chain(own).collect();
            rows.push(format!("({})", places.join(", ")));
        }
        let sql = format!(
            "INSERT INTO {} ({}, {}{}, {}) VALUES {} {on_conflict}",
            self.table,
            self.common,
            self.at,
            dimension::columns(&Dimension::ALL),
            columns(measures).join(", "),
            rows.join(", ")
        );
        let backend = transaction.get_database_backend();
        transaction.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
        Ok(())
    }
}
