//! The books of an import.

use std::{fmt, ops::AddAssign, path::PathBuf};

use indicatif::HumanCount;

/// What was read, and what became of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    pub rows: u64,
    /// Rows that made nothing, since no `when` of the mapping held.
    pub rows_idle: u64,
    /// Rows of which nothing was sent.
    pub rows_rejected: u64,
    pub events_accepted: u64,
    pub events_duplicate: u64,
    /// Events whose id is taken by another content.
    pub events_conflict: u64,
    pub events_rejected: u64,
    pub usage_recorded: u64,
    pub usage_known: u64,
    pub usage_rejected: u64,
    /// Tokens of the records that were new.
    pub tokens: u64,
    /// Files that hold what was not stored, with reasons.
    pub rejects: Vec<PathBuf>,
}

impl Summary {
    /// Whether everything is stored. When not, the command ends with exit code 1.
    pub fn clean(&self) -> bool {
        self.rows_rejected + self.events_conflict + self.events_rejected + self.usage_rejected == 0
    }
}

impl AddAssign for Summary {
    fn add_assign(&mut self, other: Self) {
        self.rows += other.rows;
        self.rows_idle += other.rows_idle;
        self.rows_rejected += other.rows_rejected;
        self.events_accepted += other.events_accepted;
        self.events_duplicate += other.events_duplicate;
        self.events_conflict += other.events_conflict;
        self.events_rejected += other.events_rejected;
        self.usage_recorded += other.usage_recorded;
        self.usage_known += other.usage_known;
        self.usage_rejected += other.usage_rejected;
        self.tokens += other.tokens;
        self.rejects.extend(other.rejects);
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = HumanCount;
        writeln!(
            f,
            "rows           {} read, {} rejected, {} without events",
            count(self.rows),
            count(self.rows_rejected),
            count(self.rows_idle)
        )?;
        writeln!(
            f,
            "events         {} accepted, {} duplicate, {} conflict, {} rejected",
            count(self.events_accepted),
            count(self.events_duplicate),
            count(self.events_conflict),
            count(self.events_rejected)
        )?;
        write!(
            f,
            "token records  {} recorded ({} tokens), {} known, {} rejected",
            count(self.usage_recorded),
            count(self.tokens),
            count(self.usage_known),
            count(self.usage_rejected)
        )?;
        self.rejects.iter().try_for_each(|path| write!(f, "\nrejects        {}", path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_reads_as_three_lines_and_the_rejects() {
        let summary = Summary {
            rows: 19_366,
            events_accepted: 58_098,
            usage_recorded: 19_366,
            tokens: 26_450_535,
            rejects: vec!["a.rejects.ndjson".into()],
            ..Summary::default()
        };
        assert_eq!(
            summary.to_string(),
            "rows           19,366 read, 0 rejected, 0 without events\n\
             events         58,098 accepted, 0 duplicate, 0 conflict, 0 rejected\n\
             token records  19,366 recorded (26,450,535 tokens), 0 known, 0 rejected\n\
             rejects        a.rejects.ndjson"
        );
    }

    #[test]
    fn a_summary_is_clean_when_all_is_stored() {
        let clean = Summary { rows: 2, events_duplicate: 1, usage_known: 1, ..Summary::default() };
        assert!(clean.clean());
        for unclean in [
            Summary { rows_rejected: 1, ..Summary::default() },
            Summary { events_conflict: 1, ..Summary::default() },
            Summary { events_rejected: 1, ..Summary::default() },
            Summary { usage_rejected: 1, ..Summary::default() },
        ] {
            assert!(!unclean.clean(), "{unclean:?}");
        }
    }
}
