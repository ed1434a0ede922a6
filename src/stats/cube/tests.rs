use entity::session::{ActiveModel, Entity};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ConnectionTrait as _, DbBackend, EntityTrait as _,
};
use uuid::Uuid;

use super::*;
use crate::{db::testing::database, tenant::TenantId};

fn row(tenant: &TenantId, index: usize, is_sqlite: bool) -> ActiveModel {
    let at = DateTime::from_timestamp(1_770_000_000, 0).unwrap();
    ActiveModel {
        tenant_id: Set(tenant.to_string()),
        session_id: Set(format!("s{index}")),
        product: Set("shop".to_owned()),
        first_event_at: Set(at),
        first_product: Set("shop".to_owned()),
        last_event_at: Set(at),
        last_event_hour: Set(0),
        span: if is_sqlite { Set(0) } else { NotSet },
        ..ActiveModel::default()
    }
}

/// Statistics were taken before the tenant came, so that it is believed to have one session.
#[tokio::test]
async fn a_session_is_looked_up_by_its_id_whatever_statistics_say_of_its_tenant() {
    let (db, _folder) = database().await;
    let is_sqlite = db.backend() != DbBackend::Postgres;
    let old = TenantId::new(&Uuid::now_v7().to_string());
    let rows: Vec<_> = (0..500).map(|index| row(&old, index, is_sqlite)).collect();
    Entity::insert_many(rows).exec_without_returning(db.pool()).await.unwrap();
    db.pool().execute_unprepared("ANALYZE analytics_sessions").await.unwrap();
    let tenant = Tenant { id: TenantId::new(&Uuid::now_v7().to_string()), ..Tenant::default() };
    let day = tenant.day_of(DateTime::from_timestamp(1_770_000_000, 0).unwrap());
    let sum = Sum {
        tenant: &tenant,
        range: tenant.day(day),
        slots: &Slots::Quarters,
        by: &[Dimension::Channel],
        filter: &Filter::default(),
        measures: &[Measure::TotalMessages],
    };
    let plan = sum.plan(db.pool()).await.unwrap();
    let by_id = if is_sqlite { "tenant_id=? AND session_id=?" } else { "analytics_sessions_pkey" };
    assert!(plan.contains(by_id), "{plan}");
    assert!(!plan.contains("idx_sessions_span"), "{plan}");
}
