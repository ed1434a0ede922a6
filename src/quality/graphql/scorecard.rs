//! Scorecards, and what audits have found.

use async_graphql::{ID, SimpleObject};

use super::audit::FindingSeverity;
use crate::{config, graphql::Long, quality};

/// What an audit asks about.
#[derive(Debug, SimpleObject)]
pub(super) struct AuditScorecard {
    id: ID,
    version: u32,
    title: String,
    categories: Vec<ScorecardCategory>,
}

/// One question of a scorecard.
#[derive(Debug, SimpleObject)]
pub(super) struct ScorecardCategory {
    id: ID,
    title: String,
    /// The most points that there are for it.
    points: u32,
    /// What it counts beside the others.
    weight: u32,
    /// Whether the whole audit scores 0 below half of its points.
    critical: bool,
}

impl From<&config::Scorecard> for AuditScorecard {
    fn from(card: &config::Scorecard) -> Self {
        let categories = card.categories.iter().cloned().map(|category| {
            let config::Category { id, title, points, weight, critical } = category;
            ScorecardCategory { id: ID(id), title, points, weight, critical }
        });
        Self {
            id: ID(card.id.clone()),
            version: card.version,
            title: card.title.clone(),
            categories: categories.collect(),
        }
    }
}

/// How often something was found.
#[derive(Debug, SimpleObject)]
pub(super) struct FindingCount {
    code: String,
    severity: FindingSeverity,
    findings: Long,
    /// Audits that found it.
    audits: Long,
}

impl From<quality::FindingCount> for FindingCount {
    fn from(count: quality::FindingCount) -> Self {
        Self {
            code: count.code,
            severity: count.severity.into(),
            findings: Long(count.findings),
            audits: Long(count.audits),
        }
    }
}
