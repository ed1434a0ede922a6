//! A tenant's audits in columns, in the order of `(audited_at, id)`.

use std::ops::Range;

use entity::quality_audit::{AuditType, Status};

use super::{
    dictionary::Dictionary,
    mask::{Mask, WORD},
    names::{Names, Part},
};
use crate::quality::{filter::Filter, store::Change};

/// Stands for a score that is not there.
pub(super) const NO_SCORE: u8 = u8::MAX;
/// The bits of `kinds` that tell the status, and the one that tells a person's audit.
const STATUS: u8 = 0b011;
const MANUAL: u8 = 0b100;
/// A list grows by a part of so many: one that doubles takes twice the memory.
pub(super) const GROWTH: usize = 16;
pub(super) const LEAST_GROWTH: usize = 1_024;

/// Where an audit stands among the others.
pub(super) type Key = (i64, i64);

/// What lists filter, sort and count by, a row for each audit.
#[derive(Debug, Default)]
pub(super) struct Columns {
    /// Microseconds since 1970.
    audited_at: Vec<i64>,
    ids: Vec<i64>,
    scores: Vec<u8>,
    auto_scores: Vec<u8>,
    human_scores: Vec<u8>,
    /// Status and type.
    kinds: Vec<u8>,
    agents: Vec<u32>,
    session_types: Vec<u32>,
    names: Names,
    agent_ids: Dictionary,
    type_names: Dictionary,
}

/// The part of a row that may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct State {
    pub(super) score: u8,
    pub(super) auto_score: u8,
    pub(super) human_score: u8,
    kind: u8,
}

impl State {
    pub(super) fn status(self) -> Status {
        match self.kind & STATUS {
            0 => Status::Passed,
            1 => Status::Failed,
            _ => Status::PendingReview,
        }
    }
}

impl From<&Change> for State {
    fn from(change: &Change) -> Self {
        let score = |score: i32| u8::try_from(score).unwrap_or(NO_SCORE);
        let optional = |found: Option<i32>| found.map_or(NO_SCORE, score);
        Self {
            score: score(change.score),
            auto_score: optional(change.auto_score),
            human_score: optional(change.human_score),
            kind: status_bits(change.status) | type_bits(change.audit_type),
        }
    }
}

fn status_bits(status: Status) -> u8 {
    match status {
        Status::Passed => 0,
        Status::Failed => 1,
        Status::PendingReview => 2,
    }
}

fn type_bits(audit_type: AuditType) -> u8 {
    match audit_type {
        AuditType::Auto => 0,
        AuditType::Manual => MANUAL,
    }
}

/// A filter in terms of columns; the time is a range of rows instead.
#[derive(Debug)]
pub(super) struct Wanted {
    /// Bits that are looked at, and what they have to be.
    kind: (u8, u8),
    scores: (u8, u8),
    agent: Option<u32>,
    session_type: Option<u32>,
    customer: Option<Part>,
    /// Whether no row can match: a text of the filter is in none.
    nothing: bool,
}

impl Columns {
    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    pub(super) fn key(&self, row: usize) -> Key {
        (self.audited_at[row], self.ids[row])
    }

    pub(super) fn id(&self, row: usize) -> i64 {
        self.ids[row]
    }

    pub(super) fn scores(&self) -> &[u8] {
        &self.scores
    }

    pub(super) fn state(&self, row: usize) -> State {
        State {
            score: self.scores[row],
            auto_score: self.auto_scores[row],
            human_score: self.human_scores[row],
            kind: self.kinds[row],
        }
    }

    pub(super) fn set_state(&mut self, row: usize, state: State) {
        self.scores[row] = state.score;
        self.auto_scores[row] = state.auto_score;
        self.human_scores[row] = state.human_score;
        self.kinds[row] = state.kind;
    }

    /// Adds a row behind all others, wherever it belongs.
    pub(super) fn push(&mut self, change: &Change) {
        let name = change.customer_name.as_deref().unwrap_or_default();
        self.reserve(name.len());
        let state = State::from(change);
        self.audited_at.push(change.audited_at.timestamp_micros());
        self.ids.push(change.id);
        self.scores.push(state.score);
        self.auto_scores.push(state.auto_score);
        self.human_scores.push(state.human_score);
        self.kinds.push(state.kind);
        self.agents.push(self.agent_ids.number(change.agent_id.as_deref()));
        self.session_types.push(self.type_names.number(change.session_type.as_deref()));
        self.names.push(name);
    }

    fn reserve(&mut self, name_len: usize) {
        if self.ids.len() == self.ids.capacity() {
            let rows = self.ids.len() / GROWTH + LEAST_GROWTH;
            self.audited_at.reserve_exact(rows);
            self.ids.reserve_exact(rows);
            self.scores.reserve_exact(rows);
            self.auto_scores.reserve_exact(rows);
            self.human_scores.reserve_exact(rows);
            self.kinds.reserve_exact(rows);
            self.agents.reserve_exact(rows);
            self.session_types.reserve_exact(rows);
        }
        self.names.reserve_for(name_len);
    }

