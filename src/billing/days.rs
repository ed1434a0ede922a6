//! Totals of days, whether settled in the daily table or still open.
//!
//! Usage, quota, return on investment and the daily list all read here, so that they agree. A day
//! is open when it is marked changed, when it is today, or when its row was cut in another zone; an
//! open day is summed from its calls.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use entity::billing_daily;
use sea_orm::ConnectionTrait;

use super::{DayTotals, store};
use crate::{error::Result, rollup, tenant::Tenant};

/// The days from `from` to `to`, both included, that have calls. Read in a snapshot, since rows,
/// marks and calls have to be of one instant.
pub(super) async fn list_days(
    snapshot: &impl ConnectionTrait,
    tenant: &Tenant,
    from: NaiveDate,
    to: NaiveDate,
    today: NaiveDate,
) -> Result<BTreeMap<NaiveDate, DayTotals>> {
    let (first, last) = (rollup::around(from).min(), rollup::around(to).max());
    let (first, last) = (first.unwrap_or(from), last.unwrap_or(to));
    let rows = store::list_daily(snapshot, &tenant.id, first, last).await?;
    let changed = rollup::list_changed(snapshot, &tenant.id, from, to).await?;
    let mut open: BTreeSet<_> = changed.into_keys().collect();
    open.insert(today);
    open.extend(stale(tenant, &rows));
    let mut days = settled(&rows, &open);
    days.retain(|date, _| (from..=to).contains(date));
    for date in open.range(from..=to).copied() {
        let totals = store::sum_calls(snapshot, &tenant.id, tenant.day(date)).await?;
        if totals.calls > 0 {
            days.insert(date, totals);
        }
    }
    Ok(days)
}

/// The days around rows that were cut in another zone: events have moved between them.
fn stale(tenant: &Tenant, rows: &[billing_daily::Model]) -> BTreeSet<NaiveDate> {
    let stale = rows.iter().filter(|row| row.basis != tenant.time_zone.name());
    stale.flat_map(|row| rollup::around(row.stat_date)).collect()
}

/// The days to be rebuilt because rows were cut in another zone, whenever they are.
pub async fn list_all_stale(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
) -> Result<BTreeSet<NaiveDate>> {
    let (first, last) = (rollup::FIRST_DAY, rollup::LAST_DAY);
    let rows = store::list_daily(db, &tenant.id, first, last).await?;
    Ok(stale(tenant, &rows))
}

fn settled(
    rows: &[billing_daily::Model],
    open: &BTreeSet<NaiveDate>,
) -> BTreeMap<NaiveDate, DayTotals> {
    let settled = rows.iter().filter(|row| !open.contains(&row.stat_date));
    settled
        .map(|row| {
            let totals = DayTotals {
                tokens: row.total_tokens,
                calls: row.total_api_calls,
                cost_nanos: row.estimated_cost_nanos,
                unpriced_calls: row.unpriced_calls,
            };
            (row.stat_date, totals)
        })
        .collect()
}

/// Replaces the row of a day by what its calls give; a day without calls has none. May run again,
/// or twice at once.
///
/// Runs in the transaction that takes the day's marks away, after them and under the day's lock:
/// each mark is then covered by the calls that are summed here.
pub async fn rebuild_day(
    transaction: &impl ConnectionTrait,
    tenant: &Tenant,
    date: NaiveDate,
    now: DateTime<Utc>,
) -> Result<()> {
    let totals = store::sum_calls(transaction, &tenant.id, tenant.day(date)).await?;
    if totals.calls == 0 {
        return store::delete_daily(transaction, &tenant.id, date).await;
    }
    store::replace_daily(transaction, tenant, date, totals, now).await
}
