//! When the tokens of a plan run out.

use chrono::{DateTime, TimeDelta, Utc};
use deskpulse::config::Config;
use serde_json::{Value, json};

use crate::harness::{NOW, TestApp};

const FORECAST: &str = "{ billing { forecast { runsOutOn earliest latest expectedTokens days } } }";

async fn forecast(app: &TestApp) -> Value {
    app.viewer().ask(FORECAST).await["billing"]["forecast"].clone()
}

/// Records a call of a hundred tokens at noon of a day so long ago.
async fn used(app: &TestApp, days_ago: i64) {
    let now: DateTime<Utc> = NOW.parse().expect("an instant");
    let input = json!({
        "requestId": format!("r{days_ago}"), "tokens": 100,
        "usedAt": now - TimeDelta::days(days_ago),
    });
    let record =
        "mutation ($input: TokenUsageInput!) { recordTokenUsage(input: $input) { recorded } }";
    app.product().data(record, json!({ "input": input })).await;
}

#[tokio::test]
async fn even_use_of_a_plan_runs_out_on_a_day() {
    let app = TestApp::spawn_with(|config: &mut Config| {
        let plan = config.plans.get_mut("standard").expect("a plan");
        plan.tokens = 1_450;
    })
    .await;
    assert_eq!(forecast(&app).await, Value::Null);
    for days_ago in 1..=6 {
        used(&app, days_ago).await;
    }
    assert_eq!(forecast(&app).await, Value::Null, "six days are no week");
    for days_ago in [7, 8, 9] {
        used(&app, days_ago).await;
    }
    // It is noon of the tenth in Shanghai: nine days used 900 of the month's, this one takes 50 more,
    // and the fifteenth takes the last. 22 days are left.
    assert_eq!(
        forecast(&app).await,
        json!({
            "runsOutOn": "2026-03-15", "earliest": "2026-03-15", "latest": "2026-03-15",
            "expectedTokens": 3_050, "days": 9,
        })
    );
    app.roll_up().await;
    assert_eq!(forecast(&app).await["runsOutOn"], "2026-03-15");
}
