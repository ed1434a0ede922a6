//! Reservations, the count of a period, and marks.

use super::*;

impl Desk {
    /// Whether so many tokens were granted, and the reservation.
    async fn reserve(&self, tokens: i64, key: Option<&str>) -> Result<Option<String>, Code> {
        let (ingest, key) = (self.as_role(Role::Ingest), key.map(str::to_owned));
        let reserved = self.billing.reserve(&ingest, tokens, 60, key).await;
        let reserved = reserved.map_err(|error| error.code())?;
        Ok(reserved.reservation.map(|row| row.reservation_id))
    }

    async fn settle_reservation(&self, id: &str, tokens: i64) -> Result<bool, Code> {
        let settled = self.billing.settle(&self.as_role(Role::Ingest), id, tokens, None).await;
        settled.map(|ended| ended.changed).map_err(|error| error.code())
    }

    async fn release(&self, id: &str) -> Result<bool, Code> {
        let released = self.billing.release(&self.as_role(Role::Ingest), id).await;
        released.map(|ended| ended.changed).map_err(|error| error.code())
    }

    /// What is used and held.
    async fn standing(&self) -> (i64, i64) {
        let viewer = self.as_role(Role::Viewer);
        let (counted, _) = self.billing.check_quota(&viewer, 0).await.unwrap();
        let (summed, _) = self.billing.quota(&viewer).await.unwrap();
        assert_eq!(counted, summed, "what was counted is what calls add up to");
        (counted.used, counted.reserved)
    }

    async fn alerts(&self) -> Vec<i32> {
        let alerts = self.billing.crossings(&self.as_role(Role::Viewer), 100).await.unwrap();
        alerts.iter().map(|alert| alert.percent).collect()
    }

    /// Reserves 100 tokens and uses 90 of them, or none; tells how many.
    async fn through(&self, number: i64) -> i64 {
        let Some(id) = self.reserve(100, None).await.unwrap() else { return 0 };
        if number % 3 == 0 {
            self.release(&id).await.unwrap();
            return 0;
        }
        self.settle_reservation(&id, 90).await.unwrap();
        90
    }

    async fn use_tokens(&self, tokens: i64) {
        self.record(Call { tokens, ..Call::default() }).await.unwrap();
    }
}

#[tokio::test]
async fn a_hundred_reservations_at_once_get_exactly_what_is_left() {
    let desk = desk().await;
    desk.use_tokens(9_990).await;
    let wishes = (0..100).map(|_| desk.reserve(1, None));
    let granted = futures_util::future::join_all(wishes).await;
    let granted = granted.into_iter().filter(|one| one.as_ref().unwrap().is_some()).count();
    assert_eq!(granted, 10);
    assert_eq!(desk.standing().await, (9_990, 10));
}

#[tokio::test]
async fn reserving_settling_and_recording_at_once_keep_the_count() {
    let desk = desk().await;
    let other = async || {
        for _ in 0..10 {
            desk.use_tokens(10).await;
        }
    };
    let (used, ()) = tokio::join!(
        futures_util::future::join_all((0..60).map(|number| desk.through(number))),
        other()
    );
    assert_eq!(desk.standing().await, (used.iter().sum::<i64>() + 100, 0));
}

#[tokio::test]
async fn a_key_reserves_once() {
    let desk = desk().await;
    let wishes = (0..8).map(|_| desk.reserve(100, Some("k")));
    let reserved = futures_util::future::join_all(wishes).await;
    assert!(reserved.iter().all(|one| *one == reserved[0] && one.as_ref().unwrap().is_some()));
    assert_eq!(desk.standing().await, (0, 100));
    assert_eq!(desk.reserve(101, Some("k")).await, Err(Code::Conflict));
    let stranger = Viewer { tenant: tenant(), ..desk.as_role(Role::Ingest) };
    let elsewhere = desk.billing.reserve(&stranger, 7, 60, Some("k".into())).await.unwrap();
    assert_eq!(elsewhere.reservation.unwrap().tokens, 7);
    let id = reserved[0].clone().unwrap().unwrap();
    let refused = desk.billing.release(&stranger, &id).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
}

