//! Audits against a real database: a fresh SQLite file, or a tenant of its own in the PostgreSQL
//! of `TEST_DATABASE_URL`.

mod dispute;
mod list;
mod review;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    audit_dispute::Ruling,
    audit_revision::Kind,
    quality_audit::{AuditType, Model, Status},
};
use tempfile::TempDir;
use uuid::Uuid;

use super::{
    Filter, NewAudit, Order, Overturns, Quality, Review, Score, Sort, Summary, Verdict,
    rates::Verdicts,
};
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
        Viewer::new(tenant, subject, role)
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

    /// What became of the audit with the number 1.
    async fn history(&self) -> Vec<Step> {
        let history = self.quality.history(&self.tenant.id, vec![1]).await.unwrap();
        let step = |entry: entity::audit_revision::Model| {
            let scores = (entry.score_before, entry.score);
            (entry.revision, entry.kind, scores, entry.scored_by, entry.comment)
        };
        history.into_iter().map(step).collect()
    }

    async fn review(&self, viewer: &Viewer, id: &str, score: i32) -> Result<Model, Code> {
        let review =
            Review { score: self::score(score), comment: Some("heard it".into()), version: None };
        self.quality.review(viewer, id, review).await.map_err(|error| error.code())
    }
}

/// Number, what was done, the score before and since, by whom and why.
type Step = (i32, Kind, (Option<i32>, i32), String, Option<String>);

fn step(
    number: i32,
    kind: Kind,
    scores: (Option<i32>, i32),
    by: &str,
    comment: Option<&str>,
) -> Step {
    (number, kind, scores, by.to_owned(), comment.map(str::to_owned))
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
        findings: Vec::new(),
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
async fn agreement_is_of_audits_with_both_scores() {
    let desk = desk().await;
    desk.given(AuditType::Manual, 90).await;
    desk.given(AuditType::Auto, 90).await;
    for (number, (machine, person)) in [(50, 60), (50, 61), (40, 30)].into_iter().enumerate() {
        desk.given(AuditType::Auto, machine).await;
        let id = format!("QA-{:03}", number + 3);
        desk.review(&desk.reviewer(), &id, person).await.unwrap();
    }
    let agreement = desk.quality.agreement(&desk.reviewer()).await.unwrap();
    assert_eq!((agreement.pairs, agreement.within_ten), (3, 2));
    let verdicts = Verdicts { both_yes: 0, only_first: 0, only_second: 2, both_no: 1 };
    assert_eq!(agreement.verdicts, verdicts);
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
