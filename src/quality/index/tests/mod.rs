//! Pictures against the database and against lists made by hand, on a fresh SQLite file or in a tenant of its
//! own in the PostgreSQL of `TEST_DATABASE_URL`.

mod desk;

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use entity::{
    InTenant as _,
    quality_audit::{AuditType, Column, Entity},
};
use rand::{SeedableRng as _, rngs::StdRng};
use sea_orm::{ConnectionTrait as _, DbBackend, EntityTrait as _, QueryFilter as _, Statement};

use self::desk::{PARTS, desk, fill, ids, score, some_audit};
use super::*;
use crate::{
    auth::{Role, Viewer},
    quality::{Filter, NewAudit, Quality, Review, Score, Sort},
};

#[tokio::test]
async fn a_picture_answers_as_the_database_does_whatever_is_done_to_audits() {
    for seed in [1, 2, 3] {
        let (desk, mut rng) = (desk().await, StdRng::seed_from_u64(seed));
        desk.pictured.create(&desk.operator(), some_audit(&mut rng)).await.unwrap();
        desk.picture_of(&desk.pictured).await;
        for round in 0..6 {
            for _ in 0..25 {
                let last = desk.plain.count_all(&desk.tenant.id).await.unwrap();
                desk.act(&mut rng, last).await;
            }
            if round == 2 {
                // A replica that comes later reads all there is.
                desk.picture_of(&desk.other).await;
            }
            desk.compare(&mut rng).await;
        }
        let audits = desk.all().await.len();
        for quality in [&desk.pictured, &desk.other] {
            quality.summary(&desk.operator()).await.unwrap();
            assert_eq!(desk.picture_of(quality).await.audits, audits, "seed {seed}");
        }
    }
}

#[tokio::test]
async fn whoever_writes_finds_it_at_once_at_another_replica_with_the_exact_total() {
    let desk = desk().await;
    let mut rng = StdRng::seed_from_u64(4);
    desk.pictured.create(&desk.operator(), some_audit(&mut rng)).await.unwrap();
    desk.picture_of(&desk.pictured).await;
    desk.picture_of(&desk.other).await;
    let desk = Arc::new(desk);
    let writers = (0..4_u64).map(|writer| {
        let desk = Arc::clone(&desk);
        tokio::spawn(async move {
            let (viewer, mut rng) = (desk.operator(), StdRng::seed_from_u64(writer));
            let all = Filter::default();
            for round in 0..15 {
                let (here, there) = match (writer + round) % 2 {
                    0 => (&desk.pictured, &desk.other),
                    _ => (&desk.other, &desk.pictured),
                };
                let made = here.create(&viewer, some_audit(&mut rng)).await.unwrap();
                let page = there.records(&viewer, 1, 100, &all, Sort::Newest).await.unwrap();
                assert!(ids(&page).contains(&made.id), "{} of {:?}", made.id, ids(&page));
                // No gaps: of one state, the total is the greatest number in it.
                assert_eq!(page.total, ids(&page).into_iter().max().unwrap());
                let summary = there.summary(&viewer).await.unwrap();
                assert!(summary.audited() >= page.total);
            }
        })
    });
    futures_util::future::try_join_all(writers).await.unwrap();
    desk.compare(&mut rng).await;
    assert_eq!(desk.picture_of(&desk.pictured).await.audits, 61);
}

