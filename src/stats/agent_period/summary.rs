//! Days that are over, kept without the reports that only repeat the one before.
//!
//! Invariant: the row of a day that has no mark says what the day's events say. It goes with the
//! marks of the day (`rollup::take_marks`), and comes back under the same lock, once no mark waits.

use std::collections::BTreeSet;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use entity::agent_day;
use sea_orm::ConnectionTrait;

use super::{store, tally::ByAgent, timeline::Beat};
use crate::{
    config::LiveConfig,
    db::Lease,
    error::{Error, Result},
    rollup,
    stats::report::Report,
    tenant::Tenant,
    tracker::fact::AgentStatus,
};

/// Days before today that are kept so, if they are not yet; as many as one question may ask for.
const DAYS: Days = Days::new(31);

/// A report as it is kept: microseconds, status, whether by hand, whether it goes on.
type Kept = (i64, String, bool, bool);

/// Keeps the days of a tenant that are over and are not kept yet.
pub(crate) async fn keep_days(
    lease: &Lease,
    tenant: &Tenant,
    live: &LiveConfig,
    now: DateTime<Utc>,
) -> Result<()> {
    let today = tenant.day_of(now);
    let Some(first) = today.checked_sub_days(DAYS) else { return Ok(()) };
    let basis = basis(tenant, live);
    let kept = store::list_kept_days(lease.db().pool(), tenant, (first, today), &basis).await?;
    let days: BTreeSet<_> = first.iter_days().take_while(|day| *day < today).collect();
    for day in days.difference(&kept) {
        keep(lease, tenant, *day, live, now).await?;
    }
    Ok(())
}

/// Keeps one day, unless it has changed since: then it is due once it has been rebuilt.
async fn keep(
    lease: &Lease,
    tenant: &Tenant,
    day: NaiveDate,
    live: &LiveConfig,
    now: DateTime<Utc>,
) -> Result<()> {
    let transaction = lease.write().await?;
    rollup::hold_day(&*transaction, &tenant.id, day).await?;
    // The marks before the events: of an event that comes in between, the mark outlives this.
    if rollup::list_changed(&*transaction, &tenant.id, day, day).await?.is_empty() {
        let reports = store::list_reports(&*transaction, tenant, tenant.day(day)).await?;
        let lease = TimeDelta::seconds(live.agent_lease_secs.into());
        let beats = reports.into_iter().map(|(id, reports)| (id, Beat::list(reports, lease)));
        let row = agent_day::Model {
            tenant_id: tenant.id.to_string(),
            stat_date: day,
            basis: basis(tenant, live),
            beats: encode(beats.collect())?,
            created_at: now,
        };
        store::keep_day(&*transaction, row).await?;
    }
    transaction.commit().await
}

/// What a day that has no mark is kept as; none when it is not.
pub(super) async fn find(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    day: NaiveDate,
    live: &LiveConfig,
) -> Result<Option<ByAgent<Vec<Beat>>>> {
    let row = store::find_kept_day(db, tenant, day, &basis(tenant, live)).await?;
    row.map(|row| decode(&row.beats)).transpose()
}

/// What a day is kept with: where it is cut, and which gaps count.
fn basis(tenant: &Tenant, live: &LiveConfig) -> String {
    format!("{}/{}", tenant.time_zone.name(), live.agent_lease_secs)
}

fn encode(beats: ByAgent<Vec<Beat>>) -> Result<String> {
    let kept = beats.into_iter().map(|(id, beats)| (id, beats.into_iter().map(kept).collect()));
    let kept: ByAgent<Vec<Kept>> = kept.collect();
    serde_json::to_string(&kept).map_err(|cause| Error::Internal(cause.to_string()))
}

fn decode(text: &str) -> Result<ByAgent<Vec<Beat>>> {
    let kept: ByAgent<Vec<Kept>> = serde_json::from_str(text)
        .map_err(|cause| Error::Internal(format!("a day of agents cannot be read: {cause}")))?;
    let beats = kept.into_iter().map(|(id, beats)| {
        let beats: Option<_> = beats.into_iter().map(beat).collect();
        let unknown = || Error::Internal(format!("a day of agent `{id}` cannot be read"));
        Ok((id.clone(), beats.ok_or_else(unknown)?))
    });
    beats.collect()
}

fn kept(Beat { report, goes_on }: Beat) -> Kept {
    let Report { at, status, by_hand } = report;
    (at.timestamp_micros(), status.as_str().to_owned(), by_hand, goes_on)
}

fn beat((micros, status, by_hand, goes_on): Kept) -> Option<Beat> {
    let (at, status) = (DateTime::from_timestamp_micros(micros)?, AgentStatus::parse(&status)?);
    Some(Beat { report: Report { at, status, by_hand }, goes_on })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_as_it_was_kept() {
        let beat = |micros, status, by_hand, goes_on| Beat {
            report: Report {
                at: DateTime::from_timestamp_micros(micros).unwrap(),
                status,
                by_hand,
            },
            goes_on,
        };
        let beats = vec![
            beat(1_700_000_000_000_001, AgentStatus::Away, true, false),
            beat(1_700_000_060_000_000, AgentStatus::Serving, false, true),
        ];
        let day = ByAgent::from([("li \"1\"".to_owned(), beats), ("wu".to_owned(), vec![])]);
        assert_eq!(decode(&encode(day.clone()).unwrap()).unwrap(), day);
        assert!(decode(r#"{"li":[[0,"asleep",false,false]]}"#).is_err());
    }
}
