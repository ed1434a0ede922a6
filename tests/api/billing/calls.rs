//! Calls: recorded once, priced, in batches.

use chrono::TimeDelta;
use deskpulse::auth::Role;
use serde_json::{Value, json};

use super::{RECORD, call, call_at, daily, record};
use crate::harness::TestApp;

const RECORD_ALL: &str = "mutation ($input: [TokenUsageInput!]!) {
    recordTokenUsages(input: $input) { recorded estimatedCost reason }
}";

#[tokio::test]
async fn a_call_costs_what_its_tokens_cost() {
    let app = TestApp::spawn().await;
    let mut found = Vec::new();
    for (input, output) in [(1_000_000, 0), (1_000, 500), (1, 0), (0, 0)] {
        let mut call = call("", input, output);
        call.as_object_mut().unwrap().remove("requestId");
        found.push(record(&app.product(), &call).await["estimatedCost"].clone());
    }
    assert_eq!(found, ["0.15", "0.00045", "0.00000015", "0.00"]);
}

#[tokio::test]
async fn a_call_is_billed_once_and_another_body_is_a_conflict() {
    let app = TestApp::spawn().await;
    let product = app.product();
    let first = record(&product, &call("r", 1_000, 500)).await;
    app.advance(TimeDelta::minutes(1));
    let again = record(&product, &call("r", 1_000, 500)).await;
    assert_eq!(
        (first, again),
        (
            json!({ "recorded": true, "estimatedCost": "0.00045" }),
            json!({ "recorded": false, "estimatedCost": "0.00045" }),
        )
    );
    for other in [call("r", 1_000, 501), call_at("r", 1_500, "2026-03-10T03:00:00Z")] {
        let refusal = product.refusal(RECORD, json!({ "input": other })).await;
        let reason = "token usage `r` is recorded already with another body";
        assert_eq!(refusal, ("CONFLICT".to_owned(), reason.to_owned()));
    }
    let acme = app.caller("acme", Role::Ingest, "bot");
    assert_eq!(record(&acme, &call("r", 7, 0)).await["recorded"], true, "ids are a tenant's own");
    assert_eq!(
        daily(&app.viewer(), 1, Value::Null).await,
        json!([{
            "date": "2026-03-10", "totalTokens": 1_500, "totalApiCalls": 1,
            "estimatedCost": "0.00045",
        }])
    );
}

#[tokio::test]
async fn of_the_same_call_sent_twice_at_once_one_is_billed() {
    let app = TestApp::spawn().await;
    let (product, call) = (app.product(), call("r", 100, 0));
    let sent = (0..8).map(|_| record(&product, &call));
    let results = futures_util::future::join_all(sent).await;
    let recorded = results.iter().filter(|result| result["recorded"] == true).count();
    assert_eq!(recorded, 1);
    assert_eq!(daily(&app.viewer(), 1, Value::Null).await[0]["totalTokens"], 100);
}

#[tokio::test]
async fn calls_of_one_batch_have_a_result_each() {
    let app = TestApp::spawn().await;
    record(&app.product(), &call("known", 1_000, 500)).await;
    let input = [
        call("new", 1_000, 500),
        call("new", 1_000, 500),
        call("new", 1_000, 501),
        call("known", 1_000, 500),
        call("known", 1, 0),
        json!({ "tokens": -1 }),
        json!({ "tokens": 7, "model": "unpriced" }),
    ];
    let data = app.product().data(RECORD_ALL, json!({ "input": input })).await;
    let taken = |id: &str| format!("token usage `{id}` is recorded already with another body");
    assert_eq!(
        data["recordTokenUsages"],
        json!([
            { "recorded": true, "estimatedCost": "0.00045", "reason": null },
            { "recorded": false, "estimatedCost": "0.00045", "reason": null },
            { "recorded": false, "estimatedCost": null, "reason": taken("new") },
            { "recorded": false, "estimatedCost": "0.00045", "reason": null },
            { "recorded": false, "estimatedCost": null, "reason": taken("known") },
            {
                "recorded": false, "estimatedCost": null,
                "reason": "`tokens` is -1, expected 0 to 2^53 - 1",
            },
            { "recorded": true, "estimatedCost": null, "reason": null },
        ])
    );
    let day = daily(&app.viewer(), 1, Value::Null).await[0].clone();
    assert_eq!((&day["totalTokens"], &day["totalApiCalls"]), (&json!(3_007), &json!(3)));
}

