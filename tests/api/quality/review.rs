//! Reviews and disputes: who may judge, once, and what is left behind.

use chrono::TimeDelta;
use deskpulse::auth::Role;
use serde_json::{Value, json};

use super::{AUDIT, REVIEW, SUMMARY, audit, given_audit, given_waiting_audit, verdict};
use crate::harness::TestApp;

#[tokio::test]
async fn a_review_makes_the_score_final() {
    let app = TestApp::spawn().await;
    let id = given_waiting_audit(&app).await;
    app.advance(TimeDelta::minutes(5));
    let mut input = verdict(&id, 98);
    input["input"]["comment"] = json!("heard it myself");
    let reviewed = app.reviewer().data(REVIEW, input).await;
    let expected = json!({
        "id": id, "score": 98, "status": "PASSED", "reviewedBy": "rosa",
        "reviewedAt": "2026-03-10T04:05:00Z",
    });
    assert_eq!(reviewed["reviewAudit"], expected);
    let found = app.viewer().data(AUDIT, json!({ "id": id })).await;
    assert_eq!(
        found["quality"]["audit"],
        json!({ "id": id, "agent": null, "status": "PASSED", "score": 98 })
    );
}

#[tokio::test]
async fn a_review_below_the_pass_mark_fails_the_audit() {
    let app = TestApp::spawn().await;
    let id = given_waiting_audit(&app).await;
    let reviewed = app.reviewer().data(REVIEW, verdict(&id, 59)).await;
    assert_eq!(reviewed["reviewAudit"]["status"], "FAILED");
    let summary = app.viewer().ask(SUMMARY).await;
    assert_eq!(
        summary["quality"]["summary"],
        json!({ "passRate": 0.0, "auditedCount": 1, "pendingReview": 0 })
    );
}

#[tokio::test]
async fn of_two_reviewers_at_once_one_finds_a_conflict() {
    let app = TestApp::spawn().await;
    let id = given_waiting_audit(&app).await;
    let (ann, ben) = (
        app.caller("default", Role::Reviewer, "ann"),
        app.caller("default", Role::Reviewer, "ben"),
    );
    let (first, second) =
        tokio::join!(ann.send(REVIEW, verdict(&id, 90)), ben.send(REVIEW, verdict(&id, 10)));
    let (winner, loser) = if first.codes().is_empty() { (first, second) } else { (second, first) };
    let error = &loser.body["errors"][0];
    assert_eq!((winner.codes(), loser.codes()), (vec![], vec!["CONFLICT"]), "{error}");
    let won = &winner.body["data"]["reviewAudit"];
    let (status, score) = (won["status"].as_str().unwrap(), &won["score"]);
    let message = error["message"].as_str().unwrap();
    let expected = format!("audit `{id}` is at version 2: {status} with {score} by");
    assert!(message.starts_with(&expected), "{message}");
    let stored = app.viewer().data(AUDIT, json!({ "id": id })).await;
    assert_eq!(stored["quality"]["audit"]["score"], won["score"]);
}

