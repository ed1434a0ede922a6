//! SQL of the daily table.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use entity::{InTenant, daily_stats};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryResult, QuerySelect, Statement,
    Value,
};
use tokio::sync::Mutex;

use super::{
    cube::{self, Dimension, Filter, Grain, Group, Level, Question},
    measure::Measure,
    proof,
    totals::{Asked, Totals},
};
use crate::{
    error::Result,
    rollup::{self, Quarters},
    tenant::{Tenant, TenantId},
};

/// What a daily row was computed with; a row of another basis is stale.
pub(super) fn basis(tenant: &Tenant) -> String {
    format!("{}/{}", tenant.time_zone.name(), tenant.sla_threshold_secs)
}

/// The sums of open days of one tenant and product, each made once for all who ask: the questions
/// of one page are about the same days, and what has changed of a day is summed from its events.
#[derive(Debug, Default)]
pub struct OpenDays(Mutex<HashMap<NaiveDate, Totals>>);

impl OpenDays {
    async fn sum(
        &self,
        snapshot: &impl ConnectionTrait,
        tenant: &Tenant,
        (day, quarters): (NaiveDate, Quarters),
        product: Option<&str>,
    ) -> Result<Totals> {
        // Held while summing: who asks meanwhile waits for this sum instead of making another.
        let mut known = self.0.lock().await;
        if let Some(totals) = known.get(&day) {
            return Ok(totals.clone());
        }
        let totals = sum_day(snapshot, tenant, (day, quarters), None, product).await?;
        known.insert(day, totals.clone());
        Ok(totals)
    }
}

/// The totals of one day some quarters of which have changed, up to an instant if one is given.
async fn sum_day(
    snapshot: &impl ConnectionTrait,
    tenant: &Tenant,
    (day, quarters): (NaiveDate, Quarters),
    until: Option<DateTime<Utc>>,
    product: Option<&str>,
) -> Result<Totals> {
    let filter = Filter::of_product(product);
    let question = Question {
        tenant,
        grain: Grain::Day,
        buckets: &cube::cut(tenant, (day, day), Grain::Day),
        by: &[],
        filter: &filter,
        asked: Asked::SUMS,
        now: tenant.day(day).end,
        until,
    };
    let groups = cube::sum(snapshot, &question, &[(day, quarters)].into()).await?;
    Ok(groups.into_values().flatten().next().unwrap_or_default())
}

/// The totals of a day up to an instant. Call in a snapshot.
pub(super) async fn sum_until(
    snapshot: &impl ConnectionTrait,
    tenant: &Tenant,
    day: NaiveDate,
    until: DateTime<Utc>,
    product: Option<&str>,
) -> Result<Totals> {
    let open = list_open(snapshot, tenant, day, day).await?;
    let quarters = open.get(&day).copied().unwrap_or_default();
    sum_day(snapshot, tenant, (day, quarters), Some(until), product).await
}

/// What days come to, at one instant of the database.
#[derive(Debug, Default)]
pub(super) struct DaySums {
    /// Of each day that has any.
    pub(super) totals: BTreeMap<NaiveDate, Totals>,
    /// The days of which something has changed since the roll-up was there.
    pub(super) changed: BTreeSet<NaiveDate>,
}

/// Sums each day from `from` to `to`: settled days from the daily table, open ones from what is kept of
/// their hours, and from state. Call in a snapshot.
pub(super) async fn list_days(
    snapshot: &impl ConnectionTrait,
    tenant: &Tenant,
    (from, to): (NaiveDate, NaiveDate),
    product: Option<&str>,
    sums: &OpenDays,
) -> Result<DaySums> {
    let open = list_open(snapshot, tenant, from, to).await?;
    let filter = Filter::of_product(product);
    let settled = list_groups(snapshot, tenant, (from, to), &[], &filter, Asked::SUMS).await?;
    let mut days = DaySums::default();
    days.totals.extend(settled.into_iter().map(|(day, _, totals)| (day, totals)));
    for (day, quarters) in open {
        let totals = sums.sum(snapshot, tenant, (day, quarters), product).await?;
        days.totals.insert(day, totals);
        days.changed.insert(day);
    }
    Ok(days)
}

