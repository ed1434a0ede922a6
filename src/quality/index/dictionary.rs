//! Texts that many rows share, by number.

use std::collections::HashMap;

/// What stands for no text.
pub(super) const NONE: u32 = 0;
/// What a text takes beside its bytes: its place in the table, and in its allocation.
const ENTRY_BYTES: usize = 48;

/// The numbers of texts, from 1 in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Dictionary {
    numbers: HashMap<Box<str>, u32, ahash::RandomState>,
    bytes: usize,
}

impl Dictionary {
    /// The number of a text, a new one if it has none yet.
    pub(super) fn number(&mut self, text: Option<&str>) -> u32 {
        let Some(text) = text else { return NONE };
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        // Rows are bounded far below by the memory that they may take.
        let number = u32::try_from(self.numbers.len() + 1).unwrap_or(u32::MAX);
        self.bytes += text.len() + ENTRY_BYTES;
        self.numbers.insert(text.into(), number);
        number
    }

    /// The number of a text; none when no row has it.
    pub(super) fn find(&self, text: &str) -> Option<u32> {
        self.numbers.get(text).copied()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}
