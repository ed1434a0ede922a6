//! Lists of few audits, which the database answers.

use super::*;

#[tokio::test]
async fn walking_the_cursors_meets_every_audit_once_newest_first() {
    let desk = desk().await;
    for number in 0..7 {
        // Two audits share each instant, so that the number has to decide.
        desk.clock.set(at("2026-03-10T08:00:00Z") + TimeDelta::milliseconds(number / 2));
        desk.quality.create(&desk.reviewer(), audit(90)).await.unwrap();
    }
    let (viewer, filter) = (desk.reviewer(), Filter::default());
    let mut numbers = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let (rows, page) =
            desk.quality.audits(&viewer, 3, after.as_deref(), &filter).await.unwrap();
        numbers.extend(rows.iter().map(|row| row.id));
        assert_eq!(page.has_previous_page, after.is_some());
        if !page.has_next_page {
            break;
        }
        after = page.end_cursor;
    }
    assert_eq!(numbers, [7, 6, 5, 4, 3, 2, 1]);
    // "0/x": an instant, but no number.
    let error = desk.quality.audits(&viewer, 3, Some("MC94"), &filter).await.unwrap_err();
    assert_eq!(error.to_string(), "`after` is \"MC94\", expected a cursor of an earlier page");
}

#[tokio::test]
async fn a_numbered_page_knows_the_total_of_what_its_filter_leaves() {
    let desk = desk().await;
    for score in [10, 60, 70, 80, 90] {
        desk.given(AuditType::Manual, score).await;
    }
    desk.given_audit(NewAudit { agent_id: Some("wu".into()), ..audit(85) }).await;
    let start = at("2026-03-10T08:00:00Z");
    let all = Filter::default();
    let cases = [
        (all.clone(), 6, vec![6, 5]),
        (
            Filter { min_score: Some(score(60)), max_score: Some(score(80)), ..all.clone() },
            3,
            vec![4, 3],
        ),
        (Filter { status: Some(Status::Failed), ..all.clone() }, 1, vec![1]),
        (Filter { agent_id: Some("wu".into()), ..all.clone() }, 1, vec![6]),
        (Filter { session_id: Some("s2".into()), ..all.clone() }, 0, vec![]),
        (Filter { audit_type: Some(AuditType::Auto), ..all.clone() }, 0, vec![]),
        (
            Filter {
                from: Some(start + TimeDelta::seconds(2)),
                to: Some(start + TimeDelta::seconds(4)),
                ..all
            },
            2,
            vec![3, 2],
        ),
    ];
    for (filter, total, first_two) in cases {
        let page =
            desk.quality.records(&desk.reviewer(), 1, 2, &filter, Sort::Newest).await.unwrap();
        let numbers: Vec<i64> = page.audits.iter().map(|audit| audit.id).collect();
        assert_eq!((page.total, numbers), (total, first_two), "{filter:?}");
    }
}

#[tokio::test]
async fn a_numbered_page_is_sorted_as_asked_and_finds_parts_of_names() {
    let desk = desk().await;
    for (score, name, kind) in [
        (50, "Anna Smith", "returns"),
        (70, "smithson", "returns"),
        (50, "赵小明", "delivery"),
        (60, "100%_sure\\", "delivery"),
    ] {
        let (customer_name, session_type) = (Some(name.to_owned()), Some(kind.to_owned()));
        desk.given_audit(NewAudit { customer_name, session_type, ..audit(score) }).await;
    }
    let listed = async |filter: &Filter, sort| {
        let page = desk.quality.records(&desk.reviewer(), 1, 10, filter, sort).await.unwrap();
        assert_eq!(page.total, i64::try_from(page.audits.len()).unwrap());
        page.audits.iter().map(|audit| audit.id).collect::<Vec<_>>()
    };
    let all = Filter::default();
    for (sort, expected) in [
        (Sort::Newest, [4, 3, 2, 1]),
        (Sort::Oldest, [1, 2, 3, 4]),
        (Sort::HighestScore, [2, 4, 3, 1]),
        (Sort::LowestScore, [3, 1, 4, 2]),
    ] {
        assert_eq!(listed(&all, sort).await, expected, "{sort:?}");
    }
    let called = |part: &str| Filter { customer: Some(part.to_owned()), ..Filter::default() };
    for (part, expected) in [
        ("SMITH", vec![2, 1]),
        ("smiths", vec![2]),
        ("小", vec![3]),
        ("%", vec![4]),
        ("0%_S", vec![4]),
        ("\\", vec![4]),
        ("a_s", vec![]),
    ] {
        assert_eq!(listed(&called(part), Sort::Newest).await, expected, "{part}");
    }
    let returns = Filter { session_type: Some("returns".into()), ..all };
    assert_eq!(listed(&returns, Sort::Oldest).await, [1, 2]);
    let empty = desk.quality.records(&desk.reviewer(), 1, 10, &called(""), Sort::Oldest).await;
    assert!(empty.unwrap_err().to_string().starts_with("`customer` is \"\", expected"));
}
