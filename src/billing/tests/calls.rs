//! Recording of calls.

use super::*;

#[tokio::test]
async fn a_call_is_billed_once_however_often_it_is_reported() {
    let mut desk = desk().await;
    let first = desk.record(call("r1")).await;
    assert_eq!(first, Ok(Recorded { recorded: true, cost_nanos: Some(COST) }));
    // A retry comes later, and finds the cost as it was stored.
    desk.clock.advance(TimeDelta::minutes(1));
    let config = Arc::new(Config { prices: Vec::new(), ..config() });
    desk.billing = Billing::new(desk.db.clone(), desk.clock.clone(), config);
    let again = desk.record(call("r1")).await;
    assert_eq!(again, Ok(Recorded { recorded: false, cost_nanos: Some(COST) }));
    assert_eq!(desk.daily(1, "2026-03-10").await, [day("2026-03-10", 1)]);
}

#[tokio::test]
async fn of_many_reports_at_once_one_is_recorded() {
    let desk = desk().await;
    let reports = (0..8).map(|_| desk.record(call("r1")));
    let recorded = futures_util::future::join_all(reports).await;
    assert!(recorded.iter().all(Result::is_ok), "{recorded:?}");
    assert_eq!(recorded.iter().filter(|one| one.unwrap().recorded).count(), 1);
}

#[tokio::test]
async fn calls_without_an_id_each_count() {
    let desk = desk().await;
    desk.given_call_at("2026-03-10T07:00:00Z").await;
    desk.given_call_at("2026-03-10T07:00:00Z").await;
    assert_eq!(desk.daily(1, "2026-03-10").await, [day("2026-03-10", 2)]);
}

#[tokio::test]
async fn a_known_id_with_another_body_is_a_conflict_and_the_first_stays() {
    let desk = desk().await;
    desk.record(call("r1")).await.unwrap();
    let others = [
        Call { session_id: None, ..call("r1") },
        Call { tokens: 1_101, input_tokens: Some(1_001), ..call("r1") },
        Call { output_tokens: None, ..call("r1") },
        Call { input_tokens: None, ..call("r1") },
        Call { model: None, ..call("r1") },
        Call { api_type: Some("workflow".into()), ..call("r1") },
        Call { used_at: Some(at("2026-03-09T08:00:00Z")), ..call("r1") },
        Call { cached_input_tokens: Some(1), ..call("r1") },
        Call { reasoning_tokens: Some(0), ..call("r1") },
        Call { status: Status::Interrupted, ..call("r1") },
    ];
    for other in others {
        assert_eq!(desk.record(other.clone()).await, Err(Code::Conflict), "{other:?}");
    }
    let same = Call { used_at: Some(at("2026-03-10T08:00:00Z")), ..call("r1") };
    assert_eq!(desk.record(same).await.map(|same| same.recorded), Ok(false));
    assert_eq!(desk.daily(2, "2026-03-10").await, [day("2026-03-09", 0), day("2026-03-10", 1)]);
}

#[tokio::test]
async fn an_id_is_known_within_its_tenant_only() {
    let desk = desk().await;
    desk.record(call("r1")).await.unwrap();
    let stranger = Viewer { tenant: tenant(), ..desk.as_role(Role::Operator) };
    assert!(desk.billing.record(&stranger, call("r1")).await.unwrap().recorded);
    let (quota, _) = desk.billing.quota(&stranger).await.unwrap();
    assert_eq!(quota.used, 1_100);
}

#[tokio::test]
async fn an_id_of_another_provider_is_another_call() {
    let desk = desk().await;
    let of = |provider: &str| Call { provider: Some(provider.into()), ..call("r1") };
    for (call, recorded) in
        [(call("r1"), true), (of(""), false), (of("coze"), true), (of("coze"), false)]
    {
        assert_eq!(
            desk.record(call.clone()).await.map(|one| one.recorded),
            Ok(recorded),
            "{call:?}"
        );
    }
    assert_eq!(desk.daily(1, "2026-03-10").await, [day("2026-03-10", 2)]);
}

#[tokio::test]
async fn recording_takes_ingest_and_reading_takes_viewer() {
    let desk = desk().await;
    let stats = Stats::new(desk.db.clone(), desk.clock.clone(), config().into(), Arc::default());
    for role in [Role::Viewer, Role::Reviewer] {
        let refused = desk.billing.record(&desk.as_role(role), call("r1")).await.unwrap_err();
        assert_eq!(refused.code(), Code::Forbidden, "{role:?}");
    }
    let ingest = desk.as_role(Role::Ingest);
    let refused = [
        desk.billing.daily(&ingest, 1, None).await.err(),
        desk.billing.quota(&ingest).await.err(),
        desk.billing.roi(&ingest, &stats, Overrides::default()).await.err(),
    ];
    let refused = refused.map(|error| error.map(|error| error.code()));
    assert_eq!(refused, [Some(Code::Forbidden); 3]);
}

#[tokio::test]
async fn a_refused_call_stores_nothing() {
    let desk = desk().await;
    assert_eq!(desk.record(Call { tokens: -1, ..call("r1") }).await, Err(Code::BadUserInput));
    assert_eq!(desk.daily(1, "2026-03-10").await, [day("2026-03-10", 0)]);
}

#[tokio::test]
async fn calls_that_come_at_once_are_stored_together_and_each_learns_its_fate() {
    let desk = desk().await;
    let report = |number: usize| {
        // Every tenth is told with another body too.
        let tokens = if number % 10 == 9 { 1_101 } else { 1_100 };
        let id = format!("r{}", number - number % 10 / 9);
        Call { tokens, input_tokens: Some(tokens - 100), ..call(&id) }
    };
    let fates = futures_util::future::join_all((0..200).map(|one| desk.record(report(one)))).await;
    let recorded = fates.iter().filter(|fate| matches!(fate, Ok(one) if one.recorded)).count();
    let refused = fates.iter().filter(|fate| **fate == Err(Code::Conflict)).count();
    assert_eq!((recorded, refused), (180, 20));
    assert_eq!(desk.daily(1, "2026-03-10").await[0].1, 180);
}

#[tokio::test]
async fn of_calls_stored_together_one_that_is_refused_harms_no_other() {
    let desk = desk().await;
    let largest = || Call { tokens: crate::graphql::Long::MAX, ..Call::default() };
    let many = (0..1_000).map(|_| largest()).collect();
    desk.billing.record_all(&desk.as_role(Role::Ingest), many).await.unwrap();
    // 64 bits hold 1,024 of them.
    let fates = futures_util::future::join_all((0..40).map(|_| desk.record(largest()))).await;
    assert_eq!(fates.iter().filter(|fate| fate.is_ok()).count(), 24);
}