#[tokio::test]
async fn a_batch_takes_between_one_and_a_thousand_calls() {
    let app = TestApp::spawn().await;
    for count in [0, 1_001] {
        let input: Vec<_> = (0..count).map(|index| call(&index.to_string(), 1, 0)).collect();
        let refusal = app.product().refusal(RECORD_ALL, json!({ "input": input })).await;
        let expected = format!("`input` is {count} calls, expected 1 to 1000 calls");
        assert_eq!(refusal, ("BAD_USER_INPUT".to_owned(), expected));
    }
    let input: Vec<_> = (0..1_000).map(|index| call(&index.to_string(), 1, 0)).collect();
    app.product().data(RECORD_ALL, json!({ "input": input })).await;
    assert_eq!(daily(&app.viewer(), 1, Value::Null).await[0]["totalApiCalls"], 1_000);
}

#[tokio::test]
async fn batches_with_the_same_calls_in_other_orders_do_not_block_each_other() {
    let app = TestApp::spawn().await;
    let product = app.product();
    let calls: Vec<_> = (0..500).map(|index| call(&index.to_string(), 1, 0)).collect();
    let backwards: Vec<_> = calls.iter().rev().cloned().collect();
    let batches = [&calls, &backwards].into_iter().cycle().take(8);
    let sent = batches.map(|batch| product.data(RECORD_ALL, json!({ "input": batch })));
    let results = futures_util::future::join_all(sent).await;
    let results = results.iter().flat_map(|data| data["recordTokenUsages"].as_array().unwrap());
    assert_eq!(results.filter(|result| result["recorded"] == true).count(), 500);
    assert_eq!(daily(&app.viewer(), 1, Value::Null).await[0]["totalTokens"], 500);
}

#[tokio::test]
async fn a_bad_call_is_refused_by_name_and_not_stored() {
    let app = TestApp::spawn().await;
    for (change, expected) in [
        (json!({ "tokens": -1 }), "`tokens` is -1, expected 0 to 2^53 - 1"),
        (
            json!({ "tokens": 16 }),
            "`tokens` is 16, expected inputTokens + outputTokens = 10 + 5 = 15",
        ),
        (
            json!({ "tokens": 9_007_199_254_740_992_i64 }),
            "`input.tokens` is 9007199254740992, expected an integer between -(2^53 - 1) and 2^53",
        ),
        (
            json!({ "tokens": 1.5 }),
            "`input.tokens` is 1.5, expected an integer between -(2^53 - 1) and 2^53 - 1",
        ),
        (json!({ "tokens": "15" }), "`input.tokens` is \"15\", expected an integer between"),
        (json!({ "tokens": null }), "`input.tokens` is "),
        (json!({ "inputTokens": -10 }), "`inputTokens` is -10, expected 0 to `tokens`, 15"),
        (json!({ "outputTokens": 16 }), "`outputTokens` is 16, expected 0 to `tokens`, 15"),
        (
            json!({ "cachedInputTokens": 11 }),
            "`cachedInputTokens` is 11, expected 0 to `inputTokens`, 10",
        ),
        (
            json!({ "reasoningTokens": 6 }),
            "`reasoningTokens` is 6, expected 0 to `outputTokens`, 5",
        ),
        (
            json!({ "usageKnown": false }),
            "`usageKnown` is false, expected true, or `tokens` 0 and no parts",
        ),
        (json!({ "provider": "x".repeat(31) }), "`provider` is \"xxx"),
        (json!({ "status": "LOST" }), "`input.status` is "),
        (json!({ "requestId": "x".repeat(65) }), "`requestId` is \"xxx"),
        (json!({ "requestId": "" }), "`requestId` is \"\", expected 1 to 64 characters"),
        (json!({ "sessionId": "x".repeat(65) }), "`sessionId` is \"xxx"),
        (json!({ "model": "x".repeat(51) }), "`model` is \"xxx"),
        (json!({ "apiType": "x".repeat(31) }), "`apiType` is \"xxx"),
        (
            json!({ "usedAt": "2026-03-10T04:06:00Z" }),
            "`usedAt` is 2026-03-10T04:06:00Z, expected between 1970 and five minutes ahead of now ",
        ),
        (json!({ "usedAt": "noon" }), "`input.usedAt` is \"noon\", expected "),
        (json!({ "cost": 1 }), "`input.cost` is given, but TokenUsageInput has no such field"),
    ] {
        let mut call = call("r", 10, 5);
        call.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let (code, message) = app.product().refusal(RECORD, json!({ "input": call })).await;
        assert_eq!(code, "BAD_USER_INPUT", "{message}, expected {expected}");
        assert!(message.starts_with(expected), "{message}, expected {expected}");
    }
    assert_eq!(record(&app.product(), &call("r", 10, 5)).await["recorded"], true);
}

#[tokio::test]
async fn the_largest_count_comes_back_exactly() {
    let app = TestApp::spawn().await;
    let largest = 9_007_199_254_740_991_i64;
    record(&app.product(), &json!({ "tokens": largest })).await;
    for _ in 0..2 {
        assert_eq!(daily(&app.viewer(), 1, Value::Null).await[0]["totalTokens"], largest);
        app.roll_up().await;
    }
}
