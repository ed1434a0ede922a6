//! Token usage: recorded once, priced, summed by day and period, set against what it saved.

use chrono::TimeDelta;
use deskpulse::auth::Role;
use serde_json::{Value, json};

use crate::harness::{Client, TestApp};

const RECORD: &str = "mutation ($input: TokenUsageInput!) {
    recordTokenUsage(input: $input) { recorded estimatedCost }
}";
const RECORD_ALL: &str = "mutation ($input: [TokenUsageInput!]!) {
    recordTokenUsages(input: $input) { recorded estimatedCost reason }
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
const QUOTA: &str = "{ billing { quota {
    plan tokensTotal tokensUsed tokensRemaining resetDate
} } }";

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

#[tokio::test]
async fn a_call_without_a_known_price_leaves_its_day_without_a_cost() {
    let app = TestApp::spawn().await;
    let mut unknown = call_at("unknown", 10, "2026-03-09T04:00:00Z");
    unknown["model"] = json!("oracle-9");
    let early = call_at("early", 10, "2022-12-31T23:59:59Z");
    let parts = json!({ "tokens": 10, "model": "gpt-4o-mini" });
    for call in [&unknown, &early, &parts] {
        let result = record(&app.product(), call).await;
        assert_eq!(result, json!({ "recorded": true, "estimatedCost": null }), "{call}");
    }
    record(&app.product(), &call_at("known", 1_000_000, "2026-03-09T05:00:00Z")).await;
    record(&app.product(), &call_at("other", 1_000_000, "2026-03-08T05:00:00Z")).await;
    for rolled_up in [false, true] {
        if rolled_up {
            app.roll_up().await;
        }
        assert_eq!(
            daily(&app.viewer(), 3, Value::Null).await,
            json!([
                { "date": "2026-03-08", "totalTokens": 1_000_000, "totalApiCalls": 1, "estimatedCost": "0.15" },
                { "date": "2026-03-09", "totalTokens": 1_000_010, "totalApiCalls": 2, "estimatedCost": null },
                { "date": "2026-03-10", "totalTokens": 10, "totalApiCalls": 1, "estimatedCost": null },
            ]),
            "rolled up: {rolled_up}"
        );
    }
}

#[tokio::test]
async fn a_day_without_calls_is_a_point_with_zeros() {
    let app = TestApp::spawn().await;
    record(&app.product(), &call_at("a", 5, "2026-03-01T15:59:59.999999Z")).await;
    record(&app.product(), &call_at("b", 7, "2026-03-01T16:00:00Z")).await;
    let point = |date: &str, tokens: i64, calls: i64, cost: &str| {
        json!({
            "date": date, "totalTokens": tokens, "totalApiCalls": calls, "estimatedCost": cost,
        })
    };
    assert_eq!(
        daily(&app.viewer(), 3, json!("2026-03-03")).await,
        json!([
            point("2026-03-01", 5, 1, "0.00000075"),
            point("2026-03-02", 7, 1, "0.00000105"),
            point("2026-03-03", 0, 0, "0.00"),
        ])
    );
    let month = app.viewer().ask("{ billing { daily { date } } }").await;
    let month = month["billing"]["daily"].as_array().unwrap().clone();
    assert_eq!(
        (month.len(), &month[0]["date"], &month[29]["date"]),
        (30, &json!("2026-02-09"), &json!("2026-03-10"))
    );
    for far in ["0001-01-01", "9999-12-31"] {
        let days = daily(&app.viewer(), 1, json!(far)).await;
        assert_eq!(days, json!([point(far, 0, 0, "0.00")]));
    }
}

