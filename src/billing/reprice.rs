//! Repricing: what recorded calls cost by the present prices, and the rows that make it so.
//!
//! Each page of calls is a transaction of its own, so that a run that was cut off has done a part and
//! the next does the rest. A second run finds nothing to change.

use chrono::NaiveDate;
use entity::token_usage::{Kind, Model};
use sea_orm::ConnectionTrait;

use super::{
    Billing, book::mark, correct::hold_ledger, ledger, model::Buckets, record::set_price,
    service::check_days, store,
};
use crate::{
    auth::{Right, Viewer},
    error::{Error, Result},
    tenant::{Tenant, TimeRange},
};

/// Calls that are looked at in one transaction.
const PAGE: u64 = 1_000;
/// Changes that are told one by one.
const MAX_TOLD: usize = 100;

/// What a repricing came to.
#[derive(Debug, Default)]
pub(super) struct Repriced {
    pub(super) calls: i64,
    pub(super) changed: i64,
    /// Calls without a known cost, before and after.
    pub(super) unpriced_before: i64,
    pub(super) unpriced_after: i64,
    /// Of the calls whose cost is known.
    pub(super) cost_before_nanos: i64,
    pub(super) cost_after_nanos: i64,
    /// The first changes in the order of use.
    pub(super) changes: Vec<Change>,
}

/// A call that costs something else now.
#[derive(Clone, Debug)]
pub(super) struct Change {
    /// The call as it is known.
    pub(super) known: Model,
    /// The same with the new price.
    pub(super) wanted: Model,
}

impl Billing {
    /// Gives the calls of the days from `from` to `to`, both included, the prices configured now, by
    /// rows that hold the differences; or tells these only.
    pub(super) async fn reprice(
        &self,
        viewer: &Viewer,
        (from, to): (NaiveDate, NaiveDate),
        dry_run: bool,
    ) -> Result<Repriced> {
        viewer.require(Right::RepriceUsage)?;
        check_days(from, to)?;
        let tenant = &viewer.tenant;
        let range = tenant.days(from, to);
        let mut outcome = Repriced::default();
        let mut last = None;
        loop {
            let page = if dry_run {
                self.plan(&self.db.of(&tenant.id).snapshot().await?, tenant, range, last.as_ref())
                    .await?
            } else {
                self.apply(tenant, range, last.as_ref()).await?
            };
            let len = u64::try_from(page.len()).unwrap_or(PAGE);
            last = page.last().map(|call| call.known.clone());
            outcome.add(page)?;
            if len < PAGE {
                return Ok(outcome);
            }
        }
    }

    /// Prices a page of calls anew and stores the differences.
    async fn apply(
        &self,
        tenant: &Tenant,
        range: TimeRange,
        after: Option<&Model>,
    ) -> Result<Vec<Change>> {
        let transaction = self.db.of(&tenant.id).write().await?;
        hold_ledger(&transaction, tenant).await?;
        let page = self.plan(&*transaction, tenant, range, after).await?;
        let now = self.clock.now();
        let rows: Vec<_> = page
            .iter()
            .filter_map(|call| ledger::difference(&call.known, &call.wanted, Kind::Repricing, now))
            .collect();
        if !rows.is_empty() {
            store::insert_rows(&*transaction, &rows).await?;
            mark(&transaction, tenant, rows.iter()).await?;
            transaction.commit().await?;
        }
        Ok(page)
    }

    /// A page of calls as they are known, and as they would be by the present prices.
    async fn plan(
        &self,
        db: &impl ConnectionTrait,
        tenant: &Tenant,
        range: TimeRange,
        after: Option<&Model>,
    ) -> Result<Vec<Change>> {
        let calls = store::list_calls_after(db, &tenant.id, range, after, PAGE).await?;
        let ids = calls.iter().map(|call| call.request_id.as_str());
        let mut corrections = store::list_corrections(db, &tenant.id, ids).await?;
        let change = |call: Model| {
            let mut rows = corrections.remove(&store::key(&call)).unwrap_or_default();
            rows.insert(0, call.clone());
            let known = ledger::sum(&rows).unwrap_or(call);
            let mut wanted = known.clone();
            let tokens = Buckets::of(&known);
            let priced = self.price(tenant, known.model.as_deref(), tokens, known.used_at)?;
            set_price(&mut wanted, priced);
            Ok(Change { known, wanted })
        };
        calls.into_iter().map(change).collect()
    }
}

impl Repriced {
    fn add(&mut self, page: Vec<Change>) -> Result<()> {
        for call in page {
            let (before, after) =
                (call.known.estimated_cost_nanos, call.wanted.estimated_cost_nanos);
            self.calls += 1;
            self.unpriced_before += i64::from(before.is_none());
            self.unpriced_after += i64::from(after.is_none());
            self.cost_before_nanos = total(self.cost_before_nanos, before)?;
            self.cost_after_nanos = total(self.cost_after_nanos, after)?;
            if before != after {
                self.changed += 1;
                if self.changes.len() < MAX_TOLD {
                    self.changes.push(call);
                }
            }
        }
        Ok(())
    }
}

fn total(sum: i64, cost: Option<i64>) -> Result<i64> {
    let total = sum.checked_add(cost.unwrap_or(0));
    total.ok_or_else(|| Error::Internal("the sum of costs leaves 64 bits".to_owned()))
}
