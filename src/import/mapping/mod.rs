//! The mapping file: which column becomes which field, and which events a row makes.
//!
//! A mapping is checked whole before anything is sent: its own keys by [`Mapping::parse`], the columns
//! it names by [`Mapping::check`] against each file's header. After that only a cell can be wrong, and
//! that costs its row alone. Start reading at [`Mapping::make`].

mod condition;
mod constant;
mod event;
mod expression;
mod format;
mod kind;
mod parse;
mod section;
mod template;
#[cfg(test)]
mod tests;
mod time;
mod usage;
mod view;

use std::{fs, path::Path};

use toml::Value as Toml;

pub(super) use self::view::{Header, RowView};
use self::{
    event::EventRule,
    section::{Problem, Section, tables},
    usage::UsageRule,
    view::{ColumnUse, ColumnUses},
};
use crate::import::{error::ImportError, row::Made};

/// What each row of a CSV file makes.
#[derive(Debug)]
pub(super) struct Mapping {
    pub(super) delimiter: u8,
    /// The columns of a file without a header line.
    pub(super) columns: Option<Vec<String>>,
    events: Vec<EventRule>,
    usage: Vec<UsageRule>,
    uses: Vec<ColumnUse>,
}

impl Mapping {
    pub(super) fn load(path: &Path) -> Result<Self, ImportError> {
        let file = path.display().to_string();
        let text = fs::read_to_string(path)
            .map_err(|source| ImportError::Read { file: file.clone(), source })?;
        Self::parse(&text).map_err(|problem| ImportError::Mapping { file, problem })
    }

    /// Reads a mapping.
    ///
    /// # Errors
    /// The first mistake: its key, what stands there, and what is expected.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let table = text.parse::<toml::Table>().map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or("");
            let line = before.matches('\n').count() + 1;
            format!("line {line} is not TOML: {}", error.message())
        })?;
        Self::build(Toml::Table(table)).map_err(|problem| problem.to_string())
    }

    fn build(table: Toml) -> Result<Self, Problem> {
        let mut section = Section::open("", table, &["csv", "event", "token_usage"])?;
        let mut uses = ColumnUses::default();
        let csv = section.take("csv").unwrap_or_else(|| Toml::Table(toml::Table::new()));
        let (delimiter, columns) = read_csv(csv)?;
        let mut events = Vec::new();
        for (key, value) in tables("event", section.take("event"))? {
            events.push(EventRule::parse(&key, value, &mut uses)?);
        }
        let mut usage = Vec::new();
        for (key, value) in tables("token_usage", section.take("token_usage"))? {
            usage.push(UsageRule::parse(&key, value, &mut uses)?);
        }
        if events.is_empty() && usage.is_empty() {
            return Err(Problem::missing("event", "at least one [[event]] or [[token_usage]]"));
        }
        Ok(Self { delimiter, columns, events, usage, uses: uses.0 })
    }

    /// Checks that `file` has each column that the mapping names, once.
    pub(super) fn check(&self, file: &str, header: &Header) -> Result<(), ImportError> {
        for ColumnUse { key, column } in &self.uses {
            let found = match header.count(column) {
                0 => "no",
                1 => continue,
                _ => "more than one",
            };
            return Err(ImportError::Column {
                file: file.to_owned(),
                column: column.clone(),
                found,
                key: key.clone(),
                columns: header.names.join(", "),
            });
        }
        Ok(())
    }

    /// Makes all that a row makes, or nothing of it.
    ///
    /// # Errors
    /// The reason to reject the row.
    pub(super) fn make(&self, row: &RowView<'_>) -> Result<Made, String> {
        let (found, expected) = (row.cells.len(), row.header.names.len());
        if found != expected {
            return Err(format!("row has {found} cells: expected {expected}, as in the header"));
        }
        let mut made = Made::default();
        for (index, rule) in self.events.iter().enumerate() {
            made.events.extend(rule.make(row, index)?);
        }
        for (index, rule) in self.usage.iter().enumerate() {
            made.usage.extend(rule.make(row, index)?);
        }
        Ok(made)
    }
}

fn read_csv(value: Toml) -> Result<(u8, Option<Vec<String>>), Problem> {
    let mut section = Section::open("csv", value, &["delimiter", "columns"])?;
    let path = section.path("delimiter");
    let delimiter = section.take_text("delimiter")?.unwrap_or_else(|| ",".to_owned());
    let columns = section.take_texts("columns")?;
    match delimiter.as_bytes() {
        &[byte]
            if byte.is_ascii() && !byte.is_ascii_alphanumeric() && !b"\"\r\n".contains(&byte) =>
        {
            Ok((byte, columns))
        }
        _ => Err(Problem::new(&path, &Toml::String(delimiter), "one sign like , ; | or a tab")),
    }
}
