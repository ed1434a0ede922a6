use chrono::TimeDelta;
use entity::session::{ActiveModel, Entity};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ConnectionTrait as _, DbBackend, EntityTrait as _,
};
use uuid::Uuid;

use super::*;
use crate::{
    db::{bulk, testing::database},
    stats::{distribution::Distribution, measure::Measure},
    tenant::{TenantId, TimeRange},
};

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
        asked: Asked { measures: &[Measure::TotalMessages], distributions: &[] },
        is_bulk: false,
    };
    let plan = sum.plan(db.pool()).await.unwrap();
    let by_id = if is_sqlite { "tenant_id=? AND session_id=?" } else { "analytics_sessions_pkey" };
    assert!(plan.contains(by_id), "{plan}");
    assert!(!plan.contains("idx_sessions_span"), "{plan}");
    if !is_sqlite {
        let transaction = db.write().await.unwrap();
        bulk::join_at_once(&*transaction, true).await.unwrap();
        let plan = Sum { is_bulk: true, ..sum }.plan(&*transaction).await.unwrap();
        let joins = ["Hash Right Join", "Hash Left Join", "Merge Left Join"];
        assert!(joins.iter().any(|join| plan.contains(join)), "{plan}");
        assert!(!plan.contains("Nested Loop Left Join"), "{plan}");
    }
}

/// Both databases cut off what is less than a millisecond, as the state of a session does.
#[tokio::test]
async fn a_handle_time_is_whole_milliseconds() {
    let (db, _folder) = database().await;
    let is_sqlite = db.backend() != DbBackend::Postgres;
    let tenant = Tenant { id: TenantId::new(&Uuid::now_v7().to_string()), ..Tenant::default() };
    let begin = DateTime::from_timestamp(1_770_000_000, 0).unwrap();
    let micros = [
        (0, 0, 0),
        (0, 127_000, 127),
        (0, 999, 0),
        (500, 1_499, 0),
        (500, 1_500, 1),
        (999_999, 1_000_000, 0),
        (1, 3_600_000_000, 3_599_999),
        (120_000, 60_000, 0),
    ];
    let rows = micros.iter().enumerate().map(|(index, (assigned, ended, _))| ActiveModel {
        agent_assigned_at: Set(Some(begin + TimeDelta::microseconds(*assigned))),
        ended_at: Set(Some(begin + TimeDelta::microseconds(*ended))),
        last_event_at: Set(begin + TimeDelta::hours(2)),
        ..row(&tenant.id, index, is_sqlite)
    });
    Entity::insert_many(rows.collect::<Vec<_>>()).exec_without_returning(db.pool()).await.unwrap();
    let mut expected = Totals::default();
    for (_, _, value) in micros {
        expected.count_in(Distribution::Handle, value, 1);
    }
    let sum = Sum {
        tenant: &tenant,
        range: TimeRange { start: begin, end: begin + TimeDelta::hours(2) },
        slots: &Slots::Days(vec![(begin, 0)]),
        by: &[],
        filter: &Filter::default(),
        asked: Asked { measures: &[], distributions: &[Distribution::Handle] },
        is_bulk: false,
    };
    let found = sum.list(db.pool()).await.unwrap();
    assert_eq!(found.into_values().collect::<Vec<_>>(), [expected]);
}
