//! The figures people see: each declared once, derived from measures and nothing else.

use super::measure::{Measure, Totals};

/// What a figure's number means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Count,
    Seconds,
    Percent,
    /// Points of the rating, 1 to 5.
    Score,
}

/// How a figure follows from measures.
#[derive(Clone, Copy, Debug)]
pub enum Formula {
    /// The measure itself; adds up over days, products and tenants.
    Sum(Measure),
    /// Sums ÷ counts ÷ scale; null without a count.
    Mean { sums: &'static [Measure], counts: &'static [Measure], scale: f64 },
    /// 100 × parts ÷ (whole − less); null without a denominator.
    Percent { parts: &'static [Measure], whole: &'static [Measure], less: &'static [Measure] },
}

/// One figure.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// Stable name, as the schema's field in snake case.
    pub id: &'static str,
    pub title_zh: &'static str,
    pub title_en: &'static str,
    pub unit: Unit,
    pub formula: Formula,
}

use Measure as M;

pub const TOTAL_SESSIONS: Metric = sum("total_sessions", "总会话数", "Sessions", M::TotalSessions);
pub const COMPLETED_SESSIONS: Metric =
    sum("completed_sessions", "已完成会话", "Completed sessions", M::CompletedSessions);
pub const AI_RESOLVED: Metric = sum("ai_resolved", "AI 解决", "Resolved by AI", M::AiResolved);
pub const TRANSFERRED: Metric = sum("transferred", "转人工", "Transferred", M::Transferred);
pub const ANSWERED: Metric = sum("answered", "人工接起", "Answered", M::Answered);
pub const ABANDONED: Metric = sum("abandoned", "放弃排队", "Abandoned", M::Abandoned);
pub const RESOLVED: Metric = sum("resolved", "已解决", "Resolved", M::Resolved);
pub const TOTAL_MESSAGES: Metric = sum("total_messages", "消息数", "Messages", M::TotalMessages);
pub const RATING_COUNT: Metric = sum("rating_count", "评价数", "Ratings", M::RatingCount);

pub const AVG_SESSION_DURATION: Metric = Metric {
    id: "avg_session_duration",
    title_zh: "平均会话时长",
    title_en: "Mean session duration",
    unit: Unit::Seconds,
    formula: mean_secs(&[M::DurationMsSum], &[M::DurationCount]),
};

pub const AVG_RESPONSE_TIME: Metric = Metric {
    id: "avg_response_time",
    title_zh: "平均响应时间",
    title_en: "Mean response time",
    unit: Unit::Seconds,
    formula: mean_secs(
        &[M::AiResponseMsSum, M::AgentResponseMsSum],
        &[M::AiResponseCount, M::AgentResponseCount],
    ),
};

pub const AVG_SPEED_OF_ANSWER: Metric = Metric {
    id: "avg_speed_of_answer",
    title_zh: "平均接起时间",
    title_en: "Mean speed of answer",
    unit: Unit::Seconds,
    formula: mean_secs(&[M::WaitMsSum], &[M::WaitCount]),
};

pub const SERVICE_LEVEL: Metric = Metric {
    id: "service_level",
    title_zh: "服务水平",
    title_en: "Service level",
    unit: Unit::Percent,
    formula: Formula::Percent {
        parts: &[M::AnsweredInTime],
        whole: &[M::Queued],
        less: &[M::AbandonedInTime],
    },
};

pub const AVG_RATING: Metric = Metric {
    id: "avg_rating",
    title_zh: "平均评分",
    title_en: "Mean rating",
    unit: Unit::Score,
    formula: Formula::Mean { sums: &[M::RatingSum], counts: &[M::RatingCount], scale: 1.0 },
};

pub const SATISFACTION_RATE: Metric = Metric {
    id: "satisfaction_rate",
    title_zh: "满意度",
    title_en: "Satisfaction",
    unit: Unit::Percent,
    formula: Formula::Percent {
        parts: &[M::Rating5Count, M::Rating4Count],
        whole: &[M::RatingCount],
        less: &[],
    },
};

pub const AUTO_RESOLVE_RATE: Metric = Metric {
    id: "auto_resolve_rate",
    title_zh: "AI 自主解决率",
    title_en: "Resolved by AI alone",
    unit: Unit::Percent,
    formula: Formula::Percent {
        parts: &[M::AiResolved],
        whole: &[M::CompletedSessions],
        less: &[],
    },
};

/// Every figure that follows from measures.
pub const ALL: [Metric; 16] = [
    TOTAL_SESSIONS,
    COMPLETED_SESSIONS,
    AI_RESOLVED,
    TRANSFERRED,
    ANSWERED,
    ABANDONED,
    RESOLVED,
    TOTAL_MESSAGES,
    RATING_COUNT,
    AVG_SESSION_DURATION,
    AVG_RESPONSE_TIME,
    AVG_SPEED_OF_ANSWER,
    SERVICE_LEVEL,
    AVG_RATING,
    SATISFACTION_RATE,
    AUTO_RESOLVE_RATE,
];

const fn sum(
    id: &'static str,
    title_zh: &'static str,
    title_en: &'static str,
    measure: Measure,
) -> Metric {
    Metric { id, title_zh, title_en, unit: Unit::Count, formula: Formula::Sum(measure) }
}

const fn mean_secs(sums: &'static [Measure], counts: &'static [Measure]) -> Formula {
    Formula::Mean { sums, counts, scale: 1_000.0 }
}

impl Metric {
    /// The figure over some stretch; none without a denominator.
    pub fn of(&self, totals: &Totals) -> Option<f64> {
        let sum = |measures: &[Measure]| measures.iter().map(|m| totals.get(*m)).sum::<i64>();
        match self.formula {
            Formula::Sum(measure) => Some(real(totals.get(measure))),
            Formula::Mean { sums, counts, scale } => {
                let count = sum(counts);
                // Divided once: a second division would round a second time.
                (count > 0).then(|| real(sum(sums)) / (real(count) * scale))
            }
            Formula::Percent { parts, whole, less } => {
                ratio(sum(parts), sum(whole) - sum(less)).map(|part| part * 100.0)
            }
        }
    }

    /// The figure of a plain sum.
    pub fn count(&self, totals: &Totals) -> i64 {
        match self.formula {
            Formula::Sum(measure) => totals.get(measure),
            Formula::Mean { counts, .. } | Formula::Percent { whole: counts, .. } => {
                counts.iter().map(|measure| totals.get(*measure)).sum()
            }
        }
    }

    /// Whether figures of two stretches may be added.
    pub fn is_additive(&self) -> bool {
        matches!(self.formula, Formula::Sum(_))
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts beyond 2^53 are refused by the schema")]
fn real(number: i64) -> f64 {
    number as f64
}

/// `part ÷ whole`; none when the whole is nothing.
pub fn ratio(part: i64, whole: i64) -> Option<f64> {
    (whole > 0).then(|| real(part) / real(whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_without_a_denominator_is_none() {
        let empty = Totals::default();
        for metric in ALL {
            assert_eq!(metric.of(&empty).is_some(), metric.is_additive(), "{}", metric.id);
        }
    }

    #[test]
    fn ids_are_unique() {
        let ids: std::collections::HashSet<_> = ALL.iter().map(|metric| metric.id).collect();
        assert_eq!(ids.len(), ALL.len());
    }
}