#[tokio::test]
async fn changes_of_a_tenant_are_numbered_without_gap_or_repeat() {
    let (desk, mut rng) = (desk().await, StdRng::seed_from_u64(5));
    let auto = NewAudit { audit_type: AuditType::Auto, score: score(20), ..some_audit(&mut rng) };
    let auto = NewAudit { agent_id: None, ..auto };
    let viewer = desk.operator();
    let made = (0..10).map(|_| desk.pictured.create(&viewer, auto.clone()));
    futures_util::future::try_join_all(made).await.unwrap();
    // Reviews and new audits at once: those who decide have the turn before the row, as those who create.
    let reviews = (1..=10).map(|number| {
        let review = Review { score: score(80), comment: None, version: None };
        let (desk, viewer, id) = (&desk, &viewer, format!("QA-{number:03}"));
        async move { desk.other.review(viewer, &id, review).await }
    });
    let more = (0..10).map(|_| desk.pictured.create(&viewer, auto.clone()));
    let (reviewed, made) = tokio::join!(
        futures_util::future::try_join_all(reviews),
        futures_util::future::try_join_all(more),
    );
    assert_eq!((reviewed.unwrap().len(), made.unwrap().len()), (10, 10));
    let mut changes: Vec<_> = desk.all().await.iter().map(|audit| audit.change).collect();
    changes.sort_unstable();
    assert_eq!(changes, (11..=30).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_claim_shows_in_the_numbers_and_runs_out() {
    let (desk, mut rng) = (desk().await, StdRng::seed_from_u64(6));
    let viewer = desk.operator();
    let waiting =
        NewAudit { audit_type: AuditType::Auto, score: score(20), ..some_audit(&mut rng) };
    for _ in 0..3 {
        let audit = NewAudit { agent_id: None, ..waiting.clone() };
        desk.pictured.create(&viewer, audit).await.unwrap();
    }
    desk.picture_of(&desk.pictured).await;
    desk.other.claim(&viewer, "QA-002", 60).await.unwrap();
    let claimed = async || desk.pictured.waiting(&viewer).await.unwrap().claimed;
    assert_eq!(claimed().await, 1);
    desk.clock.advance(TimeDelta::seconds(60));
    assert_eq!(claimed().await, 0);
    desk.compare_numbers(&viewer).await;
}

#[tokio::test]
async fn a_picture_that_lacks_too_much_is_made_anew() {
    let (desk, mut rng) = (desk().await, StdRng::seed_from_u64(7));
    desk.pictured.create(&desk.operator(), some_audit(&mut rng)).await.unwrap();
    desk.picture_of(&desk.pictured).await;
    let most = usize::try_from(MOST_CHANGES).unwrap();
    fill(&desk, most + 1, &mut rng).await;
    let found = desk.pictured.summary(&desk.operator()).await.unwrap();
    assert_eq!(found.audited(), i64::try_from(most + 2).unwrap());
    assert_eq!(desk.pictured.pictured(&desk.tenant.id), None, "the database has answered");
    assert_eq!(desk.picture_of(&desk.pictured).await.audits, most + 2);
    desk.compare(&mut rng).await;
}

#[tokio::test]
async fn a_picture_that_is_made_while_audits_change_lacks_nothing() {
    let (desk, mut rng) = (desk().await, StdRng::seed_from_u64(12));
    fill(&desk, 1_200, &mut rng).await;
    let (begun, mut acting) = (desk.all().await.len(), StdRng::seed_from_u64(13));
    let acts = async {
        for _ in 0..80 {
            desk.act(&mut acting, 1_200).await;
        }
    };
    tokio::join!(acts, desk.picture_of(&desk.pictured), desk.picture_of(&desk.other));
    assert!(desk.all().await.len() > begun);
    desk.compare(&mut rng).await;
    assert_eq!(desk.picture_of(&desk.pictured).await.audits, desk.all().await.len());
}

#[tokio::test]
async fn rows_that_others_remove_or_put_back_are_noticed() {
    let (desk, mut rng) = (desk().await, StdRng::seed_from_u64(8));
    for _ in 0..20 {
        desk.other.create(&desk.operator(), some_audit(&mut rng)).await.unwrap();
    }
    let tenant = &desk.tenant.id;
    for number in [7, 20] {
        desk.picture_of(&desk.pictured).await;
        let gone = Entity::delete_many()
            .filter(Entity::of_tenant(tenant))
            .filter(sea_orm::ColumnTrait::eq(&Column::Id, number));
        gone.exec(desk.db.pool()).await.unwrap();
        desk.compare(&mut rng).await;
    }
    assert_eq!(desk.picture_of(&desk.pictured).await.audits, 18);
    desk.compare(&mut rng).await;
}

#[tokio::test]
async fn a_tenant_beyond_the_bound_is_answered_by_the_database() {
    let (desk, mut rng) = (desk().await, StdRng::seed_from_u64(9));
    for _ in 0..5 {
        desk.other.create(&desk.operator(), some_audit(&mut rng)).await.unwrap();
    }
    let settings = |max_bytes, min_audits| Settings { max_bytes, min_audits, pass_mark: 60 };
    for settings in [settings(100, 0), settings(1 << 20, 5), settings(0, 0)] {
        let index = Arc::new(Index::new(desk.db.clone(), settings));
        if let Wish::Make = index.shelf.find(&desk.tenant.id) {
            Arc::clone(&index).make(desk.tenant.id.clone()).await;
        }
        let found = index.ask(&desk.tenant.id, Picture::summary).await.unwrap();
        assert!(found.is_none() && index.pictured(&desk.tenant.id).is_none(), "{settings:?}");
    }
}

#[tokio::test]
async fn an_audit_takes_fifty_bytes_or_less() {
    let (desk, mut rng) = (desk().await, StdRng::seed_from_u64(10));
    fill(&desk, 20_000, &mut rng).await;
    let empty = desk.picture_of(&desk.pictured).await;
    for part in PARTS.iter().take(8) {
        let filter = Filter { customer: Some((*part).to_owned()), ..Filter::default() };
        desk.pictured.records(&desk.operator(), 1, 1, &filter, Sort::Newest).await.unwrap();
    }
    let index = desk.pictured.index();
    let found = index.ask(&desk.tenant.id, Picture::bytes).await.unwrap();
    let bytes = found.unwrap().answer;
    assert!(bytes < 50 * 20_000, "{bytes} with masks, {empty:?} without");
}

/// How the database goes about a statement, a step a line.
async fn plan(db: &Db, statement: &sea_orm::sea_query::SelectStatement) -> String {
    let (explain, column) = match db.backend() {
        DbBackend::Postgres => ("EXPLAIN", "QUERY PLAN"),
        _ => ("EXPLAIN QUERY PLAN", "detail"),
    };
    let statement = db.backend().build(statement);
    let sql = format!("{explain} {}", statement.sql);
    let values = statement.values.expect("values");
    let statement = Statement::from_sql_and_values(db.backend(), sql, values);
    let lines = db.pool().query_all_raw(statement).await.unwrap();
    let lines = lines.iter().map(|line| line.try_get::<String>("", column).unwrap());
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn what_a_picture_lacks_is_found_by_an_index() {
    let (desk, mut rng) = (desk().await, StdRng::seed_from_u64(11));
    fill(&desk, 5_000, &mut rng).await;
    desk.db.pool().execute_unprepared("ANALYZE analytics_quality_audits").await.unwrap();
    for known in [0, 2_500, 4_999, 5_000] {
        let changes = store::changes_since(&desk.tenant.id, known, MOST_CHANGES + 1);
        let plan = plan(&desk.db, &changes).await;
        assert!(plan.contains("idx_audits_change") || known == 0, "{known}\n{plan}");
    }
}
