//! Audits: created, reviewed once, counted, paged and named.

mod grade;
mod list;
mod review;
mod scorecard;

use chrono::TimeDelta;
use deskpulse::auth::Role;
use serde_json::{Value, json};

use crate::harness::{Client, NOW, TestApp, steps_back_before};

const CREATE: &str = "mutation ($input: CreateAuditInput!) { createAudit(input: $input) {
    id sessionId agentId agent customer score status auditType type issues date auditedAt
    reviewedBy reviewedAt
} }";
const REVIEW: &str = "mutation ($input: ReviewAuditInput!) { reviewAudit(input: $input) {
    id score status reviewedBy reviewedAt
} }";
const RECORDS: &str = "query ($page: Int, $size: Int, $filter: AuditFilter) {
    quality { records(page: $page, size: $size, filter: $filter) {
        items { id } total page size
    } }
}";
const AUDITS: &str = "query ($first: Int, $after: String, $filter: AuditFilter) {
    quality { audits(first: $first, after: $after, filter: $filter) {
        edges { cursor node { id } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    } }
}";
const AUDIT: &str = "query ($id: ID!) { quality { audit(id: $id) { id agent status score } } }";
const SUMMARY: &str = "{ quality { summary { passRate auditedCount pendingReview } } }";

fn audit(score: i32, by: &str) -> Value {
    json!({ "sessionId": "s", "score": score, "auditType": by })
}

async fn given_audit(client: &Client, input: &Value) -> String {
    let data = client.data(CREATE, json!({ "input": input })).await;
    data["createAudit"]["id"].as_str().expect("an id").to_owned()
}

/// A machine's failing score, which waits for a person.
async fn given_waiting_audit(app: &TestApp) -> String {
    given_audit(&app.product(), &audit(40, "AUTO")).await
}

fn verdict(id: &str, score: i32) -> Value {
    json!({ "input": { "auditId": id, "finalScore": score } })
}

#[tokio::test]
async fn an_audit_comes_back_as_it_was_given() {
    let app = TestApp::spawn().await;
    let input = json!({
        "sessionId": "s-1", "agentId": "li", "customerName": "王", "score": 98,
        "auditType": "MANUAL", "sessionType": "Titan续航疑虑回复",
        "issues": [{ "kind": "tone", "weight": 1.5 }, null],
    });
    let created = app.reviewer().data(CREATE, json!({ "input": input })).await;
    assert_eq!(
        created["createAudit"],
        json!({
            "id": "QA-001", "sessionId": "s-1", "agentId": "li", "agent": null, "customer": "王",
            "score": 98, "status": "PASSED", "auditType": "MANUAL", "type": "Titan续航疑虑回复",
            "issues": [{ "kind": "tone", "weight": 1.5 }, null], "date": "2026-03-10",
            "auditedAt": NOW, "reviewedBy": null, "reviewedAt": null,
        })
    );
}

#[tokio::test]
async fn an_audit_falls_on_the_tenant_s_day() {
    let app = TestApp::spawn().await;
    app.advance(TimeDelta::minutes(-1));
    let reviewer = app.caller("acme", Role::Reviewer, "ann");
    let created = reviewer.data(CREATE, json!({ "input": audit(90, "AUTO") })).await;
    assert_eq!(created["createAudit"]["date"], "2026-03-09");
}

#[tokio::test]
async fn only_a_machine_s_failing_score_waits_for_a_review() {
    let app = TestApp::spawn().await;
    let mut found = Vec::new();
    for (score, by) in [(60, "AUTO"), (59, "AUTO"), (60, "MANUAL"), (0, "MANUAL"), (100, "AUTO")] {
        let input = json!({ "input": audit(score, by) });
        let created = app.product().data(CREATE, input).await;
        found.push(created["createAudit"]["status"].clone());
    }
    assert_eq!(found, ["PASSED", "PENDING_REVIEW", "PASSED", "FAILED", "PASSED"]);
    let summary = app.viewer().ask(SUMMARY).await;
    assert_eq!(
        summary["quality"]["summary"],
        json!({ "passRate": 75.0, "auditedCount": 5, "pendingReview": 1 })
    );
}

