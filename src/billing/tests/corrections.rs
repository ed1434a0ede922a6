//! Corrections and repricing.

use super::*;

impl Desk {
    /// Corrects `r1` to so many tokens in and out.
    pub(super) async fn correct(&self, input: i64, output: i64) -> Result<Corrected, Code> {
        let (input_tokens, output_tokens) = (Some(input), Some(output));
        let request_id = Some("r1".to_owned());
        let tokens = input + output;
        let wanted = Call { request_id, tokens, input_tokens, output_tokens, ..Call::default() };
        let corrected = self.billing.correct(&self.as_role(Role::Operator), wanted, None).await;
        corrected.map_err(|error| error.code())
    }
}

#[tokio::test]
async fn a_correction_is_a_row_of_its_own_on_the_day_of_its_call() {
    let desk = desk().await;
    let at_noon = Call { used_at: Some(at("2026-03-08T04:00:00Z")), ..call("r1") };
    desk.record(at_noon.clone()).await.unwrap();
    desk.settle("2026-03-08").await;
    for changed in [true, false] {
        let expected = Corrected {
            changed,
            tokens_change: if changed { -550 } else { 0 },
            cost_nanos: Some(1_500_000),
        };
        assert_eq!(desk.correct(500, 50).await, Ok(expected));
    }
    let halved = [("2026-03-08".to_owned(), 1, 1_500_000)];
    assert_eq!(desk.daily(1, "2026-03-08").await, halved);
    desk.settle("2026-03-08").await;
    assert_eq!(desk.daily(1, "2026-03-08").await, halved);
    // The call itself is as it was: the same report again is a repeat.
    assert_eq!(
        desk.record(at_noon).await,
        Ok(Recorded { recorded: false, cost_nanos: Some(COST) })
    );
    desk.correct(1_000, 100).await.unwrap();
    let viewer = desk.as_role(Role::Viewer);
    let rows = desk.billing.ledger(&viewer, "", "r1").await.unwrap();
    let tokens: Vec<_> = rows.iter().map(|row| (row.kind, row.tokens_used)).collect();
    assert_eq!(tokens, [(Kind::Call, 1_100), (Kind::Correction, -550), (Kind::Correction, 550)]);
    assert_eq!(desk.daily(1, "2026-03-08").await, [day("2026-03-08", 1)]);
}

#[tokio::test]
async fn of_many_corrections_at_once_each_is_one_step() {
    let desk = desk().await;
    desk.record(call("r1")).await.unwrap();
    let corrections = (0..8).map(|step| desk.correct(1_000 + step % 4, 100));
    let corrected = futures_util::future::join_all(corrections).await;
    assert!(corrected.iter().all(Result::is_ok), "{corrected:?}");
    desk.correct(2_000, 200).await.unwrap();
    let rows = desk.billing.ledger(&desk.as_role(Role::Viewer), "", "r1").await.unwrap();
    assert!(rows.iter().map(|row| row.revision).eq(0..i32::try_from(rows.len()).unwrap()));
    assert_eq!(rows.iter().map(|row| row.tokens_used).sum::<i64>(), 2_200);
    assert_eq!(desk.daily(1, "2026-03-10").await, [("2026-03-10".to_owned(), 1, 2 * COST)]);
}

#[tokio::test]
async fn only_a_known_call_is_corrected() {
    let desk = desk().await;
    assert_eq!(desk.correct(1, 1).await, Err(Code::NotFound));
    let stranger = Viewer { tenant: tenant(), ..desk.as_role(Role::Operator) };
    desk.billing.record(&stranger, call("r1")).await.unwrap();
    assert_eq!(desk.correct(1, 1).await, Err(Code::NotFound));
    let refused =
        desk.billing.correct(&desk.as_role(Role::Ingest), call("r1"), None).await.unwrap_err();
    assert_eq!(refused.code(), Code::Forbidden);
}

#[tokio::test]
async fn a_call_without_usage_is_priced_once_it_is_known() {
    let desk = desk().await;
    let failed = Call {
        tokens: 0,
        input_tokens: None,
        output_tokens: None,
        usage_unknown: true,
        status: Status::Failed,
        ..call("r1")
    };
    assert_eq!(desk.record(failed).await, Ok(Recorded { recorded: true, cost_nanos: None }));
    let today = date("2026-03-10");
    let found = async || desk.billing.totals(&desk.tenant, today, today).await.unwrap();
    let unknown = DayTotals { calls: 1, unpriced_calls: 1, ..DayTotals::default() };
    assert_eq!(found().await, unknown);
    desk.correct(1_000, 100).await.unwrap();
    assert_eq!(found().await, totals(1));
}

/// Twice the price of `m`, and a first one of `new`.
fn dearer() -> Arc<Config> {
    let mut config = config();
    let price = &mut config.prices[0];
    price.input_per_million = 4.into();
    price.output_per_million = 20.into();
    let new = Price { model: "new".into(), ..price.clone() };
    config.prices.push(new);
    Arc::new(config)
}

