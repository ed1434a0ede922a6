//! Compares what is kept of a day with what its rows give.

use std::collections::{BTreeMap, BTreeSet};

use async_graphql::Enum;
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ConnectionTrait, Statement, Value};

use super::{
    digest::{Proof, Proofs},
    quarters, seal,
};
use crate::{
    error::Result,
    stats::{
        cube::{self, Level},
        distribution::Distribution,
        is_settled,
        measure::Measure,
        store,
        totals::Totals,
    },
    tenant::Tenant,
};

/// Differences of one day that are told; there may be more.
const MAX_LISTED: usize = 100;

/// What a comparison of a day came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum DayState {
    /// What is kept is what the events give, and these are the events it was made of.
    Equal,
    Differs,
    /// It is not over, or has changed since the last roll-up: nothing is compared.
    Open,
    /// As EQUAL, but events of it were removed: those that are left, and figures of sessions, are
    /// compared, and what is kept of the removed ones is taken for true.
    Removed,
}

/// One number that is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// A measure, a distribution, `events` or `digest`. Of a distribution the numbers are how many
    /// values lie in the first bucket that differs.
    pub what: &'static str,
    pub product: Option<String>,
    /// The first instant of the hour, or of the quarter of one; none of the day as a whole.
    pub hour: Option<DateTime<Utc>>,
    pub kept: i64,
    pub recomputed: i64,
}

/// The first differences, and how many there are.
#[derive(Clone, Debug, Default)]
pub struct Differences {
    pub listed: Vec<Difference>,
    pub count: usize,
}

/// A day, compared.
#[derive(Clone, Debug)]
pub struct VerifiedDay {
    pub date: NaiveDate,
    pub state: DayState,
    /// When it was sealed; none of a day that is not.
    pub sealed_at: Option<DateTime<Utc>>,
    pub differences: Differences,
    /// The proof of the whole day, as it is kept.
    pub proof: Proof,
}

/// Compares a day. Call in a snapshot.
pub(crate) async fn verify_day(
    snapshot: &impl ConnectionTrait,
    tenant: &Tenant,
    date: NaiveDate,
    now: DateTime<Utc>,
) -> Result<VerifiedDay> {
    let sealed_at = seal::find(snapshot, &tenant.id, date).await?.map(|seal| seal.sealed_at);
    let (mut differences, mut proof) = (Differences::default(), Proof::default());
    if tenant.day(date).end > now || !is_settled(snapshot, tenant, date).await? {
        let state = DayState::Open;
        return Ok(VerifiedDay { date, state, sealed_at, differences, proof });
    }
    compare_figures(snapshot, tenant, date, &mut differences).await?;
    let kept = quarters::list(snapshot, tenant, date).await?;
    let (whole, cut) = (tenant.day(date), Level::Quarter.cut(tenant, date));
    let recomputed = quarters::recompute(snapshot, tenant, whole, &cut).await?;
    let is_removed = !recomputed.removed.is_empty() || is_archived(snapshot, tenant, date).await?;
    differences.compare_proofs(&kept, &recomputed.all());
    for quarter in kept.into_values() {
        proof.add(quarter);
    }
    let state = match (differences.count, is_removed) {
        (0, false) => DayState::Equal,
        (0, true) => DayState::Removed,
        _ => DayState::Differs,
    };
    Ok(VerifiedDay { date, state, sealed_at, differences, proof })
}

/// Compares cells, the coarser ones that are their sums, and the daily rows.
async fn compare_figures(
    snapshot: &impl ConnectionTrait,
    tenant: &Tenant,
    day: NaiveDate,
    differences: &mut Differences,
) -> Result<()> {
    let finest = cube::finest(snapshot, tenant, day).await?;
    let mut slots = finest.cut(tenant, day);
    let mut recomputed = cube::list_cells(snapshot, tenant, tenant.day(day), &slots).await?;
    let product = |group: &cube::Group| group.get(1).cloned().flatten();
    for level in [Level::Quarter, Level::Hour, Level::Day] {
        if level < finest {
            continue;
        }
        if level > finest {
            slots = level.cut(tenant, day);
            recomputed = cube::coarser(&recomputed, &slots);
        }
        let kept = cube::list_kept_cells(snapshot, tenant, day, level).await?;
        for ((at, group), kept, recomputed) in both(&kept, &recomputed) {
            let at = Some(*at).filter(|_| level != Level::Day);
            differences.compare_totals(product(group), at, kept, recomputed);
        }
    }
    let mut products: BTreeMap<String, Totals> = BTreeMap::new();
    for ((_, group), totals) in &recomputed {
        products.entry(product(group).unwrap_or_default()).or_default().add(totals);
    }
    let rows = store::list_products(snapshot, tenant, day).await?;
    for (product, kept, recomputed) in both(&rows, &products) {
        differences.compare_totals(Some(product.clone()), None, kept, recomputed);
    }
    Ok(())
}