#[tokio::test]
async fn without_a_final_result_there_is_no_pass_rate() {
    let app = TestApp::spawn().await;
    given_waiting_audit(&app).await;
    let summary = app.viewer().ask(SUMMARY).await;
    assert_eq!(
        summary["quality"]["summary"],
        json!({ "passRate": null, "auditedCount": 1, "pendingReview": 1 })
    );
}

#[tokio::test]
async fn a_bad_audit_is_refused_by_name_and_not_stored() {
    let app = TestApp::spawn().await;
    for (change, expected) in [
        (json!({ "score": 101 }), "`score` is 101, expected 0 to 100"),
        (json!({ "score": -1 }), "`score` is -1, expected 0 to 100"),
        (json!({ "score": "98" }), "`input.score` is \"98\", expected Int"),
        (json!({ "score": 98.5 }), "`input.score` is 98.5, expected Int"),
        (json!({ "sessionId": "" }), "`sessionId` is \"\", expected 1 to 64 characters"),
        (json!({ "sessionId": "x".repeat(65) }), "`sessionId` is \"xxxx"),
        (json!({ "agentId": "x".repeat(65) }), "`agentId` is \"xxxx"),
        (json!({ "customerName": "界".repeat(101) }), "`customerName` is \"界界"),
        (json!({ "customerName": "\u{0}" }), "`customerName` is \"\\0\", expected 0 to 100 "),
        (json!({ "sessionType": "x".repeat(51) }), "`sessionType` is \"xxxx"),
        (
            json!({ "issues": "x".repeat(65_536) }),
            "`issues` is 65538 bytes, expected at most 65536 bytes of JSON",
        ),
        (
            json!({ "auditType": "HUMAN" }),
            "`input.auditType` is HUMAN, expected a value of the enum AuditType",
        ),
        (json!({ "colour": "red" }), "`input.colour` is given, but CreateAuditInput has no such "),
    ] {
        let mut input = audit(90, "MANUAL");
        input.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let (code, message) = app.reviewer().refusal(CREATE, json!({ "input": input })).await;
        assert_eq!(code, "BAD_USER_INPUT", "{message}");
        assert!(message.starts_with(expected) && message.len() < 400, "{message}");
    }
    let longest = json!({
        "sessionId": "x".repeat(64), "agentId": "x".repeat(64), "score": 0, "auditType": "AUTO",
        "customerName": "界".repeat(100), "sessionType": "x".repeat(50),
        "issues": "x".repeat(65_534),
    });
    assert_eq!(given_audit(&app.reviewer(), &longest).await, "QA-001", "nothing came before");
}

#[tokio::test]
async fn audits_created_at_once_have_numbers_of_their_own() {
    let app = TestApp::spawn().await;
    let (product, input) = (app.product(), audit(90, "AUTO"));
    let creations = (0..12).map(|_| given_audit(&product, &input));
    let mut ids = futures_util::future::join_all(creations).await;
    ids.sort();
    let expected: Vec<_> = (1..=12).map(|number| format!("QA-{number:03}")).collect();
    assert_eq!(ids, expected);
}

#[tokio::test]
async fn an_id_that_no_audit_has_is_null() {
    let app = TestApp::spawn().await;
    given_waiting_audit(&app).await;
    for id in ["QA-002", "QA-1", "QA-0001", "qa-001", "QA-9223372036854775808", "", "\u{0}"] {
        let found = app.viewer().data(AUDIT, json!({ "id": id })).await;
        assert_eq!(found["quality"]["audit"], Value::Null, "{id}");
    }
}

