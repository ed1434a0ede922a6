//! The figures people see: each declared once, derived from measures and nothing else.

use async_graphql::Enum;

use super::{
    cube::Dimension,
    measure::{Instant, Measure, Totals},
};

/// What a figure's number means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "MetricUnit")]
pub enum Unit {
    Count,
    Seconds,
    Percent,
    /// Points of the rating, 1 to 5.
    Score,
}

impl Unit {
    pub fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Seconds => "seconds",
            Self::Percent => "percent",
            Self::Score => "1 to 5",
        }
    }
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

/// A figure as a fraction: measures with their signs; no denominator for a plain sum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    pub numerator: Vec<(i64, Measure)>,
    pub denominator: Vec<(i64, Measure)>,
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
    /// What one might expect to be counted, and is not.
    pub left_out: &'static [LeftOut],
}

/// Rows that a figure leaves out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Stable name.
    pub id: &'static str,
    pub title_zh: &'static str,
    pub title_en: &'static str,
    /// The instant by which they would have counted.
    pub instant: Instant,
    /// Which rows these are, in SQL. `{sla_ms}` is the tenant's threshold, `{heard_until}` an instant
    /// before which every event of a session lies, `{r.tenant_id}` the tenant of a table looked up by
    /// session.
    pub condition: &'static str,
}

use Measure as M;

const OPEN_SESSIONS: LeftOut = LeftOut {
    id: "open_sessions",
    title_zh: "尚未结束的会话",
    title_en: "Sessions that started and have not ended",
    instant: Instant::SessionStart,
    condition: "ended_at IS NULL",
};

const UNKNOWN_DURATION: LeftOut = LeftOut {
    id: "unknown_duration",
    title_zh: "时长未知的会话",
    title_en: "Ended sessions whose duration is not known",
    instant: Instant::SessionEnd,
    condition: "duration_ms IS NULL",
};

const NEVER_QUEUED: LeftOut = LeftOut {
    id: "never_queued",
    title_zh: "未经排队接起的会话",
    title_en: "Sessions assigned without having been queued",
    instant: Instant::SessionAssign,
    condition: "queued_at IS NULL",
};

const GAVE_UP_IN_TIME: LeftOut = LeftOut {
    id: "abandoned_in_time",
    title_zh: "在阈值内放弃排队的会话",
    title_en: "Queued sessions that ended unanswered within the threshold",
    instant: Instant::SessionQueue,
    condition: "abandon_ms <= {sla_ms}",
};

const NO_RESPONSE_TIME: LeftOut = LeftOut {
    id: "no_response_time",
    title_zh: "未注明响应时间的消息",
    title_en: "Messages by AI and people that state no response time",
    instant: Instant::Event,
    condition: "event_name IN ('message.ai', 'message.agent') AND response_ms IS NULL",
};

/// Of a session every event lies between its first and its last.
const NOT_RATED: LeftOut = LeftOut {
    id: "not_rated",
    title_zh: "未评价的会话",
    title_en: "Ended sessions without a rating",
    instant: Instant::SessionEnd,
    condition: "NOT EXISTS (SELECT 1 FROM analytics_events AS r \
        WHERE {r.tenant_id} = counted.tenant_id AND r.session_id = counted.session_id \
        AND r.occurred_at BETWEEN counted.first_event_at AND {heard_until} \
        AND r.rating IS NOT NULL)",
};

pub const TOTAL_SESSIONS: Metric = sum("total_sessions", "总会话数", "Sessions", M::TotalSessions);
pub const COMPLETED_SESSIONS: Metric = Metric {
    left_out: &[OPEN_SESSIONS],
    ..sum("completed_sessions", "已完成会话", "Completed sessions", M::CompletedSessions)
};
pub const AI_RESOLVED: Metric = Metric {
    left_out: &[OPEN_SESSIONS],
    ..sum("ai_resolved", "AI 解决", "Resolved by AI", M::AiResolved)
};
pub const TRANSFERRED: Metric = sum("transferred", "转人工", "Transferred", M::Transferred);
pub const ANSWERED: Metric = sum("answered", "人工接起", "Answered", M::Answered);
pub const QUEUED: Metric = sum("queued", "进入排队", "Queued", M::Queued);
pub const ABANDONED: Metric = Metric {
    left_out: &[OPEN_SESSIONS],
    ..sum("abandoned", "放弃排队", "Abandoned", M::Abandoned)
};
pub const RESOLVED: Metric =
    Metric { left_out: &[OPEN_SESSIONS], ..sum("resolved", "已解决", "Resolved", M::Resolved) };
pub const TOTAL_MESSAGES: Metric = sum("total_messages", "消息数", "Messages", M::TotalMessages);
pub const RATING_COUNT: Metric = sum("rating_count", "评价数", "Ratings", M::RatingCount);

pub const AVG_SESSION_DURATION: Metric = Metric {
    id: "avg_session_duration",
    title_zh: "平均会话时长",
    title_en: "Mean session duration",
    unit: Unit::Seconds,
    formula: mean_secs(&[M::DurationMsSum], &[M::DurationCount]),
    left_out: &[OPEN_SESSIONS, UNKNOWN_DURATION],
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
    left_out: &[NO_RESPONSE_TIME],
};

