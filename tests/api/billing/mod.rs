//! Token usage: recorded once, priced, summed by day and period, set against what it saved.

mod calls;
mod days;
mod intake;
mod ledger;
mod reservations;
mod roi;

use serde_json::{Value, json};

use crate::harness::Client;

const RECORD: &str = "mutation ($input: TokenUsageInput!) {
    recordTokenUsage(input: $input) { recorded estimatedCost }
}";
const BILLING: &str = "query ($days: Int, $until: Date) { billing {
    usage { tokensUsed tokensTotal usagePercent resetDate }
    quota { plan tokensTotal tokensUsed tokensRemaining resetDate }
    roi { savedCost autoResolveRate equivalentHeadcount period }
    daily(days: $days, until: $until) { date totalTokens totalApiCalls estimatedCost }
} }";
const DAILY: &str = "query ($days: Int, $until: Date) { billing {
    daily(days: $days, until: $until) { date totalTokens totalApiCalls estimatedCost }
} }";

const LEDGER: &str = "query ($requestId: ID!, $provider: String) { billing {
    ledger(requestId: $requestId, provider: $provider) {
        kind status tokens usageKnown inputTokens cachedInputTokens outputTokens reasoningTokens cost
    }
} }";

/// A call of a model with a price.
fn call(id: &str, input: i64, output: i64) -> Value {
    json!({
        "requestId": id, "tokens": input + output, "inputTokens": input, "outputTokens": output,
        "model": "gpt-4o-mini", "apiType": "chat", "sessionId": "s",
    })
}

fn call_at(id: &str, tokens: i64, at: &str) -> Value {
    let mut call = call(id, tokens, 0);
    call["usedAt"] = json!(at);
    call
}

async fn record(client: &Client, call: &Value) -> Value {
    client.data(RECORD, json!({ "input": call })).await["recordTokenUsage"].clone()
}

async fn daily(client: &Client, days: i32, until: Value) -> Value {
    let data = client.data(DAILY, json!({ "days": days, "until": until })).await;
    data["billing"]["daily"].clone()
}

async fn ledger(client: &Client, id: &str, provider: Value) -> Value {
    let data = client.data(LEDGER, json!({ "requestId": id, "provider": provider })).await;
    data["billing"]["ledger"].clone()
}
