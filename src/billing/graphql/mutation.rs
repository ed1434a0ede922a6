//! Recording, correcting and reserving of token usage, in the caller's own tenant.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use entity::token_usage::{self, Status};

use super::quota::{EndReservationResult, ReserveTokensResult};
use crate::{
    billing::{
        Call, Recorded,
        price::money,
        reprice::{Change, Repriced},
    },
    error::Result,
    graphql::{ContextExt as _, Date, DateTime, Decimal, GraphqlResult, Long},
};

/// The part of the mutation root that this domain answers.
#[derive(Debug, Default)]
pub struct BillingMutation;

#[Object]
impl BillingMutation {
    /// Records one call of a language model in the caller's own tenant. Takes the role ingest.
    ///
    /// A `requestId` of a provider is billed once: the same call again answers `recorded: false`,
    /// another body under the same id is a `CONFLICT` error and the first one stays.
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

    /// Holds tokens of the present billing period for `ttlSecs` (1 to 86,400), so that nobody else
    /// reserves them. A plan with a hard limit grants no more than is neither used nor held; a soft
    /// one grants all. The same `key` again (1 to 64 characters) is the same reservation, whatever
    /// became of it, for as long as ended ones are kept; with other tokens it is a `CONFLICT`. Takes the
    /// role ingest.
    async fn reserve_tokens(
        &self,
        ctx: &Context<'_>,
        tokens: Long,
        ttl_secs: i32,
        key: Option<ID>,
    ) -> GraphqlResult<ReserveTokensResult> {
        let billing = &ctx.services()?.billing;
        let key = key.map(|key| key.0);
        let reserved = billing.reserve(ctx.viewer()?, tokens.0, ttl_secs.into(), key).await?;
        Ok(ReserveTokensResult::at(billing.now(), reserved))
    }

    /// Ends a reservation with the tokens that its call has used, 0 or more, and records the call:
    /// as `call` says, whose `tokens` are the same, otherwise under the reservation's id and without
    /// a price. Do not record it another time under another id. The same again answers
    /// `changed: false`; `CONFLICT` when it was released, or settled with other tokens. One that has
    /// expired is settled all the same. Takes the role ingest.
    async fn settle_reservation(
        &self,
        ctx: &Context<'_>,
        id: ID,
        tokens: Long,
        call: Option<TokenUsageInput>,
    ) -> GraphqlResult<EndReservationResult> {
        let billing = &ctx.services()?.billing;
        let call = call.map(Call::from);
        let ended = billing.settle(ctx.viewer()?, &id, tokens.0, call).await?;
        Ok(EndReservationResult::at(billing.now(), ended))
    }

    /// Gives the tokens of a reservation back. The same again answers `changed: false`; `CONFLICT`
    /// when it was settled. Takes the role ingest.
    async fn release_reservation(
        &self,
        ctx: &Context<'_>,
        id: ID,
    ) -> GraphqlResult<EndReservationResult> {
        let billing = &ctx.services()?.billing;
        let ended = billing.release(ctx.viewer()?, &id).await?;
        Ok(EndReservationResult::at(billing.now(), ended))
    }

    /// Gives the calls of the days from `from` to `to`, both included and at most 366, the prices that
    /// are configured now. The calls stay as they were recorded: the differences become rows of their
    /// own. Nothing is stored unless `dryRun` is false; running it again changes nothing. Takes the
    /// role operator.
    async fn reprice_usage(
        &self,
        ctx: &Context<'_>,
        from: Date,
        to: Date,
        #[graphql(default = true)] dry_run: bool,
    ) -> GraphqlResult<RepriceResult> {
        let billing = &ctx.services()?.billing;
        let repriced = billing.reprice(ctx.viewer()?, (from.0, to.0), dry_run).await?;
        Ok(RepriceResult { repriced, dry_run })
    }

