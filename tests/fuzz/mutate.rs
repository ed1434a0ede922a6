//! Changes examples at random: bytes, words and whole pieces, a few at a time.
//!
//! Bytes alone would hardly ever leave an input that is still JSON; words of other examples in their
//! place do, and come far.

use std::{collections::BTreeSet, fmt};

use proptest::{collection::vec, prelude::*, sample::Index, sample::select};

/// What is known to trouble parsers, databases and spreadsheets.
const TOKENS: [&str; 40] = [
    "null",
    "true",
    "-0",
    "-1",
    "0.1",
    "1e999",
    "1E-400",
    "2147483648",
    "-9223372036854775809",
    "18446744073709551616",
    "NaN",
    "\"\"",
    "\\u0000",
    "\\ud800",
    "\\",
    "\"",
    "'",
    "''--",
    ";",
    "%",
    "%00",
    "%zz",
    "_",
    "*",
    "{",
    "}",
    "[",
    "]",
    "[[],{}]",
    "{\"a\":1,\"a\":2}",
    "{a:{b:[null]}}",
    "$x",
    "...",
    "@include(if: true)",
    "__typename",
    "\n",
    "\u{0}",
    "文",
    "\u{202e}",
    "9999-12-31T23:59:60.999999999+14:00",
];

/// Bytes, shown as text.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Text(pub(crate) Vec<u8>);

impl Text {
    /// As text, with a sign in the place of what is none.
    pub(crate) fn lossy(&self) -> String {
        String::from_utf8_lossy(&self.0).into_owned()
    }

    /// The same as part of an address, and what that says.
    pub(crate) fn of_address(&self) -> String {
        let text = self.lossy();
        let said = text.replace('+', " ");
        let said = percent_encoding::percent_decode_str(&said).decode_utf8_lossy();
        format!("{text} {said}")
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match str::from_utf8(&self.0) {
            Ok(text) => write!(formatter, "{text:?}"),
            Err(_) => write!(formatter, "b\"{}\"", self.0.escape_ascii()),
        }
    }
}

/// One change; places are parts of the input's length.
#[derive(Clone, Debug)]
enum Change {
    Set(Index, u8),
    Flip(Index, u8),
    Insert(Index, Vec<u8>),
    Word(Index, Vec<u8>),
    Remove(Index, usize),
    Repeat(Index, usize, usize),
    Cut(Index),
    Splice(Index, Index, Vec<u8>),
}

/// Examples with up to six changes, seldom with none.
pub(crate) fn mutated(seeds: &[String]) -> BoxedStrategy<Text> {
    let words = words(seeds);
    let seeds: Vec<Vec<u8>> = seeds.iter().map(|seed| seed.clone().into_bytes()).collect();
    let changes = vec(change(&seeds, words), 0..=6);
    (select(seeds), changes)
        .prop_map(|(seed, changes)| {
            Text(changes.iter().fold(seed, |bytes, change| change.to(bytes)))
        })
        .boxed()
}

/// Every word of the examples, and the tokens.
fn words(seeds: &[String]) -> Vec<Vec<u8>> {
    let words = seeds.iter().flat_map(|seed| seed.split(|c: char| !is_of_word(c)));
    let words: BTreeSet<&str> = words.filter(|word| !word.is_empty()).chain(TOKENS).collect();
    words.into_iter().map(|word| word.as_bytes().to_vec()).collect()
}

fn is_of_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_.-".contains(c)
}

fn change(seeds: &[Vec<u8>], words: Vec<Vec<u8>>) -> BoxedStrategy<Change> {
    let (at, word) = (any::<Index>, select(words));
    prop_oneof![
        2 => (at(), any::<u8>()).prop_map(|(at, byte)| Change::Set(at, byte)),
        2 => (at(), 0..8_u8).prop_map(|(at, bit)| Change::Flip(at, bit)),
        3 => (at(), word.clone()).prop_map(|(at, token)| Change::Insert(at, token)),
        8 => (at(), word).prop_map(|(at, word)| Change::Word(at, word)),
        2 => (at(), 1..16_usize).prop_map(|(at, len)| Change::Remove(at, len)),
        1 => (at(), 1..64_usize, 1..200_usize)
            .prop_map(|(at, len, times)| Change::Repeat(at, len, times)),
        1 => at().prop_map(Change::Cut),
        1 => (at(), at(), select(seeds.to_vec()))
            .prop_map(|(at, from, other)| Change::Splice(at, from, other)),
    ]
    .boxed()
}

impl Change {
    fn to(&self, mut bytes: Vec<u8>) -> Vec<u8> {
        let place = |at: &Index, bytes: &[u8]| at.index(bytes.len() + 1);
        let until = |start: usize, len: usize, bytes: &[u8]| (start + len).min(bytes.len());
        match self {
            Self::Set(at, byte) => {
                let at = place(at, &bytes);
                if let Some(old) = bytes.get_mut(at) {
                    *old = *byte;
                }
            }
            Self::Flip(at, bit) => {
                let at = place(at, &bytes);
                if let Some(old) = bytes.get_mut(at) {
                    *old ^= 1 << bit;
                }
            }
            Self::Insert(at, token) => {
                let at = place(at, &bytes);
                bytes.splice(at..at, token.iter().copied());
            }
            Self::Word(at, word) => {
                let range = word_at(&bytes, place(at, &bytes));
                bytes.splice(range, word.iter().copied());
            }
            Self::Remove(at, len) => {
                let at = place(at, &bytes);
                bytes.drain(at..until(at, *len, &bytes));
            }
            Self::Repeat(at, len, times) => {
                let at = place(at, &bytes);
                let piece = bytes[at..until(at, *len, &bytes)].repeat(*times);
                bytes.splice(at..at, piece);
            }
            Self::Cut(at) => bytes.truncate(place(at, &bytes)),
            Self::Splice(at, from, other) => {
                bytes.truncate(place(at, &bytes));
                bytes.extend_from_slice(&other[place(from, other)..]);
            }
        }
        bytes
    }
}

/// The word around a place, or the next one after it.
fn word_at(bytes: &[u8], at: usize) -> std::ops::Range<usize> {
    let is_word = |byte: &u8| is_of_word(char::from(*byte));
    let inside = bytes[at..].iter().position(is_word).map_or(bytes.len(), |found| at + found);
    let start =
        bytes[..inside].iter().rposition(|byte| !is_word(byte)).map_or(0, |found| found + 1);
    let end = bytes[inside..].iter().position(|byte| !is_word(byte));
    start..end.map_or(bytes.len(), |found| inside + found)
}

#[test]
fn a_word_is_found_around_or_after_a_place() {
    for (at, expected) in [(0, 2..5), (3, 2..5), (5, 8..10), (9, 8..10), (10, 8..10)] {
        assert_eq!(word_at(b"{\"abc\": 12", at), expected, "{at}");
    }
}
