//! `analytics_stat_histograms`: the distributions of cells, and `analytics_archived_histograms`: those of
//! events that were removed. They are added up here: the databases know nothing of what is in them.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ConnectionTrait, Statement, Value};

use super::{
    bucket::Level,
    cells::{Cells, DIMENSIONS},
    dimension::{self, Dimension, Filter, Group},
    table::{self, Cell, ROWS},
};
use crate::{
    error::Result,
    stats::{
        distribution::Distribution,
        histogram::Histogram,
        totals::{Asked, Totals},
    },
    tenant::{Tenant, TimeRange},
};

pub(super) fn columns(distributions: &[Distribution]) -> Vec<&'static str> {
    distributions.iter().map(|distribution| distribution.column()).collect()
}

/// What is kept of each distribution; null without values.
fn encoded(totals: &Totals, distributions: &[Distribution]) -> impl Iterator<Item = Value> {
    distributions.iter().map(|of| totals.histogram(*of).map(Histogram::encode).into())
}

/// The columns of a row set to what is kept of each distribution.
pub(in crate::stats) fn set_columns(
    totals: &Totals,
    mut bind: impl FnMut(Value) -> String,
) -> String {
    let columns = columns(Distribution::ALL).into_iter();
    let set = columns.zip(encoded(totals, Distribution::ALL));
    let set: Vec<_> = set.map(|(column, value)| format!("{column} = {}", bind(value))).collect();
    set.join(", ")
}

/// The distributions of a day by product.
pub(in crate::stats) async fn list_by_product(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    day: NaiveDate,
) -> Result<BTreeMap<String, Totals>> {
    let (by, filter) = (&[Dimension::Product], &Filter::default());
    let cells = Cells { tenant, by, filter, asked: ASKED };
    let mut products: BTreeMap<_, Totals> = BTreeMap::new();
    for (_, mut group, totals) in cells.list_slots(db, Level::Day, [day], None).await? {
        let product = group.remove(0).unwrap_or_default();
        products.entry(product).or_default().add(&totals);
    }
    Ok(products)
}

/// All distributions, and no sums.
const ASKED: Asked<'static> = Asked { measures: &[], ..Asked::ALL };

/// Keeps the distributions of cells of a day, beside their sums.
pub(super) async fn insert(
    transaction: &impl ConnectionTrait,
    tenant: &Tenant,
    of: (NaiveDate, Level),
    cells: &[Cell],
) -> Result<()> {
    let insert = Insert {
        table: "analytics_stat_histograms",
        key: table::KEPT,
        at: "slot_at",
        distributions: Distribution::ALL,
        replaces: false,
    };
    insert.run(transaction, &table::kept(tenant, of), cells).await
}

/// Keeps the distributions of finer cells of a stretch as one cell of each group.
pub(super) async fn sum_up(
    transaction: &impl ConnectionTrait,
    tenant: &Tenant,
    day: NaiveDate,
    (from, to): (Level, Level),
    range: TimeRange,
) -> Result<()> {
    let (by, filter) = (&Dimension::ALL, &Filter::default());
    let finer = Cells { tenant, by, filter, asked: ASKED };
    let mut groups: BTreeMap<Group, Totals> = BTreeMap::new();
    for (_, group, totals) in finer.list_slots(transaction, from, [day], Some(range)).await? {
        groups.entry(group).or_default().add(&totals);
    }
    let cells: Vec<Cell> =
        groups.into_iter().map(|(group, totals)| ((range.start, group), totals)).collect();
    for rows in cells.chunks(ROWS) {
        insert(transaction, tenant, (day, to), rows).await?;
    }
    Ok(())
}

/// Adds to what is kept of removed events of a day. Whoever removes events holds a lock, so that nobody
/// else adds meanwhile.
pub(super) async fn archive(
    transaction: &impl ConnectionTrait,
    tenant: &Tenant,
    day: NaiveDate,
    cells: &[Cell],
) -> Result<()> {
    let distributions = &Distribution::of_events()[..];
    let known = list_archived(transaction, tenant, tenant.day(day), distributions).await?;
    let sum = |(key, totals): &Cell| {
        let mut sum = totals.histograms_only();
        if let Some(known) = known.get(key) {
            sum.add(known);
        }
        (key.clone(), sum)
    };
    let sums: Vec<_> = cells.iter().map(sum).collect();
    let table = "analytics_archived_histograms";
    let (key, at) = ("tenant_id", "hour_at");
    let insert = Insert { table, key, at, distributions, replaces: true };
    for rows in sums.chunks(ROWS) {
        insert.run(transaction, &[tenant.id.as_str().into()], rows).await?;
    }
    Ok(())
}

async fn list_archived(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    TimeRange { start, end }: TimeRange,
    distributions: &[Distribution],
) -> Result<BTreeMap<(DateTime<Utc>, Group), Totals>> {
    let sql = format!(
        "SELECT hour_at, {DIMENSIONS}, {} FROM analytics_archived_histograms \
         WHERE tenant_id = $1 AND hour_at >= $2 AND hour_at < $3",
        columns(distributions).join(", ")
    );
    let values: Vec<Value> = vec![tenant.id.as_str().into(), start.into(), end.into()];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let mut known = BTreeMap::new();
    for row in &db.query_all_raw(statement).await? {
        let key = (row.try_get("", "hour_at")?, dimension::group(row, &Dimension::ALL)?);
        known.insert(key, Totals::from_histograms(row, distributions)?);
    }
    Ok(known)
}

/// Rows of histograms on their way into a table.
struct Insert<'a> {
    table: &'a str,
    /// The columns that all rows have in common.
    key: &'a str,
    /// The column of the instant.
    at: &'a str,
    distributions: &'a [Distribution],
    /// Whether they take the place of those that have the same key.
    replaces: bool,
}

impl Insert<'_> {
    async fn run(
        &self,
        transaction: &impl ConnectionTrait,
        key: &[Value],
        cells: &[Cell],
    ) -> Result<()> {
        let mut values = key.to_vec();
        let common: Vec<_> = (1..=key.len()).map(|place| format!("${place}")).collect();
        let mut rows = Vec::new();
        for ((at, group), totals) in cells {
            if self.distributions.iter().all(|of| totals.histogram(*of).is_none()) {
                continue;
            }
            let first = values.len() + 1;
            values.push((*at).into());
            values.extend(group.iter().map(|one| one.as_deref().unwrap_or_default().into()));
            values.extend(encoded(totals, self.distributions));
            let own = (first..=values.len()).map(|place| format!("${place}"));
            let places: Vec<_> = common.iter().cloned().chain(own).collect();
            rows.push(format!("({})", places.join(", ")));
        }
        if rows.is_empty() {
            return Ok(());
        }
        let sql = self.statement(&rows.join(", "));
        let backend = transaction.get_database_backend();
        transaction.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
        Ok(())
    }

    fn statement(&self, rows: &str) -> String {
        let (table, columns) = (self.table, columns(self.distributions));
        let key = format!("{}, {}{}", self.key, self.at, dimension::columns(&Dimension::ALL));
        let mut sql = format!("INSERT INTO {table} ({key}, {}) VALUES {rows}", columns.join(", "));
        if self.replaces {
            let set: Vec<_> = columns.iter().map(|one| format!("{one} = excluded.{one}")).collect();
            sql = format!("{sql} ON CONFLICT ({key}) DO UPDATE SET {}", set.join(", "));
        }
        sql
    }
}
