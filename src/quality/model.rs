//! What is known about audits before any of them is stored: scores, ids, verdicts, bounds.

use std::fmt;

use chrono::{DateTime, Utc};
use entity::quality_audit::{AuditType, Status};
use sea_orm::ActiveEnum as _;
use serde_json::Value;

use crate::{
    error::{Error, Result},
    input::{ID_CHARS, check_json, check_name, check_text},
};

/// A score of 0 to 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Score(u8);

impl Score {
    /// Checks a score that came in `field`.
    ///
    /// # Errors
    /// [`Error::BadInput`] outside 0 to 100.
    pub fn new(field: &str, score: i32) -> Result<Self> {
        let within = u8::try_from(score).ok().filter(|score| *score <= 100);
        within.map(Self).ok_or_else(|| Error::bad_input(field, score, "0 to 100"))
    }

    pub fn value(self) -> i32 {
        self.0.into()
    }

    /// What a person's score means: it is final.
    pub(super) fn final_status(self, pass_mark: u8) -> Status {
        if self.0 >= pass_mark { Status::Passed } else { Status::Failed }
    }

    /// What a first score means: a machine's failing one waits for a person (ADR 0006).
    pub(super) fn first_status(self, by: AuditType, pass_mark: u8) -> Status {
        match (self.final_status(pass_mark), by) {
            (Status::Failed, AuditType::Auto) => Status::PendingReview,
            (status, _) => status,
        }
    }
}

/// The number of an audit within its tenant, shown as `QA-001`: three digits or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditId(pub i64);

impl AuditId {
    /// Reads an id. None unless it is written as this service writes it, so that an audit has one
    /// id only.
    pub fn parse(text: &str) -> Option<Self> {
        let number = text.strip_prefix("QA-")?.parse().ok()?;
        let id = Self(number);
        (number > 0 && id.to_string() == text).then_some(id)
    }
}

impl fmt::Display for AuditId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "QA-{:03}", self.0)
    }
}

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
        self.issues.as_ref().map_or(Ok(()), |issues| check_json("issues", issues))
    }
}

/// A person's verdict on an audit that waits for one.
#[derive(Clone, Debug)]
pub struct Review {
    pub score: Score,
    pub comment: Option<String>,
}

impl Review {
    pub(super) fn check(&self) -> Result<()> {
        self.comment.as_deref().map_or(Ok(()), |text| check_text("comment", text, 0..=2_000))
    }
}

/// Which audits a list shows; what is none does not narrow it.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub status: Option<Status>,
    pub audit_type: Option<AuditType>,
    pub agent_id: Option<String>,
    pub session_id: Option<String>,
    pub min_score: Option<Score>,
    pub max_score: Option<Score>,
    /// First instant of `audited_at`.
    pub from: Option<DateTime<Utc>>,
    /// First instant that is no longer included.
    pub to: Option<DateTime<Utc>>,
}

impl Filter {
    /// Refuses bounds that leave nothing between them, which is always a mistake.
    pub(super) fn check(&self) -> Result<()> {
        for (field, id) in [("agentId", &self.agent_id), ("sessionId", &self.session_id)] {
            id.as_deref().map_or(Ok(()), |id| check_name(field, id, ID_CHARS))?;
        }
        if let (Some(min), Some(max)) = (self.min_score, self.max_score)
            && min > max
        {
            let expected = format!("at most `maxScore`, {}", max.value());
            return Err(Error::bad_input("minScore", min.value(), &expected));
        }
        if let (Some(from), Some(to)) = (self.from, self.to)
            && from >= to
        {
            let expected = format!("an instant before `to`, {}", to.to_rfc3339());
            return Err(Error::bad_input("from", from.to_rfc3339(), &expected));
        }
        Ok(())
    }
}

/// How many audits stand where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    pub passed: i64,
    pub failed: i64,
    pub pending_review: i64,
}

