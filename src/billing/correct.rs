//! Corrections: what a recorded call has really used, by a row that holds the difference.

use entity::token_usage::{self, Kind, Status};

use super::{
    Billing, ledger,
    model::{Call, Corrected},
    record::set_price,
    store,
};
use crate::{
    auth::{Right, Viewer},
    db::{WriteTransaction, bulk},
    error::{Error, Result},
    tenant::Tenant,
};

impl Billing {
    /// Makes a recorded call what `wanted` says of its tokens, by a row that holds the difference,
    /// with the price of its day. The same again changes nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a call that was never recorded.
    pub(super) async fn correct(
        &self,
        viewer: &Viewer,
        wanted: Call,
        status: Option<Status>,
    ) -> Result<Corrected> {
        viewer.require(Right::CorrectUsage)?;
        let now = self.clock.now();
        wanted.check(now)?;
        let (tenant, id) = (&viewer.tenant, wanted.request_id.as_deref().unwrap_or_default());
        let transaction = self.db.of(&tenant.id).write().await?;
        hold_ledger(&transaction, tenant).await?;
        let rows = store::list_rows(&*transaction, &tenant.id, wanted.provider(), id).await?;
        let known = ledger::sum(&rows).ok_or_else(|| Error::not_found("token usage", id))?;
        let wanted = self.corrected(tenant, &known, &wanted, status)?;
        let row = ledger::difference(&known, &wanted, Kind::Correction, now);
        if let Some(row) = &row {
            store::insert_rows(&*transaction, std::slice::from_ref(row)).await?;
            let crossings = self.book(&transaction, tenant, std::slice::from_ref(row)).await?;
            transaction.commit().await?;
            self.announce(viewer, crossings).await;
        }
        Ok(Corrected {
            changed: row.is_some(),
            tokens_change: wanted.tokens_used - known.tokens_used,
            cost_nanos: wanted.estimated_cost_nanos,
        })
    }

    /// A call as it is known, with other tokens.
    fn corrected(
        &self,
        tenant: &Tenant,
        known: &token_usage::Model,
        wanted: &Call,
        status: Option<Status>,
    ) -> Result<token_usage::Model> {
        let tokens = wanted.buckets();
        let priced = self.price(tenant, known.model.as_deref(), tokens, known.used_at)?;
        let mut row = token_usage::Model {
            tokens_used: wanted.tokens,
            usage_known: true,
            input_tokens: tokens.input,
            cached_input_tokens: tokens.cached_input,
            output_tokens: tokens.output,
            reasoning_tokens: tokens.reasoning,
            status: status.unwrap_or(known.status),
            ..known.clone()
        };
        set_price(&mut row, priced);
        Ok(row)
    }
}

/// Waits until nobody else corrects calls of the tenant: a correction is the difference to all that
/// came before it.
pub(super) async fn hold_ledger(transaction: &WriteTransaction, tenant: &Tenant) -> Result<()> {
    bulk::hold(&**transaction, &format!("ledger of {}", tenant.id)).await
}
