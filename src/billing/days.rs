//! Totals of days, whether settled in the daily tables or still open.
//!
//! Usage, quota, return on investment and the daily list all read here, so that they agree. A day
//! is open when it is marked changed, when it is today, or when its row was cut in another zone or by a
//! version that knew no parts; an open day is summed from its calls.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use entity::{billing_daily, billing_model};
use sea_orm::ConnectionTrait;

use super::{
    day_store,
    totals::{DayTotals, Parts},
};
use crate::{error::Result, rollup, tenant::Tenant};

/// The days from `from` to `to`, both included, that have calls. Read in a snapshot, since rows,
/// marks and calls have to be of one instant.
pub(super) async fn list_days(
    snapshot: &impl ConnectionTrait,
    tenant: &Tenant,
    (from, to): (NaiveDate, NaiveDate),
    today: NaiveDate,
) -> Result<BTreeMap<NaiveDate, DayTotals>> {
    let (rows, open) = rows_and_open(snapshot, tenant, (from, to), today).await?;
    let settled = rows.iter().filter(|row| !open.contains(&row.stat_date));
    let mut days: BTreeMap<_, _> =
        settled.map(|row| (row.stat_date, DayTotals::from(row))).collect();
    days.retain(|date, _| (from..=to).contains(date));
    for date in open.range(from..=to).copied() {
        let totals = day_store::sum_calls(snapshot, &tenant.id, tenant.day(date)).await?;
        if totals.calls > 0 {
            days.insert(date, totals);
        }
    }
    Ok(days)
}

/// The sums of those days by model, empty for calls that do not name theirs. Read in a snapshot too.
pub(super) async fn list_models(
    snapshot: &impl ConnectionTrait,
    tenant: &Tenant,
    (from, to): (NaiveDate, NaiveDate),
    today: NaiveDate,
) -> Result<BTreeMap<String, DayTotals>> {
    let (_, open) = rows_and_open(snapshot, tenant, (from, to), today).await?;
    let rows = day_store::list_models(snapshot, &tenant.id, from, to).await?;
    let settled = rows.iter().filter(|row| !open.contains(&row.stat_date));
    let mut of_models: BTreeMap<String, Vec<DayTotals>> = BTreeMap::new();
    for row in settled {
        of_models.entry(row.model.clone()).or_default().push(row.into());
    }
    for date in open.range(from..=to).copied() {
        let day = tenant.day(date);
        for (model, totals) in day_store::sum_calls_by_model(snapshot, &tenant.id, day).await? {
            of_models.entry(model).or_default().push(totals);
        }
    }
    let sums = of_models.into_iter().map(|(model, days)| Ok((model, DayTotals::sum(&days)?)));
    sums.collect()
}

/// The rows of some days and around them, and which days are open.
async fn rows_and_open(
    snapshot: &impl ConnectionTrait,
    tenant: &Tenant,
    (from, to): (NaiveDate, NaiveDate),
    today: NaiveDate,
) -> Result<(Vec<billing_daily::Model>, BTreeSet<NaiveDate>)> {
    let (first, last) = (rollup::around(from).min(), rollup::around(to).max());
    let (first, last) = (first.unwrap_or(from), last.unwrap_or(to));
    let rows = day_store::list_daily(snapshot, &tenant.id, first, last).await?;
    let changed = rollup::list_changed(snapshot, &tenant.id, from, to).await?;
    let mut open: BTreeSet<_> = changed.into_keys().collect();
    open.insert(today);
    open.extend(stale(tenant, &rows));
    let unsplit =
        rows.iter().filter(|row| DayTotals::from(*row).unsplit_tokens() != row.unsplit_tokens);
    open.extend(unsplit.map(|row| row.stat_date));
    Ok((rows, open))
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
    let rows = day_store::list_daily(db, &tenant.id, first, last).await?;
    Ok(stale(tenant, &rows))
}

/// What a row of a day says, of all models or of one: both tables have the same columns for it.
macro_rules! totals_of {
    ($($row:ty),+) => {
        $(impl From<&$row> for DayTotals {
            fn from(row: &$row) -> Self {
                Self {
                    tokens: row.total_tokens,
                    parts: Parts {
                        input: row.input_tokens,
                        cached_input: row.cached_input_tokens,
                        output: row.output_tokens,
                        reasoning: row.reasoning_tokens,
                    },
                    calls: row.total_api_calls,
                    cost_nanos: row.estimated_cost_nanos,
                    unpriced_calls: row.unpriced_calls,
                }
            }
        })+
    };
}

totals_of!(billing_daily::Model, billing_model::Model);

/// Replaces the rows of a day by what its calls give; a day without calls has none. May run again,
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
    let day = tenant.day(date);
    let models = day_store::sum_calls_by_model(transaction, &tenant.id, day).await?;
    day_store::replace_models(transaction, &tenant.id, date, &models).await?;
    let totals = DayTotals::sum(models.values())?;
    if totals.calls == 0 {
        return day_store::delete_daily(transaction, &tenant.id, date).await;
    }
    day_store::replace_daily(transaction, tenant, date, totals, now).await
}
