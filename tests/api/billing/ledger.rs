//! The ledger, its corrections and its prices.

use deskpulse::auth::Role;
use serde_json::{Value, json};

use super::{call, call_at, daily, ledger, record};
use crate::harness::{TestApp, steps_back_before};

const CORRECT: &str = "mutation ($input: CorrectTokenUsageInput!) {
    correctTokenUsage(input: $input) { corrected tokensChange estimatedCost }
}";
const REPRICE: &str = "mutation ($from: Date!, $to: Date!, $dryRun: Boolean!) {
    repriceUsage(from: $from, to: $to, dryRun: $dryRun) {
        dryRun calls changedCalls unpricedBefore unpricedAfter costBefore costAfter difference
        changes { requestId provider model costBefore costAfter rule }
    }
}";

#[tokio::test]
async fn the_ledger_keeps_tokens_in_parts_that_do_not_overlap() {
    let app = TestApp::spawn().await;
    let mut call = call("r", 1_000, 500);
    call["provider"] = json!("coze");
    call["cachedInputTokens"] = json!(400);
    call["reasoningTokens"] = json!(200);
    call["status"] = json!("INTERRUPTED");
    assert_eq!(record(&app.product(), &call).await["estimatedCost"], "0.00045");
    assert_eq!(
        ledger(&app.viewer(), "r", json!("coze")).await,
        json!([{
            "kind": "CALL", "status": "INTERRUPTED", "tokens": 1_500, "usageKnown": true,
            "inputTokens": 600, "cachedInputTokens": 400, "outputTokens": 300,
            "reasoningTokens": 200, "cost": "0.00045",
        }])
    );
    for (id, provider) in [("r", Value::Null), ("r", json!("other")), ("x", json!("coze"))] {
        assert_eq!(ledger(&app.viewer(), id, provider.clone()).await, json!([]), "{id} {provider}");
    }
    let stranger = app.caller("acme", Role::Viewer, "stan");
    assert_eq!(ledger(&stranger, "r", json!("coze")).await, json!([]));
}

#[tokio::test]
async fn a_correction_is_added_to_the_ledger_and_to_the_day() {
    let app = TestApp::spawn().await;
    let failed = json!({
        "requestId": "r", "tokens": 0, "usageKnown": false, "status": "FAILED",
        "model": "gpt-4o-mini", "usedAt": "2026-03-08T04:00:00Z",
    });
    assert_eq!(record(&app.product(), &failed).await["estimatedCost"], Value::Null);
    app.roll_up().await;
    let input = json!({
        "requestId": "r", "inputTokens": 1_000, "cachedInputTokens": 100, "outputTokens": 500,
        "status": "COMPLETED",
    });
    for (corrected, change) in [(true, 1_500), (false, 0)] {
        let data = app.operator().data(CORRECT, json!({ "input": input })).await;
        let expected =
            json!({ "corrected": corrected, "tokensChange": change, "estimatedCost": "0.00045" });
        assert_eq!(data["correctTokenUsage"], expected);
    }
    let rows = ledger(&app.viewer(), "r", Value::Null).await;
    let of = |name: &str| rows.as_array().unwrap().iter().map(|row| row[name].clone()).collect();
    let columns: [Vec<_>; 4] = [of("kind"), of("status"), of("inputTokens"), of("cost")];
    assert_eq!(
        json!(columns),
        json!([["CALL", "CORRECTION"], ["FAILED", "COMPLETED"], [null, 900], [null, "0.00045"],])
    );
    for _ in 0..2 {
        assert_eq!(
            daily(&app.viewer(), 3, Value::Null).await[0],
            json!({
                "date": "2026-03-08", "totalTokens": 1_500, "totalApiCalls": 1,
                "estimatedCost": "0.00045",
            })
        );
        app.roll_up().await;
    }
    for (client, input, code) in [
        (app.product(), input.clone(), "FORBIDDEN"),
        (app.caller("acme", Role::Operator, "olga"), input, "NOT_FOUND"),
        (
            app.operator(),
            json!({
                "requestId": "r", "inputTokens": 1, "cachedInputTokens": 2, "outputTokens": 1,
            }),
            "BAD_USER_INPUT",
        ),
    ] {
        assert_eq!(client.refusal(CORRECT, json!({ "input": input })).await.0, code);
    }
}

/// A price of everyone and one of `acme`, of a model that has none until then.
fn given_prices(config: &mut deskpulse::config::Config) {
    let price = |tenant: Option<&str>, input: i64| deskpulse::config::Price {
        model: "oracle-9".to_owned(),
        tenant: tenant.map(str::to_owned),
        from: "2026-01-01".parse().expect("a date"),
        input_per_million: input.into(),
        cached_input_per_million: Some(1.into()),
        output_per_million: 20.into(),
        reasoning_per_million: Some(30.into()),
    };
    config.prices.extend([price(None, 10), price(Some("acme"), 5)]);
}