#[tokio::test]
async fn a_bad_stretch_of_days_is_refused_by_name() {
    let app = TestApp::spawn().await;
    for (variables, expected) in [
        (json!({ "days": 0 }), "`days` is 0, expected 1 to 366"),
        (json!({ "days": -1 }), "`days` is -1, expected 1 to 366"),
        (json!({ "days": 367 }), "`days` is 367, expected 1 to 366"),
        (json!({ "days": 2_147_483_648_i64 }), "`days` is 2147483648, expected "),
        (json!({ "until": "2026-02-30" }), "`until` is \"2026-02-30\", expected a date such as "),
        (json!({ "until": 20_260_310 }), "`until` is 20260310, expected a date such as "),
    ] {
        let (code, message) = app.viewer().refusal(DAILY, variables).await;
        assert_eq!(code, "BAD_USER_INPUT", "{message}, expected {expected}");
        assert!(message.starts_with(expected), "{message}, expected {expected}");
    }
}

#[tokio::test]
async fn usage_quota_and_the_sum_of_days_agree_settled_or_open() {
    let app = TestApp::spawn().await;
    for (id, tokens, at) in [
        ("before", 1, "2026-02-28T15:59:59Z"),
        ("first", 20, "2026-02-28T16:00:00Z"),
        ("middle", 300, "2026-03-05T12:00:00Z"),
        ("now", 4_000, "2026-03-10T04:00:00Z"),
        ("ahead", 50_000, "2026-03-10T04:04:00Z"),
    ] {
        record(&app.product(), &call_at(id, tokens, at)).await;
    }
    let variables = json!({ "days": 10 });
    let open = app.viewer().data(BILLING, variables.clone()).await;
    app.roll_up().await;
    assert_eq!(app.roll_up().await, 0, "all is settled");
    assert_eq!(app.viewer().data(BILLING, variables.clone()).await, open);
    let billing = &open["billing"];
    let days = billing["daily"].as_array().unwrap();
    let sum: i64 = days.iter().map(|day| day["totalTokens"].as_i64().unwrap()).sum();
    assert_eq!(sum, 54_320);
    assert_eq!(
        (&billing["usage"], &billing["quota"]),
        (
            &json!({
                "tokensUsed": sum, "tokensTotal": 100_000_000, "usagePercent": 0.05432,
                "resetDate": "2026-04-01",
            }),
            &json!({
                "plan": "standard", "tokensTotal": 100_000_000, "tokensUsed": sum,
                "tokensRemaining": 100_000_000 - sum, "resetDate": "2026-04-01",
            })
        )
    );
    // A call after the roll-up, on a day that was settled.
    record(&app.product(), &call_at("late", 600_000, "2026-03-05T13:00:00Z")).await;
    let late = app.viewer().data(BILLING, variables).await;
    assert_eq!(late["billing"]["usage"]["tokensUsed"], sum + 600_000);
    assert_eq!(late["billing"]["daily"][4]["totalTokens"], 600_300);
}

#[tokio::test]
async fn a_period_starts_on_the_plan_s_reset_day_at_the_tenant_s_midnight() {
    let app = TestApp::spawn().await;
    let acme = app.caller("acme", Role::Operator, "ann");
    for (id, tokens, at) in [
        ("before", 1, "2026-02-20T04:59:59.999999Z"),
        ("first", 200, "2026-02-20T05:00:00Z"),
        ("now", 14_000, "2026-03-10T04:00:00Z"),
    ] {
        record(&acme, &call_at(id, tokens, at)).await;
    }
    let quota = |used: i64, remaining: i64, reset: &str| {
        json!({ "billing": { "quota": {
            "plan": "small", "tokensTotal": 10_000, "tokensUsed": used,
            "tokensRemaining": remaining, "resetDate": reset,
        } } })
    };
    assert_eq!(acme.ask(QUOTA).await, quota(14_200, 0, "2026-03-20"));
    let usage = "{ billing { usage { tokensUsed tokensTotal usagePercent resetDate } } }";
    assert_eq!(
        acme.ask(usage).await["billing"]["usage"],
        json!({
            "tokensUsed": 14_200, "tokensTotal": 10_000, "usagePercent": 142.0,
            "resetDate": "2026-03-20",
        })
    );
    app.advance(TimeDelta::days(10) - TimeDelta::seconds(1));
    assert_eq!(acme.ask(QUOTA).await, quota(14_200, 0, "2026-03-20"));
    app.advance(TimeDelta::seconds(1));
    assert_eq!(acme.ask(QUOTA).await, quota(0, 10_000, "2026-04-20"));
}

