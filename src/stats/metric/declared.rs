//! The declarations.

use super::{
    Formula, Metric, Unit,
    left_out::{
        GAVE_UP_IN_TIME, NEVER_ASSIGNED, NEVER_QUEUED, NO_RESPONSE_TIME, NOT_RATED, OPEN_SESSIONS,
        UNKNOWN_DURATION,
    },
};
use crate::stats::{
    distribution::Distribution as D,
    measure::{Measure, Measure as M},
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

pub const P50_RESPONSE_TIME: Metric = Metric {
    left_out: &[NO_RESPONSE_TIME],
    ..percentile("p50_response_time", "响应时间 P50", "Response time, p50", 50, D::Response)
};
pub const P90_RESPONSE_TIME: Metric = Metric {
    left_out: &[NO_RESPONSE_TIME],
    ..percentile("p90_response_time", "响应时间 P90", "Response time, p90", 90, D::Response)
};
pub const P99_RESPONSE_TIME: Metric = Metric {
    left_out: &[NO_RESPONSE_TIME],
    ..percentile("p99_response_time", "响应时间 P99", "Response time, p99", 99, D::Response)
};
pub const P50_WAIT: Metric = Metric {
    left_out: &[NEVER_QUEUED],
    ..percentile("p50_wait", "等待时间 P50", "Wait, p50", 50, D::Wait)
};
pub const P90_WAIT: Metric = Metric {
    left_out: &[NEVER_QUEUED],
    ..percentile("p90_wait", "等待时间 P90", "Wait, p90", 90, D::Wait)
};
pub const P99_WAIT: Metric = Metric {
    left_out: &[NEVER_QUEUED],
    ..percentile("p99_wait", "等待时间 P99", "Wait, p99", 99, D::Wait)
};
pub const P50_HANDLE_TIME: Metric = Metric {
    left_out: &[OPEN_SESSIONS, NEVER_ASSIGNED],
    ..percentile("p50_handle_time", "处理时长 P50", "Handle time, p50", 50, D::Handle)
};
pub const P90_HANDLE_TIME: Metric = Metric {
    left_out: &[OPEN_SESSIONS, NEVER_ASSIGNED],
    ..percentile("p90_handle_time", "处理时长 P90", "Handle time, p90", 90, D::Handle)
};
pub const P99_HANDLE_TIME: Metric = Metric {
    left_out: &[OPEN_SESSIONS, NEVER_ASSIGNED],
    ..percentile("p99_handle_time", "处理时长 P99", "Handle time, p99", 99, D::Handle)
};
pub const P50_SESSION_DURATION: Metric = Metric {
    left_out: &[OPEN_SESSIONS, UNKNOWN_DURATION],
    ..percentile("p50_session_duration", "会话时长 P50", "Session duration, p50", 50, D::Duration)
};
pub const P90_SESSION_DURATION: Metric = Metric {
    left_out: &[OPEN_SESSIONS, UNKNOWN_DURATION],
    ..percentile("p90_session_duration", "会话时长 P90", "Session duration, p90", 90, D::Duration)
};
pub const P99_SESSION_DURATION: Metric = Metric {
    left_out: &[OPEN_SESSIONS, UNKNOWN_DURATION],
    ..percentile("p99_session_duration", "会话时长 P99", "Session duration, p99", 99, D::Duration)
};

/// Every figure that follows from measures.
pub const ALL: [Metric; 31] = [
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
    P50_RESPONSE_TIME,
    P90_RESPONSE_TIME,
    P99_RESPONSE_TIME,
    P50_WAIT,
    P90_WAIT,
    P99_WAIT,
    P50_HANDLE_TIME,
    P90_HANDLE_TIME,
    P99_HANDLE_TIME,
    P50_SESSION_DURATION,
    P90_SESSION_DURATION,
    P99_SESSION_DURATION,
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

const fn percentile(
    id: &'static str,
    title_zh: &'static str,
    title_en: &'static str,
    percent: u8,
    of: D,
) -> Metric {
    let (unit, formula) = (Unit::Seconds, Formula::Percentile { percent, of });
    Metric { id, title_zh, title_en, unit, formula, left_out: &[] }
}

const fn mean_secs(sums: &'static [Measure], counts: &'static [Measure]) -> Formula {
    Formula::Mean { sums, counts, scale: 1_000.0 }
}
