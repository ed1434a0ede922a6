//! Reviews, claims and what comes next.

use super::*;

#[tokio::test]
async fn a_review_decides_and_keeps_the_first_score_in_the_history() {
    let desk = desk().await;
    let first = desk.given(AuditType::Auto, 40).await;
    assert_eq!(first.status, Status::PendingReview);
    let decided = desk.review(&desk.reviewer(), "QA-001", 75).await.unwrap();
    assert_eq!((decided.status, decided.score), (Status::Passed, 75));
    assert_eq!(decided.reviewed_by.as_deref(), Some("wang"));
    assert_eq!(decided.issues, first.issues);
    assert_eq!((decided.auto_score, decided.human_score), (Some(40), Some(75)));
    assert_eq!(
        desk.history().await,
        [
            step(1, Kind::Created, (None, 40), "bot", None),
            step(2, Kind::Reviewed, (Some(40), 75), "wang", Some("heard it")),
        ]
    );
}

#[tokio::test]
async fn of_two_reviewers_at_once_one_finds_it_decided() {
    let desk = desk().await;
    desk.given(AuditType::Auto, 40).await;
    let reviewer = desk.reviewer();
    let both =
        tokio::join!(desk.review(&reviewer, "QA-001", 75), desk.review(&reviewer, "QA-001", 20));
    let codes = [both.0.err(), both.1.err()];
    assert!(codes.contains(&None) && codes.contains(&Some(Code::Conflict)), "{codes:?}");
}

#[tokio::test]
async fn a_review_of_another_version_than_was_seen_is_refused_with_the_present_one() {
    let desk = desk().await;
    desk.given(AuditType::Auto, 40).await;
    let review = |version| Review { score: score(90), comment: None, version: Some(version) };
    let seen = desk.quality.review(&desk.reviewer(), "QA-001", review(2)).await.unwrap_err();
    assert_eq!(seen.code(), Code::Conflict);
    assert_eq!(
        seen.to_string(),
        "audit `QA-001` is at version 1: PENDING_REVIEW with 40; you have seen version 2"
    );
    desk.quality.review(&desk.reviewer(), "QA-001", review(1)).await.unwrap();
    let second = desk.quality.review(&desk.reviewer(), "QA-001", review(1)).await.unwrap_err();
    assert_eq!(
        second.to_string(),
        "audit `QA-001` is at version 2: PASSED with 90 by `wang`; you have seen version 1"
    );
}

#[tokio::test]
async fn a_claim_keeps_others_away_until_it_ends() {
    let desk = desk().await;
    desk.given(AuditType::Auto, 40).await;
    let (wang, wu) = (desk.reviewer(), desk.as_role(Role::Reviewer, "wu"));
    let claim = async |viewer: &Viewer| {
        desk.quality.claim(viewer, "QA-001", 60).await.map_err(|error| error.code())
    };
    assert_eq!(claim(&wang).await.unwrap().claimed_by.as_deref(), Some("wang"));
    assert_eq!(claim(&wu).await, Err(Code::Conflict));
    assert_eq!(desk.review(&wu, "QA-001", 70).await, Err(Code::Conflict));
    let next = async |viewer: &Viewer| {
        let next = desk.quality.next(viewer, Order::OldestFirst).await.unwrap();
        next.map(|audit| audit.id)
    };
    assert_eq!((next(&wang).await, next(&wu).await), (Some(1), None));
    let error = desk.quality.release(&wu, "QA-001").await.unwrap_err();
    assert_eq!(error.to_string(), "`wang` works on audit `QA-001` until 2026-03-10T08:01:01+00:00");
    desk.clock.advance(TimeDelta::seconds(60));
    assert_eq!(next(&wu).await, Some(1), "the claim has run out");
    claim(&wu).await.unwrap();
    desk.quality.release(&wu, "QA-001").await.unwrap();
    claim(&wang).await.unwrap();
    let decided = desk.review(&wang, "QA-001", 70).await.unwrap();
    assert_eq!((decided.claimed_by, decided.claimed_until), (None, None));
    assert_eq!(claim(&wang).await, Err(Code::Conflict), "nothing waits any more");
    let error = desk.quality.claim(&wang, "QA-001", 59).await.unwrap_err();
    assert_eq!(error.to_string(), "`leaseSecs` is 59, expected 60 to 3600");
}

#[tokio::test]
async fn of_many_who_claim_at_once_one_gets_the_audit() {
    let desk = desk().await;
    desk.given(AuditType::Auto, 40).await;
    let viewers: Vec<_> =
        (0..12).map(|number| desk.as_role(Role::Reviewer, &format!("r{number}"))).collect();
    let claims = viewers.iter().map(|viewer| desk.quality.claim(viewer, "QA-001", 60));
    let claims = futures_util::future::join_all(claims).await;
    assert_eq!(claims.iter().filter(|claim| claim.is_ok()).count(), 1);
    let refused = claims.iter().filter_map(|claim| claim.as_ref().err());
    assert!(refused.into_iter().all(|error| error.code() == Code::Conflict));
}

#[tokio::test]
async fn what_comes_next_is_the_oldest_or_the_worst_of_others_sessions() {
    let desk = desk().await;
    for (agent, score) in [("wang", 5), ("li", 50), ("li", 20), ("li", 20)] {
        let agent_id = Some(agent.to_owned());
        let audit_type = AuditType::Auto;
        desk.given_audit(NewAudit { agent_id, audit_type, ..audit(score) }).await;
    }
    let next = async |subject: &str, order| {
        let viewer = desk.as_role(Role::Reviewer, subject);
        desk.quality.next(&viewer, order).await.unwrap().map(|audit| audit.id)
    };
    assert_eq!(next("wang", Order::OldestFirst).await, Some(2));
    assert_eq!(next("wang", Order::LowestScoreFirst).await, Some(3));
    assert_eq!(next("zhao", Order::LowestScoreFirst).await, Some(1));
    desk.clock.advance(TimeDelta::hours(5));
    desk.given(AuditType::Auto, 30).await;
    let waiting = desk.quality.waiting(&desk.reviewer()).await.unwrap();
    assert_eq!((waiting.total, waiting.claimed, waiting.ages), (5, 0, [1, 0, 4, 0, 0]));
    assert_eq!(waiting.oldest_at, Some(at("2026-03-10T08:00:01Z")));
}

#[tokio::test]
async fn a_review_is_refused_with_the_reason() {
    let desk = desk().await;
    desk.given(AuditType::Auto, 40).await;
    desk.given(AuditType::Manual, 40).await;
    let stranger = Viewer { tenant: tenant(), ..desk.reviewer() };
    let cases = [
        (desk.reviewer(), "QA-002", Code::Conflict),
        (desk.reviewer(), "QA-003", Code::NotFound),
        (desk.reviewer(), "QA-x", Code::NotFound),
        (stranger, "QA-001", Code::NotFound),
        (desk.as_role(Role::Reviewer, "li"), "QA-001", Code::Forbidden),
        (desk.as_role(Role::Viewer, "wang"), "QA-001", Code::Forbidden),
        (desk.as_role(Role::Ingest, "bot"), "QA-001", Code::Forbidden),
    ];
    for (viewer, id, code) in cases {
        assert_eq!(desk.review(&viewer, id, 90).await.err(), Some(code), "{viewer:?} {id}");
    }
    let review = Review { score: score(90), comment: None, version: None };
    let error = desk.quality.review(&desk.reviewer(), "QA-002", review).await.unwrap_err();
    let message = error.to_string();
    assert_eq!(message, "audit `QA-002` is at version 1: FAILED with 40, not PENDING_REVIEW");
}
