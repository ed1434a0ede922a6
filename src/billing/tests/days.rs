//! Days, settled or open, and what is made of them.

use super::*;

#[tokio::test]
async fn a_billing_period_begins_at_midnight_of_the_tenant() {
    let desk = desk().await;
    desk.given_call_at("2026-03-09T15:59:59Z").await;
    desk.given_call_at("2026-03-09T16:00:00Z").await;
    let (quota, period) = desk.billing.quota(&desk.as_role(Role::Viewer)).await.unwrap();
    assert_eq!((quota.used, quota.total, quota.remaining()), (1_100, 10_000, 8_900));
    assert_eq!((period.first, period.reset), (date("2026-03-10"), date("2026-04-10")));
}

#[tokio::test]
async fn a_day_gives_the_same_whether_open_settled_or_changed_again() {
    let desk = desk().await;
    desk.given_call_at("2026-03-07T03:00:00Z").await;
    desk.given_call_at("2026-03-08T03:00:00Z").await;
    let open = [day("2026-03-06", 0), day("2026-03-07", 1), day("2026-03-08", 1)];
    assert_eq!(desk.daily(3, "2026-03-08").await, open);
    desk.settle("2026-03-07").await;
    desk.settle("2026-03-08").await;
    desk.rebuild_unasked("2026-03-06").await;
    desk.rebuild_unasked("2026-03-08").await;
    assert_eq!(desk.rows().await.len(), 2);
    assert_eq!(desk.daily(3, "2026-03-08").await, open);
    desk.given_call_at("2026-03-07T04:00:00Z").await;
    let changed = [day("2026-03-06", 0), day("2026-03-07", 2), day("2026-03-08", 1)];
    assert_eq!(desk.daily(3, "2026-03-08").await, changed);
    desk.settle("2026-03-07").await;
    assert_eq!(desk.daily(3, "2026-03-08").await, changed);
}

#[tokio::test]
async fn a_settled_day_is_read_from_its_row_while_its_zone_is_the_tenants() {
    let mut desk = desk().await;
    let row = |zone: &str| billing_daily::ActiveModel {
        tenant_id: sea_orm::Set(desk.tenant.id.to_string()),
        stat_date: sea_orm::Set(date("2026-03-08")),
        basis: sea_orm::Set(zone.to_owned()),
        total_tokens: sea_orm::Set(7),
        total_api_calls: sea_orm::Set(7),
        input_tokens: sea_orm::Set(4),
        cached_input_tokens: sea_orm::Set(0),
        output_tokens: sea_orm::Set(1),
        reasoning_tokens: sea_orm::Set(0),
        unsplit_tokens: sea_orm::Set(2),
        estimated_cost_nanos: sea_orm::Set(7 * COST),
        unpriced_calls: sea_orm::Set(0),
        created_at: sea_orm::Set(desk.clock.now()),
    };
    let row = billing_daily::Entity::insert(row("Asia/Shanghai"));
    row.exec_without_returning(desk.db.pool()).await.unwrap();
    assert_eq!(desk.daily(1, "2026-03-08").await, [day("2026-03-08", 7)]);
    let zone = "Europe/Berlin".parse().unwrap();
    desk.tenant = Arc::new(Tenant { time_zone: zone, ..(*desk.tenant).clone() });
    assert_eq!(desk.daily(1, "2026-03-08").await, [day("2026-03-08", 0)]);
    desk.rebuild_unasked("2026-03-08").await;
    assert_eq!(desk.rows().await, []);
}

#[tokio::test]
async fn rebuilding_a_day_at_once_and_while_calls_arrive_loses_none() {
    let desk = desk().await;
    let arrive = async || {
        for _ in 0..10 {
            desk.given_call_at("2026-03-08T03:00:00Z").await;
        }
    };
    let rebuild = async || {
        for _ in 0..10 {
            desk.settle("2026-03-08").await;
        }
    };
    tokio::join!(arrive(), rebuild(), arrive(), rebuild(), rebuild());
    assert_eq!(desk.daily(1, "2026-03-08").await, [day("2026-03-08", 20)]);
    desk.settle("2026-03-08").await;
    let rows = desk.rows().await;
    let calls: Vec<i64> = rows.iter().map(|row| row.total_api_calls).collect();
    assert_eq!(calls, [20]);
}

#[tokio::test]
async fn a_call_without_a_price_is_counted_apart() {
    let desk = desk().await;
    desk.record(call("r1")).await.unwrap();
    let unpriced = Call { model: Some("other".into()), ..call("r2") };
    let recorded = desk.record(unpriced).await;
    assert_eq!(recorded, Ok(Recorded { recorded: true, cost_nanos: None }));
    let today = date("2026-03-10");
    let expected = DayTotals { cost_nanos: COST, unpriced_calls: 1, ..totals(2) };
    assert_eq!(desk.billing.totals(&desk.tenant, today, today).await.unwrap(), expected);
    desk.settle("2026-03-10").await;
    assert_eq!(desk.billing.totals(&desk.tenant, today, today).await.unwrap(), expected);
}

