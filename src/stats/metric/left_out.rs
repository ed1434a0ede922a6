//! What one might expect a figure to count, and it does not.

use super::LeftOut;
use crate::stats::measure::Instant;

pub(super) const OPEN_SESSIONS: LeftOut = LeftOut {
    id: "open_sessions",
    title_zh: "尚未结束的会话",
    title_en: "Sessions that started and have not ended",
    instant: Instant::SessionStart,
    condition: "ended_at IS NULL",
};

pub(super) const UNKNOWN_DURATION: LeftOut = LeftOut {
    id: "unknown_duration",
    title_zh: "时长未知的会话",
    title_en: "Ended sessions whose duration is not known",
    instant: Instant::SessionEnd,
    condition: "duration_ms IS NULL",
};

pub(super) const NEVER_QUEUED: LeftOut = LeftOut {
    id: "never_queued",
    title_zh: "未经排队接起的会话",
    title_en: "Sessions assigned without having been queued",
    instant: Instant::SessionAssign,
    condition: "queued_at IS NULL",
};

pub(super) const NEVER_ASSIGNED: LeftOut = LeftOut {
    id: "never_assigned",
    title_zh: "从未分配给客服的会话",
    title_en: "Ended sessions that were never assigned to a person",
    instant: Instant::SessionEnd,
    condition: "agent_assigned_at IS NULL",
};

pub(super) const GAVE_UP_IN_TIME: LeftOut = LeftOut {
    id: "abandoned_in_time",
    title_zh: "在阈值内放弃排队的会话",
    title_en: "Queued sessions that ended unanswered within the threshold",
    instant: Instant::SessionQueue,
    condition: "abandon_ms <= {sla_ms}",
};

pub(super) const NO_RESPONSE_TIME: LeftOut = LeftOut {
    id: "no_response_time",
    title_zh: "未注明响应时间的消息",
    title_en: "Messages by AI and people that state no response time",
    instant: Instant::Event,
    condition: "event_name IN ('message.ai', 'message.agent') AND response_ms IS NULL",
};

/// Of a session every event lies between its first and its last.
pub(super) const NOT_RATED: LeftOut = LeftOut {
    id: "not_rated",
    title_zh: "未评价的会话",
    title_en: "Ended sessions without a rating",
    instant: Instant::SessionEnd,
    condition: "NOT EXISTS (SELECT 1 FROM analytics_events AS r \
        WHERE {r.tenant_id} = counted.tenant_id AND r.session_id = counted.session_id \
        AND r.occurred_at BETWEEN counted.first_event_at AND {heard_until} \
        AND r.rating IS NOT NULL)",
};
