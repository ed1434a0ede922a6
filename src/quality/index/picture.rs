//! A picture of one tenant's audits: everything that lists ask about them, as of one change.

use std::{
    collections::HashMap,
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use entity::quality_audit::Status;
use rust_decimal::Decimal;

use super::{
    columns::{self, Columns, State},
    mask::{self, End, Mask, WORD, ones, take},
    tally::Tally,
};
use crate::{
    quality::{
        filter::{Filter, Sort},
        model::{Agreement, Summary},
        queue::{AGES, Waiting},
        store::Change,
    },
    tenant::TimeRange,
};

/// Filters whose rows are kept, those asked last.
const MASKS: usize = 8;
/// What a claim takes in its table.
const CLAIM_BYTES: usize = 32;

/// The audits of one tenant, as one of its changes has left them.
#[derive(Debug)]
pub(in crate::quality) struct Picture {
    columns: Columns,
    tally: Tally,
    /// When claims run out, by audit, in microseconds; of audits that wait.
    claims: HashMap<i64, i64, ahash::RandomState>,
    /// The rows of filters without their time, those asked last at the end.
    masks: Mutex<Vec<(Filter, Arc<Mask>)>>,
    change: i64,
}

impl Picture {
    /// A picture without audits, to be filled with all that there are since the change `change`.
    pub(super) fn new(pass_mark: u8, change: i64) -> Self {
        Self {
            columns: Columns::default(),
            tally: Tally::new(pass_mark),
            claims: HashMap::default(),
            masks: Mutex::default(),
            change,
        }
    }

    /// The last change that it shows.
    pub(super) fn change(&self) -> i64 {
        self.change
    }

    pub(super) fn len(&self) -> usize {
        self.columns.len()
    }

    /// Memory taken, in bytes, about.
    pub(super) fn bytes(&self) -> usize {
        let masks = self.masks.lock().unwrap_or_else(PoisonError::into_inner);
        let masks: usize = masks.iter().map(|(_, mask)| mask.bytes()).sum();
        self.columns.bytes() + masks + self.claims.capacity() * CLAIM_BYTES
    }

    /// Adds audits that it does not have, in any order, without becoming any newer: others may be missing yet.
    /// To be asked once it is finished.
    pub(super) fn fill(&mut self, audits: &[Change]) {
        for audit in audits {
            self.take_over(audit, 0);
        }
    }

    /// Puts all audits where they belong.
    pub(super) fn finish(&mut self) {
        self.settle(0, &[]);
    }

    /// Takes over all that has changed since [`Picture::change`], up to the last of the changes.
    pub(super) fn apply(&mut self, changes: &[Change]) {
        let sorted = self.columns.len();
        let mut rows = Vec::new();
        for change in changes {
            rows.extend(self.take_over(change, sorted));
            self.change = self.change.max(change.number);
        }
        self.settle(sorted, &rows);
    }

    /// Writes an audit into its row, or into a new one behind the `sorted` ones; returns the row that it had.
    fn take_over(&mut self, change: &Change, sorted: usize) -> Option<usize> {
        let state = State::from(change);
        match change.claimed_until.filter(|_| change.status == Status::PendingReview) {
            Some(until) => _ = self.claims.insert(change.id, until.timestamp_micros()),
            None => _ = self.claims.remove(&change.id),
        }
        self.tally.add(state);
        let key = (change.audited_at.timestamp_micros(), change.id);
        let row = self.columns.find(key, sorted);
        match row {
            Some(row) => {
                self.tally.remove(self.columns.state(row));
                self.columns.set_state(row, state);
            }
            None => self.columns.push(change),
        }
        row
    }

    /// Puts new rows where they belong, and brings the kept masks up to date.
    fn settle(&mut self, sorted: usize, changed: &[usize]) {
        let moved = self.columns.sort_from(sorted) < self.columns.len();
        let masks = self.masks.get_mut().unwrap_or_else(PoisonError::into_inner);
        if moved {
            masks.clear();
        }
        for (filter, mask) in masks {
            // Anew: a text of the filter may have a number since.
            let wanted = self.columns.wanted(filter);
            let mask = Arc::make_mut(mask);
            for row in changed {
                mask.set(*row, self.columns.matches(*row, &wanted));
            }
            for row in sorted..self.columns.len() {
                mask.push(self.columns.matches(row, &wanted));
            }
        }
    }

    /// How many audits match, and which make a page.
    pub(in crate::quality) fn page(
        &self,
        filter: &Filter,
        sort: Sort,
        (skip, len): (u64, u64),
    ) -> (i64, Vec<i64>) {
        let (mask, within) = (self.mask(filter), self.columns.within(filter));
        let total = mask.count(within.clone());
        let (skip, len) = (size(skip), size(len));
        if skip >= total {
            return (count(total), Vec::new());
        }
        let rows = match sort {
            Sort::Newest => take(mask.words(within), End::Last, skip, len),
            Sort::Oldest => take(mask.words(within), End::First, skip, len),
            Sort::HighestScore => self.by_score(&mask, within, (0..=u8::MAX).rev(), skip, len),
            Sort::LowestScore => self.by_score(&mask, within, 0..=u8::MAX, skip, len),
        };
        (count(total), self.ids(&rows))
    }

    /// Which audits come after a place in the list, newest first.
    pub(in crate::quality) fn after(
        &self,
        filter: &Filter,
        after: Option<(DateTime<Utc>, i64)>,
        len: u64,
    ) -> Vec<i64> {
        let (mask, within) = (self.mask(filter), self.columns.within(filter));
        let end = after.map_or(within.end, |(at, id)| {
            let key = (at.timestamp_micros(), id);
            self.columns.first_not_before(key, self.columns.len()).min(within.end)
        });
        let rows = take(mask.words(within.start.min(end)..end), End::Last, 0, size(len));
        self.ids(&rows)
    }

    /// Rows by score, of equal ones the newest first.
    fn by_score(
        &self,
        mask: &Mask,
        within: Range<usize>,
        scores: impl Iterator<Item = u8>,
        mut skip: usize,
        len: usize,
    ) -> Vec<usize> {
        let counts = self.count_scores(mask, within.clone());
        let mut rows = Vec::with_capacity(len);
        for score in scores {
            let known = counts[usize::from(score)];
            if known <= skip {
                skip -= known;
                continue;
            }
            let words = mask.words(within.clone()).map(|(place, word)| {
                // Most words of a rare filter are empty, and not looked at.
                let same = || columns::bits(self.scores_of(place), |found| found == score);
                (place, if word == 0 { 0 } else { word & same() })
            });
            rows.extend(take(words, End::Last, skip, len - rows.len()));
            skip = 0;
            if rows.len() == len {
                break;
            }
        }
        rows
    }

    fn count_scores(&self, mask: &Mask, within: Range<usize>) -> [usize; 256] {
        let mut counts = [0; 256];
        for (place, word) in mask.words(within) {
            if ones(word) == WORD {
                self.scores_of(place).iter().for_each(|score| counts[usize::from(*score)] += 1);
            } else {
                let scores = self.columns.scores();
                mask::rows(place, word).for_each(|row| counts[usize::from(scores[row])] += 1);
            }
        }
        counts
    }

    /// The scores of the rows of a word.
    fn scores_of(&self, place: usize) -> &[u8] {
        let scores = self.columns.scores();
        let first = place * WORD;
        &scores[first..scores.len().min(first + WORD)]
    }

    fn ids(&self, rows: &[usize]) -> Vec<i64> {
        rows.iter().map(|row| self.columns.id(*row)).collect()
    }

    /// The rows that match a filter, whenever they were audited.
    fn mask(&self, filter: &Filter) -> Arc<Mask> {
        let filter = filter.without_range();
        let kept = || self.masks.lock().unwrap_or_else(PoisonError::into_inner);
        {
            let mut masks = kept();
            if let Some(place) = masks.iter().position(|(known, _)| *known == filter) {
                let known = masks.remove(place);
                let mask = Arc::clone(&known.1);
                masks.push(known);
                return mask;
            }
        }
        let mask = Arc::new(self.columns.mask(&self.columns.wanted(&filter)));
        let mut masks = kept();
        if masks.len() == MASKS {
            masks.remove(0);
        }
        masks.push((filter, Arc::clone(&mask)));
        mask
    }

    /// Counts all audits by where they stand.
    pub(in crate::quality) fn summary(&self) -> Summary {
        self.tally.summary
    }

    /// How the machine's scores and people's agree.
    pub(in crate::quality) fn agreement(&self) -> Agreement {
        self.tally.agreement
    }

    /// Counts what waits by how long it has.
    pub(in crate::quality) fn waiting(&self, now: DateTime<Utc>) -> Waiting {
        let pending = Filter { status: Some(Status::PendingReview), ..Filter::default() };
        let (mask, all) = (self.mask(&pending), 0..self.columns.len());
        let oldest = take(mask.words(all.clone()), End::First, 0, 1);
        let younger_than = |hours| {
            let bound = now - TimeDelta::hours(hours) + TimeDelta::microseconds(1);
            let since = Filter { from: Some(bound), ..Filter::default() };
            count(mask.count(self.columns.within(&since)))
        };
        let mut waiting = Waiting {
            total: count(mask.count(all)),
            claimed: self.count_claims(now),
            oldest_at: oldest
                .first()
                .and_then(|row| DateTime::from_timestamp_micros(self.columns.key(*row).0)),
            ages: Default::default(),
        };
        let mut before = 0;
        for (age, hours) in waiting.ages.iter_mut().zip(AGES) {
            let younger = younger_than(hours);
            *age = younger - before;
            before = younger;
        }
        waiting.ages[AGES.len()] = waiting.total - before;
        waiting
    }

    fn count_claims(&self, now: DateTime<Utc>) -> i64 {
        let now = now.timestamp_micros();
        count(self.claims.values().filter(|until| **until > now).count())
    }

    /// The mean of the final scores audited within `range`.
    pub(in crate::quality) fn mean_final_score(&self, range: TimeRange) -> Option<Decimal> {
        let final_in = |status| {
            let filter = Filter {
                status: Some(status),
                from: Some(range.start),
                to: Some(range.end),
                ..Filter::default()
            };
            let within = self.columns.within(&filter);
            self.count_scores(&self.mask(&filter), within.start.min(within.end)..within.end)
        };
        let mut sums = (0_u64, 0_u64);
        for counts in [final_in(Status::Passed), final_in(Status::Failed)] {
            for (score, known) in (0_u64..).zip(counts) {
                sums = (sums.0 + score * known as u64, sums.1 + known as u64);
            }
        }
        Decimal::from(sums.0).checked_div(Decimal::from(sums.1))
    }
}

fn size(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

fn count(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}
