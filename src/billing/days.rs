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
    let rows = store::list_daily(snapshot, &tenant.id, from, to).await?;
    let mut open = rollup::list_changed(snapshot, &tenant.id, from, to).await?;
    open.extend((from <= today && today <= to).then_some(today));
    open.extend(rows.iter().filter(|row| !is_of(tenant, row)).map(|row| row.stat_date));
    let mut days = settled(&rows, &open);
    for date in open {
        let totals = store::sum_calls(snapshot, &tenant.id, tenant.day(date)).await?;
        if totals.calls > 0 {
            days.insert(date, totals);
        }
    }
    Ok(days)
}

fn is_of(tenant: &Tenant, row: &billing_daily::Model) -> bool {
    row.basis == tenant.time_zone.name()
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
/// Runs in the `READ COMMITTED` transaction that takes the day's marks away, after they were read:
/// each of them is then covered by the calls that are summed here.
pub async fn rebuild_day(
    transaction: &impl ConnectionTrait,
    tenant: &Tenant,
    date: NaiveDate,
    now: DateTime<Utc>,
) -> Result<()> {
    store::hold_day(transaction, &tenant.id, date).await?;
    let totals = store::sum_calls(transaction, &tenant.id, tenant.day(date)).await?;
    if totals.calls == 0 {
        return store::delete_daily(transaction, &tenant.id, date).await;
    }
    store::replace_daily(transaction, tenant, date, totals, now).await
}
