//! Audits that are to be stored, and what they have found.

use entity::{audit_finding::Severity, quality_audit::AuditType};
use serde_json::Value;

use super::{model::Score, scorecard::GivenAnswer};
use crate::{
    error::{Error, Result},
    input::{ID_CHARS, check_json, check_name},
};

/// An audit to be stored.
#[derive(Clone, Debug)]
pub struct NewAudit {
    pub session_id: String,
    pub agent_id: Option<String>,
    pub customer_name: Option<String>,
    pub score: Score,
    pub audit_type: AuditType,
    pub session_type: Option<String>,
    pub issues: Option<Value>,
    pub findings: Vec<Finding>,
}

/// An audit to be stored by the answers to a scorecard.
#[derive(Clone, Debug)]
pub struct NewScoredAudit {
    /// The rest of it, whose score follows from the answers.
    pub audit: NewAudit,
    pub scorecard: String,
    /// The greatest unless it is told.
    pub version: Option<i32>,
    pub answers: Vec<GivenAnswer>,
    /// What the caller says that they come to.
    pub stated: Option<Score>,
}

/// Something that an audit has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub code: String,
    pub severity: Severity,
    pub event_id: Option<String>,
}

/// How often something was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindingCount {
    pub code: String,
    pub severity: Severity,
    pub findings: i64,
    /// Audits that found it.
    pub audits: i64,
}

/// Most findings of one audit.
const MAX_FINDINGS: usize = 100;

impl Finding {
    fn check(&self) -> Result<()> {
        check_name("findings.code", &self.code, 1..=50)?;
        let event_id = self.event_id.as_deref();
        event_id.map_or(Ok(()), |id| check_name("findings.eventId", id, ID_CHARS))
    }
}

impl NewAudit {
    pub(super) fn check(&self) -> Result<()> {
        check_name("sessionId", &self.session_id, ID_CHARS)?;
        for (field, text, chars) in [
            ("agentId", &self.agent_id, ID_CHARS),
            ("customerName", &self.customer_name, 0..=100),
            ("sessionType", &self.session_type, 0..=50),
        ] {
            text.as_deref().map_or(Ok(()), |text| check_name(field, text, chars))?;
        }
        if self.findings.len() > MAX_FINDINGS {
            let (len, expected) = (self.findings.len(), format!("at most {MAX_FINDINGS}"));
            return Err(Error::bad_input("findings", format!("{len} findings"), &expected));
        }
        self.findings.iter().try_for_each(Finding::check)?;
        self.issues.as_ref().map_or(Ok(()), |issues| check_json("issues", issues))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn audit() -> NewAudit {
        NewAudit {
            session_id: "s1".into(),
            agent_id: None,
            customer_name: None,
            score: Score::new("score", 90).unwrap(),
            audit_type: AuditType::Manual,
            session_type: None,
            issues: None,
            findings: Vec::new(),
        }
    }

    #[test]
    fn a_new_audit_keeps_its_bounds() {
        let long = |len: usize| Some("界".repeat(len));
        let cases = [
            (audit(), None),
            (NewAudit { session_id: String::new(), ..audit() }, Some("sessionId")),
            (NewAudit { session_id: "s".repeat(65), ..audit() }, Some("sessionId")),
            (NewAudit { session_id: "s\0".into(), ..audit() }, Some("sessionId")),
            (NewAudit { agent_id: long(64), ..audit() }, None),
            (NewAudit { agent_id: long(65), ..audit() }, Some("agentId")),
            (NewAudit { customer_name: long(101), ..audit() }, Some("customerName")),
            (NewAudit { session_type: long(51), ..audit() }, Some("sessionType")),
            (NewAudit { issues: Some(json!("x".repeat(65_534))), ..audit() }, None),
            (NewAudit { issues: Some(json!("x".repeat(65_535))), ..audit() }, Some("issues")),
            (NewAudit { issues: Some(json!({"a": ["\0"]})), ..audit() }, Some("issues")),
        ];
        for (audit, expected) in cases {
            let named = match audit.check() {
                Err(Error::BadInput { field, .. }) => Some(field),
                Err(other) => panic!("{other}"),
                Ok(()) => None,
            };
            assert_eq!(named.as_deref(), expected);
        }
    }
}