    /// Puts rows that were added behind the first `sorted` ones where they belong; returns the first row
    /// that has another place since.
    pub(super) fn sort_from(&mut self, sorted: usize) -> usize {
        let added = sorted..self.len();
        let Some(least) = added.clone().map(|row| self.key(row)).min() else { return self.len() };
        let first = self.first_not_before(least, sorted);
        let mut order: Vec<usize> = (first..self.len()).collect();
        if order.is_sorted_by_key(|row| self.key(*row)) {
            return self.len();
        }
        order.sort_by_key(|row| self.key(*row));
        reorder(&mut self.audited_at, first, &order);
        reorder(&mut self.ids, first, &order);
        reorder(&mut self.scores, first, &order);
        reorder(&mut self.auto_scores, first, &order);
        reorder(&mut self.human_scores, first, &order);
        reorder(&mut self.kinds, first, &order);
        reorder(&mut self.agents, first, &order);
        reorder(&mut self.session_types, first, &order);
        self.names.reorder(first, &order);
        first
    }

    /// The row of an audit among the first `sorted`.
    pub(super) fn find(&self, key: Key, sorted: usize) -> Option<usize> {
        let row = self.first_not_before(key, sorted);
        (row < sorted && self.key(row) == key).then_some(row)
    }

    /// The first row that does not come before a key.
    pub(super) fn first_not_before(&self, (at, id): Key, sorted: usize) -> usize {
        let from = self.audited_at[..sorted].partition_point(|row| *row < at);
        let same = self.audited_at[from..sorted].partition_point(|row| *row == at);
        from + self.ids[from..from + same].partition_point(|row| *row < id)
    }

    /// The rows that were audited within the time of a filter.
    pub(super) fn within(&self, filter: &Filter) -> Range<usize> {
        let row = |at: i64| self.audited_at.partition_point(|row| *row < at);
        let from = filter.from.map_or(0, |from| row(from.timestamp_micros()));
        let to = filter.to.map_or(self.len(), |to| row(to.timestamp_micros()));
        from..to
    }

    pub(super) fn wanted(&self, filter: &Filter) -> Wanted {
        let status = filter.status.map(|status| (STATUS, status_bits(status)));
        let by = filter.audit_type.map(|by| (MANUAL, type_bits(by)));
        let kind =
            status.into_iter().chain(by).fold((0, 0), |all, bits| (all.0 | bits.0, all.1 | bits.1));
        let bound = |score: i32| u8::try_from(score).unwrap_or(NO_SCORE);
        let agent = filter.agent_id.as_deref().map(|agent| self.agent_ids.find(agent));
        let session_type = filter.session_type.as_deref().map(|of| self.type_names.find(of));
        Wanted {
            kind,
            scores: (
                filter.min_score.map_or(0, |min| bound(min.value())),
                filter.max_score.map_or(NO_SCORE, |max| bound(max.value())),
            ),
            agent: agent.flatten(),
            session_type: session_type.flatten(),
            customer: filter.customer.as_deref().map(Part::new),
            nothing: agent == Some(None) || session_type == Some(None),
        }
    }

    /// The rows that match.
    pub(super) fn mask(&self, wanted: &Wanted) -> Mask {
        let mut mask = Mask::full(self.len());
        let words = mask.words_mut();
        if wanted.nothing {
            words.fill(0);
            return mask;
        }
        let (bits, kind) = wanted.kind;
        if bits != 0 {
            narrow(words, &self.kinds, |found| found & bits == kind);
        }
        let (min, max) = wanted.scores;
        if (min, max) != (0, NO_SCORE) {
            narrow(words, &self.scores, |score| (min..=max).contains(&score));
        }
        if let Some(agent) = wanted.agent {
            narrow(words, &self.agents, |found| found == agent);
        }
        if let Some(session_type) = wanted.session_type {
            narrow(words, &self.session_types, |found| found == session_type);
        }
        if let Some(part) = &wanted.customer {
            self.names.narrow(words, part);
        }
        mask
    }

    /// Whether a row matches.
    pub(super) fn matches(&self, row: usize, wanted: &Wanted) -> bool {
        let ((bits, kind), (min, max)) = (wanted.kind, wanted.scores);
        !wanted.nothing
            && self.kinds[row] & bits == kind
            && (min..=max).contains(&self.scores[row])
            && wanted.agent.is_none_or(|agent| self.agents[row] == agent)
            && wanted.session_type.is_none_or(|of| self.session_types[row] == of)
            && wanted.customer.as_ref().is_none_or(|part| self.names.has(row, part))
    }

    /// Memory taken, in bytes.
    pub(super) fn bytes(&self) -> usize {
        let eight = self.audited_at.capacity() + self.ids.capacity();
        let four = self.agents.capacity() + self.session_types.capacity();
        let one = self.scores.capacity()
            + self.auto_scores.capacity()
            + self.human_scores.capacity()
            + self.kinds.capacity();
        8 * eight
            + 4 * four
            + one
            + self.names.bytes()
            + self.agent_ids.bytes()
            + self.type_names.bytes()
    }
}

/// Puts the values from `first` on into another order.
fn reorder<T: Copy>(column: &mut Vec<T>, first: usize, order: &[usize]) {
    let values: Vec<T> = order.iter().map(|row| column[*row]).collect();
    column.truncate(first);
    column.extend(values);
}

/// Leaves the rows whose value is wanted.
fn narrow<T: Copy>(words: &mut [u64], column: &[T], is_wanted: impl Fn(T) -> bool) {
    for (word, values) in words.iter_mut().zip(column.chunks(WORD)) {
        *word &= bits(values, &is_wanted);
    }
}

/// A bit for each value of a word.
pub(super) fn bits<T: Copy>(values: &[T], is_wanted: impl Fn(T) -> bool) -> u64 {
    let bits =
        values.iter().zip(0_u32..).map(|(value, place)| u64::from(is_wanted(*value)) << place);
    bits.fold(0, |word, bit| word | bit)
}