/// Claimed, reviewed, disputed and ruled on, as the page of a desk does it.
#[tokio::test]
async fn an_audit_tells_all_that_became_of_it() {
    let app = TestApp::spawn().await;
    let mut input = audit(40, "AUTO");
    input["agentId"] = json!("li");
    let id = given_audit(&app.product(), &input).await;
    let (ann, ben) = (
        app.caller("default", Role::Reviewer, "ann"),
        app.caller("default", Role::Reviewer, "ben"),
    );
    let next = ann.ask("{ quality { nextAudit(order: LOWEST_SCORE_FIRST) { id version } } }").await;
    assert_eq!(next["quality"]["nextAudit"], json!({ "id": id, "version": 1 }));
    let claim = "mutation ($id: ID!) { claimAudit(auditId: $id, leaseSecs: 60) {
        claimedBy claimedUntil
    } }";
    let claimed = ann.data(claim, json!({ "id": id })).await;
    assert_eq!(
        claimed["claimAudit"],
        json!({ "claimedBy": "ann", "claimedUntil": "2026-03-10T04:01:00Z" })
    );
    assert_eq!(ben.refusal(claim, json!({ "id": id })).await.0, "CONFLICT");
    let none = ben.ask("{ quality { nextAudit { id } pending { total claimed } } }").await;
    assert_eq!(
        none["quality"],
        json!({ "nextAudit": null, "pending": { "total": 1, "claimed": 1 } })
    );
    app.advance(TimeDelta::seconds(1));
    let mut reviewed = verdict(&id, 50);
    reviewed["input"]["version"] = json!(1);
    ann.data(REVIEW, reviewed).await;
    let li = app.caller("default", Role::Viewer, "li");
    let dispute = "mutation ($id: ID!) { disputeAudit(auditId: $id, comment: \"read again\") {
        version dispute { scoredBy ruling }
    } }";
    let disputed = li.data(dispute, json!({ "id": id })).await;
    assert_eq!(
        disputed["disputeAudit"],
        json!({ "version": 3, "dispute": { "scoredBy": "ann", "ruling": null } })
    );
    let rule = "mutation ($input: RuleOnDisputeInput!) { ruleOnDispute(input: $input) { score } }";
    let ruling = json!({
        "auditId": id, "ruling": "ACCEPTED", "finalScore": 80, "comment": "right", "version": 3,
    });
    ben.data(rule, json!({ "input": ruling })).await;
    let told = "query ($id: ID!) { quality {
        audit(id: $id) {
            score status scoreRule autoScore humanScore version claimedBy
            history { version step scoreBefore statusBefore score status by comment }
            dispute { raisedBy comment ruling ruledBy rulingComment }
        }
        overturns { scoredBy accepted overturnRate }
        agreement { pairs withinTen rate kappa }
        summary { passRate passed decided passRateInterval { low high } }
    } }";
    let told = app.viewer().data(told, json!({ "id": id })).await["quality"].clone();
    let step = |version: i32, step: &str, before: Value, now: (i32, &str), by: &str, why: Value| {
        let status_before = match before.as_i64() {
            None => Value::Null,
            Some(_) => json!(if version == 2 { "PENDING_REVIEW" } else { "FAILED" }),
        };
        json!({
            "version": version, "step": step, "scoreBefore": before, "statusBefore": status_before,
            "score": now.0, "status": now.1, "by": by, "comment": why,
        })
    };
    assert_eq!(
        told["audit"],
        json!({
            "score": 80, "status": "PASSED", "scoreRule": "HUMAN", "autoScore": 40,
            "humanScore": 80, "version": 4, "claimedBy": null,
            "history": [
                step(1, "CREATED", Value::Null, (40, "PENDING_REVIEW"), "bot", Value::Null),
                step(2, "REVIEWED", json!(40), (50, "FAILED"), "ann", Value::Null),
                step(3, "DISPUTED", json!(50), (50, "FAILED"), "li", json!("read again")),
                step(4, "RULED", json!(50), (80, "PASSED"), "ben", json!("right")),
            ],
            "dispute": {
                "raisedBy": "li", "comment": "read again", "ruling": "ACCEPTED", "ruledBy": "ben",
                "rulingComment": "right",
            },
        })
    );
    assert_eq!(
        told["overturns"],
        json!([{ "scoredBy": "ann", "accepted": 1, "overturnRate": 100.0 }])
    );
    assert_eq!(told["agreement"], json!({ "pairs": 1, "withinTen": 0, "rate": 0.0, "kappa": 0.0 }));
    let summary = &told["summary"];
    assert_eq!((&summary["passed"], &summary["decided"]), (&json!(1), &json!(1)));
    let low = summary["passRateInterval"]["low"].as_f64().unwrap();
    assert!((low - 20.654_931).abs() < 1e-6 && summary["passRateInterval"]["high"] == 100.0);
}

#[tokio::test]
async fn a_review_by_the_audited_agent_is_forbidden() {
    let app = TestApp::spawn().await;
    let mut input = audit(40, "AUTO");
    input["agentId"] = json!("li");
    let id = given_audit(&app.product(), &input).await;
    for role in [Role::Reviewer, Role::Operator] {
        let li = app.caller("default", role, "li");
        let refusal = li.refusal(REVIEW, verdict(&id, 98)).await;
        let expected =
            ("FORBIDDEN".to_owned(), "not allowed to review your own session".to_owned());
        assert_eq!(refusal, expected);
    }
    app.reviewer().data(REVIEW, verdict(&id, 98)).await;
}

#[tokio::test]
async fn a_bad_review_is_refused_by_name_and_changes_nothing() {
    let app = TestApp::spawn().await;
    let waiting = given_waiting_audit(&app).await;
    let manual = given_audit(&app.reviewer(), &audit(40, "MANUAL")).await;
    let mut long = verdict(&waiting, 50);
    long["input"]["comment"] = json!("x".repeat(2_001));
    for (input, code, expected) in [
        (verdict(&waiting, 101), "BAD_USER_INPUT", "`finalScore` is 101, expected 0 to 100"),
        (verdict(&waiting, -1), "BAD_USER_INPUT", "`finalScore` is -1, expected 0 to 100"),
        (long, "BAD_USER_INPUT", "`comment` is \"xxx"),
        (verdict(&manual, 98), "CONFLICT", "audit `QA-002` is at version 1: FAILED with 40, not"),
        (verdict("QA-003", 98), "NOT_FOUND", "audit `QA-003` not found"),
        (verdict("QA-1", 98), "NOT_FOUND", "audit `QA-1` not found"),
        (verdict(&"x".repeat(9_000), 98), "NOT_FOUND", "audit `xxxx"),
    ] {
        let (found, message) = app.reviewer().refusal(REVIEW, input).await;
        assert_eq!(found, code, "{message}");
        assert!(message.starts_with(expected) && message.len() < 200, "{message}");
    }
    let stored = app.viewer().data(AUDIT, json!({ "id": waiting })).await;
    assert_eq!(stored["quality"]["audit"]["status"], "PENDING_REVIEW");
}
