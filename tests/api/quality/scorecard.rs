//! Audits that are scored by the answers to a scorecard.

use deskpulse::config::{Category, Scorecard};
use serde_json::{Value, json};

use super::{REVIEW, verdict};
use crate::harness::{NOW, TestApp};

fn with_scorecards(config: &mut deskpulse::config::Config) {
    let category = |id: &str, points: u32, weight: u32, critical: bool| Category {
        id: id.to_owned(),
        title: id.to_uppercase(),
        points,
        weight,
        critical,
    };
    let card = |version: u32, categories: Vec<Category>| Scorecard {
        id: "care".to_owned(),
        version,
        title: "Care".to_owned(),
        categories,
    };
    let tone = category("tone", 5, 3, false);
    config.quality.scorecards =
        vec![card(2, vec![tone.clone(), category("privacy", 2, 1, true)]), card(1, vec![tone])];
}

#[tokio::test]
async fn an_audit_is_scored_by_the_answers_that_stay_with_it() {
    let app = TestApp::spawn_with(with_scorecards).await;
    let score = "mutation ($input: ScoreAuditInput!) { scoreAudit(input: $input) {
        id score scoreOfAnswers status autoScore scorecard scorecardVersion
        answers { category points of weight critical }
        findings { code severity eventId }
    } }";
    let input = |answers: Value, more: Value| {
        let mut input = json!({
            "sessionId": "s", "scorecard": "care", "auditType": "AUTO", "answers": answers,
        });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "input": input })
    };
    let answers = json!([
        { "category": "privacy", "points": 1 }, { "category": "tone", "points": 2 },
    ]);
    let findings = json!({ "findings": [
        { "code": "TONE", "severity": "MAJOR", "eventId": "e1" },
        { "code": "TONE", "severity": "MAJOR" },
        { "code": "LATE", "severity": "MINOR" },
    ] });
    let scored = app.product().data(score, input(answers.clone(), findings)).await;
    assert_eq!(
        scored["scoreAudit"],
        json!({
            "id": "QA-001", "score": 42, "scoreOfAnswers": 42, "status": "PENDING_REVIEW",
            "autoScore": 42, "scorecard": "care", "scorecardVersion": 2,
            "answers": [
                { "category": "tone", "points": 2, "of": 5, "weight": 3, "critical": false },
                { "category": "privacy", "points": 1, "of": 2, "weight": 1, "critical": true },
            ],
            "findings": [
                { "code": "TONE", "severity": "MAJOR", "eventId": "e1" },
                { "code": "TONE", "severity": "MAJOR", "eventId": null },
                { "code": "LATE", "severity": "MINOR", "eventId": null },
            ],
        })
    );
    app.reviewer().data(REVIEW, verdict("QA-001", 90)).await;
    let audit = "{ quality { audit(id: \"QA-001\") { score scoreOfAnswers } } }";
    let reviewed = app.viewer().ask(audit).await;
    assert_eq!(reviewed["quality"]["audit"], json!({ "score": 90, "scoreOfAnswers": 42 }));
    let critical = json!([
        { "category": "privacy", "points": 0 }, { "category": "tone", "points": 5 },
    ]);
    let failed = app.reviewer().data(score, input(critical, json!({}))).await;
    assert_eq!(failed["scoreAudit"]["score"], 0);
    let tone = json!([{ "category": "tone", "points": 5 }]);
    let old = input(tone, json!({ "scorecardVersion": 1 }));
    let old = app.reviewer().data(score, old).await;
    assert_eq!(old["scoreAudit"]["score"], 100);

    for (answers, more, code, expected) in [
        (json!([]), json!({}), "BAD_USER_INPUT", "`answers` is incomplete, expected an answer for"),
        (
            answers.clone(),
            json!({ "scorecard": "none" }),
            "NOT_FOUND",
            "scorecard `none` not found",
        ),
        (
            answers.clone(),
            json!({ "scorecardVersion": 3 }),
            "NOT_FOUND",
            "scorecard `care/3` not found",
        ),
        (
            answers,
            json!({ "findings": [{ "code": "", "severity": "MINOR" }] }),
            "BAD_USER_INPUT",
            "`findings.code` is \"\"",
        ),
    ] {
        let (found, message) = app.reviewer().refusal(score, input(answers, more)).await;
        assert_eq!(found, code, "{message}");
        assert!(message.starts_with(expected), "{message}");
    }
    let counts = "query ($from: DateTime!, $to: DateTime!) { quality {
        findingCounts(from: $from, to: $to) { code severity findings audits }
        scorecards { id version categories { id critical } }
    } }";
    let day = json!({ "from": "2026-03-10T00:00:00Z", "to": "2026-03-11T00:00:00Z" });
    let counted = app.viewer().data(counts, day).await;
    assert_eq!(
        counted["quality"]["findingCounts"],
        json!([
            { "code": "TONE", "severity": "MAJOR", "findings": 2, "audits": 1 },
            { "code": "LATE", "severity": "MINOR", "findings": 1, "audits": 1 },
        ])
    );
    assert_eq!(counted["quality"]["scorecards"][1]["version"], 1);
    let backwards = json!({ "from": NOW, "to": NOW });
    let (code, message) = app.viewer().refusal(counts, backwards).await;
    assert_eq!(code, "BAD_USER_INPUT");
    assert!(message.starts_with("`to` is 2026-03-10T04:00:00+00:00, expected an instant after"));
}

#[tokio::test]
async fn an_audit_may_be_created_with_answers_and_the_score_that_they_come_to() {
    let app = TestApp::spawn_with(with_scorecards).await;
    let create = "mutation ($input: CreateAuditInput!) { createAudit(input: $input) {
        score scorecard scorecardVersion scoreOfAnswers
    } }";
    let answers = json!([
        { "category": "privacy", "points": 1 }, { "category": "tone", "points": 2 },
    ]);
    let input = |score: i32, more: Value| {
        let mut input = json!({ "sessionId": "s", "auditType": "MANUAL", "score": score });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "input": input })
    };
    let card = json!({ "scorecard": "care", "answers": answers });
    let created = app.reviewer().data(create, input(42, card.clone())).await;
    let expected =
        json!({ "score": 42, "scorecard": "care", "scorecardVersion": 2, "scoreOfAnswers": 42 });
    assert_eq!(created["createAudit"], expected);
    for (score, more, expected) in [
        (80, card, "`score` is 80, expected 42, which the answers come to"),
        (42, json!({ "answers": answers }), "`scorecard` is null, expected the scorecard"),
        (42, json!({ "scorecard": "care" }), "`answers` is null, expected an answer for each"),
        (42, json!({ "scorecardVersion": 1 }), "`scorecard` is null, expected the scorecard"),
    ] {
        let (code, message) = app.reviewer().refusal(create, input(score, more)).await;
        assert_eq!(code, "BAD_USER_INPUT", "{message}");
        assert!(message.starts_with(expected), "{message}");
    }
}
