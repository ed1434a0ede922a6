//! Decides about token usage: who may read it, and which days count.

use std::sync::Arc;

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use entity::token_usage;
use tokio::sync::Notify;

use super::{
    DayTotals, Webhooks, days,
    gather::Queue,
    price,
    quota::{Period, Quota},
    quota_store,
    roi::{self, Overrides, Roi},
    store,
};
use crate::{
    auth::{Right, Viewer},
    clock::Clock,
    config::Config,
    db::Db,
    error::{Error, Result},
    input::check_filter,
    stats::{Stats, first_of, metric},
    tenant::{Tenant, TimeRange},
    tracker::Tracker,
};

/// Most days of one question.
const MAX_DAYS: i64 = 366;

/// The token usage of tenants, cheap to clone.
#[derive(Clone)]
pub struct Billing {
    pub(super) db: Db,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) config: Arc<Config>,
    /// Takes events of what happens here; none in tests.
    pub(super) tracker: Option<Arc<Tracker>>,
    /// Told when a mark of a quota is reached.
    pub(super) reached: Arc<Notify>,
    /// Calls that wait for their transaction.
    pub(super) queue: Arc<Queue>,
}

impl Billing {
    pub fn new(db: Db, clock: Arc<dyn Clock>, config: Arc<Config>) -> Self {
        let (reached, queue) = Default::default();
        Self { db, clock, config, tracker: None, reached, queue }
    }

    /// The same, which sends events as well.
    #[must_use]
    pub fn announcing(self, tracker: Arc<Tracker>) -> Self {
        Self { tracker: Some(tracker), ..self }
    }

    /// What delivers the webhooks of the marks that are reached.
    ///
    /// # Errors
    /// [`Error::Internal`] when HTTP cannot be spoken at all.
    pub fn webhooks(&self) -> Result<Webhooks> {
        let (db, clock) = (self.db.clone(), Arc::clone(&self.clock));
        Webhooks::new(db, clock, &self.config, Arc::clone(&self.reached))
    }

    /// The rows of one call: as it was recorded, then its corrections. Empty when it is not known.
    pub(super) async fn ledger(
        &self,
        viewer: &Viewer,
        provider: &str,
        request_id: &str,
    ) -> Result<Vec<token_usage::Model>> {
        require_reader(viewer)?;
        check_filter("provider", Some(provider))?;
        check_filter("requestId", Some(request_id))?;
        let tenant = &viewer.tenant.id;
        store::list_rows(&self.db.of(tenant), tenant, provider, request_id).await
    }

    /// The tokens used in the present billing period, of those the plan has.
    pub(super) async fn quota(&self, viewer: &Viewer) -> Result<(Quota, Period)> {
        require_reader(viewer)?;
        let tenant = &viewer.tenant;
        let plan = self.config.plan(tenant)?;
        let period = self.period(tenant)?;
        let (range, today) = (period.range(tenant), self.today(tenant));
        let snapshot = self.db.of(&tenant.id).snapshot().await?;
        let days = days::list_days(&snapshot, tenant, (period.first, period.last()), today).await?;
        let used = DayTotals::sum(days.values())?.tokens;
        let counted = quota_store::find_used(&snapshot, &tenant.id, range).await?;
        let now = self.clock.now();
        let reserved = quota_store::sum_reserved(&snapshot, &tenant.id, range, now).await?;
        drop(snapshot);
        if let Some(wrong) = counted.filter(|counted| *counted != used) {
            self.mend(tenant, range, (wrong, used)).await?;
        }
        Ok((Quota { used, reserved, total: plan.tokens, limit: plan.limit }, period))
    }

    /// Mends the count of a period, which a version that does not keep it may have left behind.
    async fn mend(&self, tenant: &Tenant, period: TimeRange, counts: (i64, i64)) -> Result<()> {
        let (counted, used) = counts;
        tracing::warn!(tenant = %tenant.id, counted, used, "mending the count of a billing period");
        let transaction = self.db.of(&tenant.id).write().await?;
        quota_store::mend_used(&*transaction, &tenant.id, period, counts).await?;
        transaction.commit().await
    }

