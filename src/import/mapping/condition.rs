//! `when`: whether a row makes an event at all.

use toml::Value as Toml;

use crate::import::mapping::{
    section::{Problem, Section},
    view::{ColumnUses, RowView},
};

const TESTS: [&str; 4] = ["is", "is_not", "one_of", "empty"];
const EXPECTED: &str = "exactly one of is, is_not, one_of, empty";

/// A test of one cell; spaces around the cell do not count.
#[derive(Debug)]
pub(super) struct Condition {
    column: String,
    test: Test,
}

#[derive(Debug)]
enum Test {
    OneOf(Vec<String>),
    Not(String),
    Empty(bool),
}

impl Condition {
    /// Reads one condition, or a list of which all must hold.
    pub(super) fn parse_all(
        key: &str,
        value: Option<Toml>,
        uses: &mut ColumnUses,
    ) -> Result<Vec<Self>, Problem> {
        match value {
            None => Ok(Vec::new()),
            Some(Toml::Array(values)) => values
                .into_iter()
                .enumerate()
                .map(|(index, value)| Self::parse(&format!("{key}[{index}]"), value, uses))
                .collect(),
            Some(value) => Ok(vec![Self::parse(key, value, uses)?]),
        }
    }

    fn parse(key: &str, value: Toml, uses: &mut ColumnUses) -> Result<Self, Problem> {
        let mut section =
            Section::open(key, value, &["column", "is", "is_not", "one_of", "empty"])?;
        let path = section.path("column");
        let column = section.take_text("column")?;
        let column = column.ok_or_else(|| Problem::missing(&path, "the name of a column"))?;
        uses.add(&path, &column);
        if TESTS.iter().filter(|test| section.has(test)).count() != 1 {
            let (key, found) = (key.to_owned(), "not one test".to_owned());
            return Err(Problem { key, found, expected: EXPECTED.to_owned() });
        }
        let test = if let Some(text) = section.take_text("is")? {
            Test::OneOf(vec![text])
        } else if let Some(text) = section.take_text("is_not")? {
            Test::Not(text)
        } else if let Some(texts) = section.take_texts("one_of")? {
            Test::OneOf(texts)
        } else {
            Test::Empty(section.take_flag("empty")?.unwrap_or(true))
        };
        Ok(Self { column, test })
    }

    pub(super) fn holds(&self, row: &RowView<'_>) -> bool {
        let cell = row.cell(&self.column).trim();
        match &self.test {
            Test::OneOf(texts) => texts.iter().any(|text| text == cell),
            Test::Not(text) => text != cell,
            Test::Empty(expected) => cell.is_empty() == *expected,
        }
    }
}