pub const AVG_AI_RESPONSE_TIME: Metric = Metric {
    id: "avg_ai_response_time",
    title_zh: "AI 平均响应时间",
    title_en: "Mean response time of the AI",
    unit: Unit::Seconds,
    formula: mean_secs(&[M::AiResponseMsSum], &[M::AiResponseCount]),
    left_out: &[NO_RESPONSE_TIME],
};

pub const AVG_AGENT_RESPONSE_TIME: Metric = Metric {
    id: "avg_agent_response_time",
    title_zh: "人工平均响应时间",
    title_en: "Mean response time of people",
    unit: Unit::Seconds,
    formula: mean_secs(&[M::AgentResponseMsSum], &[M::AgentResponseCount]),
    left_out: &[NO_RESPONSE_TIME],
};

pub const AVG_SPEED_OF_ANSWER: Metric = Metric {
    id: "avg_speed_of_answer",
    title_zh: "平均接起时间",
    title_en: "Mean speed of answer",
    unit: Unit::Seconds,
    formula: mean_secs(&[M::WaitMsSum], &[M::WaitCount]),
    left_out: &[NEVER_QUEUED],
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
    left_out: &[GAVE_UP_IN_TIME],
};

pub const AVG_RATING: Metric = Metric {
    id: "avg_rating",
    title_zh: "平均评分",
    title_en: "Mean rating",
    unit: Unit::Score,
    formula: Formula::Mean { sums: &[M::RatingSum], counts: &[M::RatingCount], scale: 1.0 },
    left_out: &[NOT_RATED],
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
    left_out: &[NOT_RATED],
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
    left_out: &[OPEN_SESSIONS],
};

/// Every figure that follows from measures.
pub const ALL: [Metric; 19] = [
    TOTAL_SESSIONS,
    COMPLETED_SESSIONS,
    AI_RESOLVED,
    TRANSFERRED,
    ANSWERED,
    QUEUED,
    ABANDONED,
    RESOLVED,
    TOTAL_MESSAGES,
    RATING_COUNT,
    AVG_SESSION_DURATION,
    AVG_RESPONSE_TIME,
    AVG_AI_RESPONSE_TIME,
    AVG_AGENT_RESPONSE_TIME,
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
    let (unit, formula) = (Unit::Count, Formula::Sum(measure));
    Metric { id, title_zh, title_en, unit, formula, left_out: &[] }
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

    /// The figure of a plain sum; of any other how many rows are in it.
    pub fn count(&self, totals: &Totals) -> i64 {
        let parts = self.parts();
        let over = if parts.denominator.is_empty() { parts.numerator } else { parts.denominator };
        over.iter().map(|(sign, measure)| sign * totals.get(*measure)).sum()
    }

    /// The figure as a fraction of signed measures.
    pub fn parts(&self) -> Parts {
        let plus = |measures: &[Measure]| measures.iter().map(|measure| (1, *measure)).collect();
        match self.formula {
            Formula::Sum(measure) => {
                Parts { numerator: vec![(1, measure)], denominator: Vec::new() }
            }
            Formula::Mean { sums, counts, .. } => {
                Parts { numerator: plus(sums), denominator: plus(counts) }
            }
            Formula::Percent { parts, whole, less } => {
                let mut denominator: Vec<_> = plus(whole);
                denominator.extend(less.iter().map(|measure| (-1, *measure)));
                Parts { numerator: plus(parts), denominator }
            }
        }
    }

    /// The measures it follows from.
    pub fn measures(&self) -> Vec<Measure> {
        let Parts { numerator, denominator } = self.parts();
        numerator.into_iter().chain(denominator).map(|(_, measure)| measure).collect()
    }

    /// The instant it goes by; a figure never mixes two.
    pub fn instant(&self) -> Instant {
        match self.formula {
            Formula::Sum(measure) => measure.instant(),
            Formula::Mean { sums: measures, .. } | Formula::Percent { parts: measures, .. } => {
                measures[0].instant()
            }
        }
    }

    /// What it can be broken down by.
    pub fn dimensions(&self) -> impl Iterator<Item = Dimension> {
        let instant = self.instant();
        Dimension::ALL.into_iter().filter(move |dimension| dimension.is_of(instant))
    }

    /// The formula over the names of measures.
    pub fn in_words(&self) -> String {
        let list = |measures: &[Measure]| {
            let names: Vec<_> = measures.iter().map(|measure| measure.column()).collect();
            names.join(" + ")
        };
        match self.formula {
            Formula::Sum(measure) => measure.column().to_owned(),
            Formula::Mean { sums, counts, scale } => {
                let scale = if scale > 1.0 { format!(" ÷ {scale}") } else { String::new() };
                format!("({}) ÷ ({}){scale}", list(sums), list(counts))
            }
            Formula::Percent { parts, whole, less } => {
                let less =
                    if less.is_empty() { String::new() } else { format!(" − {}", list(less)) };
                format!("100 × ({}) ÷ ({}{less})", list(parts), list(whole))
            }
        }
    }

    /// Every figure, in the order in which they are told.
    pub fn list() -> &'static [Self] {
        const DECLARED: &[Metric] = &ALL;
        DECLARED
    }

    /// The declaration of a name.
    pub fn find(id: &str) -> Option<&'static Self> {
        Self::list().iter().find(|metric| metric.id == id)
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
