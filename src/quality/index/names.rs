//! Customers' names, one after the other in one text, so that a part of them is looked for in one go.
//!
//! Letters of ASCII are kept in lower case: names are found as SQL finds them, in either case of these letters
//! and no others.

use memchr::memmem::Finder;

use super::{
    columns::{GROWTH, LEAST_GROWTH},
    mask::{self, WORD},
};

/// Ends each name. It is a byte of no text in UTF-8, so that nothing is found across names.
const END: u8 = 0xFF;
/// Names are looked into one by one when at most one of so many is asked about.
const SPARSE: usize = 16;

/// A name for each row, empty where there is none.
#[derive(Debug, Default)]
pub(super) struct Names {
    text: Vec<u8>,
    /// Where each name ends, its end mark included.
    ends: Vec<u32>,
}

/// A part of a name that is looked for.
#[derive(Debug)]
pub(super) struct Part(Finder<'static>);

impl Part {
    pub(super) fn new(part: &str) -> Self {
        Self(Finder::new(&part.to_ascii_lowercase()).into_owned())
    }
}

impl Names {
    /// Makes room for one more, and for some behind it: a list that doubles would take twice the memory.
    pub(super) fn reserve_for(&mut self, name_len: usize) {
        if self.ends.len() == self.ends.capacity() {
            self.ends.reserve_exact(self.ends.len() / GROWTH + LEAST_GROWTH);
        }
        if self.text.len() + name_len >= self.text.capacity() {
            let more = self.text.len() / GROWTH + LEAST_GROWTH;
            self.text.reserve_exact(name_len + more);
        }
    }

    pub(super) fn push(&mut self, name: &str) {
        self.push_bytes(name.as_bytes());
    }

    fn push_bytes(&mut self, name: &[u8]) {
        self.text.extend(name.iter().map(u8::to_ascii_lowercase));
        self.text.push(END);
        // Memory is bounded below what 32 bits count.
        self.ends.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
    }

    pub(super) fn bytes(&self) -> usize {
        self.text.capacity() + self.ends.capacity() * size_of::<u32>()
    }

    /// Puts the rows from `first` on into another order.
    pub(super) fn reorder(&mut self, first: usize, order: &[usize]) {
        let mut tail = Self::default();
        for row in order {
            tail.push_bytes(self.name(*row));
        }
        self.text.truncate(self.start(first));
        self.ends.truncate(first);
        let before = self.text.len();
        self.text.extend(tail.text);
        let end = |end: u32| u32::try_from(before).unwrap_or(u32::MAX).saturating_add(end);
        self.ends.extend(tail.ends.into_iter().map(end));
    }

    fn start(&self, row: usize) -> usize {
        row.checked_sub(1).map_or(0, |before| self.ends[before] as usize)
    }

    fn name(&self, row: usize) -> &[u8] {
        &self.text[self.start(row)..self.ends[row] as usize - 1]
    }

    /// Whether the name of a row has a part in it.
    pub(super) fn has(&self, row: usize, part: &Part) -> bool {
        part.0.find(self.name(row)).is_some()
    }

    /// Leaves the rows whose names have a part in them.
    pub(super) fn narrow(&self, words: &mut [u64], part: &Part) {
        let asked: usize = words.iter().map(|word| mask::ones(*word)).sum();
        if asked <= self.ends.len() / SPARSE {
            for (place, word) in words.iter_mut().enumerate() {
                let found = mask::rows(place, *word).filter(|row| self.has(*row, part));
                *word = found.fold(0, |word, row| word | 1 << (row % WORD));
            }
            return;
        }
        let mut found = vec![0_u64; words.len()];
        let (mut at, mut row) = (0, 0);
        while let Some(hit) = part.0.find(&self.text[at..]) {
            row = self.row_at(row, at + hit);
            found[row / WORD] |= 1 << (row % WORD);
            at = self.ends[row] as usize;
        }
        words.iter_mut().zip(found).for_each(|(word, found)| *word &= found);
    }

    /// The row whose name holds a place in the text, not before `row`. It is mostly near.
    fn row_at(&self, row: usize, place: usize) -> usize {
        let is_before = |end: &u32| *end as usize <= place;
        let mut step = 1;
        while self.ends.get(row + step).is_some_and(is_before) {
            step *= 2;
        }
        let to = (row + step + 1).min(self.ends.len());
        row + self.ends[row..to].partition_point(is_before)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::quality::index::mask::Mask;

    fn names(texts: &[String]) -> Names {
        let mut names = Names::default();
        for text in texts {
            names.push(text);
        }
        names
    }

    fn found(names: &Names, asked: &Mask, part: &str) -> Mask {
        let mut mask = asked.clone();
        names.narrow(mask.words_mut(), &Part::new(part));
        mask
    }

    #[test]
    fn nothing_is_found_across_names() {
        let names = names(&["Anna".into(), "Smith".into(), String::new()]);
        let all = Mask::full(3);
        for (part, expected) in [
            ("ANNA", vec![0]),
            ("as", vec![]),
            ("a", vec![0]),
            ("smith", vec![1]),
            ("\u{e4}", vec![]),
        ] {
            let found = found(&names, &all, part);
            let rows: Vec<_> =
                found.words(0..3).flat_map(|(at, word)| mask::rows(at, word)).collect();
            assert_eq!(rows, expected, "{part}");
        }
    }

    fn text() -> impl Strategy<Value = String> {
        prop::string::string_regex("[aAbÄä王小%_]{0,4}").expect("an expression")
    }

    proptest! {
        #[test]
        fn a_part_is_found_in_the_names_that_hold_it(
            texts in prop::collection::vec(text(), 0..200),
            part in text().prop_filter("something", |part| !part.is_empty()),
            asked in prop_oneof![Just(1_usize), Just(3), Just(40)],
        ) {
            let names = names(&texts);
            let mut some = Mask::default();
            (0..texts.len()).for_each(|row| some.push(row.is_multiple_of(asked)));
            let mut expected = Mask::default();
            for (row, text) in texts.iter().enumerate() {
                let holds = text.to_ascii_lowercase().contains(&part.to_ascii_lowercase());
                prop_assert_eq!(names.has(row, &Part::new(&part)), holds);
                expected.push(holds && row.is_multiple_of(asked));
            }
            prop_assert_eq!(found(&names, &some, &part), expected);
        }

        #[test]
        fn names_move_with_their_rows(
            texts in prop::collection::vec(text(), 1..50),
            first in 0_usize..50,
            turn in 0_usize..50,
        ) {
            let first = first.min(texts.len());
            let mut order: Vec<_> = (first..texts.len()).collect();
            if !order.is_empty() {
                let turn = turn % order.len();
                order.rotate_left(turn);
            }
            let mut moved = names(&texts);
            moved.reorder(first, &order);
            let rows: Vec<_> = (0..first).chain(order).map(|row| texts[row].clone()).collect();
            let expected = names(&rows);
            prop_assert_eq!((moved.text, moved.ends), (expected.text, expected.ends));
        }
    }
}