#[tokio::test]
async fn what_the_ai_saved_is_the_people_s_time_less_the_tokens() {
    let app = TestApp::spawn().await;
    let session = |id: &str, day: &str, by: &str| {
        ["start", "end"].map(|step| {
            json!({
                "id": format!("{id}-{step}"), "name": format!("session.{step}"), "product": "bot",
                "sessionId": id, "data": if step == "end" { json!({ "by": by }) } else { json!({}) },
                "occurredAt": format!("2026-{day}T12:00:00+08:00"),
            })
        })
    };
    let sessions = [
        session("a", "03-01", "ai"),
        session("b", "03-09", "ai"),
        session("c", "03-10", "ai"),
        session("d", "03-10", "agent"),
        // Last month's count neither way.
        session("e", "02-28", "ai"),
    ];
    let handed_over = json!({
        "id": "d-transfer", "name": "session.transfer", "product": "bot", "sessionId": "d",
        "occurredAt": "2026-03-10T12:00:00+08:00",
    });
    app.product().track(&sessions.concat()).await;
    app.product().track(&[handed_over]).await;
    record(&app.product(), &call_at("now", 10_000_000, "2026-03-10T03:00:00Z")).await;
    record(&app.product(), &call_at("then", 10_000_000, "2026-02-28T03:00:00Z")).await;
    record(&app.product(), &json!({ "tokens": 1_000, "model": "unpriced" })).await;
    for rolled_up in [false, true] {
        if rolled_up {
            app.roll_up().await;
        }
        let data = app.viewer().data(BILLING, json!({ "days": 1 })).await;
        assert_eq!(
            data["billing"]["roi"],
            // 3 × 6 min × 0.50 − 1.50; 18 min of 160 h.
            json!({
                "savedCost": "7.50", "autoResolveRate": 75.0, "equivalentHeadcount": 0.001_875,
                "period": "本月",
            })
        );
    }
}

#[tokio::test]
async fn without_sessions_there_is_no_rate_and_tokens_cost_more_than_they_save() {
    let app = TestApp::spawn().await;
    let acme = app.caller("acme", Role::Operator, "ann");
    record(&acme, &call("r", 1_000_000, 0)).await;
    let data = acme.data(BILLING, json!({ "days": 1 })).await;
    assert_eq!(
        data["billing"]["roi"],
        json!({
            "savedCost": "-0.15", "autoResolveRate": null, "equivalentHeadcount": 0.0,
            "period": "This month",
        })
    );
}

#[tokio::test]
async fn billing_is_for_viewers_of_the_own_tenant() {
    let app = TestApp::spawn().await;
    record(&app.product(), &call("r", 10, 5)).await;
    let refusal = app.product().refusal(QUOTA, json!({})).await;
    assert_eq!(refusal, ("FORBIDDEN".to_owned(), "not allowed to read billing".to_owned()));
    for client in [app.viewer(), app.reviewer()] {
        let refusal = client.refusal(RECORD, json!({ "input": call("x", 1, 0) })).await;
        assert_eq!(
            refusal,
            ("FORBIDDEN".to_owned(), "not allowed to record token usage".to_owned())
        );
    }
    let stranger = app.caller("acme", Role::Viewer, "stan");
    assert_eq!(stranger.ask(QUOTA).await["billing"]["quota"]["tokensUsed"], 0);
    let foreign = "{ billing(tenantId: \"default\") { quota { plan tokensUsed } } }";
    assert_eq!(stranger.refusal(foreign, json!({})).await.0, "FORBIDDEN");
    let operator = app.caller("acme", Role::Operator, "olga").ask(foreign).await;
    assert_eq!(operator["billing"]["quota"], json!({ "plan": "standard", "tokensUsed": 15 }));
}