#[tokio::test]
async fn another_tenant_s_audits_are_out_of_reach() {
    let app = TestApp::spawn().await;
    let id = given_waiting_audit(&app).await;
    let stranger = app.caller("acme", Role::Reviewer, "stan");
    let found = stranger.data(AUDIT, json!({ "id": id })).await;
    assert_eq!(found["quality"]["audit"], Value::Null);
    assert_eq!(stranger.refusal(REVIEW, verdict(&id, 98)).await.0, "NOT_FOUND");
    let summary = stranger.ask(SUMMARY).await;
    assert_eq!(
        summary["quality"]["summary"],
        json!({ "passRate": null, "auditedCount": 0, "pendingReview": 0 })
    );
    let records = stranger.data(RECORDS, json!({})).await;
    assert_eq!(records["quality"]["records"]["total"], 0);
    let audits = stranger.data(AUDITS, json!({})).await;
    assert_eq!(audits["quality"]["audits"]["edges"], json!([]));
    let foreign = "{ quality(tenantId: \"default\") { summary { auditedCount } } }";
    assert_eq!(stranger.refusal(foreign, json!({})).await.0, "FORBIDDEN");
    let operator = app.caller("acme", Role::Operator, "olga").ask(foreign).await;
    assert_eq!(operator["quality"]["summary"]["auditedCount"], 1);
    // Numbers are each tenant's own.
    assert_eq!(given_audit(&stranger, &audit(90, "MANUAL")).await, "QA-001");
}

#[tokio::test]
async fn roles_decide_who_creates_reviews_and_reads() {
    let app = TestApp::spawn().await;
    let id = given_waiting_audit(&app).await;
    let create = json!({ "input": audit(90, "AUTO") });
    let refusal = app.viewer().refusal(CREATE, create).await;
    assert_eq!(refusal, ("FORBIDDEN".to_owned(), "not allowed to create audits".to_owned()));
    for client in [app.viewer(), app.product()] {
        let refusal = client.refusal(REVIEW, verdict(&id, 90)).await;
        assert_eq!(refusal, ("FORBIDDEN".to_owned(), "not allowed to review audits".to_owned()));
    }
    for (query, what) in
        [(SUMMARY, "read the figures of audits"), (RECORDS, "read audits"), (AUDITS, "read audits")]
    {
        let refusal = app.product().refusal(query, json!({})).await;
        assert_eq!(refusal, ("FORBIDDEN".to_owned(), format!("not allowed to {what}")));
    }
}

#[tokio::test]
async fn an_agent_is_named_by_the_latest_event_of_its_own_tenant() {
    let app = TestApp::spawn().await;
    let assigned = |id: &str, name: &str, at: &str| {
        json!({
            "id": id, "name": "session.assign", "product": "desk", "sessionId": "s",
            "data": { "agent_id": "li", "agent_name": name }, "occurredAt": at,
        })
    };
    let mut input = audit(90, "MANUAL");
    input["agentId"] = json!("li");
    let id = given_audit(&app.product(), &input).await;
    let stranger = app.caller("acme", Role::Operator, "stan");
    stranger.track(&[assigned("1", "Another", "2026-03-10T03:59:00Z")]).await;
    let mut names = Vec::new();
    for (event, name, at) in
        [("2", "李建国", "03:00"), ("3", "李四", "03:30"), ("4", "老李", "02:00")]
    {
        app.product().track(&[assigned(event, name, &format!("2026-03-10T{at}:00Z"))]).await;
        let found = app.viewer().data(AUDIT, json!({ "id": id })).await;
        names.push(found["quality"]["audit"]["agent"].clone());
    }
    assert_eq!(names, ["李建国", "李四", "李四"], "the last one is older news");
}

#[tokio::test]
async fn audits_of_an_older_service_get_their_scores_and_their_history() {
    let app = TestApp::spawn().await;
    let reviewed = given_waiting_audit(&app).await;
    app.reviewer().data(REVIEW, verdict(&reviewed, 75)).await;
    let waiting = given_waiting_audit(&app).await;
    let by_hand = given_audit(&app.reviewer(), &audit(90, "MANUAL")).await;
    let told = async || {
        let mut told = Vec::new();
        for id in [&reviewed, &waiting, &by_hand] {
            let query = "query ($id: ID!) { quality { audit(id: $id) {
                score scoreRule autoScore humanScore version
                history { version step scoreBefore statusBefore score status by }
            } } }";
            told.push(app.viewer().data(query, json!({ "id": id })).await);
        }
        told
    };
    let before = told().await;
    let db = &app.app.services.db;
    // Down to the service that knew one score.
    db.migrate_down(steps_back_before("score_twice")).await.expect("a store of before");
    db.migrate().await.expect("migrations");
    assert_eq!(told().await, before);
    app.reviewer().data(REVIEW, verdict(&waiting, 20)).await;
}