#[tokio::test]
async fn a_reservation_ends_once() {
    let desk = desk().await;
    let settled = desk.reserve(1_000, None).await.unwrap().unwrap();
    let released = desk.reserve(1_000, None).await.unwrap().unwrap();
    assert_eq!(desk.settle_reservation(&settled, 400).await, Ok(true));
    assert_eq!(desk.settle_reservation(&settled, 400).await, Ok(false));
    assert_eq!(desk.settle_reservation(&settled, 401).await, Err(Code::Conflict));
    assert_eq!(desk.release(&settled).await, Err(Code::Conflict));
    assert_eq!(desk.standing().await, (400, 1_000));
    assert_eq!(desk.release(&released).await, Ok(true));
    assert_eq!(desk.release(&released).await, Ok(false));
    assert_eq!(desk.settle_reservation(&released, 0).await, Err(Code::Conflict));
    assert_eq!(desk.standing().await, (400, 0));
    assert_eq!(desk.release("none").await, Err(Code::NotFound));
    assert_eq!(desk.settle_reservation("none", 1).await, Err(Code::NotFound));
}

#[tokio::test]
async fn a_reservation_that_expired_holds_nothing_and_is_settled_all_the_same() {
    let desk = desk().await;
    let id = desk.reserve(10_000, None).await.unwrap().unwrap();
    desk.clock.advance(TimeDelta::seconds(59));
    assert_eq!(desk.reserve(1, None).await, Ok(None));
    desk.clock.advance(TimeDelta::seconds(1));
    assert_eq!(desk.standing().await, (0, 0));
    assert!(desk.reserve(1, None).await.unwrap().is_some());
    assert_eq!(desk.settle_reservation(&id, 9_000).await, Ok(true));
    assert_eq!(desk.standing().await, (9_000, 1));
}

#[tokio::test]
async fn a_settled_call_is_recorded_once_whoever_comes_first() {
    let desk = desk().await;
    let ingest = desk.as_role(Role::Ingest);
    let id = desk.reserve(2_000, None).await.unwrap().unwrap();
    desk.record(call("r1")).await.unwrap();
    let settled = desk.billing.settle(&ingest, &id, 1_100, Some(call("r1"))).await.unwrap();
    assert_eq!((settled.changed, settled.cost_nanos), (true, Some(COST)));
    assert_eq!(desk.record(call("r1")).await.map(|again| again.recorded), Ok(false));
    assert_eq!(desk.standing().await, (1_100, 0));
    // Another body under a known id undoes the settling too.
    let id = desk.reserve(2_000, None).await.unwrap().unwrap();
    let other = Call { session_id: None, ..call("r1") };
    let refused = desk.billing.settle(&ingest, &id, 1_100, Some(other)).await.unwrap_err();
    assert_eq!(refused.code(), Code::Conflict);
    assert_eq!(desk.standing().await, (1_100, 2_000));
    let refused = desk.billing.settle(&ingest, &id, 1, Some(call("r2"))).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "`call.tokens` is 1100, expected `tokens` of the reservation, 1"
    );
}

#[tokio::test]
async fn a_soft_limit_grants_more_than_there_is() {
    let mut desk = desk().await;
    let mut config = config();
    config.plans.entry("standard".to_owned()).and_modify(|plan| plan.limit = Limit::Soft);
    desk.billing = Billing::new(desk.db.clone(), desk.clock.clone(), config.into());
    assert!(desk.reserve(10_001, None).await.unwrap().is_some());
    let (quota, _) = desk.billing.check_quota(&desk.as_role(Role::Ingest), 1).await.unwrap();
    assert!(quota.allows(1) && quota.available() == 0);
}

