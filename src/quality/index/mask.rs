//! Which rows match, a bit for each: counted and walked 64 at a time.

use std::ops::Range;

/// Rows of a word.
pub(super) const WORD: usize = 64;

/// A bit for each row. Bits beyond the last row are 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Mask {
    words: Vec<u64>,
    len: usize,
}

/// From which end rows are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    First,
    Last,
}

impl Mask {
    /// So many rows that all match.
    pub(super) fn full(len: usize) -> Self {
        let mut words = vec![u64::MAX; len.div_ceil(WORD)];
        if let Some(last) = words.last_mut()
            && !len.is_multiple_of(WORD)
        {
            *last = u64::MAX >> (WORD - len % WORD);
        }
        Self { words, len }
    }

    /// The words, to be narrowed.
    pub(super) fn words_mut(&mut self) -> &mut [u64] {
        &mut self.words
    }

    pub(super) fn bytes(&self) -> usize {
        self.words.capacity() * size_of::<u64>()
    }

    pub(super) fn push(&mut self, matches: bool) {
        if self.len.is_multiple_of(WORD) {
            self.words.push(0);
        }
        self.len += 1;
        self.set(self.len - 1, matches);
    }

    pub(super) fn set(&mut self, row: usize, matches: bool) {
        let bit = 1 << (row % WORD);
        if let Some(word) = self.words.get_mut(row / WORD) {
            *word = if matches { *word | bit } else { *word & !bit };
        }
    }

    /// The words of some rows with their places, the bits of all others 0.
    pub(super) fn words(
        &self,
        rows: Range<usize>,
    ) -> impl DoubleEndedIterator<Item = (usize, u64)> + Clone {
        let end = rows.end.min(self.len);
        let rows = rows.start.min(end)..end;
        let words = rows.start / WORD..rows.end.div_ceil(WORD);
        self.words[words.clone()].iter().zip(words).map(move |(word, place)| {
            let first = place * WORD;
            let from = u64::MAX << rows.start.saturating_sub(first);
            let to = u64::MAX >> (first + WORD).saturating_sub(rows.end);
            (place, word & from & to)
        })
    }

    /// How many of some rows match.
    pub(super) fn count(&self, rows: Range<usize>) -> usize {
        self.words(rows).map(|(_, word)| ones(word)).sum()
    }
}

pub(super) fn ones(word: u64) -> usize {
    word.count_ones() as usize
}

/// The rows of a word that match, the first of them first.
pub(super) fn rows(place: usize, mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = (word != 0).then(|| word.trailing_zeros() as usize)?;
        word &= word - 1;
        Some(place * WORD + bit)
    })
}

/// Passes over `skip` rows that match, counted from one end, and takes up to `len`.
pub(super) fn take(
    words: impl DoubleEndedIterator<Item = (usize, u64)>,
    end: End,
    skip: usize,
    len: usize,
) -> Vec<usize> {
    match end {
        End::First => walk(words, rows, skip, len),
        End::Last => {
            let backwards = |place, word| {
                let rows: Vec<_> = rows(place, word).collect();
                rows.into_iter().rev()
            };
            walk(words.rev(), backwards, skip, len)
        }
    }
}

fn walk<R: Iterator<Item = usize>>(
    words: impl Iterator<Item = (usize, u64)>,
    rows_of: impl Fn(usize, u64) -> R,
    mut skip: usize,
    len: usize,
) -> Vec<usize> {
    let mut taken = Vec::with_capacity(len);
    for (place, word) in words {
        let ones = ones(word);
        if ones <= skip {
            skip -= ones;
            continue;
        }
        taken.extend(rows_of(place, word).skip(skip).take(len - taken.len()));
        skip = 0;
        if taken.len() == len {
            break;
        }
    }
    taken
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn mask(bits: &[bool]) -> Mask {
        let mut mask = Mask::default();
        for bit in bits {
            mask.push(*bit);
        }
        mask
    }

    #[test]
    fn all_rows_match_up_to_the_last() {
        for len in [0, 1, 63, 64, 65, 128, 129] {
            assert_eq!(Mask::full(len), mask(&vec![true; len]), "{len}");
            assert_eq!(Mask::full(len).count(0..len), len);
        }
    }

    proptest! {
        #[test]
        fn rows_are_counted_and_taken_as_one_by_one(
            bits in prop::collection::vec(prop::bool::weighted(0.3), 0..300),
            (from, to, skip, len) in (0_usize..310, 0_usize..310, 0_usize..100, 0_usize..100),
        ) {
            let mask = mask(&bits);
            let matching: Vec<_> =
                (from..to).filter(|row| bits.get(*row).is_some_and(|bit| *bit)).collect();
            let range = from..to.max(from);
            prop_assert_eq!(mask.count(range.clone()), matching.len());
            let first: Vec<_> = matching.iter().copied().skip(skip).take(len).collect();
            prop_assert_eq!(take(mask.words(range.clone()), End::First, skip, len), first);
            let last: Vec<_> = matching.iter().rev().copied().skip(skip).take(len).collect();
            prop_assert_eq!(take(mask.words(range), End::Last, skip, len), last);
        }
    }
}
