//! How the roll-up keeps cells: the slots that have changed are summed from rows, what is coarser from
//! what is finer.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ConnectionTrait, Statement, Value};

use super::{
    bucket::{Bucket, Level, Slots},
    cells::Cells,
    dimension::{Dimension, Filter, Group},
    histograms,
    hours::runs,
    sum::Sum,
    table::{self, Cell},
};
use crate::{
    error::Result,
    rollup::Quarters,
    stats::{
        measure::Measure,
        store::basis,
        totals::{Asked, Totals},
    },
    tenant::{Tenant, TimeRange},
};

/// The sums of cells by slot and every dimension.
pub(in crate::stats) type ByCell = BTreeMap<(DateTime<Utc>, Group), Totals>;

/// Whether a day has cells or proofs of another basis, so that none of it holds.
async fn is_stale(db: &impl ConnectionTrait, tenant: &Tenant, day: NaiveDate) -> Result<bool> {
    let sql = "SELECT 1 AS one FROM analytics_stat_cells \
         WHERE tenant_id = $1 AND stat_date = $2 AND basis <> $3 \
         UNION ALL SELECT 1 FROM analytics_quarter_proofs \
         WHERE tenant_id = $1 AND stat_date = $2 AND basis <> $3 LIMIT 1";
    let values: Vec<Value> = vec![tenant.id.as_str().into(), day.into(), basis(tenant).into()];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    Ok(db.query_one_raw(statement).await?.is_some())
}

/// Those of some days of which quarters are kept.
pub(super) async fn list_fine(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    days: &BTreeSet<NaiveDate>,
) -> Result<BTreeSet<NaiveDate>> {
    let mut fine = BTreeSet::new();
    for day in days {
        if has_cells(db, tenant, *day, Level::Quarter).await? {
            fine.insert(*day);
        }
    }
    Ok(fine)
}

async fn has_cells(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    day: NaiveDate,
    level: Level,
) -> Result<bool> {
    // In the order of the key: PostgreSQL would read the table in the hope of a row near its beginning.
    let sql = "SELECT 1 AS one FROM analytics_stat_cells \
         WHERE tenant_id = $1 AND stat_date = $2 AND level = $3 ORDER BY slot_at LIMIT 1";
    let values: Vec<Value> = vec![tenant.id.as_str().into(), day.into(), level.column().into()];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    Ok(db.query_one_raw(statement).await?.is_some())
}

/// The finest level that is kept of a day. One that was thinned out stays so.
pub(in crate::stats) async fn finest(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    day: NaiveDate,
) -> Result<Level> {
    let is_thin = has_cells(db, tenant, day, Level::Hour).await?
        && !has_cells(db, tenant, day, Level::Quarter).await?;
    Ok(if is_thin { Level::Hour } else { Level::Quarter })
}

/// Replaces the cells of what has changed of a day by what its rows give; returns the stretches that
/// were summed.
pub(in crate::stats) async fn rebuild(
    transaction: &impl ConnectionTrait,
    tenant: &Tenant,
    day: NaiveDate,
    mut changed: Quarters,
) -> Result<Vec<TimeRange>> {
    if is_stale(transaction, tenant, day).await? {
        for level in [Level::Quarter, Level::Hour, Level::Day] {
            remove(transaction, tenant, (day, level), None).await?;
        }
        changed = Quarters::ALL;
    }
    let whole = tenant.day(day);
    let is_changed = |slot: &Bucket| changed.meets(Quarters::touched(whole, slot.range));
    let finest = finest(transaction, tenant, day).await?;
    let slots = finest.cut(tenant, day);
    let ranges = runs(slots.iter().filter(|slot| is_changed(slot)).map(|slot| slot.range));
    for range in &ranges {
        let within: Vec<_> = slots
            .iter()
            .copied()
            .filter(|slot| range.start <= slot.range.start && slot.range.start < range.end)
            .collect();
        let cells: Vec<_> = list(transaction, tenant, *range, &within).await?.into_iter().collect();
        replace(transaction, tenant, (day, finest), *range, &cells).await?;
    }
    let mut finer = finest;
    for level in [Level::Hour, Level::Day] {
        if level > finest {
            for slot in level.cut(tenant, day).into_iter().filter(is_changed) {
                coarsen(transaction, tenant, day, (finer, level), slot.range).await?;
            }
            finer = level;
        }
    }
    Ok(ranges)
}

