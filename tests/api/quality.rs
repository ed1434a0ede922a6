//! Audits: created, reviewed once, counted, paged and named.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use deskpulse::auth::Role;
use serde_json::{Value, json};

use crate::harness::{Client, NOW, TestApp};

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
const RATING: &str = "{ stats { today { qualityRating } } }";

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
    assert_eq!(
        error["message"],
        format!("audit `{id}` is {}, not PENDING_REVIEW", won["status"].as_str().unwrap())
    );
    let stored = app.viewer().data(AUDIT, json!({ "id": id })).await;
    assert_eq!(stored["quality"]["audit"]["score"], won["score"]);
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
        (verdict(&manual, 98), "CONFLICT", "audit `QA-002` is FAILED, not PENDING_REVIEW"),
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
    for query in [SUMMARY, RECORDS, AUDITS] {
        let refusal = app.product().refusal(query, json!({})).await;
        assert_eq!(refusal, ("FORBIDDEN".to_owned(), "not allowed to read audits".to_owned()));
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

/// 23 audits, pairs of them at the same instant.
async fn given_many_audits(app: &TestApp) {
    for index in 0..23 {
        given_audit(&app.product(), &audit(50 + index, "AUTO")).await;
        if index % 2 == 0 {
            app.advance(TimeDelta::seconds(1));
        }
    }
}

async fn ids_by_number(client: &Client, filter: &Value) -> Vec<Value> {
    let mut ids = Vec::new();
    for page in 1.. {
        let variables = json!({ "page": page, "size": 4, "filter": filter });
        let records = client.data(RECORDS, variables).await["quality"]["records"].clone();
        assert_eq!((&records["page"], &records["size"]), (&json!(page), &json!(4)));
        let items = records["items"].as_array().expect("items").clone();
        if items.is_empty() {
            assert_eq!(records["total"], ids.len());
            return ids;
        }
        ids.extend(items.iter().map(|item| item["id"].clone()));
    }
    unreachable!("pages end")
}

async fn ids_by_cursor(client: &Client, filter: &Value) -> Vec<Value> {
    let (mut ids, mut after) = (Vec::new(), Value::Null);
    loop {
        let variables = json!({ "first": 4, "after": after, "filter": filter });
        let page = client.data(AUDITS, variables).await["quality"]["audits"].clone();
        let (edges, info) = (page["edges"].as_array().expect("edges"), &page["pageInfo"]);
        assert_eq!(info["hasPreviousPage"], !after.is_null());
        assert_eq!(info["startCursor"], edges.first().map_or(Value::Null, |e| e["cursor"].clone()));
        assert_eq!(info["endCursor"], edges.last().map_or(Value::Null, |e| e["cursor"].clone()));
        ids.extend(edges.iter().map(|edge| edge["node"]["id"].clone()));
        if info["hasNextPage"] == false {
            return ids;
        }
        after = info["endCursor"].clone();
    }
}

#[tokio::test]
async fn pages_by_number_and_by_cursor_give_the_same_list() {
    let app = TestApp::spawn().await;
    given_many_audits(&app).await;
    let viewer = app.viewer();
    let newest_first: Vec<_> =
        (1..=23).rev().map(|number| json!(format!("QA-{number:03}"))).collect();
    for (filter, expected) in [
        (Value::Null, &newest_first[..]),
        (json!({ "status": "PASSED" }), &newest_first[..13]),
        (json!({ "status": "PENDING_REVIEW" }), &newest_first[13..]),
        (json!({ "minScore": 55, "maxScore": 64 }), &newest_first[8..18]),
        (json!({ "auditType": "AUTO", "sessionId": "s" }), &newest_first[..]),
        (json!({ "auditType": "MANUAL" }), &[]),
        (json!({ "agentId": "li" }), &[]),
        // The second audit came one second after the first, with the third.
        (
            json!({ "from": "2026-03-10T04:00:01Z", "to": "2026-03-10T04:00:02Z" }),
            &newest_first[20..22],
        ),
    ] {
        let numbered = ids_by_number(&viewer, &filter).await;
        assert_eq!(numbered, expected, "by number, {filter}");
        assert_eq!(ids_by_cursor(&viewer, &filter).await, numbered, "by cursor, {filter}");
    }
}

#[tokio::test]
async fn a_page_is_ten_records_or_fifty_audits_unless_told() {
    let app = TestApp::spawn().await;
    for _ in 0..51 {
        given_audit(&app.product(), &audit(90, "AUTO")).await;
    }
    for variables in [json!({}), json!({ "page": null, "size": null, "first": null })] {
        let records = app.viewer().data(RECORDS, variables.clone()).await;
        let records = &records["quality"]["records"];
        let audits = app.viewer().data(AUDITS, variables).await;
        let audits = &audits["quality"]["audits"];
        assert_eq!(
            (records["items"].as_array().unwrap().len(), &records["total"], &records["size"]),
            (10, &json!(51), &json!(10))
        );
        assert_eq!(audits["edges"].as_array().unwrap().len(), 50);
        assert_eq!(audits["pageInfo"]["hasNextPage"], true);
    }
}

#[tokio::test]
async fn a_bad_page_of_audits_is_refused_by_name() {
    let app = TestApp::spawn().await;
    let filter = |filter: Value| json!({ "filter": filter });
    let cursor = |plain: &str| json!({ "after": URL_SAFE_NO_PAD.encode(plain) });
    for (query, variables, expected) in [
        (RECORDS, json!({ "page": 0 }), "`page` is 0, expected 1 or more"),
        (RECORDS, json!({ "page": -1 }), "`page` is -1, expected 1 or more"),
        (RECORDS, json!({ "size": 0 }), "`size` is 0, expected 1 to 100"),
        (RECORDS, json!({ "size": 1_000 }), "`size` is 1000, expected 1 to 100"),
        (AUDITS, json!({ "first": 0 }), "`first` is 0, expected 1 to 500"),
        (AUDITS, json!({ "first": 501 }), "`first` is 501, expected 1 to 500"),
        (AUDITS, json!({ "after": "" }), "`after` is \"\", expected a cursor of an earlier page"),
        (AUDITS, json!({ "after": "!!" }), "`after` is \"!!\", expected a cursor of"),
        (AUDITS, cursor("1773115200000000/x"), "`after` is \""),
        // Instants that no database keeps.
        (AUDITS, cursor("-9223372036854775807/1"), "`after` is \""),
        (AUDITS, cursor("9223372036854775807/1"), "`after` is \""),
        (RECORDS, filter(json!({ "minScore": 101 })), "`minScore` is 101, expected 0 to 100"),
        (RECORDS, filter(json!({ "maxScore": -1 })), "`maxScore` is -1, expected 0 to 100"),
        (
            AUDITS,
            filter(json!({ "minScore": 60, "maxScore": 59 })),
            "`minScore` is 60, expected at most `maxScore`, 59",
        ),
        (
            AUDITS,
            filter(json!({ "from": "2026-03-10T04:00:00Z", "to": "2026-03-10T04:00:00Z" })),
            "`from` is 2026-03-10T04:00:00+00:00, expected an instant before `to`, 2026-03-10",
        ),
        (AUDITS, filter(json!({ "agentId": "x".repeat(65) })), "`agentId` is \"xxx"),
        (AUDITS, filter(json!({ "sessionId": "" })), "`sessionId` is \"\", expected 1 to 64"),
        (
            AUDITS,
            filter(json!({ "status": "OPEN" })),
            "`filter.status` is OPEN, expected a value of the enum AuditStatus",
        ),
        (AUDITS, filter(json!({ "from": "today" })), "`filter.from` is \"today\", expected "),
    ] {
        let (code, message) = app.viewer().refusal(query, variables).await;
        assert_eq!(code, "BAD_USER_INPUT", "{message}, expected {expected}");
        assert!(message.starts_with(expected), "{message}, expected {expected}");
    }
}

#[tokio::test]
async fn today_s_grade_is_that_of_the_mean_final_score_in_the_tenant_s_language() {
    let app = TestApp::spawn().await;
    let chinese = app.operator();
    let english = app.caller("acme", Role::Operator, "ann");
    let mut grades = Vec::new();
    for (score, by) in [(40, "AUTO"), (95, "MANUAL"), (75, "AUTO"), (60, "MANUAL"), (0, "MANUAL")] {
        let mut both = Vec::new();
        for client in [&chinese, &english] {
            given_audit(client, &audit(score, by)).await;
            both.push(client.ask(RATING).await["stats"]["today"]["qualityRating"].clone());
        }
        grades.push(both);
    }
    assert_eq!(
        json!(grades),
        json!([
            // Not final, so it does not count.
            [null, null],
            ["卓越", "Excellent"],
            ["良好", "Good"],
            ["合格", "Acceptable"],
            ["待改进", "Needs improvement"],
        ])
    );
}

#[tokio::test]
async fn a_grade_is_made_of_thirty_days() {
    let app = TestApp::spawn().await;
    given_audit(&app.product(), &audit(100, "AUTO")).await;
    app.advance(TimeDelta::days(29));
    let last = app.viewer().ask(RATING).await;
    app.advance(TimeDelta::days(1));
    let gone = app.viewer().ask(RATING).await;
    let rating = |answer: &Value| answer["stats"]["today"]["qualityRating"].clone();
    assert_eq!((rating(&last), rating(&gone)), (json!("卓越"), Value::Null));
}
