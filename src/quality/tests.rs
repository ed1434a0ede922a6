//! Audits against a real database: a fresh SQLite file, or a tenant of its own in the PostgreSQL
//! of `TEST_DATABASE_URL`.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    InTenant as _, audit_revision,
    quality_audit::{AuditType, Model, Status},
};
use sea_orm::QueryOrder as _;
use tempfile::TempDir;
use uuid::Uuid;

use super::{Filter, NewAudit, Quality, Review, Score, Summary};
use crate::{
    auth::{Role, Viewer},
    clock::ManualClock,
    config::Config,
    db::{Db, testing::database},
    error::Code,
    tenant::{Language, Tenant, TenantId},
};

struct Desk {
    quality: Quality,
    clock: Arc<ManualClock>,
    db: Db,
    tenant: Arc<Tenant>,
    _folder: TempDir,
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

async fn desk() -> Desk {
    let (db, folder) = database().await;
    let clock = Arc::new(ManualClock::at(at("2026-03-10T08:00:00Z")));
    let quality = Quality::new(db.clone(), clock.clone(), Arc::default(), Arc::default());
    Desk { quality, clock, db, tenant: tenant(), _folder: folder }
}

fn tenant() -> Arc<Tenant> {
    Arc::new(Tenant { id: TenantId::new(&Uuid::now_v7().to_string()), ..Tenant::default() })
}

impl Desk {
    fn as_role(&self, role: Role, subject: &str) -> Viewer {
        let tenant = Arc::clone(&self.tenant);
        Viewer { tenant, subject: subject.into(), role, expires_at: None }
    }

    fn reviewer(&self) -> Viewer {
        self.as_role(Role::Reviewer, "wang")
    }

    async fn given(&self, audit_type: AuditType, score: i32) -> Model {
        self.given_audit(NewAudit { audit_type, ..audit(score) }).await
    }

    async fn given_audit(&self, audit: NewAudit) -> Model {
        self.clock.advance(TimeDelta::seconds(1));
        self.quality.create(&self.as_role(Role::Ingest, "bot"), audit).await.unwrap()
    }

    async fn review(&self, viewer: &Viewer, id: &str, score: i32) -> Result<Model, Code> {
        let review = Review { score: self::score(score), comment: Some("heard it".into()) };
        self.quality.review(viewer, id, review).await.map_err(|error| error.code())
    }
}

fn score(score: i32) -> Score {
    Score::new("score", score).unwrap()
}

fn audit(score: i32) -> NewAudit {
    NewAudit {
        session_id: "s1".into(),
        agent_id: Some("li".into()),
        customer_name: Some("赵".into()),
        score: self::score(score),
        audit_type: AuditType::Manual,
        session_type: None,
        issues: Some(serde_json::json!([{"code": "TONE"}])),
    }
}

#[tokio::test]
async fn audits_made_at_once_get_numbers_without_gap_or_repeat() {
    let desk = desk().await;
    let viewer = desk.as_role(Role::Ingest, "bot");
    let create = || desk.quality.create(&viewer, audit(90));
    let made = futures_util::future::join_all((0..12).map(|_| create())).await;
    let mut numbers: Vec<i64> = made.into_iter().map(|audit| audit.unwrap().id).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=12).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_review_decides_and_keeps_the_first_score_in_the_history() {
    let desk = desk().await;
    let first = desk.given(AuditType::Auto, 40).await;
    assert_eq!(first.status, Status::PendingReview);
    let decided = desk.review(&desk.reviewer(), "QA-001", 75).await.unwrap();
    assert_eq!((decided.status, decided.score), (Status::Passed, 75));
    assert_eq!(decided.reviewed_by.as_deref(), Some("wang"));
    assert_eq!(decided.issues, first.issues);
    let history = audit_revision::Entity::in_tenant(&desk.tenant.id)
        .order_by_asc(audit_revision::Column::Revision)
        .all(desk.db.pool())
        .await
        .unwrap();
    let history: Vec<_> = history
        .iter()
        .map(|entry| (entry.revision, entry.score, &*entry.scored_by, entry.comment.as_deref()))
        .collect();
    assert_eq!(history, [(1, 40, "bot", None), (2, 75, "wang", Some("heard it"))]);
}

#[tokio::test]
async fn of_two_reviewers_at_once_one_finds_it_decided() {
    let desk = desk().await;
    desk.given(AuditType::Auto, 40).await;
    let reviewer = desk.reviewer();
    let both =
        tokio::join!(desk.review(&reviewer, "QA-001", 75), desk.review(&reviewer, "QA-001", 20));
    let codes = [both.0.err(), both.1.err()];
    assert!(codes.contains(&None) && codes.contains(&Some(Code::Conflict)), "{codes:?}");
}

#[tokio::test]
async fn a_review_is_refused_with_the_reason() {
    let desk = desk().await;
    desk.given(AuditType::Auto, 40).await;
    desk.given(AuditType::Manual, 40).await;
    let stranger = Viewer { tenant: tenant(), ..desk.reviewer() };
    let cases = [
        (desk.reviewer(), "QA-002", Code::Conflict),
        (desk.reviewer(), "QA-003", Code::NotFound),
        (desk.reviewer(), "QA-x", Code::NotFound),
        (stranger, "QA-001", Code::NotFound),
        (desk.as_role(Role::Reviewer, "li"), "QA-001", Code::Forbidden),
        (desk.as_role(Role::Viewer, "wang"), "QA-001", Code::Forbidden),
        (desk.as_role(Role::Ingest, "bot"), "QA-001", Code::Forbidden),
    ];
    for (viewer, id, code) in cases {
        assert_eq!(desk.review(&viewer, id, 90).await.err(), Some(code), "{viewer:?} {id}");
    }
    let review = Review { score: score(90), comment: None };
    let error = desk.quality.review(&desk.reviewer(), "QA-002", review).await.unwrap_err();
    let message = error.to_string();
    assert_eq!(message, "audit `QA-002` is FAILED, not PENDING_REVIEW");
}

#[tokio::test]
async fn the_summary_counts_this_tenants_audits_by_status() {
    let desk = desk().await;
    for (audit_type, score) in
        [(AuditType::Manual, 60), (AuditType::Manual, 59), (AuditType::Auto, 59)]
    {
        desk.given(audit_type, score).await;
    }
    let summary = desk.quality.summary(&desk.reviewer()).await.unwrap();
    assert_eq!(summary, Summary { passed: 1, failed: 1, pending_review: 1 });
    let stranger = Viewer { tenant: tenant(), ..desk.reviewer() };
    assert_eq!(desk.quality.summary(&stranger).await.unwrap(), Summary::default());
    let ingest = desk.as_role(Role::Ingest, "bot");
    assert!(desk.quality.summary(&ingest).await.is_err());
}

#[tokio::test]
async fn walking_the_cursors_meets_every_audit_once_newest_first() {
    let desk = desk().await;
    for number in 0..7 {
        // Two audits share each instant, so that the number has to decide.
        desk.clock.set(at("2026-03-10T08:00:00Z") + TimeDelta::milliseconds(number / 2));
        desk.quality.create(&desk.reviewer(), audit(90)).await.unwrap();
    }
    let (viewer, filter) = (desk.reviewer(), Filter::default());
    let mut numbers = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let (rows, page) =
            desk.quality.audits(&viewer, 3, after.as_deref(), &filter).await.unwrap();
        numbers.extend(rows.iter().map(|row| row.id));
        assert_eq!(page.has_previous_page, after.is_some());
        if !page.has_next_page {
            break;
        }
        after = page.end_cursor;
    }
    assert_eq!(numbers, [7, 6, 5, 4, 3, 2, 1]);
    // "0/x": an instant, but no number.
    let error = desk.quality.audits(&viewer, 3, Some("MC94"), &filter).await.unwrap_err();
    assert_eq!(error.to_string(), "`after` is \"MC94\", expected a cursor of an earlier page");
}

