//! The distributions: each declared once, with the rows whose values it has and the instant it goes by.

use super::measure::{Instant, Measure};

/// Declares the distributions: name, id, column, instant, value of a row in SQL, the measures that say
/// how many values there are.
macro_rules! distributions {
    ($($(#[doc = $doc:literal])+ $variant:ident, $id:literal, $column:literal, $instant:ident,
        $value:literal, $counts:expr;)+) => {
        /// How the values of rows are spread; all in milliseconds.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Distribution { $($(#[doc = $doc])+ $variant),+ }

        impl Distribution {
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its name in formulas.
            pub fn id(self) -> &'static str {
                match self { $(Self::$variant => $id),+ }
            }

            /// The column in which its histograms are kept.
            pub fn column(self) -> &'static str {
                match self { $(Self::$variant => $column),+ }
            }

            /// The instant it goes by.
            pub fn instant(self) -> Instant {
                match self { $(Self::$variant => Instant::$instant),+ }
            }

            /// The value of a row, in SQL; null where it has none. `{handle_ms}` is how long a session
            /// was in the hands of the person it was last assigned to.
            pub fn value(self) -> &'static str {
                match self { $(Self::$variant => $value),+ }
            }

            /// How many values there are: one for each row that these count.
            pub fn counts(self) -> &'static [Measure] {
                match self { $(Self::$variant => $counts),+ }
            }

            /// The definition in words.
            pub fn definition(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),+)),+ }
            }
        }
    };
}

distributions! {
    /// Response times that messages by AI and people state.
    Response, "response_ms", "response_histogram", Event,
        "CASE WHEN event_name IN ('message.ai', 'message.agent') THEN response_ms END",
        &[Measure::AiResponseCount, Measure::AgentResponseCount];
    /// Waits from queue to assignment.
    Wait, "wait_ms", "wait_histogram", SessionAssign, "wait_ms", &[Measure::WaitCount];
    /// Times from the last assignment to the end of a session.
    Handle, "handle_ms", "handle_histogram", SessionEnd, "{handle_ms}", &[Measure::HandleCount];
    /// Durations of sessions.
    Duration, "duration_ms", "duration_histogram", SessionEnd, "duration_ms",
        &[Measure::DurationCount];
}

impl Distribution {
    /// Those of events: their rows are removed, and what is kept of these stays.
    pub(super) fn of_events() -> Vec<Self> {
        let all = Self::ALL.iter().copied();
        all.filter(|distribution| distribution.instant() == Instant::Event).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_go_by_the_instant_of_what_counts_them() {
        for distribution in Distribution::ALL {
            let mut counts = distribution.counts().iter();
            let is_same = counts.all(|measure| measure.instant() == distribution.instant());
            assert!(is_same, "{distribution:?}");
        }
    }
}