#[tokio::test]
async fn a_list_has_between_1_and_366_days() {
    let desk = desk().await;
    let viewer = desk.as_role(Role::Viewer);
    for (days, valid) in [(0, false), (1, true), (366, true), (367, false), (-1, false)] {
        let found = desk.billing.daily(&viewer, days, None).await;
        let points = found.map(|points| (points.len(), points.last().map(|last| last.0)));
        match points {
            Ok((len, last)) => {
                assert!(valid && i32::try_from(len) == Ok(days));
                assert_eq!(last, Some(date("2026-03-10")));
            }
            Err(error) => {
                assert!(!valid);
                assert_eq!(error.to_string(), format!("`days` is {days}, expected 1 to 366"));
            }
        }
    }
}

#[tokio::test]
async fn a_month_without_sessions_has_saved_less_than_nothing() {
    let desk = desk().await;
    let big = Call { tokens: 2_000_000, input_tokens: Some(1_000_000), ..call("r1") };
    let big = Call { output_tokens: Some(1_000_000), ..big };
    desk.record(big).await.unwrap();
    // The last instant of February in Shanghai.
    desk.given_call_at("2026-02-28T15:59:59Z").await;
    let stats = Stats::new(desk.db.clone(), desk.clock.clone(), config().into(), Arc::default());
    let roi = desk.roi(&stats).await.unwrap();
    assert_eq!(roi.saved_cost.to_string(), "-12.00");
    assert_eq!((roi.auto_resolve_rate, roi.equivalent_headcount), (None, 0.0));
}

impl Desk {
    /// What each model used on a day: its name, all tokens, and those in and out.
    async fn models(&self, day: &str) -> Vec<(String, i64, i64, i64)> {
        let (viewer, day) = (self.as_role(Role::Viewer), date(day));
        let models = self.billing.models(&viewer, (day, day)).await.unwrap();
        let shown = |(model, sums): (String, DayTotals)| {
            (model, sums.tokens, sums.parts.input, sums.parts.output)
        };
        models.into_iter().map(shown).collect()
    }
}

#[tokio::test]
async fn tokens_are_summed_in_parts_by_day_and_by_model() {
    let desk = desk().await;
    let at_noon = |call: Call| Call { used_at: Some(at("2026-03-08T04:00:00Z")), ..call };
    desk.record(at_noon(call("r1"))).await.unwrap();
    let of_parts = Call {
        cached_input_tokens: Some(400),
        reasoning_tokens: Some(60),
        model: Some("other".into()),
        ..call("r2")
    };
    desk.record(at_noon(of_parts)).await.unwrap();
    for (id, model) in [("r3", None), ("r4", Some(String::new()))] {
        let whole = Call { input_tokens: None, output_tokens: None, model, ..call(id) };
        desk.record(at_noon(whole)).await.unwrap();
    }
    desk.correct(500, 50).await.unwrap();
    let day = date("2026-03-08");
    let parts = Parts { input: 1_100, cached_input: 400, output: 90, reasoning: 60 };
    let models = [
        (String::new(), 2_200, 0, 0),
        ("other".to_owned(), 1_100, 600, 40),
        ("m".to_owned(), 550, 500, 50),
    ];
    for is_settled in [false, true] {
        if is_settled {
            desk.settle("2026-03-08").await;
        }
        let totals = desk.billing.totals(&desk.tenant, day, day).await.unwrap();
        assert_eq!((totals.tokens, totals.parts), (3_850, parts), "settled: {is_settled}");
        assert_eq!(totals.unsplit_tokens(), 2_200);
        assert_eq!(desk.models("2026-03-08").await, models, "settled: {is_settled}");
    }
    assert_eq!(desk.models("2026-03-09").await, []);
}

#[tokio::test]
async fn a_day_of_a_version_that_knew_no_parts_is_summed_from_its_calls() {
    let desk = desk().await;
    desk.given_call_at("2026-03-08T03:00:00Z").await;
    desk.settle("2026-03-08").await;
    billing_daily::Entity::update_many()
        .col_expr(billing_daily::Column::InputTokens, 0.into())
        .col_expr(billing_daily::Column::TotalApiCalls, 9.into())
        .filter(billing_daily::Entity::of_tenant(&desk.tenant.id))
        .exec(desk.db.pool())
        .await
        .unwrap();
    let found = desk.billing.totals(&desk.tenant, date("2026-03-08"), date("2026-03-08")).await;
    assert_eq!(found.unwrap(), totals(1));
}