#[tokio::test]
async fn a_numbered_page_knows_the_total_of_what_its_filter_leaves() {
    let desk = desk().await;
    for score in [10, 60, 70, 80, 90] {
        desk.given(AuditType::Manual, score).await;
    }
    desk.given_audit(NewAudit { agent_id: Some("wu".into()), ..audit(85) }).await;
    let start = at("2026-03-10T08:00:00Z");
    let all = Filter::default();
    let cases = [
        (all.clone(), 6, vec![6, 5]),
        (
            Filter { min_score: Some(score(60)), max_score: Some(score(80)), ..all.clone() },
            3,
            vec![4, 3],
        ),
        (Filter { status: Some(Status::Failed), ..all.clone() }, 1, vec![1]),
        (Filter { agent_id: Some("wu".into()), ..all.clone() }, 1, vec![6]),
        (Filter { session_id: Some("s2".into()), ..all.clone() }, 0, vec![]),
        (Filter { audit_type: Some(AuditType::Auto), ..all.clone() }, 0, vec![]),
        (
            Filter {
                from: Some(start + TimeDelta::seconds(2)),
                to: Some(start + TimeDelta::seconds(4)),
                ..all
            },
            2,
            vec![3, 2],
        ),
    ];
    for (filter, total, first_two) in cases {
        let page = desk.quality.records(&desk.reviewer(), 1, 2, &filter).await.unwrap();
        let numbers: Vec<i64> = page.audits.iter().map(|audit| audit.id).collect();
        assert_eq!((page.total, numbers), (total, first_two), "{filter:?}");
    }
}

#[tokio::test]
async fn an_id_that_is_none_finds_nothing() {
    let desk = desk().await;
    desk.given(AuditType::Manual, 90).await;
    let stranger = Viewer { tenant: tenant(), ..desk.reviewer() };
    for (viewer, id, found) in [
        (desk.reviewer(), "QA-001", true),
        (desk.reviewer(), "QA-002", false),
        (desk.reviewer(), "QA-x", false),
        (stranger, "QA-001", false),
    ] {
        let audit = desk.quality.find(&viewer, id).await.unwrap();
        assert_eq!(audit.is_some(), found, "{id}");
    }
}

#[tokio::test]
async fn the_grade_takes_final_scores_of_the_last_thirty_days() {
    let desk = desk().await;
    let grade = async || desk.quality.grade(&desk.tenant).await.unwrap();
    assert_eq!(grade().await, None);
    // Midnight in Shanghai, 29 days before today: the first instant that counts.
    desk.clock.set(at("2026-02-08T15:59:58Z"));
    desk.given(AuditType::Manual, 0).await;
    desk.given(AuditType::Manual, 94).await;
    desk.clock.set(at("2026-03-10T08:00:00Z"));
    desk.given(AuditType::Auto, 96).await;
    desk.given(AuditType::Auto, 0).await;
    assert_eq!(grade().await, Some("卓越"));
    let english = Tenant { language: Language::English, ..(*desk.tenant).clone() };
    assert_eq!(desk.quality.grade(&english).await.unwrap(), Some("Excellent"));
}

#[tokio::test]
async fn the_pass_mark_comes_from_the_configuration() {
    let mut desk = desk().await;
    let mut config = Config::default();
    config.quality.pass_mark = 91;
    desk.quality =
        Quality::new(desk.db.clone(), desk.clock.clone(), Arc::new(config), Arc::default());
    assert_eq!(desk.given(AuditType::Manual, 90).await.status, Status::Failed);
}