    /// Corrects what a recorded call has used. The call stays as it was recorded: the difference
    /// becomes a row of its own, which counts on the call's day at the price of that day, and the
    /// same again changes nothing. `NOT_FOUND` for a call that was never recorded. Takes the role
    /// operator.
    async fn correct_token_usage(
        &self,
        ctx: &Context<'_>,
        input: CorrectTokenUsageInput,
    ) -> GraphqlResult<CorrectTokenUsageResult> {
        let status = input.status.map(Status::from);
        let billing = &ctx.services()?.billing;
        let corrected = billing.correct(ctx.viewer()?, input.into(), status).await?;
        Ok(CorrectTokenUsageResult {
            corrected: corrected.changed,
            tokens_change: Long(corrected.tokens_change),
            estimated_cost: corrected.cost_nanos.map(|nanos| Decimal(money(nanos))),
        })
    }
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "token_usage::Status")]
pub(super) enum UsageStatus {
    /// With a whole answer.
    Completed,
    /// Without one.
    Failed,
    /// The answer ended before it was whole.
    Interrupted,
}

/// One call of a language model.
#[derive(Debug, InputObject)]
pub(super) struct TokenUsageInput {
    /// The provider's own id of the call (Coze: `chat.id`), 1 to 64 characters. Left out, the
    /// server makes one, and a retry is billed again.
    request_id: Option<ID>,
    /// Whose id that is, at most 30 characters, spelled alike each time: the same id of another
    /// provider is another call.
    provider: Option<String>,
    /// The conversation it belongs to, 1 to 64 characters.
    session_id: Option<ID>,
    /// All tokens, 0 or more; has to equal `inputTokens` + `outputTokens` where both are given.
    tokens: Long,
    /// All tokens that went in, also from a cache: a provider that counts these apart has both
    /// added up here. Without input and output the cost is not known.
    input_tokens: Option<Long>,
    /// Those of `inputTokens` that came from a cache, 0 to `inputTokens`.
    cached_input_tokens: Option<Long>,
    /// All tokens that came out, also for reasoning.
    output_tokens: Option<Long>,
    /// Those of `outputTokens` that were spent on reasoning, 0 to `outputTokens`.
    reasoning_tokens: Option<Long>,
    /// False when the provider did not say how many tokens there were, as of calls that failed;
    /// `tokens` is 0 then, without parts, and the cost is not known. Left out, true.
    usage_known: Option<bool>,
    /// Left out, `COMPLETED`.
    status: Option<UsageStatus>,
    /// As in the configured prices, at most 50 characters.
    model: Option<String>,
    /// `chat`, `workflow`, …; at most 30 characters.
    api_type: Option<String>,
    /// When it happened, at most five minutes ahead; left out, when it arrives.
    used_at: Option<DateTime>,
}

impl From<TokenUsageInput> for Call {
    fn from(input: TokenUsageInput) -> Self {
        let plain = |tokens: Option<Long>| tokens.map(|tokens| tokens.0);
        Self {
            request_id: input.request_id.map(|id| id.0),
            provider: input.provider,
            session_id: input.session_id.map(|id| id.0),
            tokens: input.tokens.0,
            input_tokens: plain(input.input_tokens),
            cached_input_tokens: plain(input.cached_input_tokens),
            output_tokens: plain(input.output_tokens),
            reasoning_tokens: plain(input.reasoning_tokens),
            usage_unknown: input.usage_known == Some(false),
            status: input.status.map(Status::from).unwrap_or_default(),
            model: input.model,
            api_type: input.api_type,
            used_at: input.used_at.map(|at| at.0),
        }
    }
}

/// What a recorded call has really used.
#[derive(Debug, InputObject)]
pub(super) struct CorrectTokenUsageInput {
    /// The call, by the id it was recorded under.
    request_id: ID,
    /// As it was recorded.
    provider: Option<String>,
    /// All tokens that went in, also from a cache.
    input_tokens: Long,
    /// Those of `inputTokens` that came from a cache; left out, 0.
    cached_input_tokens: Option<Long>,
    /// All tokens that came out, also for reasoning.
    output_tokens: Long,
    /// Those of `outputTokens` that were spent on reasoning; left out, 0.
    reasoning_tokens: Option<Long>,
    /// Left out, it stays.
    status: Option<UsageStatus>,
}