#[tokio::test]
async fn repricing_adds_the_difference_once() {
    let mut desk = desk().await;
    desk.record(Call { used_at: Some(at("2026-03-08T04:00:00Z")), ..call("r1") }).await.unwrap();
    let new = Call { model: Some("new".into()), ..call("r2") };
    desk.record(Call { used_at: Some(at("2026-03-09T04:00:00Z")), ..new }).await.unwrap();
    let split = Call { input_tokens: None, output_tokens: None, ..call("r3") };
    desk.record(split).await.unwrap();
    desk.given_call_at("2026-03-07T04:00:00Z").await;
    desk.billing = Billing::new(desk.db.clone(), desk.clock.clone(), dearer());
    let operator = desk.as_role(Role::Operator);
    let days = (date("2026-03-08"), date("2026-03-10"));
    for (dry_run, changed, before, after) in [
        (true, 2, (COST, 2), (4 * COST, 1)),
        (false, 2, (COST, 2), (4 * COST, 1)),
        (false, 0, (4 * COST, 1), (4 * COST, 1)),
    ] {
        let repriced = desk.billing.reprice(&operator, days, dry_run).await.unwrap();
        assert_eq!((repriced.calls, repriced.changed), (3, changed), "dry run: {dry_run}");
        assert_eq!((repriced.cost_before_nanos, repriced.unpriced_before), before);
        assert_eq!((repriced.cost_after_nanos, repriced.unpriced_after), after);
        assert_eq!(i64::try_from(repriced.changes.len()).unwrap(), changed);
    }
    let found =
        async |from, to| desk.billing.totals(&desk.tenant, date(from), date(to)).await.unwrap();
    let expected = DayTotals {
        tokens: 3_300,
        calls: 3,
        cost_nanos: 4 * COST,
        unpriced_calls: 1,
        // One was not told in parts.
        ..totals(2)
    };
    assert_eq!(found("2026-03-08", "2026-03-10").await, expected);
    desk.settle("2026-03-08").await;
    desk.settle("2026-03-09").await;
    assert_eq!(found("2026-03-08", "2026-03-10").await, expected);
    // The day before was not asked for.
    assert_eq!(found("2026-03-07", "2026-03-07").await.cost_nanos, COST);
    let rows = desk.billing.ledger(&operator, "", "r2").await.unwrap();
    let told: Vec<_> = rows.iter().map(|row| (row.kind, row.price_rule.as_deref())).collect();
    assert_eq!(told, [(Kind::Call, None), (Kind::Repricing, Some("new from 2026-01-01"))]);
    // A correction after it has the present price, and no more is to be done.
    desk.correct(500, 50).await.unwrap();
    assert_eq!(found("2026-03-08", "2026-03-08").await.cost_nanos, COST);
    assert_eq!(desk.billing.reprice(&operator, days, false).await.unwrap().changed, 0);
}

#[tokio::test]
async fn calls_without_a_price_any_more_are_counted_apart() {
    let mut desk = desk().await;
    desk.record(call("r1")).await.unwrap();
    let config = Arc::new(Config { prices: Vec::new(), ..config() });
    desk.billing = Billing::new(desk.db.clone(), desk.clock.clone(), config);
    let today = date("2026-03-10");
    desk.billing.reprice(&desk.as_role(Role::Operator), (today, today), false).await.unwrap();
    let found = desk.billing.totals(&desk.tenant, today, today).await.unwrap();
    assert_eq!(found, DayTotals { cost_nanos: 0, unpriced_calls: 1, ..totals(1) });
}

#[tokio::test]
async fn repricing_takes_every_call_of_many_pages_once() {
    let mut desk = desk().await;
    let ingest = desk.as_role(Role::Ingest);
    for batch in 0..3_i64 {
        let of = |number: i64| Call {
            // Many at one instant, so that pages end within one.
            used_at: Some(at("2026-03-09T04:00:00Z") + TimeDelta::seconds(number / 700)),
            ..call(&format!("{batch}-{number}"))
        };
        let calls = (0..800).map(of).collect();
        desk.billing.record_all(&ingest, calls).await.unwrap();
    }
    desk.billing = Billing::new(desk.db.clone(), desk.clock.clone(), dearer());
    let operator = desk.as_role(Role::Operator);
    let day = date("2026-03-09");
    for changed in [2_400, 0] {
        let repriced = desk.billing.reprice(&operator, (day, day), false).await.unwrap();
        assert_eq!((repriced.calls, repriced.changed), (2_400, changed));
        assert_eq!(repriced.cost_after_nanos, 2_400 * 2 * COST);
    }
    assert_eq!(desk.daily(1, "2026-03-09").await, [("2026-03-09".to_owned(), 2_400, 4_800 * COST)]);
}

#[tokio::test]
async fn repricing_is_for_operators_and_takes_a_year_at_most() {
    let desk = desk().await;
    let day = date("2026-03-09");
    for role in [Role::Ingest, Role::Viewer, Role::Reviewer] {
        let refused = desk.billing.reprice(&desk.as_role(role), (day, day), true).await;
        assert_eq!(refused.unwrap_err().code(), Code::Forbidden, "{role:?}");
    }
    let operator = desk.as_role(Role::Operator);
    for to in ["2026-03-08", "2027-03-10"] {
        let refused = desk.billing.reprice(&operator, (day, date(to)), true).await;
        assert_eq!(refused.unwrap_err().code(), Code::BadUserInput, "{to}");
    }
}
