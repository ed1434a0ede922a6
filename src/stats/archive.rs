//! The sums and distributions that stay of raw events when these are removed.
//!
//! Figures of sessions need no archive: the state of a session outlives its events.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ConnectionTrait, Value};

use super::{
    cube::{self, Dimension, Filter, Grain, Slots, Sum},
    distribution::Distribution,
    measure::{Instant, Measure},
    proof, store,
    totals::{Asked, Totals},
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

/// Adds what events come to to the archive of a day, and keeps their proof. Remove the events in the same transaction.
pub(crate) async fn archive(
    transaction: &impl ConnectionTrait,
    tenant: &Tenant,
    day: NaiveDate,
    rows: &EventRows<'_>,
) -> Result<()> {
    let hours = cube::cut(tenant, (day, day), Grain::Hour);
    let measures: Vec<_> = Measure::ALL
        .iter()
        .copied()
        .filter(|measure| measure.instant() == Instant::Event)
        .collect();
    let (slots, filter) = (&Slots::Quarters, &Filter::default());
    let (by, measures) = (&Dimension::ALL, &measures[..]);
    let asked = Asked { measures, distributions: &Distribution::of_events() };
    let removed = Sum { tenant, range: rows.range, slots, by, filter, asked, is_bulk: false };
    let mut cells: BTreeMap<_, Totals> = BTreeMap::new();
    for ((slot, group), totals) in removed.list_removed(transaction, rows).await? {
        if let Some(hour) = Slots::Quarters.place(slot, &hours).map(|place| hours[place]) {
            cells.entry((hour.range.start, group)).or_default().add(&totals);
        }
    }
    let cells: Vec<_> = cells.into_iter().collect();
    cube::archive_cells(transaction, tenant, day, measures, &cells).await?;
    proof::archive(transaction, tenant, day, rows).await
}

/// Whether what is kept of a day holds: no mark, and nothing of another basis.
pub(crate) async fn is_settled(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    day: NaiveDate,
) -> Result<bool> {
    let is_open = !store::list_open(db, tenant, day, day).await?.is_empty();
    Ok(!is_open && !proof::is_stale(db, tenant, day).await?)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use sea_orm::Statement;

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
    async fn the_archive_has_what_is_declared_of_events_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let store = StoreConfig { data_dir: Some(folder.path().into()), ..StoreConfig::default() };
        let db = Db::connect(&store).await.unwrap();
        db.migrate().await.unwrap();
        let measures = Measure::ALL.iter().filter(|measure| measure.instant() == Instant::Event);
        let measures: BTreeSet<_> = measures.map(|measure| measure.column().to_owned()).collect();
        assert_eq!(columns(&db, "analytics_archived_cells").await, measures);
        let daily = columns(&db, "analytics_daily_stats").await;
        assert!(measures.is_subset(&daily), "{:?}", measures.difference(&daily));
        let named = |of: &[Distribution]| -> BTreeSet<_> {
            of.iter().map(|of| of.column().to_owned()).collect()
        };
        let archived = columns(&db, "analytics_archived_histograms").await;
        assert_eq!(archived, named(&Distribution::of_events()));
        let all = named(Distribution::ALL);
        assert!(all.is_subset(&daily), "{:?}", all.difference(&daily));
        let mut kept = columns(&db, "analytics_stat_histograms").await;
        kept.remove("basis");
        assert_eq!(kept, all);
    }
}
