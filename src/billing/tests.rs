//! Token usage against a real database: a fresh SQLite file, or a tenant of its own in the
//! PostgreSQL of `TEST_DATABASE_URL`.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use entity::{InTenant as _, billing_daily};
use sea_orm::EntityTrait as _;
use tempfile::TempDir;
use uuid::Uuid;

use super::{Billing, Call, DayTotals, Recorded, rebuild_day};
use crate::{
    auth::{Role, Viewer},
    clock::{Clock as _, ManualClock},
    config::{Config, Plan, Price},
    db::{Db, WriteTransaction, testing::database},
    error::Code,
    rollup,
    stats::Stats,
    tenant::{Tenant, TenantId},
};

struct Desk {
    billing: Billing,
    clock: Arc<ManualClock>,
    db: Db,
    tenant: Arc<Tenant>,
    _folder: TempDir,
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Input tokens of `m` cost 2, output tokens 10 a million; periods start on the 10th.
fn config() -> Config {
    let price = Price {
        model: "m".into(),
        from: date("2026-01-01"),
        input_per_million: 2.into(),
        output_per_million: 10.into(),
    };
    let plans = BTreeMap::from([("standard".to_owned(), Plan { tokens: 10_000, reset_day: 10 })]);
    Config { prices: vec![price], plans, ..Config::default() }
}

fn tenant() -> Arc<Tenant> {
    Arc::new(Tenant { id: TenantId::new(&Uuid::now_v7().to_string()), ..Tenant::default() })
}

/// A call of 1,000 tokens in and 100 out, which cost 0.003.
fn call(request_id: &str) -> Call {
    Call {
        request_id: Some(request_id.to_owned()),
        session_id: Some("s1".into()),
        tokens: 1_100,
        input_tokens: Some(1_000),
        output_tokens: Some(100),
        model: Some("m".into()),
        api_type: Some("chat".into()),
        used_at: None,
    }
}

const COST: i64 = 3_000_000;

async fn desk() -> Desk {
    let (db, folder) = database().await;
    let clock = Arc::new(ManualClock::at(at("2026-03-10T08:00:00Z")));
    let billing = Billing::new(db.clone(), clock.clone(), Arc::new(config()));
    Desk { billing, clock, db, tenant: tenant(), _folder: folder }
}

impl Desk {
    fn as_role(&self, role: Role) -> Viewer {
        let tenant = Arc::clone(&self.tenant);
        Viewer { tenant, subject: "app".into(), role, expires_at: None }
    }

    async fn record(&self, call: Call) -> Result<Recorded, Code> {
        let recorded = self.billing.record(&self.as_role(Role::Ingest), call).await;
        recorded.map_err(|error| error.code())
    }

    async fn given_call_at(&self, instant: &str) {
        let call = Call { request_id: None, used_at: Some(at(instant)), ..call("") };
        self.record(call).await.unwrap();
    }

    /// What the roll-up job does with a day.
    async fn settle(&self, day: &str) {
        let transaction = self.db.write().await.unwrap();
        rollup::take_marks(&*transaction, &self.tenant.id, date(day)).await.unwrap();
        self.rebuild(&transaction, day).await;
        transaction.commit().await.unwrap();
    }

    async fn rebuild(&self, transaction: &WriteTransaction, day: &str) {
        let now = self.clock.now();
        rebuild_day(&**transaction, &self.tenant, date(day), now).await.unwrap();
    }

    async fn rebuild_unasked(&self, day: &str) {
        let transaction = self.db.write().await.unwrap();
        self.rebuild(&transaction, day).await;
        transaction.commit().await.unwrap();
    }

    async fn daily(&self, days: i32, until: &str) -> Vec<(String, i64, i64)> {
        let viewer = self.as_role(Role::Viewer);
        let days = self.billing.daily(&viewer, days, Some(date(until))).await.unwrap();
        days.iter().map(|(date, day)| (date.to_string(), day.calls, day.cost_nanos)).collect()
    }

    async fn rows(&self) -> Vec<billing_daily::Model> {
        billing_daily::Entity::in_tenant(&self.tenant.id).all(self.db.pool()).await.unwrap()
    }
}

fn day(date: &str, calls: i64) -> (String, i64, i64) {
    (date.to_owned(), calls, calls * COST)
}

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
    let expected = DayTotals { tokens: 2_200, calls: 2, cost_nanos: COST, unpriced_calls: 1 };
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
    let roi = desk.billing.roi(&desk.as_role(Role::Viewer), &stats).await.unwrap();
    assert_eq!(roi.saved_cost.to_string(), "-12.00");
    assert_eq!((roi.auto_resolve_rate, roi.equivalent_headcount), (None, 0.0));
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
        desk.billing.roi(&ingest, &stats).await.err(),
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
