//! Days that are over, kept without the reports that only repeat the one before, and with their sums.
//!
//! Invariant: the row of a day that has no mark says what the day's events say. It goes with the
//! marks of the day (`rollup::take_marks`), and comes back under the same lock, once no mark waits.
//! Its sums hold for as long as the day begins as it did when they were made.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use entity::agent_day;
use sea_orm::ConnectionTrait;

use super::{
    conversation::Conversation,
    kept::{KeptDay, KeptSums},
    latest_before, store,
    tally::{ByAgent, Tally},
    timeline::Beat,
    workload::Workload,
};
use crate::{
    config::LiveConfig,
    db::Lease,
    error::Result,
    rollup,
    tenant::{Tenant, TimeRange},
};

/// Days before today that are kept so, if they are not yet; as many as one question may ask for.
const DAYS: Days = Days::new(31);

/// Keeps the days of a tenant that are over and are not kept yet.
pub(crate) async fn keep_days(
    lease: &Lease,
    tenant: &Tenant,
    live: &LiveConfig,
    now: DateTime<Utc>,
) -> Result<()> {
    // Of a conversation that is open, only silence says how far it went.
    let idle = TimeDelta::seconds(live.session_idle_secs.into());
    let over = tenant.day_of(now - idle);
    let Some(first) = over.checked_sub_days(DAYS) else { return Ok(()) };
    let basis = basis(tenant, live);
    let kept =
        store::list_kept_days(&lease.db().of(&tenant.id), tenant, (first, over), &basis).await?;
    let days: BTreeSet<_> = first.iter_days().take_while(|day| *day < over).collect();
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
        let range = tenant.day(day);
        let reports = store::list_reports(&*transaction, tenant, range).await?;
        let heard_for = TimeDelta::seconds(live.agent_lease_secs.into());
        let beats = reports.into_iter().map(|(id, reports)| (id, Beat::list(reports, heard_for)));
        let beats = beats.collect();
        let sums = sum(&*transaction, tenant, range, live, now, &beats).await?;
        let (beats, sums) = KeptDay { beats, sums }.encode()?;
        let row = agent_day::Model {
            tenant_id: tenant.id.to_string(),
            stat_date: day,
            basis: basis(tenant, live),
            beats,
            sums,
            created_at: now,
        };
        store::keep_day(&*transaction, row).await?;
    }
    transaction.commit().await
}

/// What the conversations and ratings of a day come to, of all products and of each.
async fn sum(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    day: TimeRange,
    live: &LiveConfig,
    now: DateTime<Utc>,
    beats: &ByAgent<Vec<Beat>>,
) -> Result<KeptSums> {
    let agents = store::list_agents(db, tenant).await?;
    let latest = latest_before(db, tenant, &agents, day.start).await?;
    let idle = TimeDelta::seconds(live.session_idle_secs.into());
    let mut all = Held::default();
    let mut products: BTreeMap<String, Held> = BTreeMap::new();
    for (agent, product, conversation) in
        store::list_conversations(db, tenant, None, day, idle).await?
    {
        for held in [&mut all, products.entry(product).or_default()] {
            held.conversations.entry(agent.clone()).or_default().push(conversation);
        }
    }
    for (agent, product, ratings) in store::list_ratings(db, tenant, None, day).await? {
        for held in [&mut all, products.entry(product).or_default()] {
            held.ratings.push((agent.clone(), ratings));
        }
    }
    let sums = |held: Held| {
        let mut tally = Tally::new(live, now, latest.clone());
        tally.add(held.ratings);
        tally.add_day(day, beats.clone(), &held.conversations);
        tally.into_sums()
    };
    let (all, products) = (sums(all), products.into_iter().map(|(of, held)| (of, sums(held))));
    let products = products.collect();
    Ok(KeptSums { latest, all, products })
}

/// What agents had in a day beside their states.
#[derive(Default)]
struct Held {
    conversations: ByAgent<Vec<Conversation>>,
    ratings: Vec<(String, Workload)>,
}

/// What a day that has no mark is kept as; none when it is not.
pub(super) async fn find(
    db: &impl ConnectionTrait,
    tenant: &Tenant,
    day: NaiveDate,
    live: &LiveConfig,
) -> Result<Option<KeptDay>> {
    let row = store::find_kept_day(db, tenant, day, &basis(tenant, live)).await?;
    row.map(|row| KeptDay::decode(&row.beats, &row.sums)).transpose()
}

/// What a day is kept with: where it is cut, which gaps count, and how long an open conversation goes on.
fn basis(tenant: &Tenant, live: &LiveConfig) -> String {
    let LiveConfig { agent_lease_secs, session_idle_secs, .. } = live;
    format!("{}/{agent_lease_secs}/{session_idle_secs}", tenant.time_zone.name())
}
