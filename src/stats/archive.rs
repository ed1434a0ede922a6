//! The sums that stay of raw events when these are removed.
//!
//! Figures of sessions need no archive: the state of a session outlives its events.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ConnectionTrait, Statement, Value};

use super::{
    measure::{COUNTED_EVENTS, Instant, Measure, Totals},
    store,
    sum::{self, Stretch},
};
use crate::{
    error::Result,
    tenant::{Tenant, TenantId, TimeRange},
};

/// Events of one tenant that are to be removed: those that happened in a range and were received
/// before an instant, so that nobody adds to them meanwhile.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EventRows<'a> {
    pub(crate) table: &'a str,
    pub(crate) range: TimeRange,
    pub(crate) received_before: DateTime<Utc>,
}

impl EventRows<'_> {
    /// Selects them; the parameters are [`values`](Self::values).
    pub(crate) const CONDITION: &'static str =
        "tenant_id = $1 AND occurred_at >= $2 AND occurred_at < $3 AND received_at < $4";

    pub(crate) fn values(&self, tenant: &TenantId) -> Vec<Value> {
        let range = self.range;
        let received_before = self.received_before;
        vec![tenant.as_str().into(), range.start.into(), range.end.into(), received_before.into()]
    }
}

/// Adds the sums of events to the archive of a day. Remove the events in the same transaction.
pub(crate) async fn archive(
    transaction: &impl ConnectionTrait,
    tenant: &TenantId,
    day: NaiveDate,
    rows: &EventRows<'_>,
) -> Result<()> {
    let measures: Vec<_> =
        Measure::ALL.iter().filter(|measure| measure.instant() == Instant::Event).collect();
    let list = |column: &dyn Fn(&Measure) -> String| {
        measures.iter().map(|measure| column(measure)).collect::<Vec<_>>().join(", ")
    };
    let sql = format!(
        "INSERT INTO analytics_archived_days (tenant_id, stat_date, product, {columns}) \
         SELECT $1, $5, product, {sums} FROM {table} WHERE {condition} AND {COUNTED_EVENTS} \
         GROUP BY product \
         ON CONFLICT (tenant_id, stat_date, product) DO UPDATE SET {additions}",
        columns = list(&|measure| measure.column().to_owned()),
        sums = list(&|measure| format!("CAST(SUM({}) AS BIGINT)", measure.value())),
        table = rows.table,
        condition = EventRows::CONDITION,
        additions = list(&|measure| {
            let column = measure.column();
            format!("{column} = analytics_archived_days.{column} + excluded.{column}")
        }),
    );
    let mut values = rows.values(tenant);
    values.push(day.into());
    let backend = transaction.get_database_backend();
    transaction.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    Ok(())
}

/// Whether the daily rows of a day hold: no mark, and none of another basis.
pub(crate) async fn is_settled(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    day: NaiveDate,
) -> Result<bool> {
    Ok(store::list_open(db, tenant, day, day).await?.is_empty())
}

/// Whether the daily rows of a settled day are what its events and their archive give.
pub(crate) async fn equals_its_events(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    day: NaiveDate,
) -> Result<bool> {
    let sums = sum::by_product(db, tenant, Stretch::day(tenant, day)).await?;
    let sums: BTreeMap<String, Totals> = sums.into_iter().collect();
    Ok(store::list_products(db, tenant, day).await? == sums)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{config::StoreConfig, db::Db};

    /// The columns of a table that are neither in its key nor hidden.
    async fn columns(db: &Db, table: &str) -> BTreeSet<String> {
        let sql = format!("SELECT name FROM pragma_table_info('{table}') WHERE pk = 0");
        let statement = Statement::from_string(db.backend(), sql);
        let rows = db.pool().query_all_raw(statement).await.unwrap();
        rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
    }

    #[tokio::test]
    async fn the_archive_has_the_measures_of_events_and_no_others() {
        let folder = tempfile::tempdir().unwrap();
        let store = StoreConfig { data_dir: Some(folder.path().into()), ..StoreConfig::default() };
        let db = Db::connect(&store).await.unwrap();
        db.migrate().await.unwrap();
        let measures = Measure::ALL.iter().filter(|measure| measure.instant() == Instant::Event);
        let measures: BTreeSet<_> = measures.map(|measure| measure.column().to_owned()).collect();
        assert_eq!(columns(&db, "analytics_archived_days").await, measures);
        let daily = columns(&db, "analytics_daily_stats").await;
        assert!(measures.is_subset(&daily), "{:?}", measures.difference(&daily));
    }
}
