//! An hour of real calls through the intake, one request each, as a provider would tell them.

use std::io::Read as _;

use deskpulse::{auth::Role, config::Config};
use futures_util::{StreamExt as _, stream};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::harness::{Client, TestApp};

/// See `tests/data/README.md` for source and licence.
const TRACE: &[u8] = include_bytes!("../data/azure-llm-inference-conv-2023.csv.gz");
const EXAMPLE: &str = include_str!("../../examples/deskpulse.toml");
/// Requests under way at once, over connections that are kept.
const AT_ONCE: usize = 64;
const DAY: &str = "2023-11-17";

/// One row of the trace.
#[derive(Clone, Copy, Debug)]
struct Call {
    created: i64,
    input: i64,
    output: i64,
}

fn trace() -> Vec<Call> {
    let mut text = String::new();
    flate2::read::GzDecoder::new(TRACE).read_to_string(&mut text).expect("gzip");
    let mut rows = csv::Reader::from_reader(text.as_bytes());
    let rows = rows.deserialize().map(|row| {
        let (at, input, output): (String, i64, i64) = row.expect("a row");
        let at = chrono::NaiveDateTime::parse_from_str(&at, "%Y-%m-%d %H:%M:%S%.f");
        Call { created: at.expect("an instant").and_utc().timestamp(), input, output }
    });
    rows.collect()
}

/// What each call costs at the prices of the example: 0.15 and 0.60 a million.
fn cost(calls: &[Call]) -> Decimal {
    let price = |tokens: i64, cents: i64| {
        Decimal::from(tokens) * Decimal::new(cents, 2) / Decimal::from(1_000_000)
    };
    calls.iter().map(|call| price(call.input, 15) + price(call.output, 60)).sum()
}

/// Sends every call; tells how many were recorded for the first time.
async fn replay(product: &Client, calls: &[Call]) -> usize {
    let send = |(number, call): (usize, Call)| async move {
        let body = json!({
            "id": format!("chatcmpl-{number}"), "object": "chat.completion",
            "created": call.created, "model": "gpt-4o-mini",
            "choices": [{ "index": 0, "finish_reason": "stop",
                "message": { "role": "assistant", "content": "…" } }],
            "usage": {
                "prompt_tokens": call.input, "completion_tokens": call.output,
                "total_tokens": call.input + call.output,
            },
        });
        let answer = product.post_to("/intake/openai/default", &body).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        usize::from(answer.body["recorded"] == true)
    };
    let calls = stream::iter(calls.iter().copied().enumerate());
    calls.map(send).buffer_unordered(AT_ONCE).fold(0, async |sum, recorded| sum + recorded).await
}

async fn figures(app: &TestApp) -> Value {
    const QUERY: &str = "query ($day: Date!) { billing {
        daily(days: 1, until: $day) { ...Tokens }
        models(from: $day, to: $day) {
            model totalTokens totalApiCalls inputTokens cachedInputTokens outputTokens
            reasoningTokens unsplitTokens unpricedCalls estimatedCost
        }
    } }
    fragment Tokens on BillingDay {
        totalTokens totalApiCalls inputTokens outputTokens unpricedCalls estimatedCost
    }";
    let viewer = app.caller("default", Role::Viewer, "vera");
    viewer.data(QUERY, json!({ "day": DAY })).await["billing"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_of_real_calls_through_the_intake_is_billed_exactly_and_once() {
    let calls = trace();
    let cost = cost(&calls).normalize().to_string();
    assert_eq!((calls.len(), cost.as_str()), (19_366, "5.8074795"));
    let expected = json!({
        "daily": [{
            "totalTokens": 26_450_535, "totalApiCalls": 19_366, "inputTokens": 22_361_870,
            "outputTokens": 4_088_665, "unpricedCalls": 0, "estimatedCost": cost,
        }],
        "models": [{
            "model": "gpt-4o-mini", "totalTokens": 26_450_535, "totalApiCalls": 19_366,
            "inputTokens": 22_361_870, "cachedInputTokens": 0, "outputTokens": 4_088_665,
            "reasoningTokens": 0, "unsplitTokens": 0, "unpricedCalls": 0, "estimatedCost": cost,
        }],
    });
    let example: Config = toml::from_str(EXAMPLE).expect("a configuration");
    let app = TestApp::spawn_with(|config| config.prices = example.prices).await;
    assert_eq!(replay(&app.product(), &calls).await, calls.len());
    assert_eq!(figures(&app).await, expected);
    app.roll_up().await;
    assert_eq!(figures(&app).await, expected, "settled");
    assert_eq!(replay(&app.product(), &calls).await, 0, "all are repeats");
    assert_eq!(figures(&app).await, expected, "replayed");
}
