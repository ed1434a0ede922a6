//! New audits: with a score as it is, or with the one that answers to a scorecard come to.

use chrono::{DateTime, Utc};
use entity::{
    audit_revision::Kind,
    quality_audit::{AuditType, Model},
};

use super::{
    new::{NewAudit, NewScoredAudit},
    review::Step,
    scorecard::{self, Answer},
    service::Quality,
    store,
};
use crate::{
    auth::{Right, Viewer},
    config::Scorecard,
    db::bulk,
    demo,
    error::{Error, Result},
    tenant::TenantId,
};

impl Quality {
    /// Stores an audit under the tenant's next number, with the first entry of its history.
    pub async fn create(&self, viewer: &Viewer, new: NewAudit) -> Result<Model> {
        require_auditor(viewer)?;
        self.store(viewer, new, None).await
    }

    /// Stores an audit whose score follows from the answers to a scorecard, which stay with it.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a scorecard that is not configured, [`Error::BadInput`] that names the
    /// answer, or the score where the caller has come to another.
    pub async fn create_scored(&self, viewer: &Viewer, scored: NewScoredAudit) -> Result<Model> {
        require_auditor(viewer)?;
        let card = self.scorecard(&scored.scorecard, scored.version)?;
        let answers = scorecard::read(card, &scored.answers)?;
        let score = scorecard::score_of(&answers)?;
        if let Some(stated) = scored.stated.filter(|stated| *stated != score) {
            let expected = format!("{}, which the answers come to", score.value());
            return Err(Error::bad_input("score", stated.value(), &expected));
        }
        self.store(viewer, NewAudit { score, ..scored.audit }, Some((card, answers))).await
    }

    /// The scorecards that audits may be scored by; that of the demo in its tenant only.
    pub fn scorecards(&self, viewer: &Viewer) -> Result<Vec<&Scorecard>> {
        viewer.require(Right::ReadScorecards)?;
        let demo = self.config().demo_tenant().map(|demo| &demo.id);
        let is_shown = |card: &&Scorecard| {
            card.id != demo::settings::SCORECARD
                || demo.is_none_or(|demo| *demo == viewer.tenant.id)
        };
        Ok(self.config().quality.scorecards.iter().filter(is_shown).collect())
    }

    fn scorecard(&self, id: &str, version: Option<i32>) -> Result<&Scorecard> {
        let known = self.config().quality.scorecards.iter().filter(|card| card.id == id);
        let wanted = |card: &&Scorecard| {
            version.is_none_or(|version| u32::try_from(version) == Ok(card.version))
        };
        let found = known.filter(wanted).max_by_key(|card| card.version);
        let name = version.map_or_else(|| id.to_owned(), |version| format!("{id}/{version}"));
        found.ok_or_else(|| Error::not_found("scorecard", &name))
    }

    async fn store(
        &self,
        viewer: &Viewer,
        new: NewAudit,
        by: Option<(&Scorecard, Vec<Answer>)>,
    ) -> Result<Model> {
        new.check()?;
        let (now, tenant) = (self.now(), &viewer.tenant.id);
        let transaction = self.db().of(tenant).write().await?;
        let turn = store::take_turn(&*transaction, tenant).await?;
        let number = store::find_last_number(&*transaction, tenant).await? + 1;
        let findings = new.findings.clone();
        let mut row = self.row(tenant, number, new, now);
        if let Some((card, answers)) = by {
            row.scorecard = Some(card.id.clone());
            row.scorecard_version = i32::try_from(card.version).ok();
            let answers = serde_json::to_value(answers);
            row.answers = Some(answers.map_err(|cause| Error::Internal(cause.to_string()))?);
        }
        let audit = store::insert(&*transaction, turn, bulk::whole(row)).await?;
        store::insert_findings(&*transaction, &audit, findings).await?;
        let step = Step { kind: Kind::Created, score: None, comment: None };
        store::add_revision(&*transaction, &audit, None, &viewer.subject, step, now).await?;
        transaction.commit().await?;
        self.note_change(tenant);
        Ok(audit)
    }

    /// A new audit, before its change has a number.
    pub(super) fn row(
        &self,
        tenant: &TenantId,
        number: i64,
        new: NewAudit,
        at: DateTime<Utc>,
    ) -> Model {
        let pass_mark = self.config().quality.pass_mark;
        let by = |wanted| (new.audit_type == wanted).then(|| new.score.value());
        Model {
            tenant_id: tenant.to_string(),
            id: number,
            session_id: new.session_id,
            agent_id: new.agent_id,
            customer_name: new.customer_name,
            score: new.score.value(),
            auto_score: by(AuditType::Auto),
            human_score: by(AuditType::Manual),
            status: new.score.first_status(new.audit_type, pass_mark),
            audit_type: new.audit_type,
            issues: new.issues,
            scorecard: None,
            scorecard_version: None,
            answers: None,
            session_type: new.session_type,
            audited_at: at,
            reviewed_by: None,
            reviewed_at: None,
            created_at: at,
            version: 1,
            claimed_by: None,
            claimed_until: None,
            change: 0,
        }
    }
}

fn require_auditor(viewer: &Viewer) -> Result<()> {
    viewer.require(Right::CreateAudits)?;
    viewer.require_every_product(Right::CreateAudits)
}