    /// What the AI saved this calendar month, up to now. All calls of the month are charged, also
    /// those of sessions that a person ended: the AI was paid for them as well.
    pub(super) async fn roi(
        &self,
        viewer: &Viewer,
        stats: &Stats,
        overrides: Overrides,
    ) -> Result<Roi> {
        require_reader(viewer)?;
        let assumptions = overrides.over(&self.config.roi)?;
        let tenant = &viewer.tenant;
        let today = self.today(tenant);
        let first = today.with_day(1).unwrap_or(today);
        let sessions = stats.totals(tenant, first, today, None).await?;
        let tokens = self.totals(tenant, first, today).await?;
        let inputs = roi::Inputs {
            ai_resolved: metric::AI_RESOLVED.count(&sessions),
            completed: metric::COMPLETED_SESSIONS.count(&sessions),
            token_cost: price::money(tokens.cost_nanos),
            unpriced_calls: tokens.unpriced_calls,
        };
        let roi = roi::roi(inputs, &assumptions);
        roi.ok_or_else(|| Error::Internal(format!("no return on investment from {inputs:?}")))
    }

    /// The totals of `days` days, oldest first, the last one `until` or today.
    pub async fn daily(
        &self,
        viewer: &Viewer,
        days: i32,
        until: Option<NaiveDate>,
    ) -> Result<Vec<(NaiveDate, DayTotals)>> {
        require_reader(viewer)?;
        let (tenant, today) = (&viewer.tenant, self.today(&viewer.tenant));
        let last = until.unwrap_or(today);
        let first = first_of(days, last)?;
        let snapshot = self.db.of(&tenant.id).snapshot().await?;
        let found = days::list_days(&snapshot, tenant, (first, last), today).await?;
        let dates = first.iter_days().take_while(|date| *date <= last);
        Ok(dates.map(|date| (date, found.get(&date).copied().unwrap_or_default())).collect())
    }

    /// The totals by model of the days from `from` to `to`, both included, the most tokens first.
    pub(super) async fn models(
        &self,
        viewer: &Viewer,
        (from, to): (NaiveDate, NaiveDate),
    ) -> Result<Vec<(String, DayTotals)>> {
        require_reader(viewer)?;
        check_days(from, to)?;
        let (tenant, today) = (&viewer.tenant, self.today(&viewer.tenant));
        let snapshot = self.db.of(&tenant.id).snapshot().await?;
        let models = days::list_models(&snapshot, tenant, (from, to), today).await?;
        let mut models: Vec<_> = models.into_iter().collect();
        models.sort_by_key(|(_, totals)| std::cmp::Reverse(totals.tokens));
        Ok(models)
    }

    /// Sums the days from `from` to `to`, both included.
    pub async fn totals(
        &self,
        tenant: &Tenant,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<DayTotals> {
        let snapshot = self.db.of(&tenant.id).snapshot().await?;
        let days = days::list_days(&snapshot, tenant, (from, to), self.today(tenant)).await?;
        DayTotals::sum(days.values())
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    fn today(&self, tenant: &Tenant) -> NaiveDate {
        tenant.day_of(self.clock.now())
    }
}

/// # Errors
/// [`Error::BadInput`] for an end before the start, or too far behind it.
pub(super) fn check_days(from: NaiveDate, to: NaiveDate) -> Result<()> {
    if (1..=MAX_DAYS).contains(&((to - from).num_days() + 1)) {
        return Ok(());
    }
    let expected = format!("a day from `from`, {from}, to {} days after it", MAX_DAYS - 1);
    Err(Error::bad_input("to", to, &expected))
}

fn require_reader(viewer: &Viewer) -> Result<()> {
    viewer.require(Right::ReadBilling)
}
