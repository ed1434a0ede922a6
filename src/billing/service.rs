//! Decides about token usage: who may record and read it, what is a repeat, which days count.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use chrono::{Datelike as _, NaiveDate};
use entity::token_usage;
use uuid::Uuid;

use super::{
    days,
    model::{Call, DayTotals, Recorded},
    price,
    quota::{Period, Quota, period_of},
    roi::{self, Roi},
    store,
};
use crate::{
    auth::{Role, Viewer},
    clock::Clock,
    config::Config,
    db::Db,
    error::{Error, Result},
    rollup::{self, Quarters},
    stats::{Stats, first_of, metric},
    tenant::Tenant,
};

/// Most calls of one batch.
const MAX_CALLS: usize = 1_000;

/// The token usage of tenants.
pub struct Billing {
    db: Db,
    clock: Arc<dyn Clock>,
    config: Arc<Config>,
}

impl Billing {
    pub fn new(db: Db, clock: Arc<dyn Clock>, config: Arc<Config>) -> Self {
        Self { db, clock, config }
    }

    /// Stores a call and what it cost, once for each request id.
    ///
    /// # Errors
    /// [`Error::Conflict`] for a known id with another body; the first one stays.
    pub async fn record(&self, viewer: &Viewer, call: Call) -> Result<Recorded> {
        let results = self.record_all(viewer, vec![call]).await?;
        let result = results.into_iter().next();
        result.unwrap_or_else(|| Err(Error::Internal("a call without a result".to_owned())))
    }

    /// Stores calls in one transaction: a result for each, in order. A bad one harms no other.
    pub async fn record_all(
        &self,
        viewer: &Viewer,
        calls: Vec<Call>,
    ) -> Result<Vec<Result<Recorded>>> {
        viewer.require(&[Role::Ingest], "record token usage")?;
        if calls.is_empty() || calls.len() > MAX_CALLS {
            let expected = format!("1 to {MAX_CALLS} calls");
            return Err(Error::bad_input("input", format!("{} calls", calls.len()), &expected));
        }
        let tenant = &viewer.tenant;
        let rows: Vec<_> = calls.iter().map(|call| self.row(tenant, call)).collect();
        let good: Vec<_> = rows.iter().filter_map(|row| row.as_ref().ok()).cloned().collect();
        let (mut new, stored) = self.insert(tenant, good).await?;
        let result = |(row, call): (Result<token_usage::Model>, &Call)| {
            let row = row?;
            // Taken out at the first call of this id: the next one is a repeat.
            if new.remove(&row.request_id) {
                return Ok(Recorded { recorded: true, cost_nanos: row.estimated_cost_nanos });
            }
            repeat(call, &row.request_id, stored.get(&row.request_id))
        };
        Ok(rows.into_iter().zip(&calls).map(result).collect())
    }

    /// Inserts the calls whose id is new and marks their days; returns their ids, and the rows
    /// that were there before.
    async fn insert(
        &self,
        tenant: &Tenant,
        mut rows: Vec<token_usage::Model>,
    ) -> Result<(HashSet<String>, HashMap<String, token_usage::Model>)> {
        if rows.is_empty() {
            return Ok(Default::default());
        }
        // In one order, or two batches would each wait for a call of the other. The sort is stable:
        // of equal ids the first of the batch stays the first.
        rows.sort_by(|a, b| a.request_id.cmp(&b.request_id));
        let transaction = self.db.write().await?;
        let new = store::insert_calls(&*transaction, &rows).await?;
        let added = rows.iter().filter(|row| new.contains(&row.request_id));
        let days = added.map(|row| (tenant.day_of(row.used_at), Quarters::NONE)).collect();
        rollup::mark_changed(&*transaction, &tenant.id, &days).await?;
        let mut stored = HashMap::new();
        if new.len() < rows.len() {
            let ids = rows.iter().map(|row| row.request_id.as_str());
            stored = store::list_calls(&*transaction, &tenant.id, ids).await?;
        }
        transaction.commit().await?;
        Ok((new, stored))
    }

    fn row(&self, tenant: &Tenant, call: &Call) -> Result<token_usage::Model> {
        let now = self.clock.now();
        call.check(now)?;
        let used_at = call.used_at.unwrap_or(now);
        let cost = price::cost_nanos(&self.config.prices, call, used_at.date_naive())?;
        let call = call.clone();
        Ok(token_usage::Model {
            tenant_id: tenant.id.to_string(),
            request_id: call.request_id.unwrap_or_else(|| Uuid::now_v7().to_string()),
            session_id: call.session_id,
            tokens_used: call.tokens,
            input_tokens: call.input_tokens,
            output_tokens: call.output_tokens,
            model: call.model,
            api_type: call.api_type,
            used_at,
            estimated_cost_nanos: cost,
            created_at: now,
        })
    }

    /// The tokens used in the present billing period, of those the plan has.
    pub(super) async fn quota(&self, viewer: &Viewer) -> Result<(Quota, Period)> {
        require_reader(viewer)?;
        let tenant = &viewer.tenant;
        let plan = self.config.plan(tenant)?;
        let period = period_of(self.today(tenant), plan.reset_day);
        let totals = self.totals(tenant, period.first, period.last()).await?;
        Ok((Quota { used: totals.tokens, total: plan.tokens }, period))
    }

    /// What the AI saved this calendar month, up to now.
    pub(super) async fn roi(&self, viewer: &Viewer, stats: &Stats) -> Result<Roi> {
        require_reader(viewer)?;
        let tenant = &viewer.tenant;
        let today = self.today(tenant);
        let first = today.with_day(1).unwrap_or(today);
        let sessions = stats.totals(tenant, first, today, None).await?;
        let tokens = self.totals(tenant, first, today).await?;
        let inputs = roi::Inputs {
            ai_resolved: metric::AI_RESOLVED.count(&sessions),
            completed: metric::COMPLETED_SESSIONS.count(&sessions),
            token_cost: price::money(tokens.cost_nanos),
        };
        let roi = roi::roi(inputs, &self.config.roi);
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
        let snapshot = self.db.snapshot().await?;
        let found = days::list_days(&snapshot, tenant, first, last, today).await?;
        let dates = first.iter_days().take_while(|date| *date <= last);
        Ok(dates.map(|date| (date, found.get(&date).copied().unwrap_or_default())).collect())
    }

    /// Sums the days from `from` to `to`, both included.
    pub async fn totals(
        &self,
        tenant: &Tenant,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<DayTotals> {
        let snapshot = self.db.snapshot().await?;
        let days = days::list_days(&snapshot, tenant, from, to, self.today(tenant)).await?;
        DayTotals::sum(days.values())
    }

    fn today(&self, tenant: &Tenant) -> NaiveDate {
        tenant.day_of(self.clock.now())
    }
}

/// Answers a call whose id is known already.
fn repeat(call: &Call, id: &str, stored: Option<&token_usage::Model>) -> Result<Recorded> {
    let stored =
        stored.ok_or_else(|| Error::Internal(format!("call `{id}` is neither new nor stored")))?;
    if !call.is_repeat_of(stored) {
        let reason = format!("token usage `{id}` is recorded already with another body");
        return Err(Error::Conflict(reason));
    }
    Ok(Recorded { recorded: false, cost_nanos: stored.estimated_cost_nanos })
}

fn require_reader(viewer: &Viewer) -> Result<()> {
    viewer.require(&[Role::Viewer], "read billing")
}