/// The days whose daily rows do not hold, with the quarters that do not: marked ones, and those with a row
/// of another basis. A zone that changed moves events to the days around, so these are open too.
pub(super) async fn list_open(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<BTreeMap<NaiveDate, Quarters>> {
    let mut open = rollup::list_changed(db, &tenant.id, from, to).await?;
    let (first, last) = (rollup::around(from).min(), rollup::around(to).max());
    for stale in list_stale(db, tenant, first.unwrap_or(from), last.unwrap_or(to)).await? {
        let days = rollup::around(stale).filter(|day| (from..=to).contains(day));
        open.extend(days.map(|day| (day, Quarters::ALL)));
    }
    // Of some only what goes by no hour has changed.
    open.retain(|_, quarters| !quarters.is_none());
    Ok(open)
}

async fn list_stale(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<NaiveDate>> {
    let days = daily_stats::Entity::in_tenant(&tenant.id)
        .filter(daily_stats::Column::StatDate.between(from, to))
        .filter(daily_stats::Column::Basis.ne(basis(tenant)))
        .select_only()
        .column(daily_stats::Column::StatDate)
        .distinct();
    Ok(days.into_tuple().all(db).await?)
}

/// The days with a row or a proof of another basis, and those around, whenever they are.
pub(crate) async fn list_all_stale(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
) -> Result<BTreeSet<NaiveDate>> {
    let (first, last) = (rollup::FIRST_DAY, rollup::LAST_DAY);
    let rows = list_stale(db, tenant, first, last).await?;
    let proofs = proof::list_stale(db, tenant, first, last).await?;
    Ok(rows.into_iter().chain(proofs).flat_map(rollup::around).collect())
}

/// What the daily table says of each day and group, whether or not it still holds: sums, then the
/// distributions of one product after the other. It knows of no dimension but the product.
pub(super) async fn list_groups(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    (from, to): (NaiveDate, NaiveDate),
    by: &[Dimension],
    filter: &Filter,
    Asked { measures, distributions }: Asked<'_>,
) -> Result<Vec<(NaiveDate, Group, Totals)>> {
    let sums: Vec<_> = measures
        .iter()
        .map(|measure| format!("CAST(SUM({0}) AS BIGINT) AS {0}", measure.column()))
        .collect();
    let mut values: Vec<Value> =
        vec![tenant.id.as_str().into(), from.into(), to.into(), basis(tenant).into()];
    let filter = filter.sql(|value| {
        values.push(value);
        format!("${}", values.len())
    });
    let (by_columns, sums) = (cube::columns(by), sums.join(", "));
    let from = format!(
        "analytics_daily_stats WHERE tenant_id = $1 \
         AND stat_date BETWEEN $2 AND $3 AND basis = $4{filter}"
    );
    let sql =
        format!("SELECT stat_date{by_columns}, {sums} FROM {from} GROUP BY stat_date{by_columns}");
    let backend = db.get_database_backend();
    let statement = Statement::from_sql_and_values(backend, sql, values.clone());
    let mut groups = Vec::new();
    for row in &db.query_all_raw(statement).await? {
        let totals = Totals::from_columns(row, measures)?;
        groups.push((row_day(row)?, cube::group(row, by)?, totals));
    }
    if !distributions.is_empty() {
        let columns: Vec<_> = distributions.iter().map(|of| of.column()).collect();
        let sql = format!("SELECT stat_date{by_columns}, {} FROM {from}", columns.join(", "));
        let statement = Statement::from_sql_and_values(backend, sql, values);
        for row in &db.query_all_raw(statement).await? {
            let totals = Totals::from_histograms(row, distributions)?;
            groups.push((row_day(row)?, cube::group(row, by)?, totals));
        }
    }
    Ok(groups)
}

fn row_day(row: &QueryResult) -> Result<NaiveDate> {
    Ok(row.try_get("", "stat_date")?)
}

/// The days from `from` to `to`, both included, that have a daily row.
pub(super) async fn list_rows(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<NaiveDate>> {
    let days = daily_stats::Entity::in_tenant(tenant)
        .filter(daily_stats::Column::StatDate.between(from, to))
        .select_only()
        .column(daily_stats::Column::StatDate)
        .distinct();
    Ok(days.into_tuple().all(db).await?)
}

/// The daily rows of one day, by product.
pub(super) async fn list_products(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    day: NaiveDate,
) -> Result<BTreeMap<String, Totals>> {
    let Asked { measures, distributions } = Asked::ALL;
    let measured = measures.iter().map(|measure| measure.column());
    let columns: Vec<_> = measured.chain(distributions.iter().map(|of| of.column())).collect();
    let sql = format!(
        "SELECT product, {} FROM analytics_daily_stats WHERE tenant_id = $1 AND stat_date = $2",
        columns.join(", ")
    );
    let values: Vec<Value> = vec![tenant.id.as_str().into(), day.into()];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let rows = db.query_all_raw(statement).await?;
    let read = |row: &QueryResult| {
        let mut totals = Totals::from_columns(row, measures)?;
        totals.add(&Totals::from_histograms(row, distributions)?);
        Ok((row.try_get("", "product")?, totals))
    };
    rows.iter().map(read).collect()
}

/// Replaces what is kept of a day by what its events give: the cells and proofs of what has
/// changed, and the daily rows, which are the sums of the cells. What that changes of a sealed day is
/// written down.
pub(crate) async fn rebuild_day(
    transaction: &impl ConnectionTrait,
    tenant: &Tenant,
    day: NaiveDate,
    (quarters, is_of_settings): (Quarters, bool),
    now: DateTime<Utc>,
) -> Result<()> {
    let before = proof::Before::unseal(transaction, tenant, day).await?;
    let rebuilt = cube::rebuild_cells(transaction, tenant, day, quarters).await?;
    proof::rebuild(transaction, tenant, day, &rebuilt).await?;
    sum_cells(transaction, tenant, day, now).await?;
    match before {
        Some(before) => before.restate(transaction, tenant, day, is_of_settings, now).await,
        None => Ok(()),
    }
}

/// Replaces the daily rows of a day by what its cells come to.
async fn sum_cells(
    transaction: &impl ConnectionTrait,
    tenant: &Tenant,
    day: NaiveDate,
    now: DateTime<Utc>,
) -> Result<()> {
    daily_stats::Entity::delete_many()
        .filter(daily_stats::Entity::of_tenant(&tenant.id))
        .filter(daily_stats::Column::StatDate.eq(day))
        .exec(transaction)
        .await?;
    let columns: Vec<_> = Measure::ALL.iter().map(|measure| measure.column()).collect();
    let sums: Vec<_> = columns.iter().map(|column| format!("SUM({column})")).collect();
    let sql = format!(
        "INSERT INTO analytics_daily_stats (tenant_id, stat_date, product, basis, created_at, {}) \
         SELECT tenant_id, stat_date, product, $3, $4, {} FROM analytics_stat_cells \
         WHERE tenant_id = $1 AND stat_date = $2 AND level = {day_level} \
         GROUP BY tenant_id, stat_date, product",
        columns.join(", "),
        sums.join(", "),
        day_level = Level::Day.column(),
    );
    let values: Vec<Value> =
        vec![tenant.id.as_str().into(), day.into(), basis(tenant).into(), now.into()];
    let backend = transaction.get_database_backend();
    transaction.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    add_histograms(transaction, tenant, day).await
}

/// Adds to the daily rows of a day the distributions of its cells.
async fn add_histograms(
    transaction: &impl ConnectionTrait,
    tenant: &Tenant,
    day: NaiveDate,
) -> Result<()> {
    for (product, totals) in cube::list_histograms(transaction, tenant, day).await? {
        let mut values: Vec<Value> = vec![tenant.id.as_str().into(), day.into(), product.into()];
        let set = cube::set_columns(&totals, |value| {
            values.push(value);
            format!("${}", values.len())
        });
        let sql = format!(
            "UPDATE analytics_daily_stats SET {set} \
             WHERE tenant_id = $1 AND stat_date = $2 AND product = $3"
        );
        let backend = transaction.get_database_backend();
        transaction.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    }
    Ok(())
}
