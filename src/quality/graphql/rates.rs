//! Audits in numbers: how many passed, wait, agree and were overturned.

use async_graphql::{Enum, ID, Object, SimpleObject};

use crate::{
    graphql::{DateTime, Long},
    quality::{
        Agreement, Overturns, Summary, Waiting,
        queue::AGES,
        rates::{Interval, wilson},
    },
    stats::metric::ratio,
};

#[derive(Debug)]
pub(super) struct QualitySummary(pub(super) Summary);

/// Audits counted by where they stand.
#[Object]
impl QualitySummary {
    /// Passed as a percentage of the audits with a final result, passed or failed, unrounded;
    /// null without any. Those that wait for a review count on neither side.
    async fn pass_rate(&self) -> Option<f64> {
        self.0.pass_rate()
    }

    /// Audits that passed: the numerator of `passRate`.
    async fn passed(&self) -> Long {
        Long(self.0.passed)
    }

    /// Audits with a final result: its denominator.
    async fn decided(&self) -> Long {
        Long(self.0.decided())
    }

    /// The Wilson 95 % interval of `passRate`, in percent; null without a final result.
    async fn pass_rate_interval(&self) -> Option<RateInterval> {
        wilson(self.0.passed, self.0.decided()).map(RateInterval::from)
    }

    /// All audits, those that wait for a review included.
    async fn audited_count(&self) -> Long {
        Long(self.0.audited())
    }

    /// Audits that wait for a review.
    async fn pending_review(&self) -> Long {
        Long(self.0.pending_review)
    }
}

/// Between which bounds a rate lies, of all samples as large in 95 of 100.
#[derive(Debug, SimpleObject)]
pub(super) struct RateInterval {
    low: f64,
    high: f64,
}

impl From<Interval> for RateInterval {
    fn from(Interval { low, high }: Interval) -> Self {
        Self { low: low * 100.0, high: high * 100.0 }
    }
}

/// Which audit comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "crate::quality::Order")]
pub(super) enum AuditOrder {
    OldestFirst,
    /// Of equal scores the oldest.
    LowestScoreFirst,
}

#[derive(Debug)]
pub(super) struct PendingAudits(pub(super) Waiting);

/// The audits that wait for a review.
#[Object]
impl PendingAudits {
    async fn total(&self) -> Long {
        Long(self.0.total)
    }

    /// Of these, those that someone works on.
    async fn claimed(&self) -> Long {
        Long(self.0.claimed)
    }

    /// Since when the one waits that has waited longest; null when none does.
    async fn oldest_at(&self) -> Option<DateTime> {
        self.0.oldest_at.map(DateTime)
    }

    /// How many have waited for how long, the youngest first.
    async fn ages(&self) -> Vec<PendingAge> {
        let bounds = AGES.iter().map(|hours| i32::try_from(*hours).ok()).chain([None]);
        let ages = bounds.zip(self.0.ages);
        ages.map(|(under_hours, count)| PendingAge { under_hours, count: Long(count) }).collect()
    }
}

/// Audits that have waited for less than so long, and not less than the ones before.
#[derive(Debug, SimpleObject)]
pub(super) struct PendingAge {
    /// Null for all that have waited longer.
    under_hours: Option<i32>,
    count: Long,
}

#[derive(Debug)]
pub(super) struct ScoreAgreement(pub(super) Agreement);

/// How the machine's score and the person's agree. A machine's passing score is seldom reviewed, so
/// this says most about those that failed.
#[Object]
impl ScoreAgreement {
    /// Audits with both scores.
    async fn pairs(&self) -> Long {
        Long(self.0.pairs)
    }

    /// Of these, those whose scores lie within ten points.
    async fn within_ten(&self) -> Long {
        Long(self.0.within_ten)
    }

    /// The same as a percentage; null without any.
    async fn rate(&self) -> Option<f64> {
        self.0.rate()
    }

    /// Cohen's kappa on pass and fail: 1 for agreement, 0 for as much as chance gives; null without
    /// audits, or where both say the same of all.
    async fn kappa(&self) -> Option<f64> {
        self.0.kappa()
    }
}

#[derive(Debug)]
pub(super) struct ScorerOverturns(pub(super) Overturns);

/// What became of the disputed scores that one scorer gave.
#[Object]
impl ScorerOverturns {
    async fn scored_by(&self) -> ID {
        ID(self.0.scored_by.clone())
    }

    /// Disputes without a ruling.
    async fn open(&self) -> Long {
        Long(self.0.open)
    }

    async fn accepted(&self) -> Long {
        Long(self.0.accepted)
    }

    async fn partly_accepted(&self) -> Long {
        Long(self.0.partly_accepted)
    }

    async fn rejected(&self) -> Long {
        Long(self.0.rejected)
    }

    /// Accepted and partly accepted as a percentage of those ruled on; null without any.
    async fn overturn_rate(&self) -> Option<f64> {
        ratio(self.0.overturned(), self.0.ruled()).map(|rate| rate * 100.0)
    }
}
