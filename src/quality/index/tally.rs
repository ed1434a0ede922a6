//! Counts that are kept while audits change, so that nobody counts them.

use entity::quality_audit::Status;

use super::columns::{NO_SCORE, State};
use crate::quality::model::{Agreement, Summary};

/// How far two scores lie apart that agree.
const NEAR: u8 = 10;

/// All audits by where they stand, and how their scores agree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pass_mark: u8,
    pub(super) summary: Summary,
    pub(super) agreement: Agreement,
}

impl Tally {
    pub(super) fn new(pass_mark: u8) -> Self {
        Self { pass_mark, ..Self::default() }
    }

    pub(super) fn add(&mut self, state: State) {
        self.count(state, 1);
    }

    pub(super) fn remove(&mut self, state: State) {
        self.count(state, -1);
    }

    fn count(&mut self, state: State, by: i64) {
        *match state.status() {
            Status::Passed => &mut self.summary.passed,
            Status::Failed => &mut self.summary.failed,
            Status::PendingReview => &mut self.summary.pending_review,
        } += by;
        let (machine, person) = (state.auto_score, state.human_score);
        if machine == NO_SCORE || person == NO_SCORE {
            return;
        }
        self.agreement.pairs += by;
        self.agreement.within_ten += by * i64::from(machine.abs_diff(person) <= NEAR);
        let verdicts = &mut self.agreement.verdicts;
        *match (machine >= self.pass_mark, person >= self.pass_mark) {
            (true, true) => &mut verdicts.both_yes,
            (true, false) => &mut verdicts.only_first,
            (false, true) => &mut verdicts.only_second,
            (false, false) => &mut verdicts.both_no,
        } += by;
    }
}
