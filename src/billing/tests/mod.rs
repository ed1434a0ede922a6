//! Token usage against a real database: a fresh SQLite file, or a tenant of its own in the
//! PostgreSQL of `TEST_DATABASE_URL`.

mod calls;
mod corrections;
mod days;
mod quota;

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use entity::{
    InTenant as _, billing_daily,
    token_usage::{Kind, Status},
};
use sea_orm::{EntityTrait as _, QueryFilter as _};
use tempfile::TempDir;
use uuid::Uuid;

use super::{
    Billing, Call, DayTotals, Recorded, day_store,
    model::Corrected,
    quota_store, rebuild_day,
    roi::{Overrides, Roi},
    totals::Parts,
};
use crate::{
    auth::{Role, Viewer},
    clock::{Clock as _, ManualClock},
    config::{Config, Limit, Plan, Price},
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
        tenant: None,
        from: date("2026-01-01"),
        input_per_million: 2.into(),
        cached_input_per_million: None,
        output_per_million: 10.into(),
        reasoning_per_million: None,
    };
    let plans = BTreeMap::from([(
        "standard".to_owned(),
        Plan { tokens: 10_000, reset_day: 10, limit: Limit::Hard },
    )]);
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
        ..Call::default()
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
        Viewer::new(tenant, "app", role)
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

    async fn roi(&self, stats: &Stats) -> crate::error::Result<Roi> {
        self.billing.roi(&self.as_role(Role::Viewer), stats, Overrides::default()).await
    }

    async fn rows(&self) -> Vec<billing_daily::Model> {
        billing_daily::Entity::in_tenant(&self.tenant.id).all(self.db.pool()).await.unwrap()
    }
}

/// The sums of so many calls.
fn totals(calls: i64) -> DayTotals {
    DayTotals {
        tokens: 1_100 * calls,
        parts: Parts { input: 1_000 * calls, output: 100 * calls, ..Parts::default() },
        calls,
        cost_nanos: COST * calls,
        unpriced_calls: 0,
    }
}

fn day(date: &str, calls: i64) -> (String, i64, i64) {
    (date.to_owned(), calls, calls * COST)
}
