//! The additive measures of a stretch of days.

/// Sums over days and products; means and rates are derived from these and nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub total_sessions: i64,
    pub completed_sessions: i64,
    pub ai_resolved: i64,
}
