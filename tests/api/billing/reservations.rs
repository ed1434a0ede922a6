//! Reservations and marks of the quota.

use deskpulse::auth::Role;
use serde_json::json;

use super::{call, record};
use crate::harness::TestApp;

const RESERVE: &str = "mutation ($tokens: Long!, $ttlSecs: Int!, $key: ID) {
    reserveTokens(tokens: $tokens, ttlSecs: $ttlSecs, key: $key) {
        granted tokensAvailable reservation { id key tokens status expiresAt settledTokens }
    }
}";
const SETTLE: &str = "mutation ($id: ID!, $tokens: Long!, $call: TokenUsageInput) {
    settleReservation(id: $id, tokens: $tokens, call: $call) {
        changed estimatedCost reservation { status settledTokens }
    }
}";
const RELEASE: &str = "mutation ($id: ID!) {
    releaseReservation(id: $id) { changed reservation { status } }
}";
const STANDING: &str = "query ($tokens: Long!) { billing {
    checkQuota(tokens: $tokens) {
        allowed withinQuota limit tokensTotal tokensUsed tokensReserved tokensAvailable resetDate
    }
    quota { limit tokensReserved }
    quotaAlerts { percent tokensUsed tokensTotal periodStart resetDate }
} }";

fn given_hard_limit(config: &mut deskpulse::config::Config) {
    let plan = config.plans.get_mut("small").expect("a plan");
    plan.limit = deskpulse::config::Limit::Hard;
}

#[tokio::test]
async fn tokens_are_reserved_settled_and_given_back() {
    let app = TestApp::spawn_with(given_hard_limit).await;
    let acme = app.caller("acme", Role::Ingest, "bot");
    let reserve = async |tokens: i64, key: &str| {
        let variables = json!({ "tokens": tokens, "ttlSecs": 60, "key": key });
        acme.data(RESERVE, variables).await["reserveTokens"].clone()
    };
    let first = reserve(8_000, "a").await;
    let id = first["reservation"]["id"].clone();
    let expected = json!({ "granted": true, "tokensAvailable": 2_000, "reservation": {
        "id": id, "key": "a", "tokens": 8_000, "status": "OPEN",
        "expiresAt": "2026-03-10T04:01:00Z", "settledTokens": null,
    } });
    assert_eq!(first, expected);
    assert_eq!(reserve(8_000, "a").await, expected);
    let refused = json!({ "granted": false, "tokensAvailable": 2_000, "reservation": null });
    assert_eq!(reserve(2_001, "b").await, refused);
    let second = reserve(2_000, "b").await["reservation"]["id"].clone();
    for changed in [true, false] {
        assert_eq!(
            acme.data(RELEASE, json!({ "id": second })).await["releaseReservation"],
            json!({ "changed": changed, "reservation": { "status": "RELEASED" } })
        );
        let settle = json!({ "id": id, "tokens": 9_600, "call": call("r", 9_000, 600) });
        assert_eq!(
            acme.data(SETTLE, settle).await["settleReservation"],
            json!({ "changed": changed, "estimatedCost": "0.00171", "reservation": {
                "status": "SETTLED", "settledTokens": 9_600,
            } })
        );
    }
    let operator = app.caller("acme", Role::Operator, "olga");
    let alert = |percent: i32| {
        json!({
            "percent": percent, "tokensUsed": 9_600, "tokensTotal": 10_000,
            "periodStart": "2026-02-20", "resetDate": "2026-03-20",
        })
    };
    assert_eq!(
        operator.data(STANDING, json!({ "tokens": 401 })).await["billing"],
        json!({
            "checkQuota": {
                "allowed": false, "withinQuota": false, "limit": "HARD", "tokensTotal": 10_000,
                "tokensUsed": 9_600, "tokensReserved": 0, "tokensAvailable": 400,
                "resetDate": "2026-03-20",
            },
            "quota": { "limit": "HARD", "tokensReserved": 0 },
            "quotaAlerts": [alert(95), alert(80)],
        })
    );
    let elsewhere = app.operator().data(STANDING, json!({ "tokens": 1 })).await;
    assert_eq!(elsewhere["billing"]["quotaAlerts"], json!([]));
    assert_eq!(elsewhere["billing"]["checkQuota"]["limit"], "SOFT");
    let foreign = app.product().refusal(RELEASE, json!({ "id": id })).await;
    assert_eq!(foreign.0, "NOT_FOUND");
    let nul = app.product().refusal(RELEASE, json!({ "id": "\0" })).await;
    assert_eq!(nul.0, "BAD_USER_INPUT");
}

#[tokio::test]
async fn a_mark_that_is_reached_is_an_event_once() {
    let app = TestApp::spawn().await;
    let acme = app.caller("acme", Role::Operator, "olga");
    for (id, tokens) in [("a", 7_999), ("b", 1), ("c", 1), ("d", 2_000)] {
        record(&acme, &call(id, tokens, 0)).await;
    }
    app.flushed("acme").await;
    let query = "{ events(filter: {
        from: \"2026-03-10T00:00:00Z\", to: \"2026-03-11T00:00:00Z\", name: \"quota.crossed\"
    }) { edges { node { id product data } } } }";
    let events = acme.ask(query).await["events"]["edges"].as_array().unwrap().clone();
    let data = |percent: i32, used: i64| json!({ "percent": percent, "tokens_used": used, "tokens_total": 10_000 });
    let mut told: Vec<_> = events.iter().map(|edge| edge["node"]["data"].clone()).collect();
    told.sort_by_key(|data| data["percent"].as_i64());
    assert_eq!(told, [data(80, 8_000), data(95, 10_001), data(100, 10_001)]);
    assert!(events.iter().all(|edge| edge["node"]["product"] == "billing"));
}

#[tokio::test]
async fn of_replicas_that_reserve_at_once_none_gives_what_is_not_there() {
    let app = TestApp::spawn_with(given_hard_limit).await;
    let other = app.replica().await;
    let bots = [&app, &other].map(|app| app.caller("acme", Role::Ingest, "bot"));
    record(&bots[0], &call("r", 9_990, 0)).await;
    let variables = json!({ "tokens": 1, "ttlSecs": 60, "key": null });
    let wishes = bots.iter().cycle().take(100).map(|bot| bot.data(RESERVE, variables.clone()));
    let granted = futures_util::future::join_all(wishes).await;
    let granted = granted.iter().filter(|data| data["reserveTokens"]["granted"] == true).count();
    assert_eq!(granted, 10);
}

#[tokio::test]
async fn a_bad_reservation_is_refused_by_name() {
    let app = TestApp::spawn().await;
    for (variables, expected) in [
        (json!({ "tokens": 0, "ttlSecs": 1 }), "`tokens` is 0, expected 1 to 2^53 - 1"),
        (json!({ "tokens": 1, "ttlSecs": 0 }), "`ttlSecs` is 0, expected 1 to 86400"),
        (json!({ "tokens": 1, "ttlSecs": 86_401 }), "`ttlSecs` is 86401, expected 1 to 86400"),
        (json!({ "tokens": 1, "ttlSecs": 1, "key": "" }), "`key` is \"\", expected 1 to 64"),
    ] {
        let (code, message) = app.product().refusal(RESERVE, variables).await;
        assert_eq!(code, "BAD_USER_INPUT", "{message}, expected {expected}");
        assert!(message.starts_with(expected), "{message}, expected {expected}");
    }
}
