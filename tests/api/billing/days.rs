//! Days and billing periods.

use chrono::TimeDelta;
use deskpulse::auth::Role;
use serde_json::{Value, json};

use super::{BILLING, DAILY, RECORD, call, call_at, daily, record};
use crate::harness::{TestApp, steps_back_before};

const QUOTA: &str = "{ billing { quota {
    plan tokensTotal tokensUsed tokensRemaining resetDate
} } }";

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

const PARTS: &str = "query ($from: Date!, $to: Date!) { billing {
    daily(days: 1, until: $to) { totalTokens ...Parts }
    models(from: $from, to: $to) { model totalTokens totalApiCalls knownCost unpricedCalls }
} }
fragment Parts on BillingDay {
    inputTokens cachedInputTokens outputTokens reasoningTokens unsplitTokens
}";

#[tokio::test]
async fn tokens_are_told_in_parts_by_day_and_model_also_of_days_before_parts_were_kept() {
    let app = TestApp::spawn().await;
    let mut parts = call_at("a", 1_000, "2026-03-09T04:00:00Z");
    parts["cachedInputTokens"] = json!(400);
    record(&app.product(), &parts).await;
    let whole = json!({ "requestId": "b", "tokens": 50, "usedAt": "2026-03-09T05:00:00Z" });
    record(&app.product(), &whole).await;
    let found = async || {
        let range = json!({ "from": "2026-03-01", "to": "2026-03-09" });
        app.viewer().data(PARTS, range).await["billing"].clone()
    };
    let expected = json!({
        "daily": [{
            "totalTokens": 1_050, "inputTokens": 600, "cachedInputTokens": 400, "outputTokens": 0,
            "reasoningTokens": 0, "unsplitTokens": 50,
        }],
        "models": [
            {
                "model": "gpt-4o-mini", "totalTokens": 1_000, "totalApiCalls": 1,
                "knownCost": "0.00015", "unpricedCalls": 0,
            },
            {
                "model": null, "totalTokens": 50, "totalApiCalls": 1, "knownCost": "0.00",
                "unpricedCalls": 1,
            },
        ],
    });
    assert_eq!(found().await, expected);
    app.roll_up().await;
    assert_eq!(found().await, expected, "settled");
    let db = &app.app.services.db;
    db.migrate_down(steps_back_before("split_billing_day")).await.expect("a store of before");
    db.migrate().await.expect("migrations");
    assert_eq!(found().await, expected, "of before");
    assert_eq!(app.roll_up().await, 1);
    assert_eq!(app.roll_up().await, 0);
    assert_eq!(found().await, expected, "filled");
}

#[tokio::test]
async fn models_of_a_bad_stretch_are_refused_by_name() {
    let app = TestApp::spawn().await;
    for to in ["2026-02-28", "2027-03-02"] {
        let refused = app.viewer().refusal(PARTS, json!({ "from": "2026-03-01", "to": to })).await;
        let expected =
            format!("`to` is {to}, expected a day from `from`, 2026-03-01, to 365 days after it");
        assert_eq!(refused, ("BAD_USER_INPUT".to_owned(), expected));
    }
    app.viewer().data(PARTS, json!({ "from": "2026-03-01", "to": "2027-03-01" })).await;
}
