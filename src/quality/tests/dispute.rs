//! Disputes, rulings, and whose scores were overturned.

use super::*;

fn verdict(ruling: Ruling, score: Option<i32>) -> Verdict {
    let score = score.map(self::score);
    Verdict { ruling, score, comment: "listened again".into(), version: None }
}

#[tokio::test]
async fn a_result_is_disputed_once_by_its_agent_and_ruled_on_by_another() {
    let desk = desk().await;
    desk.given(AuditType::Auto, 40).await;
    let (li, wang) = (desk.as_role(Role::Viewer, "li"), desk.reviewer());
    let dispute = async |viewer: &Viewer| {
        let disputed = desk.quality.dispute(viewer, "QA-001", "not so".into()).await;
        disputed.map_err(|error| error.code())
    };
    assert_eq!(dispute(&li).await, Err(Code::Conflict), "nothing is final yet");
    desk.review(&wang, "QA-001", 30).await.unwrap();
    assert_eq!(dispute(&wang).await, Err(Code::Forbidden));
    let disputed = dispute(&li).await.unwrap();
    assert_eq!((disputed.score, disputed.status, disputed.version), (30, Status::Failed, 3));
    assert_eq!(dispute(&li).await, Err(Code::Conflict));
    let rule = async |viewer: &Viewer, verdict: Verdict| {
        desk.quality.rule(viewer, "QA-001", verdict).await
    };
    let own = rule(&desk.as_role(Role::Reviewer, "li"), verdict(Ruling::Accepted, Some(90))).await;
    assert_eq!(own.unwrap_err().code(), Code::Forbidden);
    for (wrong, reason) in [
        (verdict(Ruling::Accepted, None), "`finalScore` is missing, expected the new score"),
        (verdict(Ruling::Rejected, Some(1)), "`finalScore` is 1, expected none: a score stands"),
        (verdict(Ruling::Accepted, Some(30)), "`finalScore` is 30, expected another score than"),
        (
            Verdict { version: Some(2), ..verdict(Ruling::Rejected, None) },
            "audit `QA-001` is at version 3: FAILED with 30 by `wang`; you have seen version 2",
        ),
    ] {
        let error = rule(&wang, wrong).await.unwrap_err().to_string();
        assert!(error.starts_with(reason), "{error}");
    }
    let ruled = rule(&wang, verdict(Ruling::PartlyAccepted, Some(65))).await.unwrap();
    assert_eq!((ruled.score, ruled.status), (65, Status::Passed));
    assert_eq!((ruled.auto_score, ruled.human_score), (Some(40), Some(65)));
    let again = rule(&wang, verdict(Ruling::Rejected, None)).await.unwrap_err();
    assert_eq!(again.to_string(), "audit `QA-001` has no open dispute");
    assert_eq!(
        desk.history().await[2..],
        [
            step(3, Kind::Disputed, (Some(30), 30), "li", Some("not so")),
            step(4, Kind::Ruled, (Some(30), 65), "wang", Some("listened again")),
        ]
    );
}

#[tokio::test]
async fn overturned_scores_are_counted_by_who_gave_them() {
    let desk = desk().await;
    let (li, wang) = (desk.as_role(Role::Viewer, "li"), desk.reviewer());
    // A machine's passing score is final by itself; the fourth is a person's.
    let ruled = [
        Some(verdict(Ruling::Accepted, Some(100))),
        Some(verdict(Ruling::Rejected, None)),
        None,
        Some(verdict(Ruling::PartlyAccepted, Some(61))),
    ];
    for (number, ruling) in ruled.into_iter().enumerate() {
        let id = format!("QA-{:03}", number + 1);
        if number == 3 {
            desk.given(AuditType::Auto, 20).await;
            desk.review(&desk.as_role(Role::Reviewer, "wu"), &id, 30).await.unwrap();
        } else {
            desk.given(AuditType::Auto, 70).await;
        }
        desk.quality.dispute(&li, &id, "not so".into()).await.unwrap();
        if let Some(verdict) = ruling {
            desk.quality.rule(&wang, &id, verdict).await.unwrap();
        }
    }
    let counts = |scored_by: &str, [open, accepted, partly_accepted, rejected]: [i64; 4]| {
        Overturns { scored_by: scored_by.into(), open, accepted, partly_accepted, rejected }
    };
    let overturns = desk.quality.overturns(&wang).await.unwrap();
    assert_eq!(overturns, [counts("bot", [1, 1, 0, 1]), counts("wu", [0, 0, 1, 0])]);
    assert_eq!((overturns[0].overturned(), overturns[0].ruled()), (1, 2));
}

#[tokio::test]
async fn of_many_disputes_and_of_many_rulings_at_once_one_is_taken() {
    let desk = desk().await;
    desk.given(AuditType::Manual, 30).await;
    let li = desk.as_role(Role::Viewer, "li");
    let disputes = (0..6).map(|_| desk.quality.dispute(&li, "QA-001", "not so".into()));
    let disputes = futures_util::future::join_all(disputes).await;
    let reviewers: Vec<_> =
        (0..6).map(|number| desk.as_role(Role::Reviewer, &format!("r{number}"))).collect();
    let rulings = (40..).zip(&reviewers).map(|(score, reviewer)| {
        desk.quality.rule(reviewer, "QA-001", verdict(Ruling::Accepted, Some(score)))
    });
    let rulings = futures_util::future::join_all(rulings).await;
    for tries in [&disputes, &rulings] {
        let refused: Vec<_> = tries.iter().filter_map(|one| one.as_ref().err()).collect();
        assert_eq!(refused.len(), 5, "{tries:?}");
        assert!(refused.iter().all(|error| error.code() == Code::Conflict), "{refused:?}");
    }
    let won = rulings.into_iter().find_map(Result::ok).unwrap();
    assert_eq!(desk.history().await.last().unwrap().2, (Some(30), won.score));
    assert_eq!(desk.history().await.len(), 3);
}
