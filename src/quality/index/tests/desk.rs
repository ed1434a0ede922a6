//! Services over one store, and what their lists are held against.

use std::cmp::Reverse;

use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    InTenant as _,
    audit_dispute::Ruling,
    quality_audit::{Entity, Model, Status},
};
use rand::Rng;
use tempfile::TempDir;
use uuid::Uuid;

use super::*;
use crate::{
    clock::{Clock as _, ManualClock},
    config::Config,
    db::testing::database,
    quality::{PastAudit, Verdict, list::Page},
    tenant::{Tenant, TimeRange},
};

pub(super) const SORTS: [Sort; 4] =
    [Sort::Newest, Sort::Oldest, Sort::HighestScore, Sort::LowestScore];
pub(super) const NAMES: [Option<&str>; 10] = [
    None,
    Some(""),
    Some("Anna Smith"),
    Some("SMITHSON"),
    Some("赵小明"),
    Some("小王"),
    Some("100%_sure\\"),
    Some("Ärzte"),
    Some("ärzte a_b%c"),
    Some("İstanbul"),
];
pub(super) const PARTS: [&str; 14] =
    ["smith", "SMITH", "a", "小", "赵小", "%", "_", "\\", "0%_S", "Ä", "ä", "i", "\u{307}", "zz"];
pub(super) const TYPES: [Option<&str>; 4] = [None, Some("returns"), Some("Returns"), Some("续航")];
pub(super) const AGENTS: [Option<&str>; 4] = [None, Some("li"), Some("wu"), Some("zhao")];

/// One service that answers lists from pictures, another of these, and one that asks the database.
pub(super) struct Desk {
    pub(super) pictured: Arc<Quality>,
    pub(super) other: Arc<Quality>,
    pub(super) plain: Arc<Quality>,
    pub(super) clock: Arc<ManualClock>,
    pub(super) db: Db,
    pub(super) tenant: Arc<Tenant>,
    _folder: TempDir,
}

pub(super) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub(super) fn quality(db: &Db, clock: &Arc<ManualClock>, memory_mb: u64) -> Arc<Quality> {
    let mut config = Config::default();
    (config.quality.index_memory_mb, config.quality.index_min_audits) = (memory_mb, 0);
    Arc::new(Quality::new(db.clone(), clock.clone(), Arc::new(config), Arc::default()))
}

pub(super) async fn desk() -> Desk {
    let (db, folder) = database().await;
    let clock = Arc::new(ManualClock::at(at("2026-03-10T08:00:00Z")));
    let id = TenantId::new(&Uuid::now_v7().to_string());
    Desk {
        pictured: quality(&db, &clock, 64),
        other: quality(&db, &clock, 64),
        plain: quality(&db, &clock, 0),
        tenant: Arc::new(Tenant { id, ..Tenant::default() }),
        clock,
        db,
        _folder: folder,
    }
}

pub(super) fn score(score: i32) -> Score {
    Score::new("score", score).unwrap()
}

pub(super) fn pick<T: Copy>(rng: &mut StdRng, of: &[T]) -> T {
    of[rng.random_range(0..of.len())]
}

pub(super) fn some_audit(rng: &mut StdRng) -> NewAudit {
    let text = |text: Option<&str>| text.map(str::to_owned);
    NewAudit {
        session_id: format!("s{}", rng.random_range(0..3)),
        agent_id: text(pick(rng, &AGENTS)),
        customer_name: text(pick(rng, &NAMES)),
        score: some_score(rng),
        audit_type: pick(rng, &[AuditType::Auto, AuditType::Auto, AuditType::Manual]),
        session_type: text(pick(rng, &TYPES)),
        issues: None,
        findings: Vec::new(),
    }
}

/// Few different ones, so that many audits have the same.
pub(super) fn some_score(rng: &mut StdRng) -> Score {
    score(pick(rng, &[0, 20, 40, 55, 59, 60, 61, 70, 100]))
}

impl Desk {
    pub(super) fn as_role(&self, role: Role, subject: &str) -> Viewer {
        let tenant = Arc::clone(&self.tenant);
        Viewer::new(tenant, subject, role)
    }

    pub(super) fn operator(&self) -> Viewer {
        self.as_role(Role::Operator, "olga")
    }

