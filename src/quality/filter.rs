//! Which audits a list shows, and in which order.

use chrono::{DateTime, Utc};
use entity::quality_audit::{AuditType, Status};

use super::model::Score;
use crate::{
    error::{Error, Result},
    input::{ID_CHARS, check_name},
};

/// Which audits a list shows; what is none does not narrow it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    pub status: Option<Status>,
    pub audit_type: Option<AuditType>,
    pub agent_id: Option<String>,
    pub session_id: Option<String>,
    pub min_score: Option<Score>,
    pub max_score: Option<Score>,
    pub session_type: Option<String>,
    /// A part of the customer's name; letters of ASCII in either case.
    pub customer: Option<String>,
    /// First instant of `audited_at`.
    pub from: Option<DateTime<Utc>>,
    /// First instant that is no longer included.
    pub to: Option<DateTime<Utc>>,
}

impl Filter {
    /// The same of the audits of one agent, if it is narrowed to one; none where that leaves nothing.
    pub(super) fn of_agent(&self, own: Option<&str>) -> Option<Self> {
        let agent_id = match (own, self.agent_id.as_deref()) {
            (Some(own), Some(asked)) if own != asked => return None,
            (own, asked) => own.or(asked),
        };
        Some(Self { agent_id: agent_id.map(str::to_owned), ..self.clone() })
    }

    /// Refuses bounds that leave nothing between them, which is always a mistake.
    pub(super) fn check(&self) -> Result<()> {
        for (field, text, chars) in [
            ("agentId", &self.agent_id, ID_CHARS),
            ("sessionId", &self.session_id, ID_CHARS),
            ("type", &self.session_type, 0..=50),
            ("customer", &self.customer, 1..=100),
        ] {
            text.as_deref().map_or(Ok(()), |text| check_name(field, text, chars))?;
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

    /// The same whenever audited.
    pub(super) fn without_range(&self) -> Self {
        Self { from: None, to: None, ..self.clone() }
    }
}

/// In which order a numbered page lists audits; of equal ones the newest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    #[default]
    Newest,
    Oldest,
    HighestScore,
    LowestScore,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(score: i32) -> Score {
        Score::new("score", score).unwrap()
    }

    fn message(result: Result<()>) -> Option<String> {
        result.err().map(|error| error.to_string())
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
}
