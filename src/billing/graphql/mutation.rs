//! Recording of token usage, in the caller's own tenant.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use crate::{
    billing::{Call, Recorded, price::money},
    error::Result,
    graphql::{ContextExt as _, DateTime, Decimal, GraphqlResult, Long},
};

/// The part of the mutation root that this domain answers.
#[derive(Debug, Default)]
pub struct BillingMutation;

#[Object]
impl BillingMutation {
    /// Records one call of a language model in the caller's own tenant. Takes the role ingest.
    ///
    /// A `requestId` is billed once: the same call again answers `recorded: false`, another body
    /// under the same id is a `CONFLICT` error and the first one stays.
    async fn record_token_usage(
        &self,
        ctx: &Context<'_>,
        input: TokenUsageInput,
    ) -> GraphqlResult<TokenUsageResult> {
        let recorded = ctx.services()?.billing.record(ctx.viewer()?, input.into()).await?;
        Ok(recorded.into())
    }

    /// Records 1 to 1,000 calls at once: one result for each, in order. A call that is refused, or
    /// whose id is known with another body, harms no other: it answers `recorded: false` with a
    /// `reason`. Takes the role ingest.
    async fn record_token_usages(
        &self,
        ctx: &Context<'_>,
        input: Vec<TokenUsageInput>,
    ) -> GraphqlResult<Vec<TokenUsageResult>> {
        let calls = input.into_iter().map(Call::from).collect();
        let results = ctx.services()?.billing.record_all(ctx.viewer()?, calls).await?;
        Ok(results.into_iter().map(TokenUsageResult::from).collect())
    }
}

/// One call of a language model.
#[derive(Debug, InputObject)]
pub(super) struct TokenUsageInput {
    /// The provider's own id of the call (Coze: `chat.id`), 1 to 64 characters. Left out, the
    /// server makes one, and a retry is billed again.
    request_id: Option<ID>,
    /// The conversation it belongs to, 1 to 64 characters.
    session_id: Option<ID>,
    /// All tokens, 0 or more; has to equal `inputTokens` + `outputTokens` where both are given.
    tokens: Long,
    /// Tokens that went in. Without both parts the cost is not known.
    input_tokens: Option<Long>,
    /// Tokens that came out.
    output_tokens: Option<Long>,
    /// As in the configured prices, at most 50 characters.
    model: Option<String>,
    /// `chat`, `workflow`, …; at most 30 characters.
    api_type: Option<String>,
    /// When it happened, at most five minutes ahead; left out, when it arrives.
    used_at: Option<DateTime>,
}

impl From<TokenUsageInput> for Call {
    fn from(input: TokenUsageInput) -> Self {
        Self {
            request_id: input.request_id.map(|id| id.0),
            session_id: input.session_id.map(|id| id.0),
            tokens: input.tokens.0,
            input_tokens: input.input_tokens.map(|tokens| tokens.0),
            output_tokens: input.output_tokens.map(|tokens| tokens.0),
            model: input.model,
            api_type: input.api_type,
            used_at: input.used_at.map(|at| at.0),
        }
    }
}

/// What became of a reported call.
#[derive(Debug, SimpleObject)]
pub(super) struct TokenUsageResult {
    /// False when this call was recorded before.
    recorded: bool,
    /// The stored call's cost in units of the currency, exact to a billionth, with two decimals or
    /// more; null when its model has no price on that day, or a part of its tokens is not known.
    estimated_cost: Option<Decimal>,
    /// Of `recordTokenUsages`: why the call was not recorded; null when it was, or was before.
    reason: Option<String>,
}

impl From<Result<Recorded>> for TokenUsageResult {
    fn from(result: Result<Recorded>) -> Self {
        result.map_or_else(
            |error| Self { recorded: false, estimated_cost: None, reason: Some(error.to_string()) },
            Self::from,
        )
    }
}

impl From<Recorded> for TokenUsageResult {
    fn from(recorded: Recorded) -> Self {
        let estimated_cost = recorded.cost_nanos.map(|nanos| Decimal(money(nanos)));
        Self { recorded: recorded.recorded, estimated_cost, reason: None }
    }
}
