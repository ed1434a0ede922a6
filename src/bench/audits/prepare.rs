//! Audits of a desk over a year, made up and stored.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use entity::quality_audit::AuditType;
use indicatif::HumanCount;
use rand::{Rng, SeedableRng as _, rngs::StdRng};

use crate::{
    auth::{Role, Viewer},
    bench::{
        error::BenchError,
        options::{Audits, Found},
    },
    clock::{Clock, ManualClock},
    config::Config,
    db::Db,
    quality::{NewAudit, PastAudit, Quality, Score},
    tenant::{Tenant, TenantId},
};

/// Audits of one transaction.
const CHUNK: u32 = 10_000;
const YEAR: TimeDelta = TimeDelta::days(365);
/// The same audits each time.
const SEED: u64 = 7_220_261_129;
const AGENTS: u32 = 200;
const FAMILIES: [&str; 12] = [
    "Chen", "Garcia", "Kim", "Martin", "Müller", "Novak", "Patel", "Silva", "Smith", "王", "李",
    "张",
];
const KINDS: [&str; 8] = [
    "Order status",
    "Refund",
    "Invoice",
    "Delivery",
    "Warranty",
    "Account",
    "续航疑虑回复",
    "Other",
];

impl Audits {
    /// Stores `audits` audits, evenly over the year up to now.
    pub(super) async fn fill(
        &self,
        audits: u32,
        found: &Found,
        clock: &dyn Clock,
        say: &impl Fn(&str),
    ) -> Result<(), BenchError> {
        let (now, db) = (clock.now(), Db::connect(&found.store).await?);
        let config = Arc::new(Config::default());
        let pass_mark = config.quality.pass_mark;
        let clock = Arc::new(ManualClock::at(now));
        let quality = Quality::new(db.clone(), clock, config, Arc::default());
        let viewer = viewer(&self.tenant);
        let present = quality.count_all(&viewer.tenant.id).await?;
        if present > 0 {
            return Err(BenchError::NotEmpty { tenant: self.tenant.clone(), audits: present });
        }
        say(&format!(
            "storing {} audits straight into the database; they stay in the tenant `{}`",
            HumanCount(audits.into()),
            self.tenant,
        ));
        let mut rng = StdRng::seed_from_u64(SEED);
        let step = YEAR / i32::try_from(audits).unwrap_or(i32::MAX);
        let mut number = 0;
        while number < audits {
            let chunk = number..audits.min(number + CHUNK);
            number = chunk.end;
            let made = chunk.map(|number| {
                let to_come = i32::try_from(audits - number).unwrap_or(i32::MAX);
                past(number, now - step * to_come, pass_mark, &mut rng)
            });
            quality.create_past(&viewer, made.collect::<Result<_, _>>()?).await?;
        }
        db.close().await;
        Ok(())
    }
}

fn viewer(tenant: &str) -> Viewer {
    let tenant = Arc::new(Tenant { id: TenantId::new(tenant), ..Tenant::default() });
    Viewer::new(tenant, "bench", Role::Operator)
}

/// Of five audits a machine makes four; of those that failed, people have looked at nine of ten.
fn past(
    number: u32,
    audited_at: DateTime<Utc>,
    pass_mark: u8,
    rng: &mut StdRng,
) -> Result<PastAudit, BenchError> {
    let score = |rng: &mut StdRng| Score::new("score", rng.random_range(20..=100));
    let first = score(rng)?;
    let audit_type = if rng.random_ratio(4, 5) { AuditType::Auto } else { AuditType::Manual };
    let waits = audit_type == AuditType::Auto && first.value() < pass_mark.into();
    let reviewed = (waits && rng.random_ratio(9, 10)).then(|| score(rng)).transpose()?;
    let pick = |rng: &mut StdRng, of: &[&'static str]| of[rng.random_range(0..of.len())];
    let (family, kind) = (pick(rng, &FAMILIES), pick(rng, &KINDS));
    let audit = NewAudit {
        session_id: format!("bench-{number:08}"),
        agent_id: Some(format!("agent-{:03}", rng.random_range(0..AGENTS))),
        customer_name: Some(format!("{family} {:06}", rng.random_range(0..1_000_000))),
        score: first,
        audit_type,
        session_type: Some(kind.to_owned()),
        issues: Some(serde_json::json!([{ "rule": "greeting", "comment": "no greeting" }])),
        findings: Vec::new(),
    };
    Ok(PastAudit { audit, audited_at: crate::clock::to_micros(audited_at), reviewed })
}
