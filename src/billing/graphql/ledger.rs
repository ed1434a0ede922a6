//! The rows of a call.

use async_graphql::{Enum, ID, Object, SimpleObject};
use entity::token_usage;

use super::mutation::UsageStatus;
use crate::{
    billing::price::money,
    graphql::{DateTime, Decimal, Long},
};

/// Why a row of the ledger was added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "token_usage::Kind")]
pub(super) enum LedgerKind {
    /// The call as it was recorded.
    Call,
    /// Somebody said what it has really used (`correctTokenUsage`).
    Correction,
    /// The prices of its day have changed since (`repriceUsage`).
    Repricing,
}

#[derive(Debug)]
pub(super) struct LedgerRow(pub(super) token_usage::Model);

/// A recorded call, or the change that a correction made to it: the rows of a call add up to what it
/// is known to be. The parts of its tokens do not overlap.
#[Object]
impl LedgerRow {
    /// Why the row was added.
    async fn kind(&self) -> LedgerKind {
        self.0.kind.into()
    }

    /// How the call ended, as far as was known then.
    async fn status(&self) -> UsageStatus {
        self.0.status.into()
    }

    /// When the call was made; a correction counts then too.
    async fn used_at(&self) -> DateTime {
        DateTime(self.0.used_at)
    }

    /// When the row was added.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// The conversation the call was made for.
    async fn session_id(&self) -> Option<ID> {
        self.0.session_id.clone().map(ID)
    }

    /// The model that was called.
    async fn model(&self) -> Option<&str> {
        self.0.model.as_deref()
    }

    /// `chat`, `workflow`, …
    async fn api_type(&self) -> Option<&str> {
        self.0.api_type.as_deref()
    }

    /// False when the provider did not say how many tokens there were.
    async fn usage_known(&self) -> bool {
        self.0.usage_known
    }

    /// All tokens.
    async fn tokens(&self) -> Long {
        Long(self.0.tokens_used)
    }

    /// Tokens that went in and did not come from a cache; null when not known.
    async fn input_tokens(&self) -> Option<Long> {
        self.0.input_tokens.map(Long)
    }

    /// Tokens that went in from a cache; null when nobody said.
    async fn cached_input_tokens(&self) -> Option<Long> {
        self.0.cached_input_tokens.map(Long)
    }

    /// Tokens that came out and were not spent on reasoning; null when not known.
    async fn output_tokens(&self) -> Option<Long> {
        self.0.output_tokens.map(Long)
    }

    /// Tokens that were spent on reasoning; null when nobody said.
    async fn reasoning_tokens(&self) -> Option<Long> {
        self.0.reasoning_tokens.map(Long)
    }

    /// The prices the cost was reckoned with, of a correction those of the new cost; null without a
    /// known cost.
    async fn price(&self) -> Option<LedgerPrice> {
        LedgerPrice::of(&self.0)
    }

    /// What the call costs, or by how much a correction changes that; null when not known.
    async fn cost(&self) -> Option<Decimal> {
        self.0.estimated_cost_nanos.map(|nanos| Decimal(money(nanos)))
    }
}

/// What a million tokens of a call cost, in units of the currency.
#[derive(Debug, SimpleObject)]
pub(super) struct LedgerPrice {
    /// The entry of the configured prices: model, first day (UTC) and, of a tenant's own price, the
    /// tenant; e.g. `gpt-4o-mini from 2026-01-01`.
    rule: String,
    input_per_million: Decimal,
    cached_input_per_million: Decimal,
    output_per_million: Decimal,
    reasoning_per_million: Decimal,
}

impl LedgerPrice {
    fn of(row: &token_usage::Model) -> Option<Self> {
        let shown = |nanos: Option<i64>| Some(Decimal(money(nanos?)));
        Some(Self {
            rule: row.price_rule.clone()?,
            input_per_million: shown(row.input_price_nanos)?,
            cached_input_per_million: shown(row.cached_input_price_nanos)?,
            output_per_million: shown(row.output_price_nanos)?,
            reasoning_per_million: shown(row.reasoning_price_nanos)?,
        })
    }
}