/// Replaces a cell of each group by the sums of finer ones.
async fn coarsen(
    transaction: &impl ConnectionTrait,
    tenant: &Tenant,
    day: NaiveDate,
    (from, to): (Level, Level),
    range: TimeRange,
) -> Result<()> {
    remove(transaction, tenant, (day, to), Some(range)).await?;
    table::sum_up(transaction, tenant, day, (from, to), range).await?;
    histograms::sum_up(transaction, tenant, day, (from, to), range).await
}

async fn replace(
    transaction: &impl ConnectionTrait,
    tenant: &Tenant,
    (day, level): (NaiveDate, Level),
    range: TimeRange,
    cells: &[Cell],
) -> Result<()> {
    remove(transaction, tenant, (day, level), Some(range)).await?;
    for rows in cells.chunks(table::ROWS) {
        table::insert(transaction, tenant, (day, level), rows).await?;
        histograms::insert(transaction, tenant, (day, level), rows).await?;
    }
    Ok(())
}

/// Leaves hours and the day of a day that is not expected to change any more.
pub(in crate::stats) async fn thin_out(
    transaction: &impl ConnectionTrait,
    tenant: &Tenant,
    day: NaiveDate,
) -> Result<()> {
    remove(transaction, tenant, (day, Level::Quarter), None).await
}

/// The cells that the rows of a stretch of a day give, by the slots that it has.
pub(in crate::stats) async fn list(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    range: TimeRange,
    slots: &[Bucket],
) -> Result<ByCell> {
    let (quarters, filter) = (&Slots::Quarters, &Filter::default());
    let by = &Dimension::ALL;
    let sum = Sum { tenant, range, slots: quarters, by, filter, asked: Asked::ALL, is_bulk: true };
    let mut cells = ByCell::new();
    for ((quarter, group), totals) in sum.list(db).await? {
        if let Some(slot) = quarters.place(quarter, slots).map(|place| slots[place]) {
            cells.entry((slot.range.start, group)).or_default().add(&totals);
        }
    }
    Ok(cells)
}

/// The same cells by the slots of a coarser level.
pub(in crate::stats) fn coarser(cells: &ByCell, slots: &[Bucket]) -> ByCell {
    let mut coarse = ByCell::new();
    for ((at, group), totals) in cells {
        let after = slots.partition_point(|slot| slot.range.start <= *at);
        if let Some(slot) = after.checked_sub(1).map(|place| slots[place]) {
            coarse.entry((slot.range.start, group.clone())).or_default().add(totals);
        }
    }
    coarse
}

/// The cells of a day as they are kept.
pub(in crate::stats) async fn list_kept(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    day: NaiveDate,
    level: Level,
) -> Result<ByCell> {
    let filter = &Filter::default();
    let cells = Cells { tenant, by: &Dimension::ALL, filter, asked: Asked::ALL };
    let mut kept = ByCell::new();
    for (slot, group, totals) in cells.list_slots(db, level, [day], None).await? {
        kept.entry((slot, group)).or_default().add(&totals);
    }
    Ok(kept)
}

async fn remove(
    transaction: &impl ConnectionTrait,
    tenant: &Tenant,
    (day, level): (NaiveDate, Level),
    range: Option<TimeRange>,
) -> Result<()> {
    let mut condition = "tenant_id = $1 AND stat_date = $2 AND level = $3".to_owned();
    let mut values: Vec<Value> = vec![tenant.id.as_str().into(), day.into(), level.column().into()];
    if let Some(TimeRange { start, end }) = range {
        condition.push_str(" AND slot_at >= $4 AND slot_at < $5");
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
    for rows in cells.chunks(table::ROWS) {
        table::archive(transaction, tenant, day, measures, rows).await?;
    }
    histograms::archive(transaction, tenant, day, cells).await
}
