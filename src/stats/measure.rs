//! The additive measures: each declared once, with the rows it counts and the instant it goes by.
//!
//! Daily rows are their sums over a day, and open days are summed from state by the same
//! declaration, so that the two cannot disagree.

/// The instant by which a row counts: one of the five of a session, or that of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instant {
    SessionStart,
    SessionQueue,
    SessionAssign,
    SessionTransfer,
    SessionEnd,
    Event,
}

impl Instant {
    /// The column that holds it.
    pub fn column(self) -> &'static str {
        match self {
            Self::SessionStart => "started_at",
            Self::SessionQueue => "queued_at",
            Self::SessionAssign => "assigned_at",
            Self::SessionTransfer => "transferred_at",
            Self::SessionEnd => "ended_at",
            Self::Event => "occurred_at",
        }
    }
}

/// Events that no measure counts are left out before anything is summed.
pub(super) const COUNTED_EVENTS: &str =
    "event_name IN ('message.customer', 'message.ai', 'message.agent', 'rating.submit')";

/// Of a session that has ended: the AI alone has dealt with it.
macro_rules! ai_resolved {
    () => {
        "transferred_at IS NULL AND assigned_at IS NULL AND queued_at IS NULL \
         AND resolved IS NOT FALSE"
    };
}

/// Of any session: it ended while in the queue.
macro_rules! abandoned {
    () => {
        "abandon_ms IS NOT NULL"
    };
}

/// What has become of a session, in SQL: the one word for it, by the conditions of the measures.
pub(crate) const OUTCOME: &str = concat!(
    "CASE WHEN ended_at IS NULL THEN CASE WHEN assigned_at IS NOT NULL THEN 'in_hand' \
     WHEN queued_at IS NOT NULL THEN 'waiting' ELSE 'open_ai' END \
     WHEN ",
    ai_resolved!(),
    " THEN 'ai_resolved' WHEN ",
    abandoned!(),
    " THEN 'abandoned' WHEN assigned_at IS NOT NULL THEN 'handled' ELSE 'closed' END"
);

/// Declares the measures: name, instant, value of a row in SQL.
macro_rules! measures {
    ($($(#[doc = $doc:literal])+ $variant:ident, $column:literal, $instant:ident, $value:expr;)+) => {
        /// One additive measure, named as its column of `analytics_daily_stats`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Measure { $($(#[doc = $doc])+ $variant),+ }

        impl Measure {
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The column of the daily table.
            pub fn column(self) -> &'static str {
                match self { $(Self::$variant => $column),+ }
            }

            /// The instant it goes by.
            pub fn instant(self) -> Instant {
                match self { $(Self::$variant => Instant::$instant),+ }
            }

            /// What one row adds, in SQL. `{sla_ms}` is the tenant's threshold.
            pub fn value(self) -> &'static str {
                match self { $(Self::$variant => $value),+ }
            }

            /// The definition in words.
            pub fn definition(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),+)),+ }
            }
        }
    };
}

measures! {
    /// Sessions that started.
    TotalSessions, "total_sessions", SessionStart, "1";
    /// Sessions with an end.
    CompletedSessions, "completed_sessions", SessionEnd, "1";
    /// Ended, never transferred, queued or assigned to a person, `resolved` not false.
    AiResolved, "ai_resolved", SessionEnd,
        concat!("CASE WHEN ", ai_resolved!(), " THEN 1 ELSE 0 END");
    /// Sessions handed over from the AI to a person.
    Transferred, "transferred", SessionTransfer, "1";
    /// Sessions assigned to a person.
    Answered, "answered", SessionAssign, "1";
    /// Ended while in the queue without an answer by a person.
    Abandoned, "abandoned", SessionEnd,
        concat!("CASE WHEN ", abandoned!(), " THEN 1 ELSE 0 END");
    /// Ended with `resolved` true.
    Resolved, "resolved", SessionEnd, "CASE WHEN resolved IS TRUE THEN 1 ELSE 0 END";
    /// Sum of durations in milliseconds.
    DurationMsSum, "duration_ms_sum", SessionEnd, "COALESCE(duration_ms, 0)";
    /// Ended sessions whose duration is known.
    DurationCount, "duration_count", SessionEnd,
        "CASE WHEN duration_ms IS NOT NULL THEN 1 ELSE 0 END";
    /// Sum of waits from queue to assignment in milliseconds.
    WaitMsSum, "wait_ms_sum", SessionAssign, "COALESCE(wait_ms, 0)";
    /// Assigned sessions that had been queued.
    WaitCount, "wait_count", SessionAssign, "CASE WHEN wait_ms IS NOT NULL THEN 1 ELSE 0 END";
    /// Ended sessions that had been assigned to a person.
    HandleCount, "handle_count", SessionEnd,
        "CASE WHEN agent_assigned_at IS NOT NULL THEN 1 ELSE 0 END";
    /// Sessions that entered the queue.
    Queued, "queued", SessionQueue, "1";
    /// Queued sessions answered within the tenant's threshold.
    AnsweredInTime, "answered_in_time", SessionQueue,
        "CASE WHEN wait_ms <= {sla_ms} THEN 1 ELSE 0 END";
    /// Queued sessions that ended unanswered within the tenant's threshold.
    AbandonedInTime, "abandoned_in_time", SessionQueue,
        "CASE WHEN abandon_ms <= {sla_ms} THEN 1 ELSE 0 END";
    /// Messages by customers, AI and people.
    TotalMessages, "total_messages", Event,
        "CASE WHEN event_name <> 'rating.submit' THEN 1 ELSE 0 END";
    /// Sum of the AI's response times in milliseconds.
    AiResponseMsSum, "ai_response_ms_sum", Event,
        "CASE WHEN event_name = 'message.ai' THEN COALESCE(response_ms, 0) ELSE 0 END";
    /// Messages by the AI that state a response time.
    AiResponseCount, "ai_response_count", Event,
        "CASE WHEN event_name = 'message.ai' AND response_ms IS NOT NULL THEN 1 ELSE 0 END";
    /// Sum of people's response times in milliseconds.
    AgentResponseMsSum, "agent_response_ms_sum", Event,
        "CASE WHEN event_name = 'message.agent' THEN COALESCE(response_ms, 0) ELSE 0 END";
    /// Messages by people that state a response time.
    AgentResponseCount, "agent_response_count", Event,
        "CASE WHEN event_name = 'message.agent' AND response_ms IS NOT NULL THEN 1 ELSE 0 END";
    /// Ratings.
    RatingCount, "rating_count", Event, "CASE WHEN rating IS NOT NULL THEN 1 ELSE 0 END";
    /// Sum of ratings.
    RatingSum, "rating_sum", Event, "COALESCE(rating, 0)";
    /// Ratings of 5.
    Rating5Count, "rating_5_count", Event, "CASE WHEN rating = 5 THEN 1 ELSE 0 END";
    /// Ratings of 4.
    Rating4Count, "rating_4_count", Event, "CASE WHEN rating = 4 THEN 1 ELSE 0 END";
}