/// Whether sums of removed events are kept of a day: those of the time before there were proofs have
/// none.
async fn is_archived(db: &impl ConnectionTrait, tenant: &Tenant, day: NaiveDate) -> Result<bool> {
    let sql = "SELECT 1 AS one FROM analytics_archived_cells \
         WHERE tenant_id = $1 AND stat_date = $2 LIMIT 1";
    let values: Vec<Value> = vec![tenant.id.as_str().into(), day.into()];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    Ok(db.query_one_raw(statement).await?.is_some())
}

/// What two maps say of each key that either has; what is missing counts as nothing.
pub(super) fn both<'a, K: Ord, V: Default + Clone>(
    kept: &'a BTreeMap<K, V>,
    recomputed: &'a BTreeMap<K, V>,
) -> impl Iterator<Item = (&'a K, V, V)> {
    let keys: BTreeSet<&K> = kept.keys().chain(recomputed.keys()).collect();
    let value = |map: &BTreeMap<K, V>, key| map.get(key).cloned().unwrap_or_default();
    keys.into_iter().map(move |key| (key, value(kept, key), value(recomputed, key)))
}

impl Differences {
    fn compare(&mut self, difference: Difference) {
        if difference.kept == difference.recomputed {
            return;
        }
        self.count += 1;
        if self.listed.len() < MAX_LISTED {
            self.listed.push(difference);
        }
    }

    #[expect(clippy::needless_pass_by_value, reason = "they are made for this")]
    fn compare_totals(
        &mut self,
        product: Option<String>,
        hour: Option<DateTime<Utc>>,
        kept: Totals,
        recomputed: Totals,
    ) {
        for measure in Measure::ALL {
            let (what, product) = (measure.column(), product.clone());
            let (kept, recomputed) = (kept.get(*measure), recomputed.get(*measure));
            self.compare(Difference { what, product, hour, kept, recomputed });
        }
        for distribution in Distribution::ALL {
            let histogram =
                |totals: &Totals| totals.histogram(*distribution).cloned().unwrap_or_default();
            let (what, product) = (distribution.id(), product.clone());
            if let Some((kept, recomputed)) = histogram(&kept).difference(&histogram(&recomputed)) {
                self.compare(Difference { what, product, hour, kept, recomputed });
            }
        }
    }

    fn compare_proofs(&mut self, kept: &Proofs, recomputed: &Proofs) {
        for (hour, kept, recomputed) in both(kept, recomputed) {
            for (what, kept, recomputed) in [
                ("events", kept.events, recomputed.events),
                ("digest", kept.digest, recomputed.digest),
            ] {
                self.compare(Difference {
                    what,
                    product: None,
                    hour: Some(*hour),
                    kept,
                    recomputed,
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_that_either_side_lacks_is_a_difference_and_no_more_than_a_hundred_are_listed() {
        let hour = |number: i64| DateTime::from_timestamp(number * 3_600, 0).unwrap();
        let one = Proof { events: 1, digest: 7 };
        let kept: Proofs = (0..80).map(|number| (hour(number), one)).collect();
        let recomputed: Proofs = (79..81).map(|number| (hour(number), one)).collect();
        let mut differences = Differences::default();
        differences.compare_proofs(&kept, &recomputed);
        assert_eq!((differences.count, differences.listed.len()), (160, 100));
        let first = Difference {
            what: "events",
            product: None,
            hour: Some(hour(0)),
            kept: 1,
            recomputed: 0,
        };
        assert_eq!(differences.listed[0], first);
    }
}
