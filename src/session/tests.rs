//! How the database finds sessions: on a fresh SQLite file, or among those of a tenant of its own in
//! the PostgreSQL of `TEST_DATABASE_URL`.

use chrono::{DateTime, TimeDelta, Utc};
use entity::session::{ActiveModel, Entity};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ConnectionTrait as _, DbBackend, EntityTrait as _, Statement,
};
use uuid::Uuid;

use super::{Filter, Outcome, store::Listing};
use crate::{
    config::LiveConfig,
    db::{Db, bulk::CHUNK, testing::database},
    graphql::paging::Cursor,
    stats::{Moment, live_metric::OpenSessions},
    tenant::{Tenant, TenantId},
};

const SESSIONS: usize = 6_000;

fn first_event_at(index: usize) -> DateTime<Utc> {
    let minutes = TimeDelta::minutes(index.try_into().unwrap());
    DateTime::from_timestamp(1_770_000_000, 0).unwrap() + minutes
}

/// A session of the step that its number gives.
fn row(tenant: &TenantId, index: usize, is_sqlite: bool) -> ActiveModel {
    let first = first_event_at(index);
    let step = i16::try_from(index % 7).unwrap();
    let length = TimeDelta::hours(1 << (2 * step)) - TimeDelta::minutes(1);
    ActiveModel {
        tenant_id: Set(tenant.to_string()),
        session_id: Set(format!("s{index}")),
        product: Set("shop".to_owned()),
        first_event_at: Set(first),
        first_product: Set("shop".to_owned()),
        last_event_at: Set(first + length),
        last_event_hour: Set(0),
        // PostgreSQL works it out by itself.
        span: if is_sqlite { Set(step) } else { NotSet },
        ..ActiveModel::default()
    }
}

async fn desk(tenant: &TenantId) -> (Db, tempfile::TempDir) {
    let (db, folder) = database().await;
    let is_sqlite = db.backend() != DbBackend::Postgres;
    let rows: Vec<_> = (0..SESSIONS).map(|index| row(tenant, index, is_sqlite)).collect();
    for chunk in rows.chunks(CHUNK) {
        Entity::insert_many(chunk.to_vec()).exec_without_returning(db.pool()).await.unwrap();
    }
    db.pool().execute_unprepared("ANALYZE analytics_sessions").await.unwrap();
    (db, folder)
}

fn listing<'a>(
    tenant: &'a TenantId,
    filter: &'a Filter,
    after: Option<&'a Cursor>,
    len: u64,
) -> Listing<'a> {
    let now = first_event_at(SESSIONS);
    let moment = Moment::of(&Tenant::default(), &LiveConfig::default(), now);
    Listing { tenant, filter, moment, after, len }
}

/// How the database goes about a page of a list, a step a line.
async fn plan(db: &Db, tenant: &TenantId, filter: &Filter, after: Option<&Cursor>) -> String {
    let (explain, column) = match db.backend() {
        DbBackend::Postgres => ("EXPLAIN", "QUERY PLAN"),
        _ => ("EXPLAIN QUERY PLAN", "detail"),
    };
    let list = listing(tenant, filter, after, 51).statement(db.pool());
    let sql = format!("{explain} {}", list.sql);
    let values = list.values.expect("values");
    let statement = Statement::from_sql_and_values(db.backend(), sql, values);
    let lines = db.pool().query_all_raw(statement).await.unwrap();
    let lines = lines.iter().map(|line| line.try_get::<String>("", column).unwrap());
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn no_page_reads_all_sessions() {
    let tenant = TenantId::new(&Uuid::now_v7().to_string());
    let (db, _folder) = desk(&tenant).await;
    let day = Filter {
        from: Some(first_event_at(1_000)),
        to: Some(first_event_at(2_440)),
        ..Filter::default()
    };
    let handled = Filter { outcome: Some(Outcome::OpenAi), ..day.clone() };
    let deep = Cursor { at: first_event_at(3_000), id: "s3000".to_owned() };
    for (filter, after) in [
        (Filter::default(), None),
        (Filter::default(), Some(&deep)),
        (day.clone(), None),
        (day, Some(&deep)),
        (handled, None),
    ] {
        let plan = plan(&db, &tenant, &filter, after).await;
        let scans = plan.matches("idx_sessions_span").count();
        assert_eq!(scans, 7, "{filter:?} {after:?}\n{plan}");
        assert!(!plan.contains("Seq Scan") && !plan.contains("SCAN analytics"), "{plan}");
    }
    let waiting = Filter { floor: Some(OpenSessions::Waiting), ..Filter::default() };
    let plan = plan(&db, &tenant, &waiting, None).await;
    assert!(plan.contains("idx_sessions_open"), "{plan}");
}

#[tokio::test]
async fn the_pages_of_all_steps_are_one_list() {
    let tenant = TenantId::new(&Uuid::now_v7().to_string());
    let (db, _folder) = desk(&tenant).await;
    let mut after = None;
    let mut expected = (0..SESSIONS).rev();
    loop {
        let filter = Filter::default();
        let page = listing(&tenant, &filter, after.as_ref(), 997).rows(db.pool()).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.cursor());
        for row in page {
            assert_eq!(row.session.session_id, format!("s{}", expected.next().unwrap()));
        }
    }
    assert_eq!(expected.next(), None);
}