impl From<CorrectTokenUsageInput> for Call {
    fn from(input: CorrectTokenUsageInput) -> Self {
        let within = |tokens: Option<Long>| Some(tokens.map_or(0, |tokens| tokens.0));
        Self {
            request_id: Some(input.request_id.0),
            provider: input.provider,
            // Each has 54 bits.
            tokens: input.input_tokens.0 + input.output_tokens.0,
            input_tokens: Some(input.input_tokens.0),
            cached_input_tokens: within(input.cached_input_tokens),
            output_tokens: Some(input.output_tokens.0),
            reasoning_tokens: within(input.reasoning_tokens),
            ..Self::default()
        }
    }
}

/// What became of a correction.
#[derive(Debug, SimpleObject)]
pub(super) struct CorrectTokenUsageResult {
    /// False when the call was known to be that already.
    corrected: bool,
    /// By how many tokens the call changes.
    tokens_change: Long,
    /// What the call costs now; null when its cost is not known.
    estimated_cost: Option<Decimal>,
}

#[derive(Debug)]
pub(super) struct RepriceResult {
    repriced: Repriced,
    dry_run: bool,
}

/// What a repricing changes, or has changed.
#[Object]
impl RepriceResult {
    /// Whether nothing was stored.
    async fn dry_run(&self) -> bool {
        self.dry_run
    }

    /// Calls of these days.
    async fn calls(&self) -> Long {
        Long(self.repriced.calls)
    }

    /// Calls that cost something else by the present prices.
    async fn changed_calls(&self) -> Long {
        Long(self.repriced.changed)
    }

    /// Calls without a known cost before.
    async fn unpriced_before(&self) -> Long {
        Long(self.repriced.unpriced_before)
    }

    /// Calls without a known cost by the present prices.
    async fn unpriced_after(&self) -> Long {
        Long(self.repriced.unpriced_after)
    }

    /// Sum of the known costs before.
    async fn cost_before(&self) -> Decimal {
        Decimal(money(self.repriced.cost_before_nanos))
    }

    /// Sum of the known costs by the present prices.
    async fn cost_after(&self) -> Decimal {
        Decimal(money(self.repriced.cost_after_nanos))
    }

    /// `costAfter` − `costBefore`.
    async fn difference(&self) -> Decimal {
        Decimal(money(self.repriced.cost_after_nanos - self.repriced.cost_before_nanos))
    }

    /// The first 100 calls that change, in the order of use.
    async fn changes(&self) -> Vec<RepricedCall> {
        self.repriced.changes.iter().map(RepricedCall::of).collect()
    }
}

/// A call that costs something else by the present prices.
#[derive(Debug, SimpleObject)]
pub(super) struct RepricedCall {
    request_id: ID,
    /// Empty when nobody said.
    provider: String,
    used_at: DateTime,
    model: Option<String>,
    /// Null when it was not known.
    cost_before: Option<Decimal>,
    /// Null when the model has no price on that day any more.
    cost_after: Option<Decimal>,
    /// The entry of the prices that gives `costAfter`.
    rule: Option<String>,
}

impl RepricedCall {
    fn of(change: &Change) -> Self {
        let (before, after) = (&change.known, &change.wanted);
        let cost = |row: &token_usage::Model| Some(Decimal(money(row.estimated_cost_nanos?)));
        Self {
            request_id: after.request_id.clone().into(),
            provider: after.provider.clone(),
            used_at: DateTime(after.used_at),
            model: after.model.clone(),
            cost_before: cost(before),
            cost_after: cost(after),
            rule: after.price_rule.clone(),
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