#[tokio::test]
async fn the_ledger_says_by_which_prices_a_call_was_priced() {
    let app = TestApp::spawn_with(given_prices).await;
    let mut call = call("r", 1_000_000, 100_000);
    call["model"] = json!("oracle-9");
    call["cachedInputTokens"] = json!(500_000);
    call["reasoningTokens"] = json!(50_000);
    let query = "{ billing { ledger(requestId: \"r\") { cost price {
        rule inputPerMillion cachedInputPerMillion outputPerMillion reasoningPerMillion
    } } } }";
    for (tenant, cost, rule, input) in [
        ("default", "8.00", "oracle-9 from 2026-01-01", "10.00"),
        ("acme", "5.50", "oracle-9 from 2026-01-01 for acme", "5.00"),
    ] {
        let client = app.caller(tenant, Role::Operator, "olga");
        assert_eq!(record(&client, &call).await["estimatedCost"], cost);
        assert_eq!(
            client.ask(query).await["billing"]["ledger"],
            json!([{ "cost": cost, "price": {
                "rule": rule, "inputPerMillion": input, "cachedInputPerMillion": "1.00",
                "outputPerMillion": "20.00", "reasoningPerMillion": "30.00",
            } }])
        );
    }
}

#[tokio::test]
async fn repricing_shows_then_stores_the_difference() {
    let app = TestApp::spawn().await;
    let mut unpriced = call_at("r", 1_000_000, "2026-03-09T04:00:00Z");
    unpriced["model"] = json!("oracle-9");
    record(&app.product(), &unpriced).await;
    record(&app.product(), &call_at("known", 1_000_000, "2026-03-09T05:00:00Z")).await;
    app.roll_up().await;
    let app = app.restart_with(given_prices).await;
    let day = async |app: &TestApp| {
        daily(&app.viewer(), 2, Value::Null).await[0]["estimatedCost"].clone()
    };
    let reprice = async |dry_run: bool| {
        let variables = json!({ "from": "2026-03-09", "to": "2026-03-10", "dryRun": dry_run });
        app.operator().data(REPRICE, variables).await["repriceUsage"].clone()
    };
    let found = |dry_run: bool| {
        json!({
            "dryRun": dry_run, "calls": 2, "changedCalls": 1, "unpricedBefore": 1,
            "unpricedAfter": 0, "costBefore": "0.15", "costAfter": "10.15", "difference": "10.00",
            "changes": [{
                "requestId": "r", "provider": "", "model": "oracle-9", "costBefore": null,
                "costAfter": "10.00", "rule": "oracle-9 from 2026-01-01",
            }],
        })
    };
    assert_eq!(reprice(true).await, found(true));
    assert_eq!(day(&app).await, Value::Null, "nothing is stored");
    assert_eq!(reprice(false).await, found(false));
    assert_eq!(day(&app).await, "10.15");
    app.roll_up().await;
    assert_eq!(day(&app).await, "10.15");
    let again = reprice(false).await;
    assert_eq!((&again["changedCalls"], &again["difference"]), (&json!(0), &json!("0.00")));
    let (code, message) = app
        .operator()
        .refusal(REPRICE, json!({ "from": "2026-03-09", "to": "2026-03-08", "dryRun": true }))
        .await;
    assert_eq!(code, "BAD_USER_INPUT");
    assert!(message.starts_with("`to` is 2026-03-08, expected a day from `from`"), "{message}");
}

#[tokio::test]
async fn calls_of_before_the_ledger_are_kept_and_still_billed_once() {
    let app = TestApp::spawn().await;
    let call = call_at("r", 1_000, "2026-03-09T04:00:00Z");
    record(&app.product(), &call).await;
    let db = &app.app.services.db;
    db.migrate_down(steps_back_before("keep_ledger")).await.expect("a store of before");
    db.migrate().await.expect("migrations");
    assert_eq!(record(&app.product(), &call).await["recorded"], false);
    let rows = ledger(&app.viewer(), "r", Value::Null).await;
    assert_eq!(
        (&rows[0]["kind"], &rows[0]["inputTokens"], &rows[0]["cost"], &rows[1]),
        (&json!("CALL"), &json!(1_000), &json!("0.00015"), &Value::Null)
    );
    let correction = json!({ "requestId": "r", "inputTokens": 1, "outputTokens": 1 });
    app.operator().data(CORRECT, json!({ "input": correction })).await;
    assert_eq!(daily(&app.viewer(), 2, Value::Null).await[0]["totalTokens"], 2);
    let back = db.migrate_down(steps_back_before("keep_ledger")).await;
    assert!(back.is_err(), "a correction cannot be told without its columns");
}
