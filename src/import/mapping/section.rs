//! Tables of the mapping file, read so that every mistake names its key.

use std::fmt;

use toml::{Table, Value as Toml};

/// A mistake in the mapping: where, what stands there, and what should.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) key: String,
    pub(super) found: String,
    pub(super) expected: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is {}: expected {}", self.key, self.found, self.expected)
    }
}

impl Problem {
    pub(super) fn new(key: &str, found: &Toml, expected: impl Into<String>) -> Self {
        Self { key: key.to_owned(), found: found.to_string(), expected: expected.into() }
    }

    pub(super) fn missing(key: &str, expected: &str) -> Self {
        Self { key: key.to_owned(), found: "missing".to_owned(), expected: expected.to_owned() }
    }

    pub(super) fn misplaced(key: &str, expected: &str) -> Self {
        Self {
            key: key.to_owned(),
            found: "out of place".to_owned(),
            expected: expected.to_owned(),
        }
    }
}

/// A table whose keys are taken one by one; an unknown key is found before anything else.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) key: String,
    table: Table,
}

impl Section {
    pub(super) fn open(key: &str, value: Toml, known: &[&str]) -> Result<Self, Problem> {
        let table = match value {
            Toml::Table(table) => table,
            other => return Err(Problem::new(key, &other, "a table")),
        };
        let section = Self { key: key.to_owned(), table };
        if let Some(unknown) = section.table.keys().find(|key| !known.contains(&key.as_str())) {
            let expected = format!("one of {}", known.join(", "));
            return Err(Problem {
                key: section.path(unknown),
                found: "unknown".to_owned(),
                expected,
            });
        }
        Ok(section)
    }

    pub(super) fn path(&self, key: &str) -> String {
        if self.key.is_empty() { key.to_owned() } else { format!("{}.{key}", self.key) }
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    pub(super) fn take(&mut self, key: &str) -> Option<Toml> {
        self.table.remove(key)
    }

    pub(super) fn take_text(&mut self, key: &str) -> Result<Option<String>, Problem> {
        self.table.remove(key).map(|value| text(&self.path(key), value)).transpose()
    }

    pub(super) fn take_flag(&mut self, key: &str) -> Result<Option<bool>, Problem> {
        match self.table.remove(key) {
            None => Ok(None),
            Some(Toml::Boolean(flag)) => Ok(Some(flag)),
            Some(other) => Err(Problem::new(&self.path(key), &other, "true or false")),
        }
    }

    pub(super) fn take_texts(&mut self, key: &str) -> Result<Option<Vec<String>>, Problem> {
        let path = self.path(key);
        match self.table.remove(key) {
            None => Ok(None),
            Some(Toml::Array(values)) if !values.is_empty() => {
                let texts = values.into_iter().map(|value| text(&path, value));
                texts.collect::<Result<_, _>>().map(Some)
            }
            Some(other) => Err(Problem::new(&path, &other, "a list of strings")),
        }
    }

    /// Every key with its path.
    pub(super) fn entries(self) -> impl Iterator<Item = (String, String, Toml)> {
        let base = self.key;
        self.table.into_iter().map(move |(key, value)| (format!("{base}.{key}"), key, value))
    }

    /// A table that takes any keys.
    pub(super) fn open_any(key: &str, value: Toml) -> Result<Self, Problem> {
        match value {
            Toml::Table(table) => Ok(Self { key: key.to_owned(), table }),
            other => Err(Problem::new(key, &other, "a table")),
        }
    }
}

/// The tables of an array, `[[key]]`, each with its path.
pub(super) fn tables(key: &str, value: Option<Toml>) -> Result<Vec<(String, Toml)>, Problem> {
    match value {
        None => Ok(Vec::new()),
        Some(Toml::Array(values)) => Ok(values
            .into_iter()
            .enumerate()
            .map(|(index, value)| (format!("{key}[{index}]"), value))
            .collect()),
        Some(other) => Err(Problem::new(key, &other, format!("tables under [[{key}]]"))),
    }
}

fn text(key: &str, value: Toml) -> Result<String, Problem> {
    match value {
        Toml::String(text) => Ok(text),
        other => Err(Problem::new(key, &other, "a string")),
    }
}
