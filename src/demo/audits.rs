//! The audits of the conversations.
//!
//! Those of the past are stored with the instants they would have: no mutation takes such, so they go
//! past the schema. All later ones come through it.

use chrono::{NaiveDate, TimeDelta};
use entity::quality_audit::AuditType;
use serde_json::{Value, json};

use super::{
    api::Api,
    plan::{Dice, Session},
    settings::SCORECARD,
};
use crate::{
    auth::{Role, Viewer},
    error::Result,
    quality::{NewAudit, PastAudit, Score},
};

/// Days whose audits still wait for a review.
const WAITING_DAYS: i64 = 5;
/// Of today, so many are made when the demo begins.
pub(super) const TODAY: usize = 9;
const PASS_MARK: i64 = 60;

const SCORE: &str =
    "mutation DemoScore($input: ScoreAuditInput!) { scoreAudit(input: $input) { id } }";
const CREATE: &str =
    "mutation DemoAudit($input: CreateAuditInput!) { createAudit(input: $input) { id } }";
const DISPUTE: &str = "mutation DemoDispute($id: ID!, $comment: String!) {
  disputeAudit(auditId: $id, comment: $comment) { id }
}";

/// The audits of a day that is over, some time after each conversation.
pub(super) fn of_day(sessions: &[Session], date: NaiveDate, today: NaiveDate) -> Vec<PastAudit> {
    let waits = (today - date).num_days() <= WAITING_DAYS;
    sessions.iter().filter_map(|session| of_session(session, waits)).collect()
}

fn of_session(session: &Session, waits: bool) -> Option<PastAudit> {
    let mut dice = Dice::of(&format!("audit-{}", session.id));
    if !dice.chance(if session.agent().is_some() { 11 } else { 3 }) {
        return None;
    }
    let is_auto = dice.chance(85);
    let score = if dice.chance(91) { 100 - dice.skewed((0, 24)) } else { dice.between((34, 59)) };
    let final_score = if dice.chance(45) { dice.between((61, 78)) } else { score };
    let is_reviewed = is_auto && score < PASS_MARK && !waits;
    let reviewed =
        if is_reviewed { Some(Score::new("score", as_score(final_score)).ok()?) } else { None };
    let audit = NewAudit {
        session_id: session.id.clone(),
        agent_id: session.agent().map(|agent| agent.id.to_owned()),
        customer_name: Some(session.customer.clone()),
        score: Score::new("score", as_score(score)).ok()?,
        audit_type: if is_auto { AuditType::Auto } else { AuditType::Manual },
        session_type: Some(session.topic.to_owned()),
        issues: None,
        findings: Vec::new(),
    };
    let audited_at = session.ended_at + TimeDelta::minutes(dice.between((2, 40)));
    Some(PastAudit { audit, audited_at, reviewed })
}

fn as_score(score: i64) -> i32 {
    i32::try_from(score).unwrap_or_default()
}

impl Api {
    /// Audits a conversation by the scorecard, as a machine does.
    pub(super) async fn audit(&self, session: &Session) -> Result<()> {
        self.ask(&self.viewer, SCORE, json!({ "input": scored(session) })).await.map(|_| ())
    }

    /// Audits a conversation as a person does, and has its agent object to it.
    pub(super) async fn dispute(&self, session: &Session) -> Result<()> {
        let Some(agent) = session.agent() else { return Ok(()) };
        let input = json!({
            "sessionId": session.id, "agentId": agent.id, "customerName": session.customer,
            "score": 58, "auditType": "MANUAL", "sessionType": session.topic,
        });
        let made = self.ask(&self.viewer, CREATE, json!({ "input": input })).await?;
        let by = Viewer::new(self.viewer.tenant.clone(), agent.id, Role::Agent);
        let comment = "客户当时已同意方案。The customer had agreed to it.";
        let variables = json!({ "id": made["createAudit"]["id"], "comment": comment });
        self.ask(&by, DISPUTE, variables).await.map(|_| ())
    }
}

/// What a machine finds: mostly good, at times something to look at.
fn scored(session: &Session) -> Value {
    let mut dice = Dice::of(&format!("score-{}", session.id));
    let is_good = dice.chance(75);
    let points = |dice: &mut Dice| dice.between(if is_good { (4, 5) } else { (0, 3) });
    let answers = ["greeting", "solution", "tone"]
        .map(|category| json!({ "category": category, "points": points(&mut dice) }))
        .into_iter()
        .chain([json!({ "category": "privacy", "points": 1 })]);
    let findings = if is_good {
        json!([])
    } else {
        let event_id = format!("{}-1", session.id);
        json!([{ "code": "late_reply", "severity": "MAJOR", "eventId": event_id }])
    };
    json!({
        "sessionId": session.id,
        "agentId": session.agent().map(|agent| agent.id),
        "customerName": session.customer,
        "scorecard": SCORECARD,
        "answers": answers.collect::<Vec<_>>(),
        "auditType": "AUTO",
        "sessionType": session.topic,
        "findings": findings,
    })
}