#[tokio::test]
async fn a_mark_is_told_once_a_period() {
    let desk = desk().await;
    desk.use_tokens(7_999).await;
    assert!(desk.alerts().await.is_empty());
    desk.use_tokens(1).await;
    assert_eq!(desk.alerts().await, [80]);
    desk.record(Call {
        tokens: 500,
        input_tokens: Some(400),
        output_tokens: Some(100),
        ..call("r1")
    })
    .await
    .unwrap();
    desk.correct(0, 0).await.unwrap();
    desk.use_tokens(2_000).await;
    assert_eq!(desk.alerts().await, [100, 95, 80]);
    desk.use_tokens(1).await;
    assert_eq!(desk.alerts().await, [100, 95, 80]);
    assert_eq!(desk.standing().await, (10_001, 0));
    // The period before this one has marks of its own.
    let before =
        Call { tokens: 9_600, used_at: Some(at("2026-03-09T04:00:00Z")), ..Call::default() };
    desk.record(before).await.unwrap();
    assert_eq!(desk.alerts().await, [100, 95, 80, 95, 80]);
}

#[tokio::test]
async fn of_calls_at_once_each_mark_is_told_once() {
    let desk = desk().await;
    let calls = (0..20).map(|_| desk.use_tokens(600));
    futures_util::future::join_all(calls).await;
    assert_eq!(desk.alerts().await, [100, 95, 80]);
    assert_eq!(desk.standing().await, (12_000, 0));
}

#[tokio::test]
async fn a_count_that_was_left_behind_is_mended() {
    let desk = desk().await;
    desk.use_tokens(100).await;
    let period = desk.billing.period(&desk.tenant).unwrap().range(&desk.tenant);
    let transaction = desk.db.write().await.unwrap();
    quota_store::mend_used(&*transaction, &desk.tenant.id, period, (100, 40)).await.unwrap();
    transaction.commit().await.unwrap();
    let viewer = desk.as_role(Role::Viewer);
    assert_eq!(desk.billing.check_quota(&viewer, 0).await.unwrap().0.used, 40);
    assert_eq!(desk.billing.quota(&viewer).await.unwrap().0.used, 100);
    assert_eq!(desk.standing().await, (100, 0));
}

#[tokio::test]
async fn a_reset_at_midnight_while_many_call_counts_each_call_in_its_period() {
    let desk = desk().await;
    let other = Billing::new(desk.db.clone(), desk.clock.clone(), Arc::new(config()));
    let ingest = desk.as_role(Role::Ingest);
    // A second before the tenth begins in Shanghai.
    desk.clock.set(at("2026-04-09T15:59:59Z"));
    let before = desk.billing.period(&desk.tenant).unwrap().range(&desk.tenant);
    desk.use_tokens(9_000).await;
    let work = async |number: i64| {
        if number == 30 {
            desk.clock.advance(TimeDelta::seconds(1));
        }
        let billing = if number % 2 == 0 { &desk.billing } else { &other };
        if number % 3 == 0 {
            let reserved = billing.reserve(&ingest, 500, 60, None).await.unwrap();
            return (reserved.reservation.map(|row| (row.starts_at, row.tokens)), 0);
        }
        billing.record(&ingest, Call { tokens: 10, ..Call::default() }).await.unwrap();
        (None, 10)
    };
    let done = futures_util::future::join_all((0..60).map(work)).await;
    let after = desk.billing.period(&desk.tenant).unwrap().range(&desk.tenant);
    assert_eq!(before.end, after.start);
    let mut counted = 0;
    for period in [before, after] {
        let pool = desk.db.pool();
        let used = quota_store::find_used(pool, &desk.tenant.id, period).await.unwrap().unwrap();
        let summed = day_store::sum_calls(pool, &desk.tenant.id, period).await.unwrap();
        assert_eq!(used, summed.tokens, "{period:?}");
        let held = done.iter().filter_map(|(held, _)| held.filter(|held| held.0 == period.start));
        let held: i64 = held.map(|(_, tokens)| tokens).sum();
        let least = if period == before { 9_000 } else { 0 };
        assert!(least + held <= 10_000, "{held} of {period:?}");
        counted += used;
    }
    assert_eq!(counted, 9_000 + done.iter().map(|(_, tokens)| tokens).sum::<i64>());
    // The new period has all of its tokens, and what was held of the old one holds none of them.
    let (quota, _) = desk.billing.check_quota(&ingest, 0).await.unwrap();
    assert!(quota.used < 1_000, "{quota:?}");
    assert_eq!(desk.alerts().await, [80], "of the period before");
}
