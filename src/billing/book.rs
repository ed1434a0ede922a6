//! What rows of the ledger bring with them: their days are marked, their tokens counted in billing
//! periods, and marks of the quota that these reach are noted and told.
//!
//! Invariant: a mark is a row, stored once a period with the call that reached it; its event, its webhook
//! and whoever listens follow from the row.

use entity::{
    quota_crossing::{self, Delivery},
    token_usage,
};

use super::{
    Billing,
    quota::{Period, period_of, reached},
    quota_store,
};
use crate::{
    auth::{Right, Viewer},
    db::WriteTransaction,
    error::{Error, Result},
    rollup::{self, Quarters},
    tenant::{Tenant, TimeRange},
    tracker::{Durability, RawEvent},
};

/// No period has more.
const MARKS: u64 = 3;

impl Billing {
    /// The marks that billing periods have reached, newest first.
    pub(super) async fn crossings(
        &self,
        viewer: &Viewer,
        len: u64,
    ) -> Result<Vec<quota_crossing::Model>> {
        viewer.require(Right::ReadBilling)?;
        let tenant = &viewer.tenant.id;
        quota_store::list_crossings(&self.db.of(tenant), tenant, None, len).await
    }

    /// The marks that the present billing period has reached, highest first.
    pub(super) async fn present_crossings(
        &self,
        viewer: &Viewer,
    ) -> Result<Vec<quota_crossing::Model>> {
        viewer.require(Right::ReadBilling)?;
        let (tenant, period) = (&viewer.tenant, self.period(&viewer.tenant)?);
        let period = period.range(tenant);
        quota_store::list_crossings(&self.db.of(&tenant.id), &tenant.id, Some(period), MARKS).await
    }

    /// Does what rows that were added ask for: their days are marked, their tokens counted, and marks
    /// of the quota that they reach are noted, once a period. Returns those, to be announced after the
    /// commit.
    pub(super) async fn book(
        &self,
        transaction: &WriteTransaction,
        tenant: &Tenant,
        rows: &[token_usage::Model],
    ) -> Result<Vec<quota_crossing::Model>> {
        mark(transaction, tenant, rows.iter()).await?;
        let mut crossings = Vec::new();
        for (period, tokens) in self.tokens_by_period(tenant, rows)? {
            let range = period.range(tenant);
            let counted =
                quota_store::count_usage(&**transaction, &tenant.id, range, tokens).await?;
            crossings.extend(self.note_marks(transaction, tenant, range, counted).await?);
        }
        Ok(crossings)
    }

    /// In the order of time, so that no two transactions wait for each other.
    fn tokens_by_period(
        &self,
        tenant: &Tenant,
        rows: &[token_usage::Model],
    ) -> Result<Vec<(Period, i64)>> {
        let reset_day = self.config.plan(tenant)?.reset_day;
        let mut periods: Vec<(Period, i64)> = Vec::new();
        let mut days: Vec<_> =
            rows.iter().map(|row| (tenant.day_of(row.used_at), row.tokens_used)).collect();
        days.sort_unstable();
        for (day, tokens) in days {
            match periods.last_mut() {
                Some((period, sum)) if day < period.reset => {
                    let more = sum.checked_add(tokens);
                    *sum = more.ok_or_else(|| {
                        Error::Internal("the tokens of a batch leave 64 bits".to_owned())
                    })?;
                }
                _ => periods.push((period_of(day, reset_day), tokens)),
            }
        }
        Ok(periods)
    }

    async fn note_marks(
        &self,
        transaction: &WriteTransaction,
        tenant: &Tenant,
        period: TimeRange,
        counted: quota_store::Counted,
    ) -> Result<Vec<quota_crossing::Model>> {
        let total = self.config.plan(tenant)?.tokens;
        let (now, has_webhook) = (self.clock.now(), tenant.quota_webhook.is_some());
        let before = counted.before.map_or(0, |used| reached(used, total).count());
        let crossing = |percent| quota_crossing::Model {
            tenant_id: tenant.id.to_string(),
            starts_at: period.start,
            ends_at: period.end,
            percent,
            tokens_used: counted.after,
            tokens_total: total,
            crossed_at: now,
            delivery: if has_webhook { Delivery::Pending } else { Delivery::None },
            delivery_attempts: 0,
            last_attempt_at: None,
            next_attempt_at: has_webhook.then_some(now),
            delivered_at: None,
            last_http_status: None,
            last_error: None,
        };
        let mut crossings: Vec<_> =
            reached(counted.after, total).skip(before).map(crossing).collect();
        if crossings.is_empty() {
            return Ok(crossings);
        }
        let new = quota_store::insert_crossings(&**transaction, crossings.clone()).await?;
        crossings.retain(|crossing| new.contains(&crossing.percent));
        Ok(crossings)
    }

    /// Sends an event for each mark that was reached. What is kept is the row: an event that cannot
    /// be sent is given up, and its id keeps it from being stored twice.
    pub(super) async fn announce(&self, viewer: &Viewer, crossings: Vec<quota_crossing::Model>) {
        for crossing in &crossings {
            let (percent, used, total) =
                (crossing.percent, crossing.tokens_used, crossing.tokens_total);
            let tenant = &viewer.tenant.id;
            tracing::warn!(%tenant, percent, used, total, "a mark of the quota is reached");
            self.reached.notify_one();
        }
        let Some(tracker) = self.tracker.as_ref().filter(|_| !crossings.is_empty()) else { return };
        let events = crossings.iter().map(crossed).collect();
        if let Err(error) = tracker.note(viewer, events, Durability::Buffered).await {
            tracing::warn!(?error, "cannot send the event of a mark of the quota");
        }
    }
}

/// The event of a mark that was reached.
fn crossed(crossing: &quota_crossing::Model) -> RawEvent {
    let (start, end) = (crossing.starts_at.timestamp(), crossing.ends_at.timestamp());
    let data = serde_json::json!({
        "percent": crossing.percent,
        "tokens_used": crossing.tokens_used,
        "tokens_total": crossing.tokens_total,
    });
    RawEvent {
        id: Some(format!("quota-{}-{start}-{end}", crossing.percent).into()),
        name: "quota.crossed".into(),
        product: "billing".into(),
        data: data.into(),
        occurred_at: Some(Ok(crossing.crossed_at)),
        ..RawEvent::default()
    }
}

/// Marks the days of rows that were added.
pub(super) async fn mark(
    transaction: &WriteTransaction,
    tenant: &Tenant,
    rows: impl Iterator<Item = &token_usage::Model>,
) -> Result<()> {
    let days = rows.map(|row| (tenant.day_of(row.used_at), Quarters::NONE)).collect();
    rollup::mark_changed(&**transaction, &tenant.id, &days).await
}
