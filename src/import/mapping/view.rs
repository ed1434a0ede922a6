//! A CSV row as a mapping sees it, and the columns a mapping asks for.

use std::{collections::HashMap, sync::Arc};

/// The columns of a file, by name.
#[derive(Debug)]
pub(in crate::import) struct Header {
    pub(in crate::import) names: Arc<[String]>,
    index: HashMap<String, usize>,
}

impl Header {
    pub(in crate::import) fn new(names: &[String]) -> Self {
        let names: Vec<_> = names.iter().map(|name| name.trim().to_owned()).collect();
        let index = names.iter().cloned().zip(0..).collect();
        Self { names: names.into(), index }
    }

    pub(in crate::import) fn count(&self, column: &str) -> usize {
        self.names.iter().filter(|name| *name == column).count()
    }
}

/// One row under its header.
#[derive(Debug, Clone, Copy)]
pub(in crate::import) struct RowView<'a> {
    pub(in crate::import) header: &'a Header,
    pub(in crate::import) cells: &'a [String],
    pub(in crate::import) row_id: &'a str,
    pub(in crate::import) line: u64,
}

impl<'a> RowView<'a> {
    /// The cell of `column`; empty for a column that the header lacks, which was refused before.
    pub(super) fn cell(&self, column: &str) -> &'a str {
        let index = self.header.index.get(column);
        index.and_then(|&index| self.cells.get(index)).map_or("", String::as_str)
    }
}

/// A column that a key of the mapping names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::import) struct ColumnUse {
    pub(in crate::import) key: String,
    pub(in crate::import) column: String,
}

/// Gathers the columns while a mapping is read, so that a file's header is checked in one place.
#[derive(Debug, Default)]
pub(super) struct ColumnUses(pub(super) Vec<ColumnUse>);

impl ColumnUses {
    pub(super) fn add(&mut self, key: &str, column: &str) {
        self.0.push(ColumnUse { key: key.to_owned(), column: column.to_owned() });
    }
}
