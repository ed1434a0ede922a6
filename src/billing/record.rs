//! Recording: a call is stored once, with the price of its day.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use entity::token_usage::{Kind, Model};
use uuid::Uuid;

use super::{
    Billing,
    model::{Buckets, Call, Recorded},
    price::{self, Priced},
    store::{self, Key},
};
use crate::{
    auth::{Right, Viewer},
    error::{Error, Result},
    tenant::Tenant,
};

/// Most calls of one batch.
pub(super) const MAX_CALLS: usize = 1_000;

impl Billing {
    /// Stores a call and what it cost, once for each provider and request id. Calls that come at the
    /// same time are stored together.
    ///
    /// # Errors
    /// [`Error::Conflict`] for a known id with another body; the first one stays.
    pub async fn record(&self, viewer: &Viewer, call: Call) -> Result<Recorded> {
        viewer.require(Right::RecordUsage)?;
        let row = self.row(&viewer.tenant, &call)?;
        self.gather(viewer, row, call).await
    }

    /// Stores calls in one transaction: a result for each, in order. A bad one harms no other.
    pub async fn record_all(
        &self,
        viewer: &Viewer,
        calls: Vec<Call>,
    ) -> Result<Vec<Result<Recorded>>> {
        viewer.require(Right::RecordUsage)?;
        if calls.is_empty() || calls.len() > MAX_CALLS {
            let expected = format!("1 to {MAX_CALLS} calls");
            return Err(Error::bad_input("input", format!("{} calls", calls.len()), &expected));
        }
        let rows: Vec<_> = calls.iter().map(|call| self.row(&viewer.tenant, call)).collect();
        let good =
            rows.iter().zip(calls).filter_map(|(row, call)| Some((row.as_ref().ok()?, call)));
        let good: Vec<_> = good.map(|(row, call)| (row.clone(), call)).collect();
        let mut stored = self.store(viewer, &good).await?.into_iter();
        let result = |row: Result<Model>| {
            row.and_then(|_| stored.next().unwrap_or_else(|| Err(without_result())))
        };
        Ok(rows.into_iter().map(result).collect())
    }

    /// Stores rows with the calls they are of in one transaction: a result for each, in order.
    pub(super) async fn store(
        &self,
        viewer: &Viewer,
        calls: &[(Model, Call)],
    ) -> Result<Vec<Result<Recorded>>> {
        let rows = calls.iter().map(|(row, _)| row.clone()).collect();
        let (mut new, stored) = self.insert(viewer, rows).await?;
        let result = |(row, call): &(Model, Call)| {
            let key = store::key(row);
            // Taken out at the first call of this id: the next one is a repeat.
            if new.remove(&key) {
                return Ok(Recorded { recorded: true, cost_nanos: row.estimated_cost_nanos });
            }
            repeat(call, &row.request_id, stored.get(&key))
        };
        Ok(calls.iter().map(result).collect())
    }

    /// Inserts the calls whose id is new and marks their days; returns their ids, and the rows
    /// that were there before.
    async fn insert(
        &self,
        viewer: &Viewer,
        mut rows: Vec<Model>,
    ) -> Result<(HashSet<Key>, HashMap<Key, Model>)> {
        if rows.is_empty() {
            return Ok(Default::default());
        }
        // In one order, or two batches would each wait for a call of the other. The sort is stable:
        // of equal ids the first of the batch stays the first.
        rows.sort_by_cached_key(store::key);
        let tenant = &viewer.tenant;
        let transaction = self.db.of(&tenant.id).write().await?;
        let new = store::insert_rows(&*transaction, &rows).await?;
        let mut waiting = new.clone();
        // Of equal ids the first was stored.
        let added = rows.iter().filter(|row| waiting.remove(&store::key(row)));
        let added: Vec<_> = added.cloned().collect();
        let crossings = self.book(&transaction, tenant, &added).await?;
        let mut stored = HashMap::new();
        if new.len() < rows.len() {
            let ids = rows.iter().map(|row| row.request_id.as_str());
            stored = store::list_calls(&*transaction, &tenant.id, ids).await?;
        }
        transaction.commit().await?;
        self.announce(viewer, crossings).await;
        Ok((new, stored))
    }

    pub(super) fn row(&self, tenant: &Tenant, call: &Call) -> Result<Model> {
        let now = self.clock.now();
        call.check(now)?;
        let used_at = call.used_at.unwrap_or(now);
        let tokens = call.buckets();
        let priced = self.price(tenant, call.model.as_deref(), tokens, used_at)?;
        let (provider, call) = (call.provider().to_owned(), call.clone());
        let mut row = Model {
            tenant_id: tenant.id.to_string(),
            request_id: call.request_id.unwrap_or_else(|| Uuid::now_v7().to_string()),
            provider,
            revision: 0,
            kind: Kind::Call,
            status: call.status,
            session_id: call.session_id,
            tokens_used: call.tokens,
            usage_known: !call.usage_unknown,
            input_tokens: tokens.input,
            cached_input_tokens: tokens.cached_input,
            output_tokens: tokens.output,
            reasoning_tokens: tokens.reasoning,
            model: call.model,
            api_type: call.api_type,
            used_at,
            estimated_cost_nanos: None,
            price_rule: None,
            input_price_nanos: None,
            cached_input_price_nanos: None,
            output_price_nanos: None,
            reasoning_price_nanos: None,
            unpriced_change: 0,
            created_at: now,
        };
        set_price(&mut row, priced);
        Ok(row)
    }

    pub(super) fn price(
        &self,
        tenant: &Tenant,
        model: Option<&str>,
        tokens: Buckets,
        used_at: DateTime<Utc>,
    ) -> Result<Option<Priced>> {
        price::price(&self.config.prices, &tenant.id, model, tokens, used_at.date_naive())
    }
}

pub(super) fn without_result() -> Error {
    Error::Internal("a call without a result".to_owned())
}

/// Answers a call whose id is known already.
pub(super) fn repeat(call: &Call, id: &str, stored: Option<&Model>) -> Result<Recorded> {
    let stored =
        stored.ok_or_else(|| Error::Internal(format!("call `{id}` is neither new nor stored")))?;
    if !call.is_repeat_of(stored) {
        let reason = format!("token usage `{id}` is recorded already with another body");
        return Err(Error::Conflict(reason));
    }
    Ok(Recorded { recorded: false, cost_nanos: stored.estimated_cost_nanos })
}

/// Keeps what a call costs beside the prices that made it so.
pub(super) fn set_price(row: &mut Model, priced: Option<Priced>) {
    let (cost, rate) = priced.map(|priced| (priced.cost_nanos, priced.rate)).unzip();
    row.estimated_cost_nanos = cost;
    row.input_price_nanos = rate.as_ref().map(|rate| rate.input);
    row.cached_input_price_nanos = rate.as_ref().map(|rate| rate.cached_input);
    row.output_price_nanos = rate.as_ref().map(|rate| rate.output);
    row.reasoning_price_nanos = rate.as_ref().map(|rate| rate.reasoning);
    row.price_rule = rate.map(|rate| rate.rule);
}