    /// Asks until there is a picture.
    pub(super) async fn picture_of(&self, quality: &Quality) -> Pictured {
        let asking = async {
            loop {
                quality.summary(&self.operator()).await.unwrap();
                if let Some(size) = quality.pictured(&self.tenant.id) {
                    return size;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), asking).await.expect("a picture")
    }

    /// Does one thing or another with an audit; what is refused changes nothing.
    pub(super) async fn act(&self, rng: &mut StdRng, last: i64) {
        let quality = if rng.random() { &self.pictured } else { &self.other };
        // Clocks of replicas differ, and one may be set back.
        let ahead = rng.random_range(-30..60) * 250;
        self.clock.advance(TimeDelta::milliseconds(ahead));
        let id = format!("QA-{:03}", rng.random_range(1..=last.max(1)));
        let (wang, li) = (self.as_role(Role::Reviewer, "wang"), self.as_role(Role::Viewer, "li"));
        match rng.random_range(0..10) {
            0..=4 => _ = quality.create(&self.operator(), some_audit(rng)).await.unwrap(),
            5 | 6 => {
                let review = Review { score: some_score(rng), comment: None, version: None };
                _ = quality.review(&wang, &id, review).await;
            }
            7 => _ = quality.claim(&wang, &id, rng.random_range(60..600)).await,
            8 => _ = quality.dispute(&li, &id, "not so".into()).await,
            _ => {
                let ruling = Ruling::Accepted;
                let score = Some(some_score(rng));
                let verdict = Verdict { ruling, score, comment: "right".into(), version: None };
                _ = quality.rule(&wang, &id, verdict).await;
            }
        }
    }

    pub(super) async fn all(&self) -> Vec<Model> {
        Entity::in_tenant(&self.tenant.id).all(self.db.pool()).await.unwrap()
    }

    pub(super) fn some_filter(rng: &mut StdRng, audits: &[Model]) -> Filter {
        let (min, max) = (some_score(rng), some_score(rng));
        let instant = |rng: &mut StdRng| {
            let near = TimeDelta::milliseconds(rng.random_range(-1..=1));
            audits
                .get(rng.random_range(0..audits.len().max(1)))
                .map(|audit| audit.audited_at + near)
        };
        let (one, two) = (instant(rng), instant(rng));
        let rarely = |rng: &mut StdRng| rng.random_ratio(1, 4);
        Filter {
            status: rarely(rng)
                .then(|| pick(rng, &[Status::Passed, Status::Failed, Status::PendingReview])),
            audit_type: rarely(rng).then(|| pick(rng, &[AuditType::Auto, AuditType::Manual])),
            agent_id: rarely(rng).then(|| pick(rng, &["li", "wu", "Li", "nobody"]).to_owned()),
            session_id: rng.random_ratio(1, 10).then(|| "s1".to_owned()),
            min_score: rarely(rng).then(|| min.min(max)),
            max_score: rarely(rng).then(|| min.max(max)),
            session_type: rarely(rng).then(|| pick(rng, &["returns", "续航", "", "x"]).to_owned()),
            customer: rng.random_ratio(1, 3).then(|| pick(rng, &PARTS).to_owned()),
            from: one.filter(|_| one < two && rng.random()),
            to: two.filter(|_| one < two && rng.random()),
        }
    }

    /// Asks all three the same at once, and compares with what all audits come to.
    pub(super) async fn compare(&self, rng: &mut StdRng) {
        let audits = self.all().await;
        let viewer = self.operator();
        for _ in 0..12 {
            let filter = Self::some_filter(rng, &audits);
            let sort = pick(rng, &SORTS);
            let size = pick(rng, &[1, 3, 10, 100]);
            let expected = listed(&audits, &filter, sort);
            let pages = i32::try_from(expected.len()).unwrap() / size + 2;
            let page = rng.random_range(1..=pages);
            let skip = usize::try_from((page - 1) * size).unwrap();
            let on_page: Vec<_> =
                expected.iter().skip(skip).take(size.try_into().unwrap()).copied().collect();
            for quality in [&self.pictured, &self.other, &self.plain] {
                let found = quality.records(&viewer, page, size, &filter, sort).await.unwrap();
                let context = format!("{filter:?} {sort:?} page {page} of {size}");
                assert_eq!(found.total, i64::try_from(expected.len()).unwrap(), "{context}");
                assert_eq!(ids(&found), on_page, "{context}");
            }
            let newest = listed(&audits, &filter, Sort::Newest);
            for quality in [&self.pictured, &self.plain] {
                assert_eq!(self.walked(quality, &filter).await, newest, "{filter:?}");
            }
        }
        self.compare_numbers(&viewer).await;
    }

    pub(super) async fn walked(&self, quality: &Quality, filter: &Filter) -> Vec<i64> {
        let (mut ids, mut after) = (Vec::new(), None::<String>);
        loop {
            let viewer = self.operator();
            let page = quality.audits(&viewer, 37, after.as_deref(), filter).await.unwrap();
            ids.extend(page.0.iter().map(|audit| audit.id));
            after = page.1.next_cursor();
            if after.is_none() {
                return ids;
            }
        }
    }

    pub(super) async fn compare_numbers(&self, viewer: &Viewer) {
        let now = self.clock.now();
        let (picture, plain) = (&self.pictured, &self.plain);
        let summary = plain.summary(viewer).await.unwrap();
        assert_eq!(picture.summary(viewer).await.unwrap(), summary);
        let agreement = plain.agreement(viewer).await.unwrap();
        assert_eq!(picture.agreement(viewer).await.unwrap(), agreement);
        let waiting = plain.waiting(viewer).await.unwrap();
        assert_eq!(picture.waiting(viewer).await.unwrap(), waiting);
        let range = TimeRange { start: now - TimeDelta::seconds(20), end: now };
        let mean = plain.mean_score(&self.tenant, range).await.unwrap();
        assert_eq!(picture.mean_score(&self.tenant, range).await.unwrap(), mean);
    }
}

pub(super) fn ids(page: &Page) -> Vec<i64> {
    page.audits.iter().map(|audit| audit.id).collect()
}

/// A list made by hand.
pub(super) fn listed(audits: &[Model], filter: &Filter, sort: Sort) -> Vec<i64> {
    let mut listed: Vec<_> = audits.iter().filter(|audit| matches(audit, filter)).collect();
    listed.sort_by_key(|audit| Reverse((audit.audited_at, audit.id)));
    match sort {
        Sort::Newest => {}
        Sort::Oldest => listed.reverse(),
        Sort::HighestScore => listed.sort_by_key(|audit| Reverse(audit.score)),
        Sort::LowestScore => listed.sort_by_key(|audit| audit.score),
    }
    listed.iter().map(|audit| audit.id).collect()
}

pub(super) fn matches(audit: &Model, filter: &Filter) -> bool {
    let is = |wanted: &Option<String>, found: Option<&String>| {
        wanted.is_none() || wanted.as_ref() == found
    };
    let called = |part: &String| {
        let name = audit.customer_name.as_ref().map(|name| name.to_ascii_lowercase());
        name.is_some_and(|name| name.contains(&part.to_ascii_lowercase()))
    };
    filter.status.is_none_or(|status| status == audit.status)
        && filter.audit_type.is_none_or(|by| by == audit.audit_type)
        && is(&filter.agent_id, audit.agent_id.as_ref())
        && is(&filter.session_id, Some(&audit.session_id))
        && is(&filter.session_type, audit.session_type.as_ref())
        && filter.min_score.is_none_or(|min| min.value() <= audit.score)
        && filter.max_score.is_none_or(|max| audit.score <= max.value())
        && filter.customer.as_ref().is_none_or(called)
        && filter.from.is_none_or(|from| from <= audit.audited_at)
        && filter.to.is_none_or(|to| audit.audited_at < to)
}

/// Stores many audits at once, in no order of time.
pub(super) async fn fill(desk: &Desk, audits: usize, rng: &mut StdRng) {
    let past = |rng: &mut StdRng| PastAudit {
        audit: some_audit(rng),
        audited_at: desk.clock.now() - TimeDelta::milliseconds(rng.random_range(0..5_000_000)),
        reviewed: None,
    };
    let past = (0..audits).map(|_| past(rng)).collect();
    desk.other.create_past(&desk.operator(), past).await.unwrap();
}
