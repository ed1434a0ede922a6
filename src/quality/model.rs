//! What is known about audits before any of them is stored: scores, ids, verdicts, counts.

use std::fmt;

use entity::quality_audit::{AuditType, Model, Status};
use sea_orm::ActiveEnum as _;

use super::rates::Verdicts;
use crate::{
    error::{Error, Result},
    input::check_text,
    stats::metric::ratio,
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

/// A person's verdict on an audit that waits for one.
#[derive(Clone, Debug)]
pub struct Review {
    pub score: Score,
    pub comment: Option<String>,
    /// The version that the reviewer has seen; none to decide about whatever is there.
    pub version: Option<i32>,
}

impl Review {
    pub(super) fn check(&self) -> Result<()> {
        self.comment.as_deref().map_or(Ok(()), |text| check_text("comment", text, 0..=2_000))
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

    /// Those with a final result.
    pub fn decided(self) -> i64 {
        self.passed + self.failed
    }

    /// Passed as a percentage of the audits with a final result; none without any.
    pub fn pass_rate(self) -> Option<f64> {
        ratio(self.passed, self.decided()).map(|rate| rate * 100.0)
    }
}

/// Where an audit stands, for whoever expected something else.
pub(super) fn state_of(audit: &Model) -> String {
    let (id, status) = (AuditId(audit.id), audit.status.to_value().to_uppercase());
    let by = audit.reviewed_by.as_ref().map(|by| format!(" by `{by}`")).unwrap_or_default();
    format!("audit `{id}` is at version {}: {status} with {}{by}", audit.version, audit.score)
}

/// How a machine's and a person's score of the same audits agree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Agreement {
    /// Audits with both scores.
    pub pairs: i64,
    /// Of these, those whose scores lie within ten points.
    pub within_ten: i64,
    /// Whether each passes: the machine's first.
    pub(super) verdicts: Verdicts,
}

impl Agreement {
    /// Those within ten points as a percentage; none without any.
    pub fn rate(self) -> Option<f64> {
        ratio(self.within_ten, self.pairs).map(|rate| rate * 100.0)
    }

    /// Cohen's kappa on pass and fail.
    pub fn kappa(self) -> Option<f64> {
        self.verdicts.kappa()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(score: i32) -> Score {
        Score::new("score", score).unwrap()
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
    fn a_pass_rate_needs_a_final_result() {
        let cases = [((0, 0, 3), None), ((3, 1, 9), Some(75.0)), ((0, 2, 0), Some(0.0))];
        for ((passed, failed, pending_review), expected) in cases {
            let summary = Summary { passed, failed, pending_review };
            assert_eq!(summary.pass_rate(), expected, "{summary:?}");
        }
    }
}
