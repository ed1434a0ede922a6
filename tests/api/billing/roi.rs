//! The return on investment.

use deskpulse::auth::Role;
use serde_json::json;

use super::{BILLING, call, call_at, record};
use crate::harness::TestApp;

const ROI: &str =
    "query ($assumptions: RoiAssumptionsInput) { billing { roi(assumptions: $assumptions) {
    savedCost autoResolveRate equivalentHeadcount breakEvenRate
    aiResolvedSessions completedSessions tokenCost unpricedCalls formula
    assumptions { minutesPerSession costPerMinute workHoursPerMonth }
} } }";

/// Three sessions that the AI resolved this month and one that a person did, after a hand-over.
async fn given_sessions(app: &TestApp) {
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
}

#[tokio::test]
async fn what_the_ai_saved_is_the_people_s_time_less_the_tokens() {
    let app = TestApp::spawn().await;
    given_sessions(&app).await;
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
async fn the_return_shows_what_it_was_made_of() {
    let app = TestApp::spawn().await;
    given_sessions(&app).await;
    // For the session that was handed over: it is paid for all the same.
    let mut handed_over = call_at("d", 8_000_000, "2026-03-10T03:00:00Z");
    handed_over["sessionId"] = json!("d");
    record(&app.product(), &handed_over).await;
    record(&app.product(), &call_at("a", 2_000_000, "2026-03-10T03:00:00Z")).await;
    record(&app.product(), &json!({ "tokens": 1_000, "model": "unpriced" })).await;
    let configured = app.viewer().data(ROI, json!({})).await;
    assert_eq!(
        configured["billing"]["roi"],
        json!({
            "savedCost": "7.50", "autoResolveRate": 75.0, "equivalentHeadcount": 0.001_875,
            // 1.50 of 4 × 3.00.
            "breakEvenRate": 12.5,
            "aiResolvedSessions": 3, "completedSessions": 4, "tokenCost": "1.50",
            "unpricedCalls": 1,
            "formula": "3 aiResolvedSessions × 6 minutesPerSession × 0.50 costPerMinute \
                − 1.50 tokenCost = 7.50 savedCost",
            "assumptions": {
                "minutesPerSession": "6", "costPerMinute": "0.50", "workHoursPerMonth": "160",
            },
        })
    );
    let assumptions = json!({ "minutesPerSession": "10", "workHoursPerMonth": "100" });
    let assumed = app.viewer().data(ROI, json!({ "assumptions": assumptions })).await;
    let roi = &assumed["billing"]["roi"];
    assert_eq!(
        (&roi["savedCost"], &roi["equivalentHeadcount"], &roi["breakEvenRate"]),
        (&json!("13.50"), &json!(0.005), &json!(7.5))
    );
    assert_eq!(
        roi["assumptions"],
        json!({ "minutesPerSession": "10", "costPerMinute": "0.50", "workHoursPerMonth": "100" })
    );
}

#[tokio::test]
async fn a_bad_assumption_is_refused_by_name() {
    let app = TestApp::spawn().await;
    for (assumptions, expected) in [
        (
            json!({ "minutesPerSession": "-1" }),
            "`assumptions.minutesPerSession` is -1, expected 0 to 10080",
        ),
        (
            json!({ "costPerMinute": "many" }),
            "`assumptions.costPerMinute` is \"many\", expected a decimal",
        ),
        (
            json!({ "workHoursPerMonth": "0" }),
            "`assumptions.workHoursPerMonth` is 0, expected 1 to 744",
        ),
        (
            json!({ "wage": "1" }),
            "`assumptions.wage` is given, but RoiAssumptionsInput has no such field",
        ),
    ] {
        let variables = json!({ "assumptions": assumptions });
        let (code, message) = app.viewer().refusal(ROI, variables).await;
        assert_eq!(code, "BAD_USER_INPUT", "{message}, expected {expected}");
        assert!(message.starts_with(expected), "{message}, expected {expected}");
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