impl Summary {
    pub fn audited(self) -> i64 {
        self.passed + self.failed + self.pending_review
    }

    /// Passed as a percentage of the audits with a final result; none without any.
    pub fn pass_rate(self) -> Option<f64> {
        let decided = self.passed + self.failed;
        #[expect(clippy::cast_precision_loss, reason = "counts of rows lie far below 2^53")]
        (decided > 0).then(|| 100.0 * self.passed as f64 / decided as f64)
    }
}

/// The name of a status as clients know it.
pub(super) fn status_name(status: Status) -> String {
    status.to_value().to_uppercase()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn score(score: i32) -> Score {
        Score::new("score", score).unwrap()
    }

    fn audit() -> NewAudit {
        NewAudit {
            session_id: "s1".into(),
            agent_id: None,
            customer_name: None,
            score: score(90),
            audit_type: AuditType::Manual,
            session_type: None,
            issues: None,
        }
    }

    fn message(result: Result<()>) -> Option<String> {
        result.err().map(|error| error.to_string())
    }

    #[test]
    fn a_score_lies_between_0_and_100() {
        for (value, valid) in [(-1, false), (0, true), (100, true), (101, false), (300, false)] {
            assert_eq!(Score::new("score", value).is_ok(), valid, "{value}");
        }
        let error = Score::new("score", 101).unwrap_err();
        assert_eq!(error.to_string(), "`score` is 101, expected 0 to 100");
    }

    #[test]
    fn only_a_machines_failing_score_waits_for_a_person() {
        let cases = [
            (60, AuditType::Manual, Status::Passed),
            (59, AuditType::Manual, Status::Failed),
            (60, AuditType::Auto, Status::Passed),
            (59, AuditType::Auto, Status::PendingReview),
        ];
        for (value, by, expected) in cases {
            assert_eq!(score(value).first_status(by, 60), expected, "{value} {by:?}");
        }
    }

    #[test]
    fn an_audit_has_one_spelling() {
        let cases = [
            ("QA-001", Some(1)),
            ("QA-999", Some(999)),
            ("QA-1000", Some(1_000)),
            ("QA-9223372036854775807", Some(i64::MAX)),
            ("QA-9223372036854775808", None),
            ("QA-1", None),
            ("QA-0001", None),
            ("QA-000", None),
            ("QA--01", None),
            ("QA-+01", None),
            ("QA-x", None),
            ("qa-001", None),
            ("", None),
        ];
        for (text, number) in cases {
            assert_eq!(AuditId::parse(text).map(|id| id.0), number, "{text}");
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

    #[test]
    fn a_filter_with_nothing_between_its_bounds_is_refused() {
        let at = |text: &str| Some(text.parse().unwrap());
        let none = Filter::default();
        let scores = |min, max| Filter {
            min_score: Some(score(min)),
            max_score: Some(score(max)),
            ..Filter::default()
        };
        let times = |from, to| Filter { from: at(from), to: at(to), ..Filter::default() };
        let cases = [
            (none, None),
            (scores(60, 60), None),
            (scores(61, 60), Some("`minScore` is 61, expected at most `maxScore`, 60")),
            (times("2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z"), None),
            (
                times("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
                Some(
                    "`from` is 2026-01-01T00:00:00+00:00, \
                     expected an instant before `to`, 2026-01-01T00:00:00+00:00",
                ),
            ),
        ];
        for (filter, expected) in cases {
            assert_eq!(message(filter.check()).as_deref(), expected);
        }
    }

    #[test]
    fn a_pass_rate_needs_a_final_result() {
        let cases = [((0, 0, 3), None), ((3, 1, 9), Some(75.0)), ((0, 2, 0), Some(0.0))];
        for ((passed, failed, pending_review), expected) in cases {
            let summary = Summary { passed, failed, pending_review };
            assert_eq!(summary.pass_rate(), expected, "{summary:?}");
        }
    }
}
